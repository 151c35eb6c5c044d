import { afterEach, describe, expect, test } from 'bun:test';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExplainReport, StatusReport } from '../../src/serve/admin/gateway-report.ts';
import type { RunningLaunch } from '../../src/serve/cli/gateway-launcher.ts';
import { SCENARIOS } from '../../src/serve/simulator/scenarios/scenario-table.ts';
import { type Simulator, startSimulator } from '../../src/serve/simulator/simulator.ts';
import { refusedUrl } from '../../src/serve/simulator/unreachable.ts';
import { launchGateway } from '../../src/wiring.ts';
import { CODEX_HEADERS, routeOver } from './start-walk.ts';

const MAIN = join(import.meta.dir, '..', '..', 'src', 'main.ts');
const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-launch-'));
  cleanUps.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function simulator(name: string, eventDelayMs = 0): Promise<Simulator> {
  const scenario = SCENARIOS['reasoning-text'];
  if (scenario === undefined) throw new Error('no such scenario');
  const running = await startSimulator({ name, scenario, pace: { eventDelayMs } });
  cleanUps.push(() => running.stop());
  return running;
}

interface Launched extends RunningLaunch {
  readonly home: string;
  readonly configFile: string;
  readonly log: string[];
}

async function launch(toml: string): Promise<Launched> {
  const home = temporaryFolder();
  const configFile = join(home, 'holdfast.toml');
  writeFileSync(configFile, toml);
  const log: string[] = [];
  const result = await launchGateway({
    configFile,
    cwd: home,
    env: { HOLDFAST_HOME: home },
    log: (line) => log.push(line),
  });
  if (result.kind !== 'running') throw new Error(`not running: ${JSON.stringify(result)}`);
  cleanUps.push(() => result.stop());
  return { ...result, home, configFile, log };
}

const ask = ({ gateway, gatewayKey }: RunningLaunch): Promise<Response> =>
  fetch(`${gateway.url}/v1/responses`, {
    method: 'POST',
    headers: { ...CODEX_HEADERS, authorization: `Bearer ${gatewayKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-5.5', stream: true, input: 'hello' }),
  });

async function run(
  args: readonly string[],
  home: string,
  cwd = home,
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const child = Bun.spawn([process.execPath, MAIN, ...args], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', HOME: home, HOLDFAST_HOME: home },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { exitCode, stdout, stderr };
}

/** Nobody who failed is tried again before the test is over. */
const LONG_REST = '[health]\nbase_ejection = "1h"\nmax_ejection = "1h"\n';

/** Polls, because files are watched by polling. */
async function until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 2000; tries++) {
    if (await isTrue()) return;
    await Bun.sleep(25);
  }
  throw new Error(`${what} did not happen`);
}

async function status(home: string): Promise<StatusReport> {
  const { stdout, stderr } = await run(['status', '--json'], home);
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as StatusReport;
}

describe('a launched gateway', () => {
  test('takes over a changed configuration; running answers finish on the old one, and a broken file changes nothing', async () => {
    const [old, next] = [await simulator('old', 40), await simulator('next')];
    const launched = await launch(routeOver([old.url]));
    const running = await ask(launched);
    writeFileSync(launched.configFile, routeOver([next.url]));
    await until('the reload', () => launched.log.some((line) => line.includes('config.changed')));
    expect((await (await ask(launched)).text()).includes('response.completed')).toBe(true);
    expect(next.requests.filter((request) => request.method === 'POST')).toHaveLength(1);
    expect((await running.text()).includes('response.completed')).toBe(true);

    writeFileSync(launched.configFile, 'this is = not toml = at all');
    await until('the rejection', () => launched.log.some((line) => line.includes('config.rejected')));
    expect((await (await ask(launched)).text()).includes('response.completed')).toBe(true);
    const report = await status(launched.home);
    expect(report.generation).toBe(2);
    expect(report.configProblem).toContain('holdfast.toml');
  }, 120_000);

  test('status, explain and token speak of it, and the ledger keeps what happened', async () => {
    const alive = await simulator('alive');
    const launched = await launch(routeOver([refusedUrl(), alive.url], LONG_REST));
    await (await ask(launched)).text();
    const report = await status(launched.home);
    expect(report.targets.map((target) => [target.target, target.state])).toEqual([
      ['p1/gpt-*', 'ready'],
      ['p2/gpt-*', 'ready'],
    ]);
    await until('the row', async () => (await status(launched.home)).recent.length === 1);
    const [exchange] = (await status(launched.home)).recent;
    expect(exchange?.attempts.map((attempt) => [attempt.targetId, attempt.outcome])).toEqual([
      ['p1/gpt-5.5', 'CONNECTION_REFUSED'],
      ['p2/gpt-5.5', 'ok'],
    ]);
    const explained = await run(['explain', 'gpt-5.5', '--json'], launched.home);
    const plan = JSON.parse(explained.stdout) as ExplainReport;
    expect(plan.attempts[0]?.target).toBe('p2/gpt-5.5');
    expect(plan.skipped[0]?.reason).toContain('connection refused');
    expect((await run(['token'], launched.home)).stdout.trim()).toBe(launched.gatewayKey);
    const text = await run(['status'], launched.home);
    expect(text.stdout).toContain('p2/gpt-5.5');
    expect(text.stdout + text.stderr).not.toContain(launched.gatewayKey);
  }, 120_000);

  test('an address in use is said in words', async () => {
    const upstream = await simulator('a');
    const first = await launch(routeOver([upstream.url]));
    const home = temporaryFolder();
    const configFile = join(home, 'holdfast.toml');
    writeFileSync(configFile, routeOver([upstream.url]).replace('127.0.0.1:0', `127.0.0.1:${first.gateway.port}`));
    const { exitCode, stderr } = await run(['up', '--config', configFile], home);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`127.0.0.1:${first.gateway.port} is already in use`);
  });

  test('metrics are Prometheus text with bounded labels', async () => {
    const upstream = await simulator('a');
    const launched = await launch(routeOver([upstream.url]));
    await (await ask(launched)).text();
    const text = await (await fetch(`${launched.gateway.url}/metrics`)).text();
    expect(text).toContain('holdfast_exchanges_total{route="test",outcome="ok"} 1');
    expect(text).toContain('holdfast_attempts_total{target="p1/gpt-5.5",outcome="ok",reason="first"} 1');
    expect(text).not.toContain(launched.gatewayKey);
  });
});

describe('the key for Codex, which asks for it in any repository', () => {
  function layOutRepository(): { readonly repository: string; readonly file: string; readonly planted: string } {
    const repository = temporaryFolder();
    const file = join(repository, 'holdfast.toml');
    const planted = join(repository, 'planted');
    const key = `{ command = "sh", args = ["-c", "touch '${planted}'; echo the-key-of-the-file"] }`;
    writeFileSync(file, routeOver([refusedUrl()]).replace('[server]\n', `[server]\nkey = ${key}\n`));
    return { repository, file, planted };
  }

  test('comes from no configuration that lies there', async () => {
    const home = temporaryFolder();
    const { repository, planted } = layOutRepository();
    const key = (await run(['token'], home, repository)).stdout.trim();
    expect(key).toBe((await run(['token'], home)).stdout.trim());
    expect(key).toStartWith('hf_');
    expect(existsSync(planted)).toBe(false);
  });

  test('comes from one that the user named, or that was in use when Codex was connected', async () => {
    const home = temporaryFolder();
    const { repository, file, planted } = layOutRepository();
    expect((await run(['token', '--config', file], home)).stdout.trim()).toBe('the-key-of-the-file');
    expect(existsSync(planted)).toBe(true);
    mkdirSync(join(home, '.codex'));
    expect((await run(['codex', 'connect', '--default'], home, repository)).exitCode).toBe(0);
    expect(readFileSync(join(home, '.codex', 'config.toml'), 'utf8')).toContain(`"token", "--config", "${file}"]`);
  });
});

describe('holdfast up without a configuration', () => {
  test('says in three lines what to do, and exits 2', async () => {
    const { exitCode, stderr } = await run(['up'], temporaryFolder());
    expect(exitCode).toBe(2);
    expect(stderr.trim().split('\n')).toHaveLength(3);
    expect(stderr).toContain('holdfast demo');
  });

  test('a broken one is named with its place, and exits 2', async () => {
    const home = temporaryFolder();
    writeFileSync(join(home, 'holdfast.toml'), '[server]\nlisten = 5\n');
    const { exitCode, stderr } = await run(['up'], home);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/holdfast\.toml:2:\d+: error/);
  });
});

test('a launched gateway asks the installed Codex for its catalogue', async () => {
  const provider = await simulator('only');
  const launched = await launch(routeOver([provider.url]).replace('"gpt-*"', '"gpt-5.5", "some-new-model"'));
  const slugs = async (): Promise<string[]> => {
    const headers = { authorization: `Bearer ${launched.gatewayKey}` };
    const response = await fetch(`${launched.gateway.url}/v1/models?client_version=0.169.0`, { headers });
    return ((await response.json()) as { models: { slug: string }[] }).models.map((model) => model.slug);
  };
  await until('the catalogue', async () => (await slugs()).length > 0);
  expect(await slugs()).toEqual(['some-new-model']);
  expect(existsSync(join(launched.home, 'codex-catalogue.json'))).toBe(true);
}, 120_000);
