/** Files of the shape that each tool's own documentation and examples show, and hostile ones. */
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { readSettings } from '../../config/read-settings.ts';
import { IMPORT_SOURCES, type ImportSource, importConfiguration } from './import-configuration.ts';
import { type Imported, renderImported } from './imported.ts';

const PARSERS = { parseYaml: Bun.YAML.parse, parseJson: Bun.JSONC.parse };
const SECRET = 'sk-s3cret-0123456789';

interface Outcome {
  /** Tier, provider, model and wire of each target, per served model. */
  readonly routes: Record<string, readonly string[]>;
  readonly addresses: Record<string, string>;
  readonly notes: string;
  readonly imported: Imported;
}

function run(source: ImportSource, text: string): Outcome {
  const imported = importConfiguration(source, text, PARSERS);
  if (typeof imported === 'string') throw new Error(imported);
  const rendered = renderImported(source, imported);
  expect(rendered + JSON.stringify(imported.notes)).not.toContain('s3cret');
  const env = Object.fromEntries(imported.variables.map((name) => [name, 'set']));
  const context = { file: '/x/holdfast.toml', homeDir: '/x', holdfastHome: '/x', env };
  const reading = readSettings(new TextEncoder().encode(rendered), context);
  if (reading.kind === 'invalid') throw new Error(reading.problems.map(({ message }) => message).join('\n'));
  const routes = Object.fromEntries(
    reading.settings.routes.map(({ models, targets }) => [
      models.join(' '),
      targets.map(({ provider, model, priority }) => `${priority} ${provider.id}/${model ?? '*'} ${provider.wire}`),
    ]),
  );
  const addresses = Object.fromEntries([...reading.settings.providers].map(([id, { baseUrl }]) => [id, baseUrl]));
  const notes = imported.notes.map(({ kind, what, how }) => `${kind}: ${what}: ${how}`).join('\n');
  return { routes, addresses, notes, imported };
}

describe('litellm', () => {
  const { routes, addresses, notes } = run(
    'litellm',
    `model_list:
  - model_name: gpt-5.5
    litellm_params:
      model: azure/gpt-55-eu
      api_base: https://my-endpoint-europe.openai.azure.com/
      api_version: "2025-03-01-preview"
      api_key: os.environ/AZURE_EUROPE_API_KEY
      rpm: 480
      order: 2
    model_info: { mode: chat }
  - model_name: gpt-5.5
    litellm_params: { model: gpt-5.5, api_key: os.environ/OPENAI_API_KEY, timeout: 300, stream_timeout: 60, order: 1 }
  - model_name: claude
    litellm_params:
      model: bedrock/converse/anthropic.claude-sonnet-4
      aws_region_name: us-west-2
      aws_access_key_id: AKIA
      aws_secret_access_key: ${SECRET}
  - model_name: claude
    litellm_params: { model: vertex_ai/claude-sonnet-4, vertex_project: p, vertex_location: us-east5 }
  - model_name: "anthropic/*"
    litellm_params: { model: "anthropic/*", api_key: os.environ/ANTHROPIC_API_KEY }
  - model_name: local
    litellm_params: { model: openai/my-model, api_base: http://10.0.0.7:9000/v1, api_key: ${SECRET} }
  - model_name: resp
    litellm_params: { model: openai/responses/gpt-5.5, api_key: os.environ/OPENAI_API_KEY }
litellm_settings:
  fallbacks: [{ "gpt-5.5": ["claude"] }]
  context_window_fallbacks: [{ "gpt-5.5": ["claude"] }]
router_settings:
  routing_strategy: latency-based-routing
  model_group_alias: { "gpt-5": "gpt-5.5" }
general_settings:
  master_key: ${SECRET}
`,
  );

  test("Azure's address gets its v1 path, and order becomes tiers", () => {
    expect(addresses['azure-my-endpoint-europe.openai.azure.com']).toBe(
      'https://my-endpoint-europe.openai.azure.com/openai/v1',
    );
    expect(routes['gpt-5.5']).toEqual([
      '2 azure-my-endpoint-europe.openai.azure.com/gpt-55-eu responses',
      '1 openai/* responses',
      '3 bedrock/anthropic.claude-sonnet-4 converse',
    ]);
  });

  test("a server that speaks OpenAI's wire is not OpenAI", () => {
    expect(routes['local']).toEqual(['1 openai-10.0.0.7/my-model chat']);
    expect(notes).toContain('OPENAI_10_0_0_7_API_KEY');
  });

  test('Bedrock is asked in its region, with the keys of the environment', () => {
    expect(addresses['bedrock']).toBe('https://bedrock-runtime.us-west-2.amazonaws.com');
    expect(notes).toContain('approximated: the AWS keys of bedrock');
  });

  test('an alias is a route, "responses/" a wire, and what has no equivalent is named', () => {
    expect(routes['gpt-5']?.[1]).toBe('1 openai/gpt-5.5 responses');
    expect(routes['resp']).toEqual(['1 openai/gpt-5.5 responses']);
    expect(notes).toContain('no-equivalent: model_name anthropic/*');
    expect(notes).toContain('no-equivalent: model vertex_ai/claude-sonnet-4');
    expect(notes).toContain('context_window_fallbacks');
    expect(notes).toContain('general_settings');
  });
});

test('codex: its built-in providers, Azure of old, a command that prints the key, and somebody else named openai', () => {
  const { routes, addresses, notes, imported } = run(
    'codex',
    `model = "gpt-5.5"
model_provider = "amazon-bedrock"

[model_providers.amazon-bedrock.aws]
profile = "work"
region = "eu-central-1"

[model_providers.azure]
name = "Azure"
base_url = "https://myorg.openai.azure.com/openai"
env_key = "AZURE_OPENAI_API_KEY"
query_params = { api-version = "2025-04-01-preview" }
wire_api = "responses"

[model_providers.inhouse]
name = "Inhouse"
base_url = "https://llm.example/v1"
auth = { command = "print-key", args = ["--team", "a"] }
http_headers = { X-Key = "${SECRET}" }

[model_providers.openai-proxy]
name = "Proxy"
base_url = "http://10.0.0.7:9000/v1"
experimental_bearer_token = "${SECRET}"
`,
  );
  expect(routes['*']).toEqual([
    '1 amazon-bedrock/* responses',
    '2 azure/* responses',
    '3 inhouse/* responses',
    '4 openai-proxy/* responses',
  ]);
  expect(addresses).toMatchObject({
    'amazon-bedrock': 'https://bedrock-runtime.eu-central-1.amazonaws.com/openai/v1',
    azure: 'https://myorg.openai.azure.com/openai/v1',
  });
  expect(imported.providers.get('inhouse')?.key).toEqual(
    expect.objectContaining({ command: 'print-key' }) as unknown as string,
  );
  expect(imported.variables).toEqual(['AZURE_OPENAI_API_KEY', 'OPENAI_PROXY_API_KEY']);
  expect(notes).toContain('approximated: model_providers.amazon-bedrock.aws.profile');
  expect(notes).toContain('no-equivalent: model_providers.inhouse.http_headers');
});

test('codex: a built-in provider without a table', () => {
  expect(run('codex', 'model_provider = "ollama"\n').routes['*']).toEqual(['1 ollama/* responses']);
});

test('bifrost: clouds, several keys, a server of its own', () => {
  const { routes, addresses, notes, imported } = run(
    'bifrost',
    JSON.stringify({
      $schema: 'https://www.getbifrost.ai/schema',
      encryption_key: 'env.BIFROST_ENCRYPTION_KEY',
      client: { drop_excess_requests: false, enable_logging: true },
      providers: {
        openai: {
          keys: [
            { name: 'one', value: 'env.OPENAI_KEY_1', models: ['*'], weight: 2 },
            { name: 'two', value: { value: SECRET, env_var: 'env.OPENAI_KEY_2', from_env: true }, weight: 1 },
          ],
          network_config: { default_request_timeout_in_seconds: 30, max_retries: 1 },
        },
        azure: {
          keys: [
            {
              name: 'a',
              value: 'env.AZURE_API_KEY',
              models: ['gpt-5.5'],
              weight: 1,
              aliases: { 'gpt-5.5': 'gpt-55-eu' },
              azure_key_config: { endpoint: 'https://my-resource.openai.azure.com', api_version: '2024-10-21' },
            },
          ],
        },
        bedrock: {
          keys: [{ name: 'b', bedrock_key_config: { access_key: SECRET, secret_key: SECRET, region: 'us-east-1' } }],
        },
        vllm: { keys: [{ name: 'n', value: SECRET }], network_config: { base_url: 'http://vllm:8000' } },
      },
      config_store: { enabled: false },
      governance: { virtual_keys: [{ id: 'vk', value: SECRET }] },
    }),
  );
  expect(routes['*']).toEqual([
    '1 openai/* responses',
    '1 openai-2/* responses',
    '2 azure/* responses',
    '3 bedrock/* converse',
    '4 vllm/* responses',
  ]);
  expect(addresses).toMatchObject({
    azure: 'https://my-resource.openai.azure.com/openai/v1',
    bedrock: 'https://bedrock-runtime.us-east-1.amazonaws.com',
    vllm: 'http://vllm:8000/v1',
  });
  expect(notes).toContain('no-equivalent: aliases of providers.azure: gpt-5.5');
  expect(notes).toContain('governance');
  expect(imported.variables).toEqual(expect.arrayContaining(['OPENAI_KEY_1', 'OPENAI_KEY_2', 'AWS_ACCESS_KEY_ID']));
});

test('portkey: both spellings, workspace providers, Azure, a weight of nothing', () => {
  const { routes, addresses, notes, imported } = run(
    'portkey',
    JSON.stringify({
      strategy: { mode: 'fallback', onStatusCodes: [429, 503] },
      targets: [
        { override_params: { model: '@openai-prod/gpt-5.5' } },
        {
          provider: 'azure-openai',
          apiKey: SECRET,
          azure_resource_name: 'myorg',
          azure_deployment_id: 'gpt-55-eu',
          azure_api_version: '2024-10-21',
        },
        {
          strategy: { mode: 'loadbalance' },
          targets: [
            { provider: 'anthropic', virtualKey: 'anthropic-4f2c', weight: 1 },
            { provider: 'groq', api_key: SECRET, weight: 0 },
          ],
        },
        { provider: '@my-own-thing', retry: { attempts: 3 } },
      ],
    }),
  );
  expect(routes['*']).toEqual([
    '1 openai/gpt-5.5 responses',
    '2 azure-openai/gpt-55-eu responses',
    '3 anthropic/* messages',
  ]);
  expect(addresses['azure-openai']).toBe('https://myorg.openai.azure.com/openai/v1');
  expect(imported.routes[0]?.targets[0]?.on_error).toEqual([429, 503]);
  expect(notes).toContain('approximated: openai-prod: taken for openai, by its name');
  expect(notes).toContain('approximated: target groq: its weight is 0: left out');
  expect(notes).toContain('no-equivalent: provider my-own-thing');
});

test('cc-switch: the failover queue is the order, and a key in the TOML is a key', () => {
  const provider = (id: string, url: string, more: object): object => ({
    id,
    name: id,
    settingsConfig: {
      auth: { OPENAI_API_KEY: SECRET },
      config: `model_provider = "${id}"\nmodel = "gpt-5.5"\ndisable_response_storage = true\n\n[model_providers.${id}]\nname = "${id}"\nbase_url = "${url}"\nwire_api = "responses"\nrequires_openai_auth = true`,
    },
    ...more,
  });
  const { routes, notes } = run(
    'cc-switch',
    JSON.stringify({
      version: 2,
      codex: {
        current: 'three',
        providers: [
          provider('one', 'https://one.example/v1', { inFailoverQueue: true }),
          provider('two', 'https://two.example/v1', {}),
          provider('three', 'https://three.example/v1', {}),
          {
            id: 'four',
            name: 'four',
            inFailoverQueue: true,
            settingsConfig: {
              auth: {},
              config: `model_provider = "f"\n[model_providers.f]\nname = "f"\nbase_url = "https://four.example/v1"\nexperimental_bearer_token = "${SECRET}"\n`,
            },
          },
          { id: 'official', name: 'Codex Official', settingsConfig: { auth: { OPENAI_API_KEY: null }, config: '' } },
        ],
      },
    }),
  );
  expect(routes['*']).toEqual(['1 three/* responses', '2 one/* responses', '3 four/* responses']);
  expect(notes).toContain('FOUR_API_KEY');
  expect(notes).toContain('no-equivalent: provider Codex Official');
});

test('claude-code-router: endpoints say the wire, and logins of other programs are left out', () => {
  const { routes, addresses, notes } = run(
    'claude-code-router',
    `{
  "LOG": true, "PORT": 3456, "APIKEY": "${SECRET}",
  "Providers": [
    { "name": "openai", "api_base_url": "https://api.openai.com/v1/responses", "api_key": "${SECRET}", "models": ["gpt-5.2"], "transformer": { "use": ["openai-responses"] } },
    { "name": "mine", "api_base_url": "https://llm.example/v1/responses", "api_key": "\${MINE_KEY}", "models": ["m"] },
    { "name": "azure", "api_base_url": "https://your-resource-name.openai.azure.com/", "api_key": "", "models": ["gpt-4"] },
    { "name": "gemini", "api_base_url": "https://generativelanguage.googleapis.com/v1beta/models/", "api_key": "$GEMINI_API_KEY", "models": ["g"] },
    { "name": "gemini-cli", "api_base_url": "https://cloudcode-pa.googleapis.com/v1internal", "api_key": "${SECRET}", "models": ["g"] },
  ],
  "Router": { "default": "mine,m", "background": "", "longContext": "gemini,g", "longContextThreshold": 60000 },
  "fallback": { "default": ["azure,gpt-4", "gemini-cli,g"] }
}`,
  );
  expect(routes['*']).toEqual(['1 mine/m responses', '2 azure/gpt-4 responses']);
  expect(addresses).toMatchObject({
    mine: 'https://llm.example/v1',
    azure: 'https://your-resource-name.openai.azure.com/openai/v1',
    gemini: 'https://generativelanguage.googleapis.com/v1beta',
  });
  expect(notes).toContain('no-equivalent: provider gemini-cli');
  expect(notes).toContain('Router.background, longContext');
});

test('opencodex: adapters, switched off providers, key pools and default models', () => {
  const { routes, notes } = run(
    'opencodex',
    JSON.stringify({
      port: 10100,
      defaultProvider: 'zai',
      providers: {
        openai: { adapter: 'openai-responses', baseUrl: 'https://chatgpt.com/backend-api/codex', authMode: 'forward' },
        'openai-apikey': {
          adapter: 'openai-responses',
          baseUrl: 'https://api.openai.com/v1',
          apiKey: '$OPENAI_API_KEY',
        },
        zai: {
          adapter: 'openai-chat',
          baseUrl: 'https://api.z.ai/api/paas/v4',
          apiKeyPool: [{ id: 'a', key: SECRET }],
          defaultModel: 'glm-5',
        },
        google: { adapter: 'google', baseUrl: 'https://generativelanguage.googleapis.com/v1beta', apiKey: '$G' },
        cursor: { adapter: 'cursor', baseUrl: 'https://api2.cursor.sh', authMode: 'oauth' },
        kiro: { adapter: 'kiro', baseUrl: 'https://kiro.example', apiKey: SECRET },
        off: { adapter: 'openai-chat', baseUrl: 'https://off.example/v1', disabled: true },
      },
      webSearchSidecar: { enabled: false },
    }),
  );
  expect(routes['*']).toEqual(['1 zai/glm-5 chat', '2 openai-apikey/* responses', '3 google/* gemini']);
  for (const name of ['openai', 'cursor', 'kiro', 'off']) expect(notes).toContain(`no-equivalent: provider ${name}:`);
  expect(notes).toContain('approximated: defaultModel of zai');
});

describe('hostile files', () => {
  const RUNS = 300;
  const KEYS = ['providers', 'Providers', 'model_list', 'litellm_params', 'keys', 'value', 'targets', 'codex', 'name'];
  const key = fc.oneof(fc.constantFrom(...KEYS, 'model', 'model_name', 'settingsConfig', 'config'), fc.string());
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.string(),
      fc.constantFrom('openai', 'azure/x', '@openai', 'https://x.openai.azure.com', '\u001b[2J', '../../etc', 's3cret'),
      fc.double(),
      fc.constant(null),
      fc.boolean(),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(key, tie('value'), { maxKeys: 4 }),
    ),
  }));

  test.each(IMPORT_SOURCES.filter((source) => source !== 'codex'))(
    '%s: whatever is in it, nothing breaks',
    (source) => {
      fc.assert(
        fc.property(fc.dictionary(key, value, { maxKeys: 5 }), (file) => {
          const imported = importConfiguration(source, JSON.stringify(file), PARSERS);
          if (typeof imported === 'string') return;
          // What is written is always TOML that Holdfast can judge.
          const bytes = new TextEncoder().encode(renderImported(source, imported));
          readSettings(bytes, { file: '/x', homeDir: '/x', holdfastHome: '/x', env: {} });
          expect(JSON.stringify(imported.notes)).not.toContain('\\u001b');
          for (const id of imported.providers.keys()) expect(id).toMatch(/^[A-Za-z0-9][\w.-]*$/);
        }),
        { numRuns: RUNS },
      );
    },
  );

  test('a name that is a command of the terminal is shown as text', () => {
    const { notes } = run(
      'bifrost',
      JSON.stringify({ providers: { 'openai\u001b[2J\u202e': { keys: [{}] }, openai: {} } }),
    );
    expect(notes).toContain('provider openai [2J');
    for (const command of ['\u001b', '\u202e']) expect(notes).not.toContain(command);
  });

  test.each<[name: string, source: ImportSource, text: string]>([
    ['a name that is a prototype', 'bifrost', '{"providers":{"__proto__":{"keys":[]},"constructor":{"keys":[{}]}}}'],
    ['thousands of nested brackets', 'portkey', '['.repeat(100_000)],
    ['thousands of nested brackets in YAML', 'litellm', '['.repeat(100_000)],
    [
      'YAML that grows when it is read',
      'litellm',
      `a: &a [x,x]\n${[...'bcdefghij'].map((n, i) => `${n}: &${n} [${'*abcdefghij'[i + 1]},*${'abcdefghij'[i]}]`).join('\n')}`,
    ],
    ['a byte-order mark', 'bifrost', '\uFEFF{"providers":{}}'],
    ['broken TOML', 'codex', '[model_providers'],
  ])('%s', (_, source, text) => {
    const imported = importConfiguration(source, text, PARSERS);
    if (typeof imported !== 'string') expect(imported.routes.length).toBeLessThan(2);
  });
});
