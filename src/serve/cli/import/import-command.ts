import { resolve } from 'node:path';
import { Command } from 'commander';
import { describeConfigProblem } from '../../../core/config-problem.ts';
import type { UserFiles } from '../../../core/user-files.ts';
import {
  IMPORT_SOURCES,
  type ImportParsers,
  type ImportSource,
  importConfiguration,
} from '../../../decide/codex-config/import/import-configuration.ts';
import { type Imported, type ImportNote, renderImported } from '../../../decide/codex-config/import/imported.ts';
import type { SettingsLoad } from '../../config/load-settings.ts';
import { type CliDeps, CliError } from '../cli-deps.ts';
import { refuseClearly } from '../codex/run-edits.ts';

export interface ImportDeps {
  readonly files: UserFiles;
  /** The stored providers of cc-switch's database, as JSON. Throws when the file is not one. */
  readonly readCcSwitchDatabase: (file: string) => string;
  readonly readSettings: (text: string, cli: Pick<CliDeps, 'cwd' | 'env'>) => Promise<SettingsLoad>;
}

interface ImportOptions {
  readonly out?: string;
  readonly force?: true;
  readonly json?: true;
}

const PARSERS: ImportParsers = {
  parseYaml: (text) => Bun.YAML.parse(text),
  parseJson: (text) => Bun.JSONC.parse(text),
};

/** `holdfast import`. Exit 0: written or shown; 1: not possible; 2: wrong usage. */
export function createImportCommand(cli: CliDeps, deps: ImportDeps): Command {
  return new Command('import')
    .description(
      "Read another tool's configuration and write Holdfast's. Says what was mapped, what was approximated and what has\n" +
        'no equivalent. Keys are never copied: they get a variable.',
    )
    .argument('<tool>', IMPORT_SOURCES.join(', '))
    .argument('<file>', 'its configuration file')
    .option('--out <file>', 'write there instead of showing it')
    .option('--force', 'replace a file that exists')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  holdfast import codex ~/.codex/config.toml --out holdfast.toml\n  holdfast import litellm config.yaml\n  holdfast import cc-switch ~/.cc-switch/cc-switch.db',
    )
    .action((tool: string, file: string, options: ImportOptions) => runImport(tool, file, options, cli, deps));
}

async function runImport(
  tool: string,
  file: string,
  options: ImportOptions,
  cli: CliDeps,
  deps: ImportDeps,
): Promise<void> {
  const source = IMPORT_SOURCES.find((each) => each === tool);
  if (source === undefined) throw new CliError(`"${tool}" is not one of ${IMPORT_SOURCES.join(', ')}`, 2);
  const imported = importConfiguration(source, await readSource(source, file, cli, deps), PARSERS);
  if (typeof imported === 'string') throw new CliError(`${file}: ${imported}`);
  if (imported.providers.size === 0) throw new CliError(`${file}: there is no provider in it that Holdfast could use`);
  const text = renderImported(source, imported);
  const problems = await findProblems(text, imported, cli, deps);
  if (options.out !== undefined) await writeOut(resolve(cli.cwd, options.out), text, options, deps);
  if (options.json) {
    const { notes, variables } = imported;
    cli.out(JSON.stringify({ source, written: options.out ?? null, notes, variables, problems, text }));
    return;
  }
  if (options.out === undefined) cli.out(text);
  const say = options.out === undefined ? cli.err : cli.out;
  if (options.out !== undefined) say(`Wrote ${options.out}\n`);
  for (const line of describeNotes(imported.notes)) say(line);
  const unset = imported.variables.filter((name) => (cli.env[name] ?? '') === '');
  if (unset.length > 0) say(`\nSet before you start: ${unset.join(', ')}`);
  if (problems.length > 0) say(`\nTo complete by hand:\n  ${problems.join('\n  ')}`);
}

async function readSource(source: ImportSource, file: string, cli: CliDeps, deps: ImportDeps): Promise<string> {
  const path = resolve(cli.cwd, file);
  if (source === 'cc-switch' && path.endsWith('.db')) {
    try {
      return deps.readCcSwitchDatabase(path);
    } catch {
      throw new CliError(`${file}: it is not a database of cc-switch`);
    }
  }
  const text = await refuseClearly(() => deps.files.read(path));
  if (text === undefined) throw new CliError(`${file}: there is no such file`, 2);
  return text;
}

/** What Holdfast would say about the result, with every variable set. */
async function findProblems(
  text: string,
  imported: Imported,
  cli: CliDeps,
  deps: ImportDeps,
): Promise<readonly string[]> {
  const env = Object.fromEntries(imported.variables.map((name) => [name, cli.env[name] ?? 'set-later']));
  const load = await deps.readSettings(text, { cwd: cli.cwd, env: { ...cli.env, ...env } });
  if (load.kind === 'missing') return [];
  const problems = load.problems.filter(({ severity }) => load.kind === 'invalid' || severity === 'error');
  return problems.map(describeConfigProblem);
}

async function writeOut(path: string, text: string, options: ImportOptions, deps: ImportDeps): Promise<void> {
  await refuseClearly(() =>
    deps.files.edit(path, (present) => {
      if (present === undefined || present === text || options.force) return text;
      throw new CliError(`${path} exists already. To replace it: --force`);
    }),
  );
}

const HEADINGS: ReadonlyArray<readonly [kind: ImportNote['kind'], heading: string]> = [
  ['mapped', 'Mapped'],
  ['approximated', 'Approximated'],
  ['no-equivalent', 'No equivalent'],
];

function describeNotes(notes: readonly ImportNote[]): readonly string[] {
  return HEADINGS.flatMap(([kind, heading]) => {
    const found = notes.filter((note) => note.kind === kind);
    return found.length === 0 ? [] : [`${heading}:`, ...found.map(({ what, how }) => `  ${what}: ${how}`)];
  });
}
