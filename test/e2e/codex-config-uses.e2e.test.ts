/** What the real Codex makes of settings that look right: `lint` says so, and a server or Codex itself shows it. */
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from '../../src/decide/codex-config/lint/finding.ts';
import { ACCEPTED, type CodexSandbox, createCodexSandbox, type Run } from './codex-sandbox.ts';
import { findAsUser, lintAsUser, workingProvider } from './lint-proof.ts';
import { type Recorder, startRecorder } from './record-requests.ts';

let sandbox: CodexSandbox;
let recorder: Recorder;
beforeEach(async () => {
  sandbox = createCodexSandbox();
  recorder = await startRecorder({ callsTools: true });
});
afterEach(() => {
  recorder.close();
  sandbox.remove();
});

const write = (text: string): void => sandbox.write('config.toml', text);
const turn: CodexSandbox['turn'] = (...args) => sandbox.turn(...args);
const expectFound = (rule: string, args: readonly string[] = [], env: Record<string, string> = {}): Promise<Finding> =>
  findAsUser(sandbox, rule, args, env);
const fix = (): Promise<Run> => sandbox.holdfast(['codex', 'lint', '--fix']);
const post = (): Recorder['requests'][number] | undefined =>
  recorder.requests.findLast(({ method }) => method === 'POST');
const here = (lines = ''): string => `model = "gpt-5.5"\n${workingProvider(recorder.port, lines)}`;
const P = '[model_providers.p]\nname = "P"\nbase_url = "http://127.0.0.1:9/v1"\n';
const OAUTH = 'authorization_url = "http://127.0.0.1:9/a", token_url = "http://127.0.0.1:9/t", client_id = "c"';

describe('what Codex refuses: lint finds it, and after the repair Codex accepts it', () => {
  test.each<{ readonly rule: string; readonly text: string; readonly message: RegExp; readonly isManual?: true }>([
    {
      rule: 'openai-catalogue-host',
      text: '[model_providers.openai]\nmodel_catalog_url = "https://models.example/x"\n',
      message: /must use an allowed ChatGPT host/,
    },
    {
      rule: 'remote-compaction-value',
      text: `${P}capabilities = { remote_compaction = "v3" }\n`,
      message: /unknown variant `v3`, expected `unsupported` or `v2`/,
    },
    {
      rule: 'gateway-oauth-incomplete',
      text: `${P}gateway_oauth = {}\n`,
      message: /choose one gateway credential source/,
      isManual: true,
    },
    {
      rule: 'gateway-oauth-incomplete',
      text: `${P}gateway_oauth = { credential_export = { command = "x" }, ${OAUTH} }\n`,
      message: /choose one gateway credential source/,
      isManual: true,
    },
    {
      rule: 'gateway-oauth-catalogue',
      text: `${P}model_catalog_url = "http://127.0.0.1:10/m"\ngateway_oauth = { credential_export = { command = "x" } }\n`,
      message: /send gateway credentials to a different model catalog/,
      isManual: true,
    },
    {
      rule: 'wrong-type',
      text: `${P}query_params = { api-version = 1 }\nhttp_headers = { X-Team = true }\n`,
      message: /expected a string/,
    },
    {
      rule: 'auth-combined',
      text: `${P}experimental_bearer_token = "t"\nauth = { command = "x" }\n`,
      message: /cannot be combined with experimental_bearer_token/,
      isManual: true,
    },
    {
      rule: 'unknown-provider-key',
      text: `${P}capabilities = { remote_compact = "v2" }\n`,
      message: /unknown configuration field `model_providers.p.capabilities.remote_compact`/,
    },
    {
      rule: 'unknown-provider-key',
      text: '[model_providers.amazon-bedrock.aws]\nregion = "eu-west-1"\nzone = "a"\n',
      message: /unknown configuration field `model_providers.amazon-bedrock.aws.zone`/,
    },
    {
      rule: 'codex-itself',
      text: 'model_verbosty = "low"\n',
      message: /unknown configuration field `model_verbosty`/,
      isManual: true,
    },
    {
      rule: 'codex-itself',
      text: 'model_catalog_json = "nope.json"\n',
      message: /No such file or directory/,
      isManual: true,
    },
    {
      rule: 'codex-itself',
      text: 'approval_policy = "sometimes"\n',
      message: /unknown variant `sometimes`/,
      isManual: true,
    },
  ])('$rule: $text', async ({ rule, text, message, isManual }) => {
    write(text);
    expect((await sandbox.load(['--strict-config'])).output).toMatch(message);
    await expectFound(rule);
    await fix();
    const after = await sandbox.load(['--strict-config']);
    if (isManual) return expect(sandbox.read('config.toml')).toBe(text);
    expect(after.output).toMatch(ACCEPTED);
    await sandbox.holdfast(['codex', 'undo']);
    expect(sandbox.read('config.toml')).toBe(text);
  });

  test('what Codex itself finds is shown with its line, and without the excerpt of the file', async () => {
    write(`model = "m"\nbogus = "sk-s3cret"\n`);
    const found = await expectFound('codex-itself');
    expect(found).toMatchObject({ line: 2, column: 1, severity: 'warning' });
    expect(JSON.stringify(found)).not.toContain('s3cret');
  });
});

describe('which key requests carry', () => {
  test.each<[name: string, lines: string]>([
    ['a token in the file beside env_key', 'env_key = "K"\nexperimental_bearer_token = "tok"'],
    ['the login beside env_key', 'env_key = "K"\nrequires_openai_auth = true'],
    ['a header beside env_key', 'env_key = "K"\nhttp_headers = { Authorization = "Bearer header" }'],
  ])('credential-not-used: not %s', async (_, lines) => {
    write(here(lines));
    await turn([], { K: 'from-variable', CODEX_API_KEY: 'login' });
    expect(post()?.headers['authorization']).toBe('Bearer from-variable');
    await expectFound('credential-not-used', [], { K: 'x' });
  });

  test('credential-not-used: not a header beside auth', async () => {
    write(here('auth = { command = "/bin/echo", args = ["printed"] }\nhttp_headers = { authorization = "Bearer h" }'));
    await turn();
    expect(post()?.headers['authorization']).toBe('Bearer printed');
    await expectFound('credential-not-used');
  });

  test('login-sent-elsewhere: the ChatGPT token and the account, to whatever server it is', async () => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { exp: 4_102_444_800, 'https://api.openai.com/auth': { chatgpt_account_id: 'account-1' } };
    const token = `${part({ alg: 'none' })}.${part(claims)}.c2ln`;
    const tokens = { id_token: token, access_token: token, refresh_token: 'r', account_id: 'account-1' };
    const last_refresh = new Date().toISOString();
    sandbox.write('auth.json', JSON.stringify({ auth_mode: 'chatgpt', OPENAI_API_KEY: null, tokens, last_refresh }));
    write(here('requires_openai_auth = true').replace(/http:\/\/127[^"]*/, 'http://other.example/v1'));
    await turn([], { HTTP_PROXY: `http://127.0.0.1:${recorder.port}`, HTTPS_PROXY: 'http://127.0.0.1:9' });
    expect(post()?.target).toBe('http://other.example/v1/responses');
    expect(post()?.headers).toMatchObject({ authorization: `Bearer ${token}`, 'chatgpt-account-id': 'account-1' });
    expect(JSON.stringify(await expectFound('login-sent-elsewhere'))).not.toContain(token);
  });

  test('auth-command-words: none, and after the repair the right one', async () => {
    write(here('auth = { command = "/bin/echo tok-1" }'));
    const run = await turn();
    expect(run.output).toContain('provider auth command `/bin/echo tok-1` failed to start');
    expect(post()?.headers['authorization']).toBeUndefined();
    await expectFound('auth-command-words');
    await fix();
    await turn(['--strict-config']);
    expect(post()?.headers['authorization']).toBe('Bearer tok-1');
  });

  test('a program in a folder with spaces is no command line', async () => {
    const folder = join(sandbox.folder, 'my tools');
    mkdirSync(folder);
    writeFileSync(join(folder, 'key'), '#!/bin/sh\necho tok-2\n');
    chmodSync(join(folder, 'key'), 0o755);
    write(here(`auth = { command = "${join(folder, 'key')}" }`));
    await turn();
    expect(post()?.headers['authorization']).toBe('Bearer tok-2');
    expect((await lintAsUser(sandbox)).map(({ rule }) => rule)).not.toContain('auth-command-words');
  });

  test('auth-never-refreshed: the one that the command printed first', async () => {
    const log = join(sandbox.folder, 'log');
    const script = join(sandbox.folder, 'key.sh');
    writeFileSync(script, `#!/bin/sh\necho x >> ${log}\necho tok\n`);
    chmodSync(script, 0o755);
    const calls = async (intervalMs: number): Promise<number> => {
      writeFileSync(log, '');
      write(here(`auth = { command = "${script}", refresh_interval_ms = ${intervalMs} }`));
      expect((await turn()).exitCode).toBe(0);
      return readFileSync(log, 'utf8').split('\n').length - 1;
    };
    expect(await calls(1)).toBeGreaterThan(1);
    expect(await calls(0)).toBe(1);
    await expectFound('auth-never-refreshed');
  });

  test('gateway-oauth-login: none, until somebody has logged in', async () => {
    write(here(`gateway_oauth = { ${OAUTH} }`));
    const asked = 'Authorize the model provider by opening this URL';
    const run = await sandbox.turnUntil(asked);
    expect(run.exitCode).toBeNull();
    expect(run.output).toContain(asked);
    expect(recorder.requests).toEqual([]);
    await expectFound('gateway-oauth-login');
  });
});

describe('which catalogue is asked', () => {
  const catalogue = (): readonly string[] =>
    recorder.requests.filter(({ target }) => target.startsWith('/models.json')).map(({ target }) => target);

  test('catalogue-not-fetched: none without a key', async () => {
    const url = `model_catalog_url = "http://127.0.0.1:${recorder.port}/models.json"`;
    write(here(`${url}\nhttp_headers = { X-Key = "k" }`));
    await turn();
    expect(catalogue()).toEqual([]);
    await expectFound('catalogue-not-fetched');
    write(here(`${url}\nenv_key = "K"`));
    await turn([], { K: 'k' });
    expect(catalogue().length).toBeGreaterThan(0);
    expect((await lintAsUser(sandbox, [], { K: 'k' })).map(({ rule }) => rule)).not.toContain('catalogue-not-fetched');
  });

  test('catalogue-not-fetched: none by half an address', async () => {
    write(here('env_key = "K"\nmodel_catalog_url = "models.json"'));
    expect((await turn([], { K: 'k' })).output).toContain('model_catalog_url must be an absolute URL');
    await expectFound('catalogue-not-fetched');
  });
});

describe('the built-in providers', () => {
  const bedrock = (model: string, aws: string): string =>
    `model = "${model}"\nmodel_provider = "amazon-bedrock"\n[model_providers.amazon-bedrock]\nbase_url = "http://127.0.0.1:${recorder.port}/v1"\n${aws}`;
  const env = { AWS_BEARER_TOKEN_BEDROCK: 'b', AWS_EC2_METADATA_DISABLED: 'true' };

  test('bedrock-region-missing: every turn fails', async () => {
    write(bedrock('openai.gpt-5.5', ''));
    const run = await turn([], env);
    expect(run.exitCode).toBe(1);
    expect(run.output).toMatch(/requires `model_providers.amazon-bedrock.aws.region`, `AWS_REGION`/);
    await expectFound('bedrock-region-missing');
    const named = { ...env, AWS_REGION: 'eu-west-1' };
    expect((await turn([], named)).exitCode).toBe(0);
    expect((await lintAsUser(sandbox, [], named)).map(({ rule }) => rule)).not.toContain('bedrock-region-missing');
  });

  test('bedrock-model-name: Codex does not know the model', async () => {
    write(bedrock('gpt-5.5', 'aws = { region = "eu-west-1" }\n'));
    expect((await turn([], env)).output).toContain('Model metadata for `gpt-5.5` not found');
    await expectFound('bedrock-model-name');
    await fix();
    expect((await turn(['--strict-config'], env)).output).not.toContain('Model metadata');
    expect(post()?.body).toContain('"model":"openai.gpt-5.5"');
  });

  test("vertex-key-elsewhere: Google's keys change nothing", async () => {
    write(here());
    await turn();
    const without = post();
    write(here('project_id = "x"\nlocation = "eu"\ncredential_file = "relative.json"'));
    expect((await turn(['--strict-config'])).exitCode).toBe(0);
    expect(post()?.target).toBe(without?.target ?? '');
    expect(Object.keys(post()?.headers ?? {})).toEqual(Object.keys(without?.headers ?? {}));
    await expectFound('vertex-key-elsewhere');
  });
});

describe('what is left out of requests, or warned about', () => {
  test('service-tier-omitted', async () => {
    write(`service_tier = "turbo"\n${here()}`);
    expect((await turn()).output).toContain('Configured service tier `turbo` is not advertised');
    expect(post()?.body).not.toContain('service_tier');
    await expectFound('service-tier-omitted');
  });

  test('multi-agent-deprecated', async () => {
    write(`${here()}[features]\nmulti_agent = false # no\n`);
    expect((await turn()).output).toContain('`[features].multi_agent` is deprecated');
    await expectFound('multi-agent-deprecated');
    await fix();
    const run = await turn(['--strict-config']);
    expect(run.exitCode).toBe(0);
    expect(run.output).not.toContain('deprecated');
  });
});

describe('projects and profiles', () => {
  const project = (name: string, text: string): void => {
    mkdirSync(join(sandbox.work, '.codex'), { recursive: true });
    writeFileSync(join(sandbox.work, '.codex', name), text);
  };
  const trusted = (): string => `${here()}[projects."${sandbox.work}"]\ntrust_level = "trusted"\n`;

  test("project-beats-profile: the project's model is asked", async () => {
    write(trusted());
    sandbox.write('x.config.toml', 'model = "of-the-profile"\nmodel_reasoning_effort = "low"\n');
    project('config.toml', 'model = "of-the-project"\n');
    await turn(['-p', 'x']);
    expect(post()?.body).toContain('"model":"of-the-project"');
    expect((await expectFound('project-beats-profile', ['-p', 'x'])).message).toContain('`model`');
  });

  test("project-profile-ignored: a profile in a project's folder is none", async () => {
    write(trusted());
    project('x.config.toml', 'model = "of-the-project"\n');
    await turn(['-p', 'x']);
    expect(post()?.body).toContain('"model":"gpt-5.5"');
    await expectFound('project-profile-ignored');
  });

  test('every key that a project may not set is named by Codex, and by lint', async () => {
    write(trusted());
    project(
      'config.toml',
      'openai_base_url = "http://x"\nchatgpt_base_url = "http://x"\napps_mcp_product_sku = "x"\nmodel_provider = "x"\nnotify = ["x"]\nprofile = "x"\nexperimental_realtime_webrtc_call_base_url = "x"\nexperimental_realtime_ws_base_url = "x"\n[responses_api_metadata]\na = "b"\n[model_providers.x]\nname = "x"\n[profiles.x]\nmodel = "m"\n[otel]\nexporter = "none"\n',
    );
    const run = await turn();
    const said = /Ignored unsupported project-local config keys in [^:]*: ([^.]*)\./.exec(run.output)?.[1]?.split(', ');
    const found = (await lintAsUser(sandbox)).filter(({ rule }) => rule === 'project-key-ignored');
    expect(found.map(({ message }) => /`(\w+)`/.exec(message)?.[1]).toSorted()).toEqual(said?.toSorted() ?? []);
    expect(found.length).toBe(12);
  });
});
