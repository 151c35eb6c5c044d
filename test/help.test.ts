/** Every command about Codex: examples in its help, one JSON object on demand, and no patience with a mistyped flag. */
import { describe, expect, test } from 'bun:test';
import type { Command } from 'commander';
import type { CliDeps, CommandModule } from '../src/serve/cli/cli-deps.ts';
import { runCli } from '../src/serve/cli/run-cli.ts';
import {
  loadActivateCommand,
  loadCodexCommand,
  loadDeactivateCommand,
  loadDoctorCommand,
  loadImportCommand,
  loadRunbookCommand,
} from '../src/wiring.ts';

const LOADERS: Readonly<Record<string, () => Promise<CommandModule>>> = {
  codex: loadCodexCommand,
  doctor: loadDoctorCommand,
  activate: loadActivateCommand,
  deactivate: loadDeactivateCommand,
  runbook: loadRunbookCommand,
  import: loadImportCommand,
};

interface Said {
  readonly exitCode: number;
  readonly text: string;
}

async function run(argv: readonly string[]): Promise<Said> {
  const said: string[] = [];
  const deps: CliDeps = {
    argv,
    env: {},
    cwd: '/',
    out: (text) => void said.push(text),
    err: (text) => void said.push(text),
    isColor: false,
    isInteractive: false,
    stopRequested: Promise.resolve(),
  };
  const entries = Object.entries(LOADERS).map(([name, load]) => ({ name, summary: name, load }));
  return { exitCode: await runCli(entries, '0', deps), text: said.join('\n') };
}

const deps: CliDeps = {
  argv: [],
  env: {},
  cwd: '/',
  out: () => {},
  err: () => {},
  isColor: false,
  isInteractive: false,
  stopRequested: Promise.resolve(),
};
const leavesOf = (command: Command, path: readonly string[]): readonly (readonly string[])[] =>
  command.commands.length === 0
    ? [path]
    : command.commands.flatMap((child) => leavesOf(child, [...path, child.name()]));
const LEAVES = (
  await Promise.all(
    Object.entries(LOADERS).map(async ([name, load]) => leavesOf((await load()).createCommand(deps), [name])),
  )
).flat();

test('the commands were found', () => {
  expect(LEAVES.length).toBeGreaterThanOrEqual(24);
});

describe.each(LEAVES.map((path) => [path.join(' '), path] as const))('%s', (name, path) => {
  test('has examples of itself', async () => {
    const { exitCode, text } = await run([...path, '--help']);
    expect(exitCode).toBe(0);
    const examples = text.split(/\nExamples?:\n/)[1] ?? '';
    expect(examples).toContain(`holdfast ${name}`);
  });

  test('speaks JSON', async () => {
    expect((await run([...path, '--help'])).text).toMatch(/\n\s+--json\s/);
  });

  test('refuses a mistyped flag, and says which was meant', async () => {
    const { exitCode, text } = await run([...path, '--jsno']);
    expect(exitCode).toBe(2);
    expect(text).toContain('--json');
  });
});
