import { findPreset, isHostOf, placeholdersOf, presetIds } from '../../catalog/find-preset.ts';
import type { Preset } from '../../catalog/presets.ts';
import type { TomlInput } from '../toml/toml-data.ts';
import type { ImportBuilder, ImportedProvider } from './imported.ts';

/** What other tools call a provider that the catalogue knows under another name. */
const ALIASES: Readonly<Record<string, string>> = {
  azure: 'azure-openai',
  azure_openai: 'azure-openai',
  azure_ai: 'azure-openai',
  bedrock: 'amazon-bedrock',
  'aws-bedrock': 'amazon-bedrock',
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
}

const ENDPOINT = /\/(responses|chat\/completions|completions|messages)\/*$/;

/** Adds a provider of another tool, by the catalogue where it knows it. Gives its id, or nothing if it cannot be asked. */
export function addProvider(found: FoundProvider, builder: ImportBuilder): string | undefined {
  const { name, vendor = name, wire, key, headers } = found;
  const address = found.address?.replace(ENDPOINT, '').replace(/\/+$/, '');
  const preset = findByVendor(vendor) ?? findByHost(address);
  const hasOwnAddress = address !== undefined && address !== preset?.entry.baseUrl;
  if (preset === undefined && address === undefined) {
    builder.note('no-equivalent', `provider ${name}`, 'Holdfast does not know it, and the file has no address');
    return undefined;
  }
  const missing = preset === undefined || hasOwnAddress ? [] : placeholdersOf(preset.entry.baseUrl);
  if (missing.length > 0) {
    const how = `its address needs ${missing.join(' and ')}: complete base_url before you use it`;
    builder.note('approximated', `provider ${name}`, how);
  }
  const common = { key, headers: headers !== undefined && Object.keys(headers).length > 0 ? headers : undefined };
  const provider: ImportedProvider =
    preset === undefined
      ? { wire: wire ?? 'chat', base_url: address, ...common, key: key ?? 'none' }
      : {
          preset: preset.id,
          wire: wire === preset.entry.wires[0] ? undefined : wire,
          base_url: hasOwnAddress ? address : fillPattern(preset.entry, missing),
          ...common,
        };
  const id = builder.provider(name, provider);
  builder.note(
    'mapped',
    `provider ${name}`,
    preset === undefined ? `providers.${id}` : `providers.${id}, preset ${preset.id}`,
  );
  return id;
}

function findByVendor(vendor: string): { readonly id: string; readonly entry: Preset } | undefined {
  const wanted = vendor.toLowerCase();
  const id = ALIASES[wanted] ?? wanted;
  const entry = findPreset(id);
  return entry === undefined ? undefined : { id, entry };
}

function findByHost(address: string | undefined): { readonly id: string; readonly entry: Preset } | undefined {
  const host = address === undefined ? undefined : URL.parse(address)?.hostname;
  if (host === undefined) return undefined;
  for (const id of presetIds()) {
    const entry = findPreset(id);
    if (entry !== undefined && isHostOf(entry, host)) return { id, entry };
  }
  return undefined;
}

/** An address that is visibly unfinished, so that it can be found and completed. */
function fillPattern(preset: Preset, missing: readonly string[]): string | undefined {
  if (missing.length === 0) return undefined;
  return preset.baseUrl.replace(/\{([a-z]+)\}/g, (_, name: string) => `your-${name}`);
}
