/** `holdfast activate --team ADDRESS`: a team's gateway puts a target first, for everybody, until the time is over. */
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CodexSandbox, createCodexSandbox, type Run } from './codex-sandbox.ts';
import { type Recorder, startRecorder } from './record-requests.ts';
import { freePort, type StartedGateway, startGateway } from './start-gateway.ts';

let sandbox: CodexSandbox;
let primary: Recorder;
let backup: Recorder;
let dead: Recorder;
let gateway: StartedGateway;
let port = 0;
let config = '';

beforeEach(async () => {
  sandbox = createCodexSandbox();
  primary = await startRecorder({ callsTools: true });
  backup = await startRecorder({ callsTools: true });
  dead = await startRecorder({ status: 500 });
  port = await freePort();
  const provider = (id: string, { port: at }: Recorder): string =>
    `[providers.${id}]\nwire = "responses"\nbase_url = "http://127.0.0.1:${at}/v1"\nkey = "none"\n\n`;
  const target = (id: string, priority: number): string =>
    `  [[routes.targets]]\n  provider = "${id}"\n  priority = ${priority}\n`;
  config = `[server]\nlisten = "127.0.0.1:${port}"\n\n${provider('a', primary)}${provider('b', backup)}${provider('c', dead)}[[routes]]\nid = "r"\nmodels = ["gpt-5.5"]\nsubstitution = "deny"\n${target('a', 1)}${target('b', 2)}${target('c', 3)}  [[routes.targets]]\n  provider = "b"\n  model = "another-model"\n  priority = 4\n`;
  mkdirSync(join(sandbox.folder, 'holdfast'), { mode: 0o700 });
  writeFileSync(join(sandbox.folder, 'holdfast', 'holdfast.toml'), config);
  sandbox.write('config.toml', 'model = "gpt-5.5"\n');
  gateway = await startGateway(sandbox, port);
});
afterEach(async () => {
  await gateway.stop();
  for (const recorder of [primary, backup, dead]) recorder.close();
  sandbox.remove();
});

const holdfast = (...args: readonly string[]): Promise<Run> => sandbox.holdfast(args);
const address = (): string => `http://127.0.0.1:${port}`;
const posts = (recorder: Recorder): number => recorder.requests.filter(({ method }) => method === 'POST').length;
const journalFile = (): string => join(sandbox.folder, 'holdfast', 'team-activations.jsonl');
const journal = (): readonly Record<string, unknown>[] =>
  readFileSync(journalFile(), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** Which provider the next `codex exec` comes to. */
async function nextGoesTo(): Promise<string> {
  const before = [posts(primary), posts(backup), posts(dead)];
  const run = await sandbox.turn();
  expect(run.exitCode).toBe(0);
  const asked = [primary, backup, dead].findIndex((recorder, index) => posts(recorder) > (before[index] ?? 0));
  return ['primary', 'backup', 'dead'][asked] ?? 'none';
}

describe('a live target', () => {
  test('is first for the next request, also after a restart, until it is taken back', async () => {
    await holdfast('codex', 'connect', '--default');
    expect(await nextGoesTo()).toBe('primary');
    const codexConfig = sandbox.read('config.toml');

    const run = await holdfast('activate', 'b/gpt-5.5', '--team', address(), '--expires', '4h', '--reason', 'drill');
    expect(run.output).toContain('b/gpt-5.5 called a tool');
    expect(run.exitCode).toBe(0);
    expect(await nextGoesTo()).toBe('backup');
    expect(sandbox.read('config.toml')).toBe(codexConfig);
    expect(readFileSync(join(sandbox.folder, 'holdfast', 'holdfast.toml'), 'utf8')).toBe(config);

    const status = (await holdfast('status')).output;
    expect(status).toMatch(/ACTIVATED b\/gpt-5\.5 by .+@.+ since .+ until .+: drill/);
    const { activation } = JSON.parse((await holdfast('status', '--json')).output);
    expect(Date.parse(activation.until) - Date.parse(activation.since)).toBe(4 * 3_600_000);
    expect((await holdfast('explain', 'gpt-5.5')).output).toMatch(/b\/gpt-5\.5[\s\S]*a\/gpt-5\.5/);

    await gateway.stop();
    gateway = await startGateway(sandbox, port);
    expect(await nextGoesTo()).toBe('backup');

    const back = await holdfast('deactivate', '--team', address(), '--reason', 'over');
    expect(back.output).toContain('a/gpt-5.5 called a tool');
    expect(await nextGoesTo()).toBe('primary');
    expect((await holdfast('status')).output).not.toContain('ACTIVATED');
    expect(journal()).toMatchObject([
      { action: 'activate', target: 'b/gpt-5.5', reason: 'drill', isForced: false },
      { action: 'deactivate', target: 'b/gpt-5.5', reason: 'over', isForced: false },
    ]);
    expect(journal()[0]?.['by']).toMatch(/.+@.+/);
  }, 180_000);

  test('is first until its time is over, and no longer', async () => {
    await holdfast('codex', 'connect', '--default');
    const run = await holdfast('activate', 'b/gpt-5.5', '--team', address(), '--expires', '10s', '--json');
    const { activation } = JSON.parse(run.output);
    const first = await nextGoesTo();
    // Where everything takes long, its time is over before; that it is first is shown above.
    if (Date.now() < Date.parse(activation.until)) expect(first).toBe('backup');
    await Bun.sleep(Math.max(0, Date.parse(activation.until) - Date.now()) + 50);
    expect((await holdfast('status')).output).not.toContain('ACTIVATED');
    expect(await nextGoesTo()).toBe('primary');
  }, 180_000);

  test('both ways are idempotent, and without --expires it is one day', async () => {
    expect((await holdfast('deactivate', '--team', address())).output).toContain('Nothing is activated');
    await holdfast('activate', 'b/gpt-5.5', '--team', `${address()}/v1`);
    const asked = posts(backup);
    const again = await holdfast('activate', 'b/gpt-5.5', '--team', address());
    expect(again.exitCode).toBe(0);
    expect(again.output).toContain('active already');
    expect(posts(backup)).toBe(asked);
    expect(journal().length).toBe(1);
    expect(Number(journal()[0]?.['expiresAtMs']) - Number(journal()[0]?.['atMs'])).toBe(24 * 3_600_000);
    await holdfast('deactivate', '--team', address());
    expect((await holdfast('deactivate', '--team', address())).exitCode).toBe(0);
    expect(journal().length).toBe(2);
  }, 180_000);
});

describe('is refused with a reason, and nothing changes', () => {
  test.each([
    ['a dead target', 'c/gpt-5.5', 1, /c\/gpt-5\.5: server error.*Nothing was changed/],
    ['an unknown one', 'd', 2, /There are: a\/gpt-5\.5, b\/gpt-5\.5/],
    ["what the route's own rule forbids", 'b/another-model', 1, /substitution = "deny".*cannot be forced/],
    ['a profile', 'profile:x', 2, /a gateway has targets, no profiles/],
  ])('%s', async (_, target, exitCode, reason) => {
    const run = await holdfast('activate', target, '--team', address());
    expect(run.output).toMatch(reason);
    expect(run.exitCode).toBe(exitCode);
    expect(existsSync(journalFile())).toBe(false);
  });

  test('a dead one by force, which is recorded and shown', async () => {
    const run = await holdfast('activate', 'c', '--team', address(), '--force', '--json');
    expect(JSON.parse(run.output)).toMatchObject({ isNew: true, activation: { isForced: true } });
    expect(journal()[0]).toMatchObject({ isForced: true, target: 'c' });
    expect((await holdfast('status')).output).toContain('forced, although it did not answer');
  });

  test('going back to what is dead, unless by force', async () => {
    await gateway.stop();
    primary.close();
    gateway = await startGateway(sandbox, port);
    await holdfast('activate', 'b/gpt-5.5', '--team', address());
    const refused = await holdfast('deactivate', '--team', address());
    expect(refused.output).toMatch(/a\/gpt-5\.5: connection refused.*--force/);
    expect(refused.exitCode).toBe(1);
    expect((await holdfast('deactivate', '--team', address(), '--force')).exitCode).toBe(0);
    expect(journal()[1]).toMatchObject({ action: 'deactivate', isForced: true });
  });
});

describe('from another machine', () => {
  test('needs the admin key, which is never an argument', async () => {
    const colleague = createCodexSandbox();
    try {
      const args = ['activate', 'b/gpt-5.5', '--team', address()];
      expect((await colleague.holdfast(args)).output).toContain('set HOLDFAST_ADMIN_KEY');
      const gatewayKey = (await holdfast('token')).output.trim();
      const refused = await colleague.holdfast(args, { HOLDFAST_ADMIN_KEY: gatewayKey });
      expect(refused.output).toContain('refuses the admin key');
      expect(refused.output).not.toContain(gatewayKey);
      const key = (await holdfast('token', '--admin')).output.trim();
      // The proxy would get the key, and could not reach this machine.
      const env = { HOLDFAST_ADMIN_KEY: key, HTTP_PROXY: 'http://127.0.0.1:9' };
      const run = await colleague.holdfast(args, env);
      expect(run.exitCode).toBe(0);
      expect(run.output).not.toContain(key);
      const other = ['activate', 'b/gpt-5.5', '--team', `http://user:${key}@127.0.0.1:${port}`];
      expect((await colleague.holdfast(other)).exitCode).toBe(2);
      expect(readFileSync(journalFile(), 'utf8')).not.toContain(key);
    } finally {
      colleague.remove();
    }
  });

  test('of an address where no gateway answers, that is said', async () => {
    const env = { HOLDFAST_ADMIN_KEY: 'k' };
    const none = await sandbox.holdfast(['activate', 'b', '--team', `http://127.0.0.1:${await freePort()}`], env);
    expect(none.output).toContain('does not answer');
    const other = await sandbox.holdfast(['activate', 'b', '--team', `http://127.0.0.1:${primary.port}`], env);
    expect(other.output).toContain('is not a Holdfast gateway');
    expect([none.exitCode, other.exitCode]).toEqual([1, 1]);
  });

  test.each([
    ['{"activation":{"target":5}}', /is not a Holdfast gateway/],
    ['{"activation":null,"message":{}}', /is not a Holdfast gateway/],
    ['[1]', /is not a Holdfast gateway/],
    ['{"activation":null,"message":"\\u001b[2Jgone"}', /holdfast: \[2Jgone/],
  ])('of one that answers %s, nothing reaches the terminal as it is', async (body, said) => {
    using server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response(body, { status: 409 }) });
    const args = ['activate', 'b', '--team', `http://127.0.0.1:${server.port}`];
    const run = await sandbox.holdfast(args, { HOLDFAST_ADMIN_KEY: 'k' });
    expect(run.output).toMatch(said);
    expect(run.output).not.toContain('\u001b');
    expect(run.exitCode).toBe(1);
  });
});

describe('hostile requests to the admin address', () => {
  const put = (body: string, headers: Record<string, string> = {}, method = 'PUT'): Promise<Response> =>
    fetch(`${address()}/holdfast/activation`, { method, body, headers });
  const withKey = async (): Promise<Record<string, string>> => ({
    authorization: `Bearer ${(await holdfast('token', '--admin')).output.trim()}`,
  });
  const VALID = JSON.stringify({ target: 'b/gpt-5.5' });

  test('without the admin key, or from a web page', async () => {
    const gatewayKey = (await holdfast('token')).output.trim();
    expect((await put(VALID)).status).toBe(401);
    expect((await put(VALID, { authorization: `Bearer ${gatewayKey}` })).status).toBe(401);
    expect((await put(VALID, { ...(await withKey()), origin: 'http://evil.example' })).status).toBe(403);
    expect((await put(VALID, { ...(await withKey()), host: 'evil.example' })).status).toBe(403);
    expect(existsSync(journalFile())).toBe(false);
  });

  test('bodies that mean nothing', async () => {
    const key = await withKey();
    const long = 'x'.repeat(20_000);
    const answers = await Promise.all(
      [
        '',
        'null',
        '[]',
        '{}',
        '{"target":7}',
        '{"target":"b","expiresInMs":0}',
        '{"target":"b","expiresInMs":1e99}',
        '{"target":"b","reason":{}}',
        '{"target":"b","isForced":"yes"}',
        JSON.stringify({ target: 'b', reason: 'x'.repeat(2_000) }),
      ].map((body) => put(body, key)),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 400));
    expect((await put(long, key)).status).toBe(413);
    expect((await put(VALID, key, 'POST')).status).toBe(405);
    expect((await fetch(`${address()}/holdfast/nope`, { method: 'PUT', body: VALID, headers: key })).status).toBe(404);
    expect(existsSync(journalFile())).toBe(false);
  });

  test('what would be commands on a terminal is shown as text', async () => {
    const body = { target: 'b/gpt-5.5', by: '\u001b[2Jme', reason: 'a\nb\u0007\u202e' };
    expect((await put(JSON.stringify(body), await withKey())).status).toBe(200);
    expect((await holdfast('status')).output).toMatch(/by \[2Jme since .*: a b\n/);
  });

  test('a damaged journal is no activation, and keeps nothing from starting', async () => {
    await gateway.stop();
    writeFileSync(journalFile(), '{"version":1,"action":"activate","kind":"gateway-target","target":7}\n{{{\n');
    gateway = await startGateway(sandbox, port);
    expect((await holdfast('status')).output).not.toContain('ACTIVATED');
  });
});
