/** What `holdfast codex lint` says about Codex is what the real Codex does. */
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from '../../src/decide/codex-config/lint/finding.ts';
import type { LintInput } from '../../src/decide/codex-config/lint/lint-context.ts';
import { runLint } from '../../src/decide/codex-config/lint/run-lint.ts';
import { ACCEPTED, type CodexSandbox, createCodexSandbox } from './codex-sandbox.ts';
import { findAsUser, lintAsUser, workingProvider } from './lint-proof.ts';
import { type Recorder, startRecorder } from './record-requests.ts';
import { TEST_CERTIFICATES } from './test-certificates.ts';

let sandbox: CodexSandbox;
let recorder: Recorder | undefined;

beforeEach(() => {
  sandbox = createCodexSandbox();
});
afterEach(() => {
  recorder?.close();
  recorder = undefined;
  sandbox.remove();
});

const codex: CodexSandbox['codex'] = (...args) => sandbox.codex(...args);
const holdfast: CodexSandbox['holdfast'] = (args, env) => sandbox.holdfast(['codex', ...args], env);
const turn: CodexSandbox['turn'] = (...args) => sandbox.turn(...args);
const load: CodexSandbox['load'] = (...args) => sandbox.load(...args);
const write = (name: string, text: string): void => sandbox.write(name, text);
const read = (name: string): string => sandbox.read(name);

const lint = (args: readonly string[] = [], env: Record<string, string> = {}): Promise<readonly Finding[]> =>
  lintAsUser(sandbox, args, env);
const expectFound = (rule: string, args: readonly string[] = [], env: Record<string, string> = {}): Promise<Finding> =>
  findAsUser(sandbox, rule, args, env);

async function record(behaviour?: Parameters<typeof startRecorder>[0]): Promise<Recorder> {
  recorder = await startRecorder(behaviour);
  return recorder;
}

const posts = (): Recorder['requests'] => (recorder?.requests ?? []).filter(({ method }) => method === 'POST');

const provider = workingProvider;
const P = '[model_providers.p]\nname = "P"\nbase_url = "http://127.0.0.1:9/v1"\n';

describe('what Codex refuses: lint finds it, and after the repair Codex accepts it', () => {
  interface Refusal {
    readonly rule: string;
    readonly text: string;
    readonly message: RegExp;
    /** Only a person can decide. */
    readonly isManual?: true;
  }
  test.each<Refusal>([
    {
      rule: 'not-toml',
      text: 'model_provider = "a"\n\n[features]\nmodel_provider =\n',
      message: /config\.toml:4/,
      isManual: true,
    },
    {
      rule: 'not-toml',
      text: 'model_provider = "a"\nmodel_provider = "b"\n',
      message: /duplicate key/,
      isManual: true,
    },
    {
      rule: 'legacy-profile-key',
      text: 'profile = "x"\n',
      message: /legacy `profile = "x"` config is no longer supported/,
    },
    {
      rule: 'profile-table-singular',
      text: '[profile.failover]\nmodel = "m"\n',
      message: /invalid type: map, expected a string/,
    },
    { rule: 'wire-api-chat', text: `${P}wire_api = "chat"\n`, message: /`wire_api = "chat"` is no longer supported/ },
    { rule: 'wire-api-chat', text: `${P}wire_api = "messages"\n`, message: /unknown variant `messages`/ },
    {
      rule: 'approval-untrusted',
      text: 'approval_policy = "untrusted"\n',
      message: /approval_policy = "untrusted" is no longer supported/,
    },
    {
      rule: 'provider-not-found',
      text: 'model_provider = "nope"\n',
      message: /Model provider `nope` not found/,
      isManual: true,
    },
    {
      rule: 'reserved-provider',
      text: '[model_providers.openai]\nrequest_max_retries = 4\n',
      message: /reserved built-in provider IDs: `openai`/,
    },
    {
      rule: 'reserved-provider',
      text: '[model_providers.ollama]\nname = "O"\nbase_url = "http://127.0.0.1:9/v1"\n',
      message: /`ollama`/,
    },
    { rule: 'reserved-provider', text: '[model_providers.lmstudio]\nname = "L"\n', message: /`lmstudio`/ },
    {
      rule: 'built-in-provider-key',
      text: '[model_providers.amazon-bedrock]\nname = "Amazon Bedrock"\nenv_key = "K"\naws = { region = "eu-west-1" }\n',
      message: /amazon-bedrock only supports changing/,
    },
    {
      rule: 'built-in-provider-key',
      text: '[model_providers.gcp]\nrequest_max_retries = 1\n',
      message: /gcp only supports changing/,
    },
    {
      rule: 'built-in-provider-key',
      text: '[model_providers.gcp]\ncredential_file = "key.json"\n',
      message: /must be an absolute path/,
      isManual: true,
    },
    {
      rule: 'bedrock-table-elsewhere',
      text: 'model_provider = "bedrock"\n[model_providers.bedrock]\nname = "Bedrock"\nwire_api = "chat"\n[model_providers.bedrock.aws]\nprofile = "work"\nregion = "eu-west-1"\n',
      message: /provider aws is only supported for|is no longer supported/,
    },
    {
      rule: 'provider-name-missing',
      text: '[model_providers.p]\nbase_url = "http://127.0.0.1:9/v1"\n',
      message: /provider name must not be empty/,
    },
    { rule: 'wrong-type', text: `${P}request_max_retries = "4"\n`, message: /invalid type: string "4", expected u64/ },
    {
      rule: 'wrong-type',
      text: `${P}supports_websockets = "true"\n`,
      message: /invalid type: string "true", expected a boolean/,
    },
    {
      rule: 'wrong-type',
      text: `${P}stream_idle_timeout_ms = -1\n`,
      message: /invalid value: integer `-1`/,
      isManual: true,
    },
    {
      rule: 'auth-combined',
      text: `${P}env_key = "K"\nauth = { command = "x" }\n`,
      message: /provider auth cannot be combined with env_key/,
      isManual: true,
    },
    {
      rule: 'auth-combined',
      text: `${P}requires_openai_auth = true\nauth = { command = "x" }\n`,
      message: /cannot be combined with requires_openai_auth/,
      isManual: true,
    },
    {
      rule: 'auth-incomplete',
      text: `${P}auth = { command = "" }\n`,
      message: /provider auth.command must not be empty/,
      isManual: true,
    },
    { rule: 'auth-incomplete', text: `${P}auth = { args = [] }\n`, message: /missing field `command`/, isManual: true },
    {
      rule: 'auth-incomplete',
      text: `${P}auth = { command = "x", timeout_ms = 0 }\n`,
      message: /integer `0`, expected a nonzero u64/,
    },
    {
      rule: 'gateway-oauth-conflict',
      text: `${P}env_key = "K"\ngateway_oauth = { credential_export = { command = "x" } }\n`,
      message: /Header conflict/,
      isManual: true,
    },
    {
      rule: 'unknown-provider-key',
      text: `${P}request_max_retry = 4\n`,
      message: /unknown configuration field `model_providers.p.request_max_retry`/,
    },
    { rule: 'unknown-provider-key', text: `${P}fallback = "q"\n`, message: /unknown configuration field/ },
    {
      rule: 'no-native-failover',
      text: 'fallback_model = "m"\n',
      message: /unknown configuration field `fallback_model`/,
    },
    {
      rule: 'unknown-auth-key',
      text: `${P}auth = { command = "x", shell = true }\n`,
      message: /unknown configuration field `model_providers.p.auth.shell`/,
    },
  ])('$rule: $text', async ({ rule, text, message, isManual }) => {
    write('config.toml', text);
    const refused = await load(['--strict-config']);
    expect(refused.output).toMatch(message);
    expect(refused.exitCode).toBe(1);
    await expectFound(rule);

    await holdfast(['lint', '--fix']);
    const after = await load(['--strict-config']);
    if (isManual) return expect(after.output).toMatch(message);
    expect(after.output).toMatch(ACCEPTED);
    await holdfast(['undo']);
    expect(read('config.toml')).toBe(text);
  });

  test('legacy-profiles-table: ignored without --profile, refused with it', async () => {
    const { port } = await record();
    const text = `model = "base"\n${provider(port)}\n[profiles.fo]\nmodel = "other"\n`;
    write('config.toml', text);
    expect((await turn()).exitCode).toBe(0);
    expect(posts()[0]?.body).toContain('"model":"base"');
    expect((await load(['-p', 'fo'])).output).toMatch(/--profile `fo` cannot be used while/);
    await expectFound('legacy-profiles-table');
    await holdfast(['migrate']);
    expect((await turn(['-p', 'fo', '--strict-config'])).exitCode).toBe(0);
    expect(posts()[1]?.body).toContain('"model":"other"');
    await holdfast(['undo']);
    expect(read('config.toml')).toBe(text);
    expect(existsSync(join(sandbox.home, 'fo.config.toml'))).toBe(false);
  });

  test('profile-name-invalid', async () => {
    write('a.b.config.toml', 'model = "m"\n');
    const run = await load(['-p', 'a.b']);
    expect(run.output).toContain('invalid --profile value `a.b`');
    expect(run.exitCode).toBe(2);
    await expectFound('profile-name-invalid');
  });
});

describe('where requests go', () => {
  test('base-url-query: behind the question mark', async () => {
    const { port } = await record({ status: 400 });
    write(
      'config.toml',
      `model_provider = "p"\n[model_providers.p]\nname = "P"\nbase_url = "http://127.0.0.1:${port}/v1?api-version=1"\n`,
    );
    await turn();
    expect(posts()[0]?.target).toBe('/v1?api-version=1/responses');
    await expectFound('base-url-query');
    await holdfast(['lint', '--fix']);
    await turn();
    expect(posts()[1]?.target).toBe('/v1/responses?api-version=1');
  });

  test('base-url-endpoint: to the endpoint twice', async () => {
    const { port } = await record({ status: 400 });
    write(
      'config.toml',
      `model_provider = "p"\n[model_providers.p]\nname = "P"\nbase_url = "http://127.0.0.1:${port}/v1/responses"\n`,
    );
    await turn();
    expect(posts()[0]?.target).toBe('/v1/responses/responses');
    await expectFound('base-url-endpoint');
    await holdfast(['lint', '--fix']);
    await turn();
    expect(posts()[1]?.target).toBe('/v1/responses');
  });

  test('base-url-missing: to OpenAI', async () => {
    const { port } = await record();
    write(
      'config.toml',
      'model_provider = "p"\n[model_providers.p]\nname = "P"\nenv_key = "K"\nrequest_max_retries = 0\nstream_max_retries = 0\n[features]\nunbounded_connection_retries = false\n',
    );
    await turn([], { HTTPS_PROXY: `http://127.0.0.1:${port}`, K: 'k' });
    expect(recorder?.requests.map(({ method, target }) => `${method} ${target}`)).toContain(
      'CONNECT api.openai.com:443',
    );
    await expectFound('base-url-missing');
  });

  test('base-url-not-an-address: nowhere', async () => {
    write(
      'config.toml',
      'model_provider = "p"\n[model_providers.p]\nname = "P"\nbase_url = "localhost/v1"\nstream_max_retries = 0\n',
    );
    const run = await turn();
    expect(run.exitCode).toBe(1);
    await expectFound('base-url-not-an-address');
  });

  test('azure-old-address: to the API with a version that gets retired', async () => {
    const { port } = await record({ status: 400 });
    const address = 'http://x.openai.azure.com/openai';
    write(
      'config.toml',
      `model_provider = "azure"\n[model_providers.azure]\nname = "Azure"\nbase_url = "${address}"\nquery_params = { api-version = "2025-04-01-preview" }\n`,
    );
    await turn([], { HTTP_PROXY: `http://127.0.0.1:${port}` });
    expect(posts()[0]?.target).toBe(`${address}/responses?api-version=2025-04-01-preview`);
    await expectFound('azure-old-address');
    await holdfast(['migrate']);
    await turn(['--strict-config'], { HTTP_PROXY: `http://127.0.0.1:${port}` });
    expect(posts()[1]?.target).toBe(`${address}/v1/responses`);
  });

  test('openai-base-url-unused: to the chosen provider', async () => {
    const { port } = await record();
    write('config.toml', `openai_base_url = "http://127.0.0.1:9/v1"\n${provider(port)}`);
    expect((await turn()).exitCode).toBe(0);
    expect(posts().length).toBe(1);
    await expectFound('openai-base-url-unused');
  });

  test('variable-ignored: not where OPENAI_BASE_URL says, and not with the model of CODEX_PROFILE', async () => {
    const { port } = await record();
    write('config.toml', `model = "base"\n${provider(port)}`);
    write('x.config.toml', 'model = "other"\n');
    const env = { OPENAI_BASE_URL: 'http://127.0.0.1:9/v1', CODEX_PROFILE: 'x' };
    expect((await turn([], env)).exitCode).toBe(0);
    expect(posts()[0]?.body).toContain('"model":"base"');
    await expectFound('variable-ignored', [], env);
    expect((await lint([], env)).filter(({ rule }) => rule === 'variable-ignored').length).toBe(2);
  });

  test('loopback-through-proxy: to the proxy', async () => {
    const { port } = await record({ status: 400 });
    write('config.toml', provider(9));
    const env = { HTTP_PROXY: `http://127.0.0.1:${port}` };
    await turn([], env);
    expect(posts()[0]?.target).toBe('http://127.0.0.1:9/v1/responses');
    await expectFound('loopback-through-proxy', [], env);
    const exempt = { ...env, NO_PROXY: '127.0.0.0/8' };
    expect((await lint([], exempt)).map(({ rule }) => rule)).not.toContain('loopback-through-proxy');
    await turn(
      ['-c', 'features.unbounded_connection_retries=false', '-c', 'model_providers.p.stream_max_retries=0'],
      exempt,
    );
    expect(posts().length).toBe(1);
  });

  test('profile-missing: without a word, with the settings of config.toml', async () => {
    const { port } = await record();
    write('config.toml', `model = "base"\n${provider(port)}`);
    const run = await turn(['-p', 'nope', '--strict-config']);
    expect(run.exitCode).toBe(0);
    expect(run.output).not.toContain('nope');
    expect(posts()[0]?.body).toContain('"model":"base"');
    await expectFound('profile-missing', ['-p', 'nope']);
  });
});

describe('what requests carry', () => {
  test('env-key-not-set: there is none', async () => {
    const { port } = await record();
    write('config.toml', provider(port, 'env_key = "MY_KEY"'));
    const run = await turn();
    expect(run.output).toContain('Missing environment variable: `MY_KEY`');
    expect(run.exitCode).toBe(1);
    expect(posts()).toEqual([]);
    expect((await expectFound('env-key-not-set')).severity).toBe('error');
    expect((await lint([], { MY_KEY: 'k' })).map(({ rule }) => rule)).not.toContain('env-key-not-set');
  });

  test('env-key-is-a-key: there is none, and the key is shown', async () => {
    const { port } = await record();
    write('config.toml', provider(port, 'env_key = "sk-abcdef"'));
    expect((await turn()).output).toContain('Missing environment variable: `sk-abcdef`');
    expect(JSON.stringify(await expectFound('env-key-is-a-key'))).not.toContain('abcdef');
    expect((await holdfast(['status'])).output).not.toContain('abcdef');
  });

  test('header-variable-not-set, header-name-invalid: the headers are missing', async () => {
    const { port } = await record();
    write(
      'config.toml',
      provider(
        port,
        'http_headers = { "bad name" = "x", "X-Good" = "y" }\nenv_http_headers = { "X-Team" = "NO_SUCH_VARIABLE" }',
      ),
    );
    expect((await turn()).exitCode).toBe(0);
    expect(Object.keys(posts()[0]?.headers ?? {})).toContain('x-good');
    expect(Object.keys(posts()[0]?.headers ?? {})).not.toContain('bad name');
    expect(Object.keys(posts()[0]?.headers ?? {})).not.toContain('x-team');
    await expectFound('header-variable-not-set');
    await expectFound('header-name-invalid');
  });

  test('key-in-file: the key that everybody who reads the file can use', async () => {
    const { port } = await record();
    write('config.toml', provider(port, 'experimental_bearer_token = "tok-123"'));
    await turn();
    expect(posts()[0]?.headers['authorization']).toBe('Bearer tok-123');
    const shown = [await expectFound('key-in-file'), await holdfast(['status', '--json']), await holdfast(['lint'])];
    expect(JSON.stringify(shown)).not.toContain('tok-123');
  });

  test('openai-login-missing: no key, whatever OPENAI_API_KEY says', async () => {
    const { port } = await record();
    write('config.toml', provider(port, 'requires_openai_auth = true'));
    const env = { OPENAI_API_KEY: 'sk-x' };
    await turn([], env);
    expect(posts().length).toBeGreaterThan(0);
    expect(posts()[0]?.headers['authorization']).toBeUndefined();
    await expectFound('openai-login-missing', [], env);
    await turn([], { CODEX_API_KEY: 'sk-y' });
    expect(posts().at(-1)?.headers['authorization']).toBe('Bearer sk-y');
    expect((await lint([], { CODEX_API_KEY: 'sk-y' })).map(({ rule }) => rule)).not.toContain('openai-login-missing');
  });

  test("name-changes-wire: fields of OpenAI's own", async () => {
    const { port } = await record();
    write('config.toml', provider(port).replace('name = "P"', 'name = "OpenAI"'));
    await turn();
    expect(posts()[0]?.body).toContain('internal_chat_message_metadata_passthrough');
    await expectFound('name-changes-wire');
    await holdfast(['lint', '--fix']);
    await turn();
    expect(posts()[1]?.body).not.toContain('internal_chat_message_metadata_passthrough');
  });
});

describe('how often and how long Codex tries', () => {
  test('retries-multiply: request and stream retries', async () => {
    const { port } = await record({ status: 500 });
    write('config.toml', provider(port, 'request_max_retries = 1\nstream_max_retries = 2'));
    expect((await turn()).exitCode).toBe(1);
    expect(posts().length).toBe(6);
    write('config.toml', provider(port, 'request_max_retries = 10\nstream_max_retries = 10'));
    expect((await expectFound('retries-multiply')).message).toContain('121 requests');
  });

  test('stream-retries-capped: a hundred times', async () => {
    const { port } = await record({ status: 404 });
    write('config.toml', provider(port, 'stream_max_retries = 150'));
    const run = await turn([], {}, 3000);
    expect(run.output).toContain('Reconnecting... 1/100');
    await expectFound('stream-retries-capped');
  });

  test('waits-for-ever: for an address where nobody listens', async () => {
    write('config.toml', provider(9, 'request_max_retries = 0\nstream_max_retries = 0'));
    const waiting = await turn([], {}, 4000);
    expect(waiting.exitCode).toBeNull();
    expect(waiting.output).toContain('waiting for network');
    await expectFound('waits-for-ever');
    await holdfast(['lint', '--fix']);
    const ended = await turn();
    expect(ended.exitCode).toBe(1);
    expect(ended.output).toContain('Connection failed');
  });

  test('idle-timeout-short: the answer is dropped', async () => {
    const { port } = await record({ silent: true });
    write('config.toml', provider(port, 'stream_idle_timeout_ms = 300\nstream_max_retries = 1'));
    expect((await turn()).output).toContain('idle timeout waiting for SSE');
    expect(posts().length).toBe(2);
    await expectFound('idle-timeout-short');
  });

  test('ca-variable-ignored: a certificate that only Node trusts', async () => {
    using server = Bun.serve({
      port: 0,
      tls: { cert: TEST_CERTIFICATES.cert, key: TEST_CERTIFICATES.key },
      fetch: () => new Response('{}', { status: 400 }),
    });
    const file = join(sandbox.folder, 'ca.pem');
    writeFileSync(file, TEST_CERTIFICATES.authority);
    const address = `https://localhost:${server.port}/v1`;
    write(
      'config.toml',
      `model_provider = "p"\n[model_providers.p]\nname = "P"\nbase_url = "${address}"\nrequest_max_retries = 0\nstream_max_retries = 0\n[features]\nunbounded_connection_retries = false\n`,
    );
    expect((await turn([], { NODE_EXTRA_CA_CERTS: file })).output).toContain('Connection failed');
    await expectFound('ca-variable-ignored', [], { NODE_EXTRA_CA_CERTS: file });
    expect((await turn([], { CODEX_CA_CERTIFICATE: file })).output).not.toContain('Connection failed');
  });
});

describe("a project's own file", () => {
  const project = (): string => sandbox.work;
  beforeEach(() => {
    mkdirSync(join(project(), '.codex'));
    writeFileSync(join(project(), '.codex', 'config.toml'), 'model = "mine"\nmodel_provider = "nope"\n');
  });

  test('project-not-trusted: is ignored', async () => {
    const { port } = await record();
    write('config.toml', `model = "base"\n${provider(port)}`);
    const run = await turn();
    expect(run.output).toContain('Untrusted project-local configuration is disabled');
    expect(posts()[0]?.body).toContain('"model":"base"');
    await expectFound('project-not-trusted');
  });

  test('project-key-ignored: may not choose the provider', async () => {
    const { port } = await record();
    write('config.toml', `${provider(port)}\n[projects."${project()}"]\ntrust_level = "trusted"\n`);
    const run = await turn();
    expect(run.output).toMatch(/Ignored unsupported project-local config keys in .*: model_provider/);
    expect(posts()[0]?.body).toContain('"model":"mine"');
    const found = await expectFound('project-key-ignored');
    expect(found.message).toContain('model_provider');
  });
});

describe('command lines that circulate', () => {
  test.each([
    ['-q hi'],
    ['exec --quiet hi'],
    ['exec --full-auto hi'],
    ['exec --approval-mode full-auto hi'],
    ['exec -a never hi'],
    ['exec --ask-for-approval never hi'],
    ['exec --model-provider x hi'],
    ['doctor -p x'],
    ['-p x doctor'],
    ['features -p x list'],
    ['exec -p a -p b hi'],
  ])('codex %s', async (args) => {
    const run = await codex(args.split(' '));
    expect(run.exitCode).toBeGreaterThan(0);
    expect(run.output).toMatch(/unexpected argument|only applies to runtime commands|cannot be used multiple times/);
    const script = join(sandbox.folder, 'script.sh');
    writeFileSync(script, `#!/bin/sh\ncodex ${args}\n`);
    expect(await expectFound('option-gone', [script])).toMatchObject({ path: script, line: 2 });
  });
});

describe('a healthy configuration', () => {
  test('has nothing to report, and migrate leaves it alone', async () => {
    const text = `# mine\n${provider(9, 'env_key = "K"')}\n[features]\nunbounded_connection_retries = false\n`;
    write('config.toml', text);
    expect(await lint([], { K: 'k' })).toEqual([]);
    expect((await holdfast(['migrate'], { K: 'k' })).exitCode).toBe(0);
    expect(read('config.toml')).toBe(text);
  });
});

const EMPTY: LintInput = { sources: [], projectFolders: [], env: { CODEX_API_KEY: 'x' }, login: 'none' };
test('nothing configured is nothing to report', () => {
  expect(runLint(EMPTY)).toEqual([]);
});
