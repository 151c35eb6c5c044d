import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import {
  cpSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StatusReport } from '../../src/serve/admin/gateway-report.ts';
import { startSimulator } from '../../src/serve/simulator/simulator.ts';
import { scenarioNamed } from './record-streams.ts';
import { routeOver } from './start-walk.ts';

setDefaultTimeout(120_000);

const ROOT = join(import.meta.dir, '..', '..');
/** A checkout of its own, with a bundle. */
let checkout = '';
let buildStartedMs = 0;

beforeAll(() => {
  checkout = `${realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-bundle-')))}/`;
  for (const name of ['src', 'bin', 'scripts', 'package.json', 'package-lock.json', 'LICENSE'])
    cpSync(join(ROOT, name), join(checkout, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(checkout, 'node_modules'));
  buildStartedMs = Date.now();
  run(['node', 'scripts/build.js']);
});
afterAll(() => rmSync(checkout, { recursive: true, force: true }));

function run(command: string[], env: Record<string, string> = {}): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, { cwd: checkout, env: { ...process.env, ...env } });
  if (exitCode !== 0) throw new Error(`${command.join(' ')}: ${exitCode}\n${stderr.toString()}`);
  return stdout.toString();
}

/** What the launcher of this folder runs. */
const findEntry = (folder: string): string =>
  run([
    'node',
    '--input-type=module',
    '--eval',
    `import { findEntry } from ${JSON.stringify(join(folder, 'bin/find-entry.js'))}; console.log(findEntry());`,
  ]).trim();

describe('a checkout', () => {
  const file = (name: string): string => join(checkout, name);
  const bundle = (): string => file('dist/main.js');
  const sources = (): string => file('src/main.ts');

  test('runs the bundle that was made from it', () => expect(findEntry(checkout)).toBe(bundle()));

  test.each([
    ['is edited', (name: string) => writeFileSync(name, `${readFileSync(name, 'utf8')}\n`)],
    ['is edited without growing', (name: string) => writeFileSync(name, readFileSync(name, 'utf8').replace('a', 'b'))],
    ['becomes older', (name: string) => utimesSync(name, 1000, 1000)],
    ['is renamed', (name: string) => renameSync(name, `${name}.away`)],
    ['is removed', (name: string) => rmSync(name)],
    ['gets a neighbour', (name: string) => writeFileSync(`${name}.new.ts`, '')],
  ])('runs its sources as soon as one of them %s', (_name, change) => {
    const name = file('src/core/target.ts');
    const before = readFileSync(name);
    const { mtime } = statSync(name);
    change(name);
    expect(findEntry(checkout)).toBe(sources());
    for (const ending of ['.away', '.new.ts']) rmSync(`${name}${ending}`, { force: true });
    writeFileSync(name, before);
    utimesSync(name, mtime, mtime);
    expect(findEntry(checkout)).toBe(bundle());
  });

  test('runs its sources when there is no bundle, or half of one', () => {
    renameSync(file('dist/sources.stamp'), file('stamp'));
    expect(findEntry(checkout)).toBe(sources());
    renameSync(file('stamp'), file('dist/sources.stamp'));
  });

  test('has a stamp older than the build, for the launcher to find what changed meanwhile', () => {
    expect(statSync(file('dist/sources.stamp')).mtimeMs).toBeLessThan(buildStartedMs);
  });

  test('does not mind its tests', () => {
    writeFileSync(file('src/core/target.test.ts'), '');
    expect(findEntry(checkout)).toBe(bundle());
  });
});

test('the bundle knows nothing of the machine that made it', () => {
  for (const name of ['main.js', 'ledger-worker.js']) {
    const text = readFileSync(join(checkout, 'dist', name), 'utf8');
    expect(text.length).toBeGreaterThan(1000);
    expect(text.includes(checkout.slice(0, -1)) || text.includes(ROOT)).toBe(false);
  }
});

test('a package without sources serves, writes its ledger and speaks of it, also from another folder', async () => {
  const home = mkdtempSync(join(tmpdir(), 'holdfast-home-'));
  const published = `${realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-published-')))}/`;
  for (const name of ['bin', 'dist', 'package.json'])
    cpSync(join(checkout, name), join(published, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(published, 'node_modules'));
  const simulator = await startSimulator({ scenario: scenarioNamed('text'), name: 'vendor' });
  const config = join(home, 'holdfast.toml');
  writeFileSync(config, routeOver([simulator.url]));
  const env = { HOLDFAST_HOME: home, HOLDFAST_LISTEN: '' };
  const node = ['node', join(published, 'bin/holdfast.js')];
  const launcher = process.platform === 'win32' ? node : [join(published, 'bin/holdfast')];
  expect(findEntry(published)).toBe(join(published, 'dist/main.js'));
  const child = Bun.spawn([...launcher, 'up', '--config', config, '--json'], {
    cwd: home,
    env: { ...process.env, ...env },
    stdout: 'pipe',
    stderr: 'ignore',
  });
  try {
    let text = '';
    for await (const chunk of child.stdout) {
      text += Buffer.from(chunk).toString();
      if (text.includes('\n')) break;
    }
    const { url } = JSON.parse(text) as { url: string };
    const key = run([...node, 'token'], env).trim();
    const response = await fetch(`${url}/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'gpt-5.5', stream: true, input: 'hello' }),
    });
    expect(await response.text()).toContain('response.completed');
    const status = (): StatusReport => JSON.parse(run([...launcher, 'status', '--json'], env));
    let report = status();
    for (let looks = 0; report.ledger.exchanges === 0 && looks < 20; looks += 1) report = status();
    expect(report.ledger).toEqual({ exchanges: 1, lost: 0 });
    expect(report.recent[0]).toMatchObject({ outcome: 'ok' });
    expect(report.recent).toHaveLength(1);
  } finally {
    child.kill('SIGTERM');
    await child.exited;
    await simulator.stop();
  }
  expect(statSync(join(home, 'ledger.sqlite')).size).toBeGreaterThan(0);
  for (const folder of [home, published]) rmSync(folder, { recursive: true, force: true });
});
