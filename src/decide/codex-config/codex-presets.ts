import { findPreset, placeholdersOf, presetIds } from '../catalog/find-preset.ts';
import type { TableLine } from './toml/edit-operation.ts';
import type { TomlInput } from './toml/toml-data.ts';

/** A provider that Codex can use directly: it answers the Responses API. */
export interface CodexPreset {
  readonly id: string;
  readonly title: string;
  /** The id in Codex's configuration, unless another one is asked for. */
  readonly providerId: string;
  /** Built into Codex: only some keys may be set, and the address is Codex's business. */
  readonly isBuiltIn: boolean;
  /** May hold placeholders such as `{resource}`. */
  readonly baseUrl: string;
  readonly envKey?: string;
  readonly hint?: string;
  /** Where the facts come from, for those that the catalogue does not have. */
  readonly sources?: readonly string[];
}

/** Gateways that a team may already run, by what their own documentation says about Codex. Read in November 2026. */
const GATEWAYS: readonly CodexPreset[] = [
  {
    id: 'bifrost',
    title: 'Bifrost',
    providerId: 'bifrost',
    isBuiltIn: false,
    baseUrl: 'http://localhost:8080/openai/v1',
    envKey: 'BIFROST_VIRTUAL_KEY',
    hint: 'Model names have the provider in front, as in openai/gpt-5.5.',
    sources: ['https://docs.getbifrost.ai/cli-agents/codex-cli'],
  },
  {
    id: 'litellm',
    title: 'LiteLLM',
    providerId: 'litellm',
    isBuiltIn: false,
    baseUrl: 'http://localhost:4000/v1',
    envKey: 'LITELLM_API_KEY',
    hint: 'The model is a model_name of its model_list.',
    sources: ['https://docs.litellm.ai/docs/proxy/client_setup/codex_cli'],
  },
  {
    id: 'cloudflare-gateway',
    title: 'Cloudflare AI Gateway',
    providerId: 'cloudflare-gateway',
    isBuiltIn: false,
    baseUrl: 'https://gateway.ai.cloudflare.com/v1/{account}/{gateway}/openai',
    envKey: 'CLOUDFLARE_API_KEY',
    hint: 'OpenAI models only.',
    sources: ['https://developers.cloudflare.com/ai-gateway/integrations/coding-agents/openai-codex/'],
  },
];

/** Gateways by the names that `connect --via` takes. */
export const VIA_PRESETS: Readonly<Record<string, string>> = {
  bifrost: 'bifrost',
  litellm: 'litellm',
  openrouter: 'openrouter',
  cloudflare: 'cloudflare-gateway',
};

/** Ids that Codex keeps for itself get another name. */
const RENAMED: Readonly<Record<string, string>> = {
  openai: 'openai-api',
  'azure-openai': 'azure',
  ollama: 'ollama-server',
  lmstudio: 'lmstudio-server',
};

export const codexPresets = (): readonly CodexPreset[] => [...presetIds().flatMap(fromCatalogue), ...GATEWAYS];

export const findCodexPreset = (id: string): CodexPreset | undefined =>
  codexPresets().find((preset) => preset.id === id);

function fromCatalogue(id: string): readonly CodexPreset[] {
  const preset = findPreset(id);
  if (preset === undefined || !preset.wires.includes('responses')) return [];
  if (id === 'amazon-bedrock') {
    const hint = 'Signs with your AWS credentials; needs a region. Models are named like openai.gpt-5.5.';
    return [{ id, title: preset.title, providerId: id, isBuiltIn: true, baseUrl: '', hint }];
  }
  const { title, baseUrl, envKey } = preset;
  return [
    {
      id,
      title,
      providerId: RENAMED[id] ?? id,
      isBuiltIn: false,
      baseUrl,
      ...(envKey === undefined ? {} : { envKey }),
    },
  ];
}

/** What a user says about a provider; whatever is absent comes from the preset or from Codex. */
export interface ProviderWishes {
  readonly name?: string | undefined;
  readonly baseUrl?: string | undefined;
  readonly envKey?: string | undefined;
  /** A command that prints the key, instead of a variable. */
  readonly authCommand?: readonly string[] | undefined;
  readonly query?: Readonly<Record<string, string>> | undefined;
  readonly envHeaders?: Readonly<Record<string, string>> | undefined;
  readonly requestRetries?: number | undefined;
  readonly streamRetries?: number | undefined;
  readonly idleTimeoutMs?: number | undefined;
  /** For Amazon Bedrock. */
  readonly awsRegion?: string | undefined;
  readonly awsProfile?: string | undefined;
  /** Values of placeholders in the preset's address. */
  readonly parameters?: Readonly<Record<string, string>> | undefined;
}

/** Lines of `[model_providers.<id>]`, or what is missing to write them. */
export function providerLines(
  id: string,
  preset: CodexPreset | undefined,
  wishes: ProviderWishes,
): readonly TableLine[] | string {
  if (preset?.isBuiltIn) return bedrockLines(wishes);
  const baseUrl = fillAddress(preset, wishes);
  if (baseUrl === undefined) return 'an address is needed: --base-url';
  const missing = placeholdersOf(baseUrl);
  if (missing.length > 0) return `${missing.map((name) => `--set ${name}=…`).join(' ')} is needed for ${baseUrl}`;
  const [command, ...args] = wishes.authCommand ?? [];
  const envKey = command === undefined ? (wishes.envKey ?? preset?.envKey) : undefined;
  return lines({
    name: wishes.name ?? plainName(preset?.title ?? id),
    base_url: baseUrl,
    wire_api: 'responses',
    env_key: envKey,
    auth: command === undefined ? undefined : { command, args, timeout_ms: 5000, refresh_interval_ms: 300_000 },
    ...tuning(wishes),
  });
}

function bedrockLines(wishes: ProviderWishes): readonly TableLine[] | string {
  const { awsRegion, awsProfile, envKey, authCommand, requestRetries, streamRetries, idleTimeoutMs, name } = wishes;
  const others = [name, envKey, authCommand, requestRetries, streamRetries, idleTimeoutMs];
  if (others.some((value) => value !== undefined)) {
    return "Codex's built-in Amazon Bedrock takes no other name, key or retry setting: only --aws-region, --aws-profile and --base-url";
  }
  return lines({ base_url: wishes.baseUrl, aws: { region: awsRegion, profile: awsProfile } });
}

/** The same wishes for a provider that exists: only what was said. */
export function wishedKeys(wishes: ProviderWishes): readonly TableLine[] {
  const [command, ...args] = wishes.authCommand ?? [];
  const { awsRegion, awsProfile } = wishes;
  const hasAws = awsRegion !== undefined || awsProfile !== undefined;
  return lines({
    name: wishes.name,
    base_url: wishes.baseUrl,
    env_key: wishes.envKey,
    auth: command === undefined ? undefined : { command, args, timeout_ms: 5000, refresh_interval_ms: 300_000 },
    aws: hasAws ? { region: awsRegion, profile: awsProfile } : undefined,
    ...tuning(wishes),
  });
}

function tuning(wishes: ProviderWishes): Readonly<Record<string, TomlInput | undefined>> {
  return {
    query_params: wishes.query,
    env_http_headers: wishes.envHeaders,
    request_max_retries: wishes.requestRetries,
    stream_max_retries: wishes.streamRetries,
    stream_idle_timeout_ms: wishes.idleTimeoutMs,
  };
}

const lines = (values: Readonly<Record<string, TomlInput | undefined>>): readonly TableLine[] =>
  Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value }]));

function fillAddress(preset: CodexPreset | undefined, wishes: ProviderWishes): string | undefined {
  const pattern = wishes.baseUrl ?? preset?.baseUrl;
  return pattern?.replace(/\{([a-z]+)\}/g, (whole, name: string) => wishes.parameters?.[name] ?? whole);
}

/** Without the explanation in brackets; and never a name that changes Codex's wire format. */
function plainName(title: string): string {
  const name = title.replace(/\s*\(.*\)$/, '');
  return name === 'azure' ? 'Azure' : name;
}
