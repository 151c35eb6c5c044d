/** Wherever a key may stand, no command shows it: in text, as JSON, as a difference, or in an error. */
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CodexSandbox, createCodexSandbox } from './codex-sandbox.ts';
import { freePort } from './start-gateway.ts';

/** Part of every planted key, in nothing else. */
const MARK = 's3cret';
let sandbox: CodexSandbox;
let echo: ReturnType<typeof Bun.serve>;
beforeEach(() => {
  sandbox = createCodexSandbox();
  // As some providers do, it answers with the key that it was given.
  echo = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: ({ headers }) =>
      Response.json(
        { error: { message: `Incorrect API key provided: ${headers.get('authorization')}`, code: 'invalid_api_key' } },
        { status: 401 },
      ),
  });
});
afterEach(async () => {
  await echo.stop(true);
  sandbox.remove();
});

const ENV = {
  OPENAI_API_KEY: `sk-${MARK}-1`,
  CODEX_API_KEY: `sk-${MARK}-2`,
  WORK_KEY: `sk-${MARK}-3`,
  TEAM_HEADER: `${MARK}-4`,
  HTTPS_PROXY: `http://user:${MARK}-5@127.0.0.1:9`,
  NO_PROXY: '127.0.0.1,localhost',
  HOLDFAST_ADMIN_KEY: `${MARK}-6`,
  AWS_SECRET_ACCESS_KEY: `${MARK}-7`,
};

const config = (): string => `# mine
model = "gpt-5.5"
model_provider = "work"
bogus_key = "sk-${MARK}-10"
openai_base_url = "https://user:${MARK}-11@proxy.example/v1"

[model_providers.work]
name = "Work"
base_url = "http://127.0.0.1:${echo.port}/v1"
env_key = "WORK_KEY"
http_headers = { Authorization = "Bearer ${MARK}-12", X-Api-Key = "${MARK}-13" }
env_http_headers = { X-Team = "TEAM_HEADER" }
request_max_retries = 0
stream_max_retries = 0
request_max_retry = 4

[model_providers.token]
name = "Token"
base_url = "http://user:${MARK}-15@127.0.0.1:${echo.port}/v1?api-key=${MARK}-16"
experimental_bearer_token = "sk-${MARK}-17"
wire_api = "chat"
query_params = { code = "${MARK}-18" }

[model_providers.command]
name = "Command"
base_url = "http://127.0.0.1:${echo.port}/v1"
auth = { command = "/bin/sh", args = ["-c", "echo ${MARK}-19; echo ${MARK}-20 >&2; exit 3"] }

[model_providers.wrong]
name = "Wrong"
base_url = "http://127.0.0.1:${echo.port}/v1"
env_key = "sk-${MARK}-21"

[mcp_servers.github]
command = "npx"
env = { GITHUB_TOKEN = "${MARK}-22" }

[profiles.fast]
model = "m"
experimental_bearer_token = "${MARK}-23"
`;

const COMMANDS: ReadonlyArray<readonly string[]> = [
  ['codex', 'status'],
  ['codex', 'lint'],
  ['codex', 'lint', '--fix', '--dry-run'],
  ['codex', 'migrate', '--dry-run'],
  ['codex', 'providers', 'list'],
  ['codex', 'providers', 'show', 'work'],
  ['codex', 'providers', 'show', 'token'],
  ['codex', 'providers', 'show', 'command'],
  ['codex', 'providers', 'edit', 'token', '--env-key', 'K', '--dry-run'],
  ['codex', 'providers', 'remove', 'token', '--dry-run'],
  ['codex', 'providers', 'add', 'x', '--base-url', 'http://x/v1', '--dry-run'],
  ['codex', 'profiles', 'list'],
  ['codex', 'profiles', 'show', 'plan-b'],
  ['codex', 'profiles', 'remove', 'plan-b', '--dry-run'],
  ['codex', 'retries'],
  ['codex', 'retries', 'token', '--stream', '1', '--dry-run'],
  ['codex', 'connect', '--default', '--dry-run'],
  ['codex', 'connect', '--openai-base-url', '--dry-run'],
  ['codex', 'disconnect', '--dry-run'],
  ['codex', 'undo', '--list'],
  ['codex', 'undo', '--dry-run'],
  ['codex', 'drift'],
  ['codex', 'bypass', 'token', '--dry-run'],
  ['doctor'],
  ['activate', 'provider:work', '--dry-run'],
  ['activate', 'provider:token', '--dry-run'],
  ['activate', 'provider:command', '--dry-run'],
  ['activate', 'provider:work', '--dry-run', '--force'],
  ['activate', 'profile:plan-b', '--dry-run'],
  ['deactivate'],
  ['runbook'],
];

describe('no command shows a key', () => {
  test.each([
    ['in a configuration that Codex takes in part', (): string => config()],
    ['in one that is not TOML', (): string => `${config()}\n"sk-${MARK}-30 = [\n`],
    ['in one with a key twice', (): string => `${config()}\n[mcp_servers.github]\nenv = { T = "${MARK}-31" }\n`],
  ])(
    '%s',
    async (_, text) => {
      sandbox.write('config.toml', config());
      sandbox.write('auth.json', JSON.stringify({ OPENAI_API_KEY: `sk-${MARK}-32`, tokens: { access_token: MARK } }));
      sandbox.write('plan-b.config.toml', `model_provider = "token"\nopenai_base_url = "http://u:${MARK}-33@h/v1"\n`);
      // Something to take back and to compare, in which keys were replaced.
      await sandbox.holdfast(['codex', 'lint', '--fix'], ENV);
      await sandbox.holdfast(['codex', 'providers', 'edit', 'token', '--env-key', 'K'], ENV);
      sandbox.write('config.toml', text());
      for (const command of COMMANDS) {
        for (const args of [command, [...command, '--json']]) {
          const { output, exitCode } = await sandbox.holdfast(args, ENV);
          expect([args.join(' '), output.includes(MARK) ? output : 'clean']).toEqual([args.join(' '), 'clean']);
          expect(output.trim()).not.toBe('');
          if (args !== command && exitCode === 0) expect(readJson(output)).toBeObject();
        }
      }
    },
    480_000,
  );

  test('in what is written down: the journal has none, and receipts are for the user alone', async () => {
    sandbox.write('config.toml', config().replace(/^bogus_key.*\n/m, ''));
    await sandbox.holdfast(['activate', 'provider:token', '--force', '--reason', 'drill'], ENV);
    const home = join(sandbox.folder, 'holdfast');
    expect(readFileSync(join(home, 'activations.jsonl'), 'utf8')).not.toContain(MARK);
    for (const folder of [home, join(home, 'codex-receipts')]) expect(statSync(folder).mode & 0o077).toBe(0);
    const receipts = readdirSync(join(home, 'codex-receipts'));
    expect(receipts.length).toBeGreaterThan(0);
    for (const name of receipts) expect(statSync(join(home, 'codex-receipts', name)).mode & 0o077).toBe(0);
  });

  test('of the gateway: doctor, activate and a team gateway', async () => {
    const home = join(sandbox.folder, 'holdfast');
    mkdirSync(home, { mode: 0o700 });
    const port = await freePort();
    writeFileSync(
      join(home, 'holdfast.toml'),
      `[server]\nlisten = "127.0.0.1:${port}"\n[providers.a]\nwire = "responses"\nbase_url = "http://127.0.0.1:${echo.port}/v1"\nkey = { env = "WORK_KEY" }\n[[routes]]\nid = "r"\nmodels = ["gpt-5.5"]\ntargets = [{ provider = "a" }]\n`,
    );
    sandbox.write('config.toml', config().replace(/^(bogus_key|wire_api|request_max_retry).*\n/gm, ''));
    await sandbox.holdfast(['codex', 'connect', '--default'], ENV);
    for (const args of [
      ['codex', 'bypass', 'token', '--dry-run'],
      ['codex', 'bypass', 'token'],
      ['codex', 'status'],
      ['codex', 'drift'],
      ['codex', 'bypass', '--off'],
      ['runbook'],
      ['doctor'],
      ['doctor', '--json'],
      ['activate', 'gateway:a/gpt-5.5'],
      ['activate', 'gateway:a/gpt-5.5', '--json'],
      ['activate', 'a', '--team', `http://127.0.0.1:${echo.port}`],
      ['activate', 'a', '--team', `http://127.0.0.1:${port}`],
      ['deactivate', '--team', `http://x:${MARK}-40@127.0.0.1:1`],
    ]) {
      const { output } = await sandbox.holdfast(args, ENV);
      expect([args.slice(0, 2).join(' '), output.includes(MARK) ? output : 'clean']).toEqual([
        args.slice(0, 2).join(' '),
        'clean',
      ]);
    }
  }, 180_000);
});

/** The one line that is JSON, among what was said on the way. */
const readJson = (output: string): unknown =>
  JSON.parse(output.split('\n').find((line) => line.startsWith('{')) ?? 'nothing');
