/** `holdfast doctor` finds each of these planted faults, and nothing on a healthy machine. */
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { type CodexSandbox, createCodexSandbox } from './codex-sandbox.ts';
import { type Recorder, startRecorder } from './record-requests.ts';
import { freePort, type StartedGateway, startGateway } from './start-gateway.ts';

let sandbox: CodexSandbox;
let target: Recorder;
let gateway: StartedGateway | undefined;
let gatewayPort = 0;
const others: Array<{ readonly close: () => void }> = [];

beforeEach(async () => {
  sandbox = createCodexSandbox();
  target = await startRecorder();
  gatewayPort = await freePort();
  writeHoldfastConfig(`http://127.0.0.1:${target.port}/v1`);
});
afterEach(async () => {
  await gateway?.stop();
  gateway = undefined;
  target.close();
  for (const other of others.splice(0)) other.close();
  sandbox.remove();
});

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const home = (): string => join(sandbox.folder, 'holdfast');

function writeHoldfastConfig(baseUrl: string, key = '"none"'): void {
  mkdirSync(home(), { recursive: true });
  writeFileSync(
    join(home(), 'holdfast.toml'),
    `[server]\nlisten = "127.0.0.1:${gatewayPort}"\n\n[timeouts]\nconnect = "2s"\n\n[providers.house]\nwire = "responses"\nbase_url = "${baseUrl}"\nkey = ${key}\n\n[[routes]]\nid = "r"\nmodels = ["gpt-5.5"]\n  [[routes.targets]]\n  provider = "house"\n`,
  );
}

const startHere = async (): Promise<void> => {
  gateway = await startGateway(sandbox, gatewayPort);
};

interface Check {
  readonly id: string;
  readonly status: string;
  readonly what: string;
  readonly why?: string;
  readonly fix?: string;
}

async function doctor(args: readonly string[] = [], env: Record<string, string> = {}): Promise<readonly Check[]> {
  const { output, exitCode } = await sandbox.holdfast(['doctor', '--json', ...args], env);
  const line = output.split('\n').find((each) => each.startsWith('{"ok"'));
  if (line === undefined) throw new Error(output);
  const { ok, checks } = JSON.parse(line);
  expect(exitCode).toBe(ok ? 0 : 1);
  return checks;
}

const problems = (checks: readonly Check[]): readonly string[] =>
  checks.filter(({ status }) => status === 'fail' || status === 'warning').map(({ id }) => id);

const MODEL = 'model = "gpt-5.5"\n';
const provider = (port: number, lines = ''): string =>
  `${MODEL}model_provider = "p"\n[features]\nunbounded_connection_retries = false\n[model_providers.p]\nname = "P"\nbase_url = "http://127.0.0.1:${port}/v1"\n${lines}\n`;

describe('on a healthy machine nothing is found', () => {
  test('with the gateway as the default', async () => {
    sandbox.write('config.toml', MODEL);
    await startHere();
    await sandbox.holdfast(['codex', 'connect', '--default']);
    const checks = await doctor();
    expect(problems(checks)).toEqual([]);
    expect(checks.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['auth-command', 'gateway', 'gateway-catalogue', 'target.house/gpt-5.5']),
    );
    expect(target.requests.filter(({ method }) => method === 'POST').length).toBe(1);
  });

  test('with the gateway as a profile', async () => {
    sandbox.write('config.toml', MODEL);
    await startHere();
    await sandbox.holdfast(['codex', 'connect']);
    expect(problems(await doctor(['-p', 'holdfast'], { CODEX_API_KEY: 'x' }))).toEqual([]);
  });

  test('with the gateway behind the built-in provider', async () => {
    sandbox.write('config.toml', MODEL);
    await startHere();
    await sandbox.holdfast(['codex', 'connect', '--openai-base-url']);
    const { output: key } = await sandbox.holdfast(['token']);
    expect(problems(await doctor([], { CODEX_API_KEY: key.trim() }))).toEqual([]);
  });

  test('with a provider of its own', async () => {
    rmSync(join(home(), 'holdfast.toml'));
    sandbox.write('config.toml', provider(target.port, 'env_key = "K"'));
    const checks = await doctor([], { K: 'k-1' });
    expect(problems(checks)).toEqual([]);
    expect(target.requests.at(-1)?.headers['authorization']).toBe('Bearer k-1');
    expect(JSON.stringify(checks)).not.toContain('k-1');
  });
});

describe('what only Codex can ask, Codex asks', () => {
  beforeEach(() => rmSync(join(home(), 'holdfast.toml')));
  const openai = (port: number): string =>
    `${MODEL}openai_base_url = "http://127.0.0.1:${port}/v1"\n[features]\nunbounded_connection_retries = false\n`;
  const asked = (checks: readonly Check[], id: string): Check | undefined =>
    checks.find((check) => check.id === `provider.${id}`);

  test.each<[name: string, id: string, text: (port: number) => string]>([
    ['the built-in provider', 'openai', openai],
    ['a provider with a query', 'p', (port) => provider(port, 'query_params = { api-version = "1" }')],
    ['a provider without a model', 'p', (port) => provider(port).replace(MODEL, '')],
  ])(
    '%s',
    async (_, id, text) => {
      const env = { CODEX_API_KEY: 'sk-s3cret' };
      sandbox.write('config.toml', text(target.port));
      const checks = await doctor([], env);
      expect(asked(checks, id)?.status).toBe('ok');
      expect(problems(checks)).toEqual([]);
      const refusing = await startRecorder({ status: 400 });
      others.push(refusing);
      sandbox.write('config.toml', text(refusing.port));
      const broken = await doctor([], env);
      expect(asked(broken, id)?.status).toBe('fail');
      expect(JSON.stringify([checks, broken])).not.toContain('s3cret');
    },
    180_000,
  );
});

test.each<[name: string, answer: () => Response, isFound: boolean]>([
  ['is not there', () => new Response('no', { status: 404 }), true],
  ["is OpenAI's list", () => Response.json({ data: [{ id: 'gpt-5.5' }] }), true],
  ['is empty, but a catalogue', () => Response.json({ models: [] }), false],
])(
  'a model catalogue that %s',
  async (_, answer, isFound) => {
    rmSync(join(home(), 'holdfast.toml'));
    using catalogue = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: answer });
    const url = `http://127.0.0.1:${catalogue.port}/models?key=s3cret`;
    sandbox.write('config.toml', provider(target.port, `env_key = "K"\nmodel_catalog_url = "${url}"`));
    const checks = await doctor([], { K: 'k' });
    expect(problems(checks).includes('catalogue')).toBe(isFound);
    expect(checks.find(({ id }) => id === 'provider.p')?.status).toBe('ok');
    expect(JSON.stringify(checks)).not.toContain('s3cret');
  },
  180_000,
);

describe('with Codex connected to the gateway', () => {
  beforeEach(async () => {
    sandbox.write('config.toml', MODEL);
    await sandbox.holdfast(['codex', 'connect', '--default']);
  });

  test('the gateway is down', async () => {
    expect(problems(await doctor())).toContain('gateway-down');
  });

  test('the gateway listens elsewhere now', async () => {
    gatewayPort = await freePort();
    writeHoldfastConfig(`http://127.0.0.1:${target.port}/v1`);
    await startHere();
    expect(problems(await doctor())).toContain('gateway-stale');
  });

  test('another program answers at its address', async () => {
    const other = Bun.serve({ port: gatewayPort, hostname: '127.0.0.1', fetch: () => new Response('hello') });
    others.push({ close: () => void other.stop(true) });
    expect(problems(await doctor())).toContain('gateway-other');
  });

  test.each<[name: string, status: string | undefined, models: unknown]>([
    ['takes the models that it lists', 'ok', { models: [] }],
    ["does not take OpenAI's form of a list", 'warning', { data: [{ id: 'gpt-5.5' }] }],
    ['does not take a model without its fields', 'warning', { models: [{ slug: 'gpt-5.5' }] }],
  ])('Codex %s', async (_, status, models) => {
    const other = Bun.serve({
      port: gatewayPort,
      hostname: '127.0.0.1',
      fetch: ({ url }) => (url.endsWith('/healthz') ? new Response('ok\n') : Response.json(models)),
    });
    others.push({ close: () => void other.stop(true) });
    const checks = await doctor(['--offline']);
    expect(checks.find(({ id }) => id === 'gateway-catalogue')?.status).toBe(status);
  });

  test('the gateway has another key', async () => {
    await startHere();
    await sandbox.holdfast([
      'codex',
      'providers',
      'edit',
      'holdfast',
      '--auth-command',
      '/bin/echo',
      '--auth-arg',
      'wrong-key',
    ]);
    expect(problems(await doctor())).toContain('gateway-key');
  });

  test.each<[name: string, prepare: () => Promise<void>, reason: RegExp]>([
    [
      'rejects its key',
      async () => {
        const refusing = await startRecorder({ status: 401 });
        others.push(refusing);
        writeHoldfastConfig(`http://127.0.0.1:${refusing.port}/v1`);
      },
      /rejected the key/,
    ],
    [
      'does not know its model',
      async () => {
        const missing = await startRecorder({ status: 404 });
        others.push(missing);
        writeHoldfastConfig(`http://127.0.0.1:${missing.port}/v1`);
      },
      /404/,
    ],
    ['cannot be reached', async () => writeHoldfastConfig(`http://127.0.0.1:${await freePort()}/v1`), /refused/],
    [
      'never answers',
      async () => {
        const silent = createServer(() => {}).listen(0, '127.0.0.1');
        await new Promise((resolve) => silent.once('listening', resolve));
        others.push({ close: () => void silent.close() });
        writeHoldfastConfig(`http://127.0.0.1:${portOf(silent)}/v1`);
        const config = Bun.file(join(home(), 'holdfast.toml'));
        writeFileSync(
          join(home(), 'holdfast.toml'),
          (await config.text()).replace('connect = "2s"', 'connect = "2s"\nheaders = "1s"'),
        );
      },
      /no response headers in time/,
    ],
    [
      'has no key',
      async () => writeHoldfastConfig(`http://127.0.0.1:${target.port}/v1`, '{ command = "/bin/false" }'),
      /key could not be obtained/,
    ],
  ])('a target %s', async (_, prepare, reason) => {
    await prepare();
    const checks = await doctor();
    const found = checks.find(({ id }) => id === 'target.house/gpt-5.5');
    expect(found?.status).toBe('fail');
    expect(found?.what).toMatch(reason);
    expect(found?.fix).toBeDefined();
  });

  test("Holdfast's own configuration is broken", async () => {
    writeFileSync(join(home(), 'holdfast.toml'), '[server\n');
    expect(problems(await doctor())).toContain('gateway-config');
  });

  test('a proxy swallows the way to the gateway', async () => {
    await startHere();
    const found = problems(await doctor([], { HTTP_PROXY: 'http://127.0.0.1:9' }));
    expect(found).toContain('config.loopback-through-proxy');
    expect(found).not.toContain('gateway-down');
  });

  test('--offline asks no target', async () => {
    await startHere();
    const checks = await doctor(['--offline']);
    expect(problems(checks)).toEqual([]);
    expect(checks.find(({ id }) => id.startsWith('target.'))?.status).toBe('skipped');
    expect(target.requests).toEqual([]);
  });
});

describe('the command that prints the key', () => {
  test.each<[name: string, auth: string, what: RegExp]>([
    ['is missing', '{ command = "/no/such/program" }', /cannot be started/],
    ['fails', '{ command = "/bin/sh", args = ["-c", "echo s3cret >&2; exit 3"] }', /exit code 3/],
    ['takes too long', '{ command = "/bin/sleep", args = ["5"], timeout_ms = 300 }', /longer than 300 ms/],
    ['prints nothing', '{ command = "/bin/true" }', /prints nothing/],
    ['prints several lines', '{ command = "/bin/sh", args = ["-c", "echo a; echo s3cret"] }', /2 lines/],
    // More than half of its time, and far from all of it.
    ['is slow', '{ command = "/bin/sh", args = ["-c", "sleep 4; echo s3cret"], timeout_ms = 7000 }', /of 7000 ms/],
  ])('%s', async (_, auth, what) => {
    sandbox.write('config.toml', provider(target.port, `auth = ${auth}`));
    const checks = await doctor(['--offline']);
    const found = checks.find(({ id }) => id === 'auth-command');
    expect(found?.status).not.toBe('ok');
    expect(found?.what).toMatch(what);
    expect(JSON.stringify(checks)).not.toContain('s3cret');
  });
});

describe('in the configuration and around it', () => {
  interface Plant {
    readonly name: string;
    readonly text: string;
    readonly id: string;
    readonly env?: Record<string, string>;
  }
  test.each<Plant>([
    { name: 'broken TOML', text: 'model = \n', id: 'config.not-toml' },
    { name: 'a legacy profile', text: 'profile = "x"\n', id: 'config.legacy-profile-key' },
    {
      name: 'a changed built-in provider',
      text: '[model_providers.openai]\nrequest_max_retries = 1\n',
      id: 'config.reserved-provider',
    },
    { name: 'a provider that does not exist', text: 'model_provider = "nope"\n', id: 'config.provider-not-found' },
    { name: 'the old wire', text: `${provider(9)}wire_api = "chat"\n`, id: 'config.wire-api-chat' },
    { name: 'a variable that is not set', text: provider(9, 'env_key = "NOT_SET"'), id: 'config.env-key-not-set' },
    { name: 'an endless wait', text: provider(9).replace('false', 'true'), id: 'config.waits-for-ever' },
    {
      name: 'a catalogue that is not there',
      text: `model_catalog_json = "nope.json"\n${provider(9)}`,
      id: 'config.codex',
    },
    {
      name: 'a key that only Codex knows to be wrong',
      text: `model_verbosty = "low"\n${provider(9)}`,
      id: 'config.codex',
    },
    {
      name: 'a certificate file that is not there',
      text: provider(9),
      id: 'certificates',
      env: { CODEX_CA_CERTIFICATE: '/no/such/file.pem' },
    },
    {
      name: 'certificates for Node alone',
      text: provider(9),
      id: 'config.ca-variable-ignored',
      env: { NODE_EXTRA_CA_CERTS: '/x.pem' },
    },
    {
      name: 'a variable that Codex ignores',
      text: provider(9),
      id: 'config.variable-ignored',
      env: { CODEX_PROFILE: 'x' },
    },
    {
      name: 'a model that Codex does not know',
      text: provider(9).replace('gpt-5.5', 'deepseek-v4'),
      id: 'model-unknown',
    },
  ])('$name', async ({ text, id, env }) => {
    sandbox.write('config.toml', text);
    expect(problems(await doctor(['--offline'], env))).toContain(id);
  });

  test('a profile that does not exist', async () => {
    expect(problems(await doctor(['--offline', '-p', 'nope']))).toContain('config.profile-missing');
  });

  test("a project's file that may not choose the provider", async () => {
    mkdirSync(join(sandbox.work, '.codex'));
    writeFileSync(join(sandbox.work, '.codex', 'config.toml'), 'model_provider = "x"\n');
    sandbox.write('config.toml', `${provider(9)}[projects."${sandbox.work}"]\ntrust_level = "trusted"\n`);
    expect(problems(await doctor(['--offline']))).toContain('config.project-key-ignored');
  });

  test('no folder of Codex', async () => {
    rmSync(sandbox.home, { recursive: true });
    expect(problems(await doctor(['--offline']))).toContain('codex-home');
  });

  test('sessions whose provider is gone', async () => {
    sandbox.write('config.toml', provider(target.port));
    expect((await sandbox.turn()).exitCode).toBe(0);
    sandbox.write(
      'config.toml',
      provider(target.port).replaceAll('"p"', '"q"').replace('providers.p]', 'providers.q]'),
    );
    const found = (await doctor(['--offline'])).find(({ id }) => id === 'sessions');
    expect(found?.what).toContain('1 recent session began with the provider "p"');
  });

  test.each([
    ['too old', '0.128.0', 'fail'],
    ['newer than known', '9.1.0', 'warning'],
  ])('a Codex that is %s', async (_, version, status) => {
    const file = join(sandbox.folder, 'bin', 'codex');
    mkdirSync(join(sandbox.folder, 'bin'));
    writeFileSync(file, `#!/bin/sh\necho codex-cli ${version}\n`);
    chmodSync(file, 0o755);
    const checks = await doctor(['--offline'], { PATH: `${join(sandbox.folder, 'bin')}:${process.env['PATH']}` });
    expect(checks.find(({ id }) => id === 'codex-version')?.status).toBe(status);
  });

  test('a Codex that cannot be run', async () => {
    const file = join(sandbox.folder, 'bin', 'codex');
    mkdirSync(join(sandbox.folder, 'bin'));
    writeFileSync(file, 'not a program');
    chmodSync(file, 0o755);
    const checks = await doctor(['--offline'], { PATH: `${join(sandbox.folder, 'bin')}:${process.env['PATH']}` });
    expect(checks.find(({ id }) => id === 'codex-installed')?.status).toBe('fail');
  });

  test("what Codex's own doctor reports", async () => {
    const file = join(sandbox.folder, 'bin', 'codex');
    mkdirSync(join(sandbox.folder, 'bin'));
    const report = {
      checks: {
        'system.disk': { id: 'system.disk', status: 'fail', summary: 'disk almost full', remediation: 'free some' },
      },
    };
    writeFileSync(
      file,
      `#!/bin/sh\ncase "$1" in\n--version) echo codex-cli 0.169.0;;\ndoctor) echo '${JSON.stringify(report)}'; exit 1;;\nesac\n`,
    );
    chmodSync(file, 0o755);
    const checks = await doctor(['--offline'], { PATH: `${join(sandbox.folder, 'bin')}:${process.env['PATH']}` });
    expect(checks).toContainEqual(
      expect.objectContaining({ id: 'codex.system.disk', status: 'fail', fix: 'free some' }),
    );
  });
});
