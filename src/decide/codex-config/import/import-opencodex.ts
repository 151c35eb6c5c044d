import { ImportBuilder, type Imported, type ImportedTarget } from './imported.ts';
import { keyOf, noteRest } from './key-of.ts';
import { addProvider } from './match-preset.ts';
import { asArray, asObject, asText, type PlainObject } from './read-plain.ts';

const WIRES: Readonly<Record<string, 'responses' | 'chat' | 'messages'>> = {
  'openai-responses': 'responses',
  'openai-chat': 'chat',
  anthropic: 'messages',
};
/** Adapters that say which vendor it is, whatever the provider is called. */
const VENDORS: Readonly<Record<string, string>> = {
  google: 'gemini',
  azure: 'azure-openai',
  'azure-openai': 'azure-openai',
};
const TAKEN = [
  'adapter',
  'baseUrl',
  'authMode',
  'apiKey',
  'apiKeyPool',
  'headers',
  'models',
  'defaultModel',
  'disabled',
  'location',
  'project',
];

/** opencodex's `config.json`. */
export function importOpenCodex(value: unknown): Imported {
  const builder = new ImportBuilder();
  const config = asObject(value);
  const added = new Map<string, Omit<ImportedTarget, 'priority'>>();
  for (const [name, raw] of Object.entries(asObject(config['providers']))) {
    const entry = asObject(raw);
    const reason = refuse(entry);
    if (reason !== undefined) {
      builder.note('no-equivalent', `provider ${name}`, reason);
      continue;
    }
    const adapter = asText(entry['adapter']) ?? 'openai-chat';
    const headers = Object.fromEntries(
      Object.entries(asObject(entry['headers'])).flatMap(([header, text]) =>
        typeof text === 'string' ? [[header, text]] : [],
      ),
    );
    const id = addProvider(
      {
        name,
        vendor: VENDORS[adapter] ?? (name === 'openai-apikey' ? 'openai' : name),
        address: asText(entry['baseUrl']),
        wire: WIRES[adapter],
        key: keyOf(name, entry['apiKey'] ?? firstOfPool(entry), builder),
        headers,
        parameters: { region: asText(entry['location']), project: asText(entry['project']) },
      },
      builder,
    );
    if (id === undefined) continue;
    const model = asText(entry['defaultModel']);
    if (model !== undefined)
      builder.note('approximated', `defaultModel of ${name}`, `every request that comes to it asks for ${model}`);
    added.set(name, { provider: id, model });
    noteRest(builder, entry, TAKEN, `provider ${name}: `);
  }
  const first = asText(config['defaultProvider']);
  const order = [...added].toSorted(([left], [right]) => Number(right === first) - Number(left === first));
  builder.route({
    id: 'opencodex',
    models: ['*'],
    targets: order.map(([, target], index) => ({ ...target, priority: index + 1 })),
  });
  if (order.length > 1)
    builder.note(
      'approximated',
      'the choice of provider',
      'opencodex chooses by the prefix of the model; here the default provider comes first, the others follow',
    );
  noteRest(builder, config, ['providers', 'defaultProvider'], '');
  return builder.finish();
}

/** Why a provider cannot be taken over. */
function refuse(entry: PlainObject): string | undefined {
  const mode = asText(entry['authMode']) ?? 'key';
  const adapter = asText(entry['adapter']) ?? 'openai-chat';
  if (entry['disabled'] === true) return 'it is switched off there';
  if (mode !== 'key') return `it uses a login (${mode}), which a gateway cannot use`;
  if (asText(entry['googleMode']) === 'cloud-code-assist') return 'it uses the login of another program';
  return adapter in WIRES || adapter in VENDORS ? undefined : `Holdfast has nothing that speaks ${adapter}`;
}

/** Keys that take turns there: here only the first. */
const firstOfPool = (entry: PlainObject): unknown => asObject(asArray(entry['apiKeyPool'])[0])['key'];
