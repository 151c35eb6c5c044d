import { findPreset, isHostOf, placeholdersOf, presetIds } from '../../catalog/find-preset.ts';
import type { Preset } from '../../catalog/presets.ts';
import type { TomlInput } from '../toml/toml-data.ts';
import type { ImportBuilder, ImportedProvider } from './imported.ts';

/** What other tools call a provider that the catalogue knows under another name. */
const ALIASES: Readonly<Record<string, string>> = {
  azure: 'azure-openai',
  azure_openai: 'azure-openai',
  azure_ai: 'azure-openai',
  bedrock: 'amazon-bedrock-converse',
  'aws-bedrock': 'amazon-bedrock-converse',
  vertex_ai: 'vertex',
  'vertex-ai': 'vertex',
  claude: 'anthropic',
  together_ai: 'together',
  'together-ai': 'together',
  fireworks_ai: 'fireworks',
  'fireworks-ai': 'fireworks',
  mistralai: 'mistral',
  'mistral-ai': 'mistral',
  google: 'gemini',
  grok: 'xai',
  'x-ai': 'xai',
  lm_studio: 'lmstudio',
  hosted_vllm: 'vllm',
  kimi: 'moonshot',
  qwen: 'dashscope',
  alibaba: 'dashscope',
  zhipu: 'zai',
  'z-ai': 'zai',
  hf: 'huggingface',
};

export interface FoundProvider {
  /** What the other tool calls it. */
  readonly name: string;
  /** The vendor, as the other tool says it. */
  readonly vendor?: string | undefined;
  /** What stands before `/responses` or `/chat/completions`; those are cut off. */
  readonly address?: string | undefined;
  /** When the other tool says it. Default: the preset's, else Chat Completions. */
  readonly wire?: 'responses' | 'chat' | 'messages' | undefined;
  readonly key?: TomlInput | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** What fills the placeholders of a preset's address, such as `region`. */
  readonly parameters?: Readonly<Record<string, string | undefined>> | undefined;
  /** How requests are signed, when that is not by a key. */
  readonly auth?: 'sigv4' | undefined;
}

const ENDPOINT = /\/(responses|chat\/completions|completions|messages)\/*$/;

const WIRES = { responses: 'responses', messages: 'messages' } as const;
const AZURE = /\.(openai\.azure\.com|cognitiveservices\.azure\.com|services\.ai\.azure\.com)$/;
const AWS_VARIABLES = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];
/** Servers that people run themselves: any address may be one. */
const LOCAL = ['ollama', 'lmstudio', 'vllm', 'sglang', 'llamacpp'];

/** Adds a provider of another tool, by the catalogue where it knows it. Gives its id, or nothing if it cannot be asked. */
export function addProvider(found: FoundProvider, builder: ImportBuilder): string | undefined {
  const { name, vendor = name, key, headers, auth } = found;
  const address = readAddress(found.address);
  const preset = findFitting(vendor, address);
  if (preset === undefined && address === undefined) {
    builder.note('no-equivalent', `provider ${name}`, 'Holdfast does not know it, and the file has no address');
    return undefined;
  }
  const common = {
    key,
    auth,
    headers: headers !== undefined && Object.keys(headers).length > 0 ? headers : undefined,
  };
  const provider: ImportedProvider =
    preset === undefined
      ? { wire: found.wire ?? guessWire(vendor, found.address), base_url: address, ...common, key: key ?? 'none' }
      : {
          preset: preset.id,
          wire: found.wire === preset.entry.wires[0] ? undefined : found.wire,
          base_url: chooseAddress(name, address, preset.entry, found.parameters ?? {}, builder),
          ...common,
        };
  if (auth === 'sigv4') for (const variable of AWS_VARIABLES) builder.variable(variable);
  const region = auth === 'sigv4' ? { region: found.parameters?.['region'] ?? 'your-region' } : {};
  const id = builder.provider(name, { ...provider, ...region });
  builder.note(
    'mapped',
    `provider ${name}`,
    preset === undefined ? `providers.${id}` : `providers.${id}, preset ${preset.id}`,
  );
  return id;
}

/** What stands before the endpoint. Azure's address of old gets the part that its v1 API has. */
function readAddress(text: string | undefined): string | undefined {
  const plain = text?.replace(/\?.*$/, '').replace(ENDPOINT, '').replace(/\/+$/, '');
  const url = plain === undefined ? null : URL.parse(plain);
  if (url === null || !AZURE.test(url.hostname)) return plain;
  return /^\/(openai(\/v1|\/deployments\/[^/]+)?)?$/.test(url.pathname) ? `${url.origin}/openai/v1` : plain;
}

/** A server elsewhere that speaks a vendor's wire is not that vendor, and must not get its key or its privileges. */
function findFitting(vendor: string, address: string | undefined): FoundPreset | undefined {
  const byVendor = findByVendor(vendor);
  const host = address === undefined ? undefined : URL.parse(address)?.hostname;
  if (byVendor === undefined || host === undefined) return byVendor ?? findByHost(address);
  const isIts = isHostOf(byVendor.entry, host) || LOCAL.includes(byVendor.id);
  return isIts ? byVendor : findByHost(address);
}

function guessWire(vendor: string, address: string | undefined): string {
  const endpoint = ENDPOINT.exec(address ?? '')?.[1];
  if (endpoint === 'responses' || endpoint === 'messages') return WIRES[endpoint];
  if (endpoint !== undefined) return 'chat';
  // OpenAI's own clients ask such servers for chat completions.
  const [first = 'chat', ...others] = findByVendor(vendor)?.entry.wires ?? [];
  return others.includes('chat') ? 'chat' : first;
}

/** Absent: the preset's own. What is missing in it stays visibly unfinished, so that it can be found and completed. */
function chooseAddress(
  name: string,
  address: string | undefined,
  preset: Preset,
  parameters: Readonly<Record<string, string | undefined>>,
  builder: ImportBuilder,
): string | undefined {
  if (address !== undefined) return address === preset.baseUrl ? undefined : address;
  const wanted = [...new Set(placeholdersOf(preset.baseUrl))];
  if (wanted.length === 0) return undefined;
  const isGiven = (value: string | undefined): value is string => value !== undefined && /^[\w.-]+$/.test(value);
  const missing = wanted.filter((parameter) => !isGiven(parameters[parameter]));
  if (missing.length > 0) {
    const how = `its address needs ${missing.join(' and ')}: complete base_url before you use it`;
    builder.note('approximated', `provider ${name}`, how);
  }
  return preset.baseUrl.replace(/\{([a-z]+)\}/g, (_, parameter: string) => {
    const value = parameters[parameter];
    return isGiven(value) ? value : `your-${parameter}`;
  });
}

interface FoundPreset {
  readonly id: string;
  readonly entry: Preset;
}

export function findByVendor(vendor: string): FoundPreset | undefined {
  const wanted = vendor.toLowerCase();
  const id = ALIASES[wanted] ?? wanted;
  const entry = findPreset(id);
  return entry === undefined ? undefined : { id, entry };
}

function findByHost(address: string | undefined): FoundPreset | undefined {
  const host = address === undefined ? undefined : URL.parse(address)?.hostname;
  if (host === undefined) return undefined;
  for (const id of presetIds()) {
    const entry = findPreset(id);
    if (entry !== undefined && isHostOf(entry, host)) return { id, entry };
  }
  return undefined;
}
