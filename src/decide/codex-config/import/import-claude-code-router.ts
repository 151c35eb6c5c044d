import { ImportBuilder, type Imported, type ImportedTarget } from './imported.ts';
import { keyOf, noteRest } from './key-of.ts';
import { addProvider } from './match-preset.ts';
import { asArray, asObject, asText, asTexts } from './read-plain.ts';

/** claude-code-router's `config.json`. */
export function importClaudeCodeRouter(value: unknown): Imported {
  const builder = new ImportBuilder();
  const config = asObject(value);
  const ids = new Map<string, string>();
  for (const entry of asArray(config['Providers'] ?? config['providers']).map(asObject)) {
    const name = asText(entry['name']);
    if (name === undefined) continue;
    const address = asText(entry['api_base_url']);
    if (/cloudcode-pa\.googleapis\.com|\$\{/.test(address ?? '')) {
      const how = 'it uses the login of another program, or an address that the router puts together';
      builder.note('no-equivalent', `provider ${name}`, how);
      continue;
    }
    const wire = address?.includes('/messages') ? 'messages' : undefined;
    const key = keyOf(name, entry['api_key'], builder);
    const id = addProvider({ name, address: address?.replace(/\/v1beta\/models\/?$/, '/v1beta'), wire, key }, builder);
    if (id !== undefined) ids.set(name, id);
    noteRest(builder, entry, ['name', 'api_base_url', 'api_key', 'models'], `provider ${name}: `);
  }
  const router = asObject(config['Router']);
  const choose = (text: string | undefined): Omit<ImportedTarget, 'priority'> | undefined => {
    const [name = '', ...model] = (text ?? '').split(',');
    const provider = ids.get(name.trim());
    return provider === undefined ? undefined : { provider, model: asText(model.join(',')) };
  };
  const first = choose(asText(router['default']));
  const fallbacks = asTexts(asObject(config['fallback'])['default']).flatMap((text) => choose(text) ?? []);
  const targets = [...(first === undefined ? [] : [first]), ...fallbacks];
  builder.route({
    id: 'claude-code-router',
    models: ['*'],
    targets: targets.map((target, index) => ({ ...target, priority: index + 1 })),
  });
  if (first !== undefined) builder.note('mapped', 'Router.default', 'the first target');
  noteRest(builder, router, ['default'], 'Router.');
  noteRest(builder, config, ['Providers', 'providers', 'Router', 'fallback'], '');
  return builder.finish();
}
