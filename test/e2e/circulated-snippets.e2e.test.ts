/** Advice in circulation that today's Codex refuses or ignores: lint names it, migrate makes it work, undo brings it back. */
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type CodexSandbox, createCodexSandbox, type Run } from './codex-sandbox.ts';
import { findAsUser } from './lint-proof.ts';
import { type Recorder, startRecorder } from './record-requests.ts';
import { codexBinary } from './run-codex.ts';

let sandbox: CodexSandbox;
let primary: Recorder;
let backup: Recorder;
beforeEach(async () => {
  sandbox = createCodexSandbox();
  primary = await startRecorder();
  backup = await startRecorder();
});
afterEach(() => {
  primary.close();
  backup.close();
  sandbox.remove();
});

const provider = (id: string, { port }: Recorder, lines = ''): string =>
  `[model_providers.${id}]\nname = "${id}"\nbase_url = "http://127.0.0.1:${port}/v1"\n${lines}`;
const modelOf = (recorder: Recorder): string | undefined =>
  /"model":"([^"]*)"/.exec(recorder.requests.findLast(({ method }) => method === 'POST')?.body ?? '')?.[1];
const files = (): Record<string, string> =>
  Object.fromEntries(
    readdirSync(sandbox.home)
      .filter((name) => name.endsWith('config.toml'))
      .map((name) => [name, sandbox.read(name)]),
  );

interface Snippet {
  readonly name: string;
  readonly rule: string;
  readonly paste: () => string;
  /** How the advice says to call Codex, and what comes of it. */
  readonly call?: readonly string[];
  readonly refusal: RegExp;
  /** After `migrate`: the call, and what is asked. */
  readonly calledAs?: readonly string[];
  readonly asks: 'primary' | 'backup';
  readonly model: string;
}

describe('in a configuration', () => {
  const base = (): string =>
    `# mine\nmodel = "gpt-5.5"\nmodel_provider = "work"\n\n${provider('work', primary)}\n${provider('other', backup)}\n`;
  test.each<Snippet>([
    {
      name: '[profile.failover]',
      rule: 'profile-table-singular',
      paste: () =>
        `${base()}# when the first is down\n[profile.failover]\nmodel_provider = "other"\nmodel = "gpt-5.4"\n`,
      refusal: /invalid type: map, expected a string/,
      calledAs: ['-p', 'failover'],
      asks: 'backup',
      model: 'gpt-5.4',
    },
    {
      name: '[profiles.fast], used as --profile fast',
      rule: 'legacy-profiles-table',
      paste: () => `${base()}[profiles.fast]\nmodel_provider = "other"\nmodel = "gpt-5.4"\n`,
      call: ['-p', 'fast'],
      refusal: /--profile `fast` cannot be used while/,
      calledAs: ['-p', 'fast'],
      asks: 'backup',
      model: 'gpt-5.4',
    },
    {
      name: 'profile = "fast"',
      rule: 'legacy-profile-key',
      paste: () => `profile = "fast"\n${base()}[profiles.fast]\nmodel_provider = "other"\nmodel = "gpt-5.4"\n`,
      refusal: /legacy `profile = "fast"` config is no longer supported/,
      calledAs: ['-p', 'fast'],
      asks: 'backup',
      model: 'gpt-5.4',
    },
    {
      name: 'wire_api = "chat"',
      rule: 'wire-api-chat',
      paste: () =>
        `model = "gpt-5.5"\nmodel_provider = "work"\n${provider('work', primary, 'wire_api = "chat" # old\n')}`,
      refusal: /`wire_api = "chat"` is no longer supported/,
      asks: 'primary',
      model: 'gpt-5.5',
    },
    {
      name: 'overriding openai with another address',
      rule: 'reserved-provider',
      paste: () => `model = "gpt-5.5"\nmodel_provider = "openai"\n${provider('openai', primary)}`,
      refusal: /reserved built-in provider IDs: `openai`/,
      asks: 'primary',
      model: 'gpt-5.5',
    },
    {
      name: 'overriding openai without choosing it',
      rule: 'reserved-provider',
      paste: () => `model = "gpt-5.5"\n${provider('openai', primary)}`,
      refusal: /reserved built-in provider IDs: `openai`/,
      asks: 'primary',
      model: 'gpt-5.5',
    },
    {
      name: 'overriding openai for its retries alone',
      rule: 'reserved-provider',
      paste: () => `${base()}[model_providers.openai]\nrequest_max_retries = 4\n`,
      refusal: /reserved built-in provider IDs: `openai`/,
      asks: 'primary',
      model: 'gpt-5.5',
    },
  ])('$name', async ({ rule, paste, call = [], refusal, calledAs = [], asks, model }) => {
    sandbox.write('config.toml', paste());
    const before = files();
    const refused = await sandbox.turn(call);
    expect(refused.output).toMatch(refusal);
    expect(refused.exitCode).toBe(1);
    const found = await findAsUser(sandbox, rule);
    expect(found.fix).not.toBe('');

    await sandbox.holdfast(['codex', 'migrate']);
    const run = await sandbox.turn([...calledAs, '--strict-config']);
    expect(run.exitCode).toBe(0);
    expect(modelOf(asks === 'primary' ? primary : backup)).toBe(model);
    await sandbox.holdfast(['codex', 'undo']);
    expect(files()).toEqual(before);
  });
});

describe('in a script', () => {
  const script = (): string => join(sandbox.work, 'ci.sh');
  const run = async (): Promise<Run> => {
    const path = `${dirname(codexBinary())}:${process.env['PATH'] ?? ''}`;
    const environment = { PATH: path, HOME: sandbox.folder, CODEX_HOME: sandbox.home, TERM: 'dumb' };
    const options = { cwd: sandbox.work, env: environment, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' } as const;
    const child = Bun.spawn(['sh', script()], { ...options, timeout: 60_000, killSignal: 'SIGKILL' });
    const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    return { exitCode: child.exitCode, output: stdout + stderr };
  };
  beforeEach(() => {
    const quiet =
      'check_for_update_on_startup = false\n[analytics]\nenabled = false\n[otel]\nexporter = "none"\nmetrics_exporter = "none"\n[features]\nplugins = false\n';
    const text = `model = "gpt-5.5"\nmodel_provider = "work"\n${quiet}${provider('work', primary)}${provider('other', backup)}`;
    sandbox.write('config.toml', text);
    sandbox.write('fast.config.toml', 'model_provider = "other"\n');
  });

  test.each<[line: string, rule: string, before: (done: Run) => void, asks: 'primary' | 'backup']>([
    [
      'codex -q --skip-git-repo-check "hi"',
      'option-gone',
      ({ exitCode, output }) =>
        expect([exitCode, output]).toEqual([2, expect.stringMatching(/unexpected argument '-q'/)]),
      'primary',
    ],
    [
      'codex exec --full-auto --skip-git-repo-check "hi"',
      'option-gone',
      ({ exitCode, output }) => expect([exitCode, output]).toEqual([2, expect.stringMatching(/'--full-auto' found/)]),
      'primary',
    ],
    [
      'CODEX_PROFILE=fast codex exec --skip-git-repo-check "hi"',
      'variable-ignored',
      ({ exitCode }) => {
        expect(exitCode).toBe(0);
        expect([modelOf(primary), modelOf(backup)]).toEqual(['gpt-5.5', undefined]);
      },
      'backup',
    ],
  ])('%s', async (line, rule, before, asks) => {
    const text = `#!/bin/sh\n# nightly\nset -e\n${line}\n`;
    writeFileSync(script(), text);
    chmodSync(script(), 0o755);
    before(await run());
    await findAsUser(sandbox, rule, [script()]);
    await sandbox.holdfast(['codex', 'migrate', script()]);
    const fixed = await run();
    expect([fixed.exitCode, fixed.output]).toEqual([0, expect.any(String)]);
    expect(modelOf(asks === 'primary' ? primary : backup)).toBe('gpt-5.5');
    await sandbox.holdfast(['codex', 'undo']);
    expect(readFileSync(script(), 'utf8')).toBe(text);
  });

  test('CODEX_PROFILE in the environment', async () => {
    const env = { CODEX_PROFILE: 'fast' };
    await sandbox.turn([], env);
    expect(modelOf(backup)).toBeUndefined();
    const found = await findAsUser(sandbox, 'variable-ignored', [], env);
    expect(found.fix).toContain('codex --profile');
    await sandbox.turn(['--profile', 'fast']);
    expect(modelOf(backup)).toBe('gpt-5.5');
  });
});
