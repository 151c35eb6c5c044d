import { describe, expect, test } from 'bun:test';
import { readSettings } from '../../config/read-settings.ts';
import { IMPORT_SOURCES, type ImportSource, importConfiguration } from './import-configuration.ts';
import { type Imported, renderImported } from './imported.ts';

const PARSERS = { parseYaml: Bun.YAML.parse, parseJson: Bun.JSONC.parse };

function imported(source: ImportSource, value: unknown): Imported {
  const result = importConfiguration(source, typeof value === 'string' ? value : JSON.stringify(value), PARSERS);
  if (typeof result === 'string') throw new Error(result);
  return result;
}

/** What Holdfast makes of the result, with every variable set: target names by tier, per route. */
function load(source: ImportSource, result: Imported): Record<string, readonly string[]> {
  const env = Object.fromEntries(result.variables.map((name) => [name, 'set']));
  const context = { file: '/x/holdfast.toml', homeDir: '/x', holdfastHome: '/x', env };
  const reading = readSettings(new TextEncoder().encode(renderImported(source, result)), context);
  if (reading.kind === 'invalid') throw new Error(JSON.stringify(reading.problems));
  return Object.fromEntries(
    reading.settings.routes.map((route) => [
      route.models.join(' '),
      route.targets.map(
        ({ provider, model, priority }) => `${priority} ${provider.id}/${model ?? '*'} ${provider.wire}`,
      ),
    ]),
  );
}

const notes = (result: Imported, kind: string): string =>
  result.notes
    .filter((note) => note.kind === kind)
    .map(({ what, how }) => `${what}: ${how}`)
    .join('\n');

describe('from', () => {
  test('codex: providers, the one in use first', () => {
    const result = imported(
      'codex',
      'model_provider = "mine"\nmodel = "m"\n[model_providers.router]\nname = "R"\nbase_url = "https://openrouter.ai/api/v1"\nenv_key = "OPENROUTER_API_KEY"\n[model_providers.mine]\nname = "M"\nbase_url = "http://10.0.0.5:8000/v1"\nexperimental_bearer_token = "s3cret"\nquery_params = { a = "b" }\n',
    );
    expect(load('codex', result)).toEqual({ '*': ['1 mine/* responses', '2 router/* responses'] });
    expect(result.providers.get('router')).toMatchObject({ preset: 'openrouter', key: { env: 'OPENROUTER_API_KEY' } });
    expect(result.variables).toEqual(['MINE_API_KEY', 'OPENROUTER_API_KEY']);
    expect(notes(result, 'no-equivalent')).toContain('query_params');
    expect(JSON.stringify(result.notes) + renderImported('codex', result)).not.toContain('s3cret');
  });

  test('codex: its own OpenAI login becomes a key', () => {
    const result = imported('codex', 'model = "gpt-5.5"\n');
    expect(load('codex', result)).toEqual({ '*': ['1 openai/* responses'] });
    expect(notes(result, 'approximated')).toContain('OPENAI_API_KEY');
  });

  test('bifrost', () => {
    const result = imported('bifrost', {
      providers: {
        openai: {
          keys: [{ name: 'a', value: 'env.OPENAI_API_KEY', models: ['*'], weight: 1 }, { value: 'env.SECOND' }],
        },
        'vllm-local': {
          keys: [{ value: 's3cret' }],
          network_config: { base_url: 'http://vllm:8000' },
          custom_provider_config: { base_provider_type: 'openai' },
        },
        unknown: { keys: [] },
      },
      plugins: [],
    });
    expect(load('bifrost', result)).toEqual({
      '*': ['1 openai/* responses', '1 openai-2/* responses', '2 vllm-local/* chat'],
    });
    expect(result.providers.get('vllm-local')?.base_url).toBe('http://vllm:8000/v1');
    expect(notes(result, 'no-equivalent')).toContain('provider unknown');
    expect(notes(result, 'no-equivalent')).toContain('plugins');
    expect(renderImported('bifrost', result)).not.toContain('s3cret');
  });

  test('litellm: groups become tiers, fallbacks the ones below', () => {
    const result = imported(
      'litellm',
      `model_list:
  - model_name: gpt-5.5
    litellm_params: { model: openai/gpt-5.5, api_key: os.environ/OPENAI_API_KEY, rpm: 5 }
  - model_name: gpt-5.5
    litellm_params:
      model: azure/gpt-55-eu
      api_base: https://myorg.openai.azure.com/openai/v1
      api_key: os.environ/AZURE_KEY
  - model_name: backup
    litellm_params: { model: openrouter/openai/gpt-5.5, api_key: s3cret }
litellm_settings:
  fallbacks: [{ "gpt-5.5": ["backup"] }]
  drop_params: true
`,
    );
    const routes = load('litellm', result);
    expect(routes['gpt-5.5']).toEqual([
      '1 openai/* responses',
      '1 azure-myorg.openai.azure.com/gpt-55-eu responses',
      '2 openrouter/openai/gpt-5.5 responses',
    ]);
    expect(routes['backup']).toEqual(['1 openrouter/openai/gpt-5.5 responses']);
    expect(notes(result, 'no-equivalent')).toContain('drop_params');
    expect(notes(result, 'no-equivalent')).toContain('rpm');
    expect(renderImported('litellm', result)).not.toContain('s3cret');
  });

  test('portkey: strategies become tiers and weights', () => {
    const result = imported('portkey', {
      strategy: { mode: 'fallback', on_status_codes: [429, 503] },
      targets: [
        {
          strategy: { mode: 'loadbalance' },
          targets: [
            { provider: 'openai', api_key: 's3cret', weight: 0.7 },
            {
              provider: 'azure-openai',
              virtual_key: 'v',
              weight: 0.3,
              override_params: { model: 'eu' },
              custom_host: 'https://myorg.openai.azure.com/openai/v1',
            },
          ],
        },
        { provider: 'openrouter', api_key: '$OR_KEY', request_timeout: 30000 },
      ],
      cache: { mode: 'simple' },
    });
    expect(load('portkey', result)).toEqual({
      '*': ['1 openai/* responses', '1 azure-openai/eu responses', '2 openrouter/* responses'],
    });
    const [first, , last] = result.routes[0]?.targets ?? [];
    expect(first).toMatchObject({ weight: 70, on_error: [429, 503] });
    expect(last).toMatchObject({ on_timeout: '30000ms' });
    expect(notes(result, 'no-equivalent')).toContain('virtual key');
    expect(notes(result, 'no-equivalent')).toContain('cache');
    expect(renderImported('portkey', result)).not.toContain('s3cret');
  });

  test('cc-switch: the current provider first', () => {
    const config = (url: string): string =>
      `model_provider = "p"\n[model_providers.p]\nname = "P"\nbase_url = "${url}"\n`;
    const result = imported('cc-switch', {
      claude: { providers: {} },
      codex: {
        current: 'two',
        providers: {
          one: {
            id: 'one',
            name: 'One',
            settingsConfig: { auth: { OPENAI_API_KEY: 's3cret' }, config: config('https://one.example/v1') },
          },
          two: {
            id: 'two',
            name: 'Zwei!',
            settingsConfig: { auth: { OPENAI_API_KEY: 's3cret' }, config: config('https://openrouter.ai/api/v1') },
          },
          login: { id: 'login', name: 'Official', settingsConfig: { auth: {}, config: '' } },
        },
      },
    });
    expect(load('cc-switch', result)).toEqual({ '*': ['1 Zwei/* responses', '2 One/* responses'] });
    expect(notes(result, 'no-equivalent')).toContain('a login of Codex');
    expect(renderImported('cc-switch', result)).not.toContain('s3cret');
  });

  test('claude-code-router', () => {
    const result = imported(
      'claude-code-router',
      `{
      "Providers": [ // mine
        { "name": "deepseek", "api_base_url": "https://api.deepseek.com/chat/completions", "api_key": "$DEEPSEEK_API_KEY", "models": ["deepseek-v4"], "transformer": {} },
        { "name": "ollama", "api_base_url": "http://localhost:11434/v1/chat/completions", "api_key": "ollama", "models": ["q"] },
      ],
      "Router": { "default": "deepseek,deepseek-v4", "think": "ollama,q" },
    }`,
    );
    expect(load('claude-code-router', result)).toEqual({ '*': ['1 deepseek/deepseek-v4 responses'] });
    expect(notes(result, 'no-equivalent')).toContain('Router.think');
    expect(notes(result, 'no-equivalent')).toContain('transformer');
  });

  test('opencodex', () => {
    const result = imported('opencodex', {
      port: 10100,
      defaultProvider: 'zai',
      providers: {
        openai: { adapter: 'openai-responses', baseUrl: 'https://chatgpt.com/backend-api/codex', authMode: 'forward' },
        house: { adapter: 'openai-chat', baseUrl: 'http://10.0.0.5:8000/v1', apiKey: '' },
        zai: {
          adapter: 'openai-chat',
          baseUrl: 'https://api.z.ai/api/paas/v4',
          // biome-ignore lint/suspicious/noTemplateCurlyInString: this is how it is written there
          apiKey: '${ZAI_KEY}',
          headers: { 'X-A': 'b' },
        },
      },
    });
    expect(load('opencodex', result)).toEqual({ '*': ['1 zai/* chat', '2 house/* chat'] });
    expect(result.providers.get('zai')).toMatchObject({
      preset: 'zai',
      key: { env: 'ZAI_KEY' },
      headers: { 'X-A': 'b' },
    });
    expect(notes(result, 'no-equivalent')).toContain('forward');
  });
});

describe('what cannot be read', () => {
  test.each(IMPORT_SOURCES)('%s: broken text is refused with a reason', (source) => {
    expect(importConfiguration(source, '{[', PARSERS)).toBeString();
  });

  test.each(IMPORT_SOURCES.filter((source) => source !== 'codex'))(
    '%s: nonsense gives nothing, and no crash',
    (source) => {
      for (const value of [
        null,
        7,
        'x',
        [],
        [[]],
        { providers: 5, Providers: 5, model_list: [1, null, {}], targets: [[]], codex: { providers: [null] } },
      ]) {
        const result = importConfiguration(source, JSON.stringify(value), PARSERS);
        expect(typeof result === 'string' || result.providers.size === 0).toBe(true);
      }
    },
  );
});
