/** `holdfast activate` and `deactivate`: what the next `codex exec` uses, and that everything comes back exactly. */
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CodexSandbox, createCodexSandbox, type Run } from './codex-sandbox.ts';
import { type Recorder, startRecorder } from './record-requests.ts';
import { freePort, type StartedGateway, startGateway } from './start-gateway.ts';

let sandbox: CodexSandbox;
let primary: Recorder;
let backup: Recorder;
let dead: Recorder;

beforeEach(async () => {
  sandbox = createCodexSandbox();
  primary = await startRecorder({ callsTools: true });
  backup = await startRecorder({ callsTools: true });
  dead = await startRecorder({ status: 500 });
});
afterEach(() => {
  for (const recorder of [primary, backup, dead]) recorder.close();
  sandbox.remove();
});

const holdfast = (...args: readonly string[]): Promise<Run> => sandbox.holdfast(args);
const posts = (recorder: Recorder): number => recorder.requests.filter(({ method }) => method === 'POST').length;
const at = ({ port }: Recorder): string => `http://127.0.0.1:${port}/v1`;
const journal = (): readonly Record<string, unknown>[] =>
  readFileSync(join(sandbox.folder, 'holdfast', 'activations.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe("among Codex's own providers and profiles", () => {
  let config = '';
  beforeEach(() => {
    const table = (id: string, recorder: Recorder): string =>
      `[model_providers.${id}]\nname = "${id}"\nbase_url = "${at(recorder)}"\nrequest_max_retries = 0\nstream_max_retries = 0\n`;
    config = `# mine\nmodel = "gpt-5.5" # good\nmodel_provider = "primary"\n\n${table('primary', primary)}\n${table('backup', backup)}\n${table('dead', dead)}`;
    sandbox.write('config.toml', config);
    sandbox.write('plan-b.config.toml', '# b\nmodel_provider = "backup"\nmodel = "gpt-5.4"\n');
  });

  test('a dead target changes nothing, and the reason is said', async () => {
    const run = await holdfast('activate', 'dead');
    expect(run.exitCode).toBe(1);
    expect(run.output).toMatch(/dead\/gpt-5\.5: server error \(status 500\)/);
    expect(run.output).toContain('Nothing was changed');
    expect(sandbox.read('config.toml')).toBe(config);
    expect(() => journal()).toThrow();
  });

  test('a live provider is used by the very next run, and deactivate restores the exact file', async () => {
    const run = await holdfast('activate', 'backup', '--reason', 'drill');
    expect(run.output).toContain('backup/gpt-5.5 called a tool');
    expect(run.exitCode).toBe(0);
    const before = posts(backup);
    expect((await sandbox.turn(['--strict-config'])).exitCode).toBe(0);
    expect(posts(backup)).toBeGreaterThan(before);
    expect(posts(primary)).toBe(0);
    const back = await holdfast('deactivate');
    expect(back.output).toContain('primary/gpt-5.5 called a tool');
    expect(sandbox.read('config.toml')).toBe(config);
    expect(journal()).toMatchObject([
      { action: 'activate', kind: 'provider', target: 'backup', reason: 'drill', isForced: false },
      { action: 'deactivate', target: 'backup', isForced: false },
    ]);
    expect(journal()[0]?.['by']).toMatch(/.+@.+/);
  });

  test('a profile becomes what Codex does without --profile', async () => {
    await holdfast('activate', 'plan-b');
    await sandbox.turn();
    expect(backup.requests.at(-1)?.body).toContain('"model":"gpt-5.4"');
    await holdfast('deactivate');
    expect(sandbox.read('config.toml')).toBe(config);
  });

  test('both are idempotent', async () => {
    await holdfast('activate', 'backup');
    const active = sandbox.read('config.toml');
    const asked = posts(backup);
    const again = await holdfast('activate', 'backup');
    expect(again.output).toContain('active already');
    expect(again.exitCode).toBe(0);
    expect(sandbox.read('config.toml')).toBe(active);
    expect(posts(backup)).toBe(asked);
    await holdfast('deactivate');
    const run = await holdfast('deactivate');
    expect(run.output).toContain('Nothing is activated');
    expect(run.exitCode).toBe(0);
    expect(sandbox.read('config.toml')).toBe(config);
  });

  test('switching on leads back to where everything began', async () => {
    await holdfast('activate', 'backup');
    await holdfast('activate', 'plan-b');
    expect(journal().map(({ action, target }) => `${action} ${target}`)).toEqual([
      'activate backup',
      'deactivate backup',
      'activate plan-b',
    ]);
    await holdfast('deactivate');
    expect(sandbox.read('config.toml')).toBe(config);
  });

  test('--force switches to a dead target, and the record says so', async () => {
    const run = await holdfast('activate', 'dead', '--force');
    expect(run.output).toContain('FORCED');
    expect(sandbox.read('config.toml')).toContain('model_provider = "dead"');
    expect(journal()[0]).toMatchObject({ isForced: true });
  });

  test('deactivate does not go back to what is dead, unless it is forced', async () => {
    sandbox.write('config.toml', config.replace('model_provider = "primary"', 'model_provider = "dead"'));
    const before = sandbox.read('config.toml');
    await holdfast('activate', 'backup');
    const active = sandbox.read('config.toml');
    const refused = await holdfast('deactivate');
    expect(refused.exitCode).toBe(1);
    expect(refused.output).toContain('backup stays active');
    expect(sandbox.read('config.toml')).toBe(active);
    await holdfast('deactivate', '--force');
    expect(sandbox.read('config.toml')).toBe(before);
  });

  test('a target that answers but calls no tool is refused', async () => {
    const mute = await startRecorder();
    try {
      await holdfast('codex', 'providers', 'edit', 'backup', '--base-url', at(mute));
      const run = await holdfast('activate', 'backup');
      expect(run.exitCode).toBe(1);
      expect(run.output).toContain('did not call the tool');
    } finally {
      mute.close();
    }
  });

  test('what only Codex can use, Codex tries itself', async () => {
    sandbox.write('config.toml', config.replace('model = "gpt-5.5" # good\n', `openai_base_url = "${at(backup)}"\n`));
    const env = { CODEX_API_KEY: 'sk-x' };
    const run = await sandbox.holdfast(['activate', 'provider:openai', '--model', 'gpt-5.5'], env);
    expect(run.output).toContain('Codex ran a command with openai');
    expect(run.exitCode).toBe(0);
  }, 180_000);

  test('publishing is made up for, and ended from a machine on which nothing is active', async () => {
    const shared = join(sandbox.folder, 'shared');
    mkdirSync(shared);
    await holdfast('activate', 'backup', '--reason', 'outage');
    const late = await holdfast('activate', 'backup', '--team', shared);
    expect(late.output).toContain('active already');
    const file = join(shared, 'holdfast-activation.json');
    const published = JSON.parse(readFileSync(file, 'utf8'));
    expect(published).toMatchObject({ isActive: true, target: 'provider:backup', reason: 'outage' });
    expect(Date.parse(published.expiresAt) - Date.parse(published.at)).toBe(24 * 3_600_000);
    await holdfast('deactivate');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ isActive: true });
    await holdfast('deactivate', '--team', shared, '--reason', 'over');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ isActive: false, reason: 'over' });
  });

  test('--dry-run asks, shows, and writes nothing', async () => {
    const run = await holdfast('activate', 'backup', '--dry-run');
    expect(run.output).toContain('+model_provider = "backup"');
    expect(sandbox.read('config.toml')).toBe(config);
    expect(() => journal()).toThrow();
  });

  test('an unknown target is wrong usage', async () => {
    const run = await holdfast('activate', 'bakup');
    expect(run.exitCode).toBe(2);
    expect(run.output).toContain('Did you mean "backup"?');
  });

  test('a team publishes, follows, and goes back when it is over', async () => {
    const shared = join(sandbox.folder, 'shared');
    mkdirSync(join(shared, '.git'), { recursive: true });
    const published = await holdfast('activate', 'backup', '--team', shared, '--expires', '4h', '--reason', 'outage');
    expect(published.output).toContain(`activate --follow ${shared}`);
    expect(published.output).toContain('git -C');
    const file = join(shared, 'holdfast-activation.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ isActive: true, target: 'provider:backup' });

    const colleague = createCodexSandbox();
    try {
      colleague.write('config.toml', config);
      await colleague.holdfast(['activate', '--follow', shared]);
      expect(colleague.read('config.toml')).toContain('model_provider = "backup"');
      expect((await colleague.holdfast(['activate', '--follow', shared])).output).toContain('active already');
      await holdfast('deactivate', '--team', shared);
      await colleague.holdfast(['activate', '--follow', shared]);
      expect(colleague.read('config.toml')).toBe(config);
      expect((await colleague.holdfast(['activate', '--follow', shared])).output).toContain('activated nothing');

      const over = { ...JSON.parse(readFileSync(file, 'utf8')), isActive: true, expiresAt: '2020-01-01T00:00:00Z' };
      writeFileSync(file, JSON.stringify(over));
      await colleague.holdfast(['activate', '--follow', shared]);
      expect(colleague.read('config.toml')).toBe(config);
      writeFileSync(file, '{"version":1,"isActive":true,"target":7}');
      expect((await colleague.holdfast(['activate', '--follow', shared])).exitCode).toBe(1);
    } finally {
      colleague.remove();
    }
  });

  test('doctor reminds of an activation whose time is over', async () => {
    await holdfast('activate', 'backup', '--expires', '1ms');
    const { checks } = JSON.parse((await holdfast('doctor', '--offline', '--json')).output.trim());
    expect(checks.map(({ id }: { id: string }) => id)).toContain('activation-expired');
  });
});

describe('among the targets of the gateway', () => {
  let gateway: StartedGateway | undefined;
  const file = (): string => join(sandbox.folder, 'holdfast', 'holdfast.toml');
  const INLINE = (port: number): string =>
    `[server]\nlisten = "127.0.0.1:${port}"\n[providers]\na = { wire = "responses", base_url = "${at(primary)}", key = "none" }\nb = { wire = "responses", base_url = "${at(backup)}", key = "none" }\n[[routes]]\nid = "r"\nmodels = ["gpt-5.5"]\ntargets = [{ provider = "a" }, { provider = "b", priority = 2 }] # order\n`;
  const TABLES = (port: number): string =>
    `# team\n[server]\nlisten = "127.0.0.1:${port}" # local\n\n[providers.a]\nwire = "responses"\nbase_url = "${at(primary)}"\nkey = "none"\n\n[providers.b]\nwire = "responses"\nbase_url = "${at(backup)}"\nkey = "none"\n\n[[routes]]\nid = "r"\nmodels = ["gpt-5.5"]\n  [[routes.targets]]\n  provider = "a" # first\n  priority = 1\n\n  [[routes.targets]]\n  provider = "b"\n  priority = 2 # second\n`;
  afterEach(async () => {
    await gateway?.stop();
    gateway = undefined;
  });

  test.each([
    ['tables', TABLES],
    ['inline', INLINE],
  ])(
    'written as %s, the running gateway takes it over',
    async (_, render) => {
      mkdirSync(join(sandbox.folder, 'holdfast'));
      const port = await freePort();
      const config = render(port);
      writeFileSync(file(), config);
      sandbox.write('config.toml', 'model = "gpt-5.5"\n');
      gateway = await startGateway(sandbox, port);
      await holdfast('codex', 'connect', '--default');

      const run = await holdfast('activate', 'b', '--reason', 'drill');
      expect(run.output).toContain('b/gpt-5.5 called a tool');
      expect(run.output).toContain('has taken it over');
      expect(readFileSync(file(), 'utf8')).toContain('# ');
      const before = [posts(primary), posts(backup)];
      expect((await sandbox.turn()).exitCode).toBe(0);
      expect(posts(primary)).toBe(before[0] ?? -1);
      expect(posts(backup)).toBeGreaterThan(before[1] ?? -1);

      const back = await holdfast('deactivate');
      expect(back.output).toContain('a/gpt-5.5 called a tool');
      expect(readFileSync(file(), 'utf8')).toBe(config);
      await sandbox.turn();
      expect(posts(primary)).toBeGreaterThan(before[0] ?? -1);
    },
    180_000,
  );

  test("what the route's own rule forbids is refused, also by force", async () => {
    mkdirSync(join(sandbox.folder, 'holdfast'));
    const config = TABLES(await freePort())
      .replace('models = ["gpt-5.5"]', 'models = ["gpt-5.5"]\nsubstitution = "deny"')
      .replace('provider = "b"', 'provider = "b"\n  model = "another"');
    writeFileSync(file(), config);
    await holdfast('codex', 'connect', '--default');
    for (const force of [[], ['--force']]) {
      const run = await holdfast('activate', 'gateway:b', ...force);
      expect(run.output).toMatch(/substitution = "deny".*cannot be forced/);
      expect(run.exitCode).toBe(1);
    }
    expect(posts(backup)).toBe(0);
    expect(readFileSync(file(), 'utf8')).toBe(config);
  });

  test('a dead target is refused, and the runbook names the living ones', async () => {
    mkdirSync(join(sandbox.folder, 'holdfast'));
    const port = await freePort();
    const config = TABLES(port).replace(at(backup), at(dead));
    writeFileSync(file(), config);
    await holdfast('codex', 'connect', '--default');
    const run = await holdfast('activate', 'gateway:b/gpt-5.5');
    expect(run.exitCode).toBe(1);
    expect(run.output).toContain('server error');
    expect(readFileSync(file(), 'utf8')).toBe(config);

    const book = (await holdfast('runbook')).output;
    expect(book).toContain('Route `r` (gpt-5.5): a/gpt-5.5 → b/gpt-5.5');
    expect(book).toContain('holdfast activate gateway:b/gpt-5.5');
    expect(book).toContain('holdfast codex bypass a');
  });
});
