import { ImportBuilder, type Imported } from './imported.ts';
import { keyOf, noteRest } from './key-of.ts';
import { addProvider } from './match-preset.ts';
import { asObject, asText } from './read-plain.ts';

/** opencodex's `config.json`. */
export function importOpenCodex(value: unknown): Imported {
  const builder = new ImportBuilder();
  const config = asObject(value);
  const wires = { 'openai-responses': 'responses', 'openai-chat': 'chat', anthropic: 'messages' } as const;
  const ids = new Map<string, string>();
  for (const [name, raw] of Object.entries(asObject(config['providers']))) {
    const entry = asObject(raw);
    const mode = asText(entry['authMode']) ?? 'key';
    if (mode !== 'key') {
      builder.note('no-equivalent', `provider ${name}`, `it uses a login (${mode}), which a gateway cannot use`);
      continue;
    }
    const adapter = asText(entry['adapter']) ?? 'openai-chat';
    const wire = Object.hasOwn(wires, adapter) ? wires[adapter as keyof typeof wires] : undefined;
    const headers = Object.fromEntries(
      Object.entries(asObject(entry['headers'])).flatMap(([header, text]) =>
        typeof text === 'string' ? [[header, text]] : [],
      ),
    );
    const id = addProvider(
      { name, address: asText(entry['baseUrl']), wire, key: keyOf(name, entry['apiKey'], builder), headers },
      builder,
    );
    if (id !== undefined) ids.set(name, id);
    noteRest(builder, entry, ['adapter', 'baseUrl', 'authMode', 'apiKey', 'headers', 'models'], `provider ${name}: `);
  }
  const first = asText(config['defaultProvider']);
  const order = [...ids].toSorted(([left], [right]) => Number(right === first) - Number(left === first));
  builder.route({
    id: 'opencodex',
    models: ['*'],
    targets: order.map(([, provider], index) => ({ provider, priority: index + 1 })),
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
