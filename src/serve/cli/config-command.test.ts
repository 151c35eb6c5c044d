import { describe, expect, test } from 'bun:test';
import type { ConfigFileReading } from '../../core/config-file.ts';
import {
  ENVIRONMENT,
  ERRORS,
  joinLines,
  PROVIDER,
  ROUTE,
  WARNINGS,
} from '../../decide/config/__fixtures__/mistakes.ts';
import { loadSettings } from '../config/load-settings.ts';
import type { CliDeps } from './cli-deps.ts';
import { createConfigCommand } from './config-command.ts';
import { runCli } from './run-cli.ts';

const FILE = '/work/holdfast.toml';

async function run(reading: ConfigFileReading, ...argv: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const cli: CliDeps = {
    argv: ['config', ...argv],
    env: ENVIRONMENT,
    cwd: '/work',
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    isColor: false,
    isInteractive: false,
    stopRequested: new Promise(() => {}),
  };
  const load = ({ cwd, env }: CliDeps, file: string | undefined) =>
    loadSettings({
      file,
      cwd,
      env,
      homeDir: '/home/me',
      readFile: async (path) => (path === FILE ? reading : { kind: 'missing' }),
    });
  const entry = {
    name: 'config',
    summary: '',
    load: async () => ({ createCommand: (deps: CliDeps) => createConfigCommand(deps, { load }) }),
  };
  return { exitCode: await runCli([entry], '0.0.0', cli), out: out.join('\n'), err: err.join('\n') };
}

const file = (lines: readonly string[]): ConfigFileReading => ({
  kind: 'read',
  bytes: new TextEncoder().encode(joinLines(lines)),
});
const GOOD = file([PROVIDER, ROUTE]);

describe('config check', () => {
  test('a good file: exit 0 and one line', async () => {
    expect(await run(GOOD, 'check')).toEqual({
      exitCode: 0,
      out: `${FILE} can be used: providers 1, routes 1, targets 1.`,
      err: '',
    });
  });

  test.each(ERRORS)('%s: exit 2 and one message', async (_name, lines, _code, message) => {
    const place = message.split(' ', 1)[0] ?? '';
    expect(await run(file(lines), 'check')).toEqual({
      exitCode: 2,
      out: '',
      err: `${FILE}:${place}: error:${message.slice(place.length)}\n1 error.`,
    });
  });

  test.each(WARNINGS)('%s: exit 0 and one warning', async (_name, lines, _code, message) => {
    const result = await run(file(lines), 'check');
    const place = message.split(' ', 1)[0] ?? '';
    expect(result.exitCode).toBe(0);
    expect(result.err).toBe(`${FILE}:${place}: warning:${message.slice(place.length)}\n1 warning.`);
  });

  test('an unreadable file: exit 2', async () => {
    const result = await run({ kind: 'unreadable', reason: 'permission to read it is missing' }, 'check');
    expect(result.exitCode).toBe(2);
    expect(result.err).toStartWith(
      `${FILE}: error: the configuration cannot be read: permission to read it is missing.`,
    );
  });

  test('no file: exit 2, where it looked and what to do', async () => {
    const result = await run({ kind: 'missing' }, 'check');
    expect(result.exitCode).toBe(2);
    expect(result.err).toContain(`${FILE} and /home/me/.holdfast/holdfast.toml`);
    expect(result.err.split('\n')).toHaveLength(3);
  });

  test('--json gives the problems as data, with the same exit codes', async () => {
    const good = await run(GOOD, 'check', '--json');
    expect([good.exitCode, JSON.parse(good.out)]).toEqual([0, { ok: true, file: FILE, problems: [] }]);
    const bad = await run(file(['lisen = 1', PROVIDER, ROUTE]), 'check', '--json');
    expect([bad.exitCode, bad.err]).toEqual([2, '']);
    expect(JSON.parse(bad.out)).toMatchObject({ ok: false, problems: [{ code: 'UNKNOWN_KEY', line: 1, column: 1 }] });
    const missing = await run({ kind: 'missing' }, 'check', '--json');
    expect([missing.exitCode, JSON.parse(missing.out)]).toMatchObject([
      2,
      { ok: false, looked: [FILE, expect.any(String)] },
    ]);
  });

  test('a mistyped flag is an error', async () => {
    const result = await run(GOOD, 'check', '--jsno');
    expect(result.exitCode).toBe(2);
    expect(result.err).toContain('--json');
  });
});

describe('config explain', () => {
  test('every setting with its source', async () => {
    const { exitCode, out } = await run(GOOD, 'explain');
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^server\.listen = "127\.0\.0\.1:4141" +# default$/m);
    expect(out).toMatch(/^providers\.alpha\.key = none +# file, line 4$/m);
    expect(out).toMatch(/^routes\.r\.targets\[0\]\.timeouts\.idle = "1m" +# from providers\.alpha\.timeouts\.idle$/m);
  });

  test.each([
    ['timeouts.idle', 1],
    ['timeouts', 5],
    ['routes.r.targets', 15],
    ['time', 0],
  ])('%s chooses %d settings', async (key, count) => {
    const { exitCode, out } = await run(GOOD, 'explain', key, '--json');
    expect(exitCode).toBe(count === 0 ? 2 : 0);
    if (count > 0) expect(JSON.parse(out).settings).toHaveLength(count);
  });

  test('an unknown setting: exit 2 and a suggestion', async () => {
    const result = await run(GOOD, 'explain', 'timeouts.idel');
    expect([result.exitCode, result.err]).toEqual([
      2,
      'holdfast: there is no setting "timeouts.idel". Did you mean "timeouts.idle"?',
    ]);
  });

  test('a configuration that cannot be used: exit 2, the problems and nothing else', async () => {
    const result = await run(file(['[server]', 'lisen = 1', PROVIDER, ROUTE]), 'explain');
    expect([result.exitCode, result.out]).toEqual([2, '']);
    expect(result.err).toContain('Did you mean');
  });
});

test('config schema prints a JSON Schema', async () => {
  const { exitCode, out } = await run({ kind: 'missing' }, 'schema');
  expect(exitCode).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ title: 'holdfast.toml', additionalProperties: false });
});
