import { ImportBuilder, type Imported } from './imported.ts';
import { keyOf, noteRest } from './key-of.ts';
import { addProvider } from './match-preset.ts';
import { asArray, asObject, asText } from './read-plain.ts';

/** Bifrost's `config.json`. */
export function importBifrost(value: unknown): Imported {
  const builder = new ImportBuilder();
  const config = asObject(value);
  const added: string[] = [];
  for (const [name, entry] of Object.entries(asObject(config['providers']))) {
    const provider = asObject(entry);
    const keys = asArray(provider['keys']).map(asObject);
    const network = asObject(provider['network_config']);
    const base = asText(asObject(provider['custom_provider_config'])['base_provider_type']);
    const [first] = keys;
    const raw = first?.['value'];
    const written =
      typeof raw === 'object' ? (asText(asObject(raw)['env_var']) ?? asText(asObject(raw)['value'])) : raw;
    const address = asText(network['base_url']);
    const id = addProvider(
      {
        name,
        vendor: base === undefined ? name : (address ?? base),
        // Bifrost wants the address without the version, and adds it.
        address: address === undefined || /\/v\d+$/.test(address) ? address : `${address.replace(/\/+$/, '')}/v1`,
        wire: base === 'anthropic' ? 'messages' : undefined,
        key: keyOf(name, written, builder),
      },
      builder,
    );
    if (id === undefined) continue;
    added.push(id);
    if (keys.length > 1)
      builder.note(
        'approximated',
        `providers.${name}.keys`,
        'only the first key; add the others as providers of their own',
      );
    noteRest(builder, provider, ['keys', 'network_config', 'custom_provider_config'], `providers.${name}.`);
  }
  builder.route({
    id: 'bifrost',
    models: ['*'],
    targets: added.map((provider, index) => ({ provider, priority: index + 1 })),
  });
  if (added.length > 0) {
    builder.note(
      'approximated',
      'the choice of provider',
      'Bifrost chooses by the prefix of the model; here one route tries the providers in this order',
    );
  }
  noteRest(builder, config, ['providers', '$schema'], '');
  return builder.finish();
}
