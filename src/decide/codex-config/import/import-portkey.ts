import { ImportBuilder, type Imported, type ImportedTarget } from './imported.ts';
import { keyOf, noteRest } from './key-of.ts';
import { addProvider } from './match-preset.ts';
import { asArray, asNumber, asObject, asStatuses, asText, type PlainObject } from './read-plain.ts';

/** A Portkey config. */
export function importPortkey(value: unknown): Imported {
  const builder = new ImportBuilder();
  const config = asObject(value);
  const targets = collectPortkey(config, 1, builder);
  builder.route({ id: 'portkey', models: ['*'], targets });
  noteRest(builder, config, ['strategy', 'targets', ...PORTKEY_TARGET], '');
  return builder.finish();
}

const PORTKEY_TARGET = [
  'provider',
  'api_key',
  'apiKey',
  'virtual_key',
  'virtualKey',
  'custom_host',
  'customHost',
  'weight',
  'override_params',
  'overrideParams',
  'request_timeout',
  'requestTimeout',
];

function collectPortkey(config: PlainObject, priority: number, builder: ImportBuilder): readonly ImportedTarget[] {
  const strategy = asObject(config['strategy']);
  const mode = asText(strategy['mode']) ?? 'single';
  const inner = asArray(config['targets']).map(asObject);
  if (inner.length === 0) return addPortkeyTarget(config, priority, builder);
  const onError = asStatuses(strategy['on_status_codes'] ?? strategy['onStatusCodes']);
  if (mode === 'conditional')
    builder.note('no-equivalent', 'strategy conditional', 'its targets follow each other instead');
  else
    builder.note(
      'mapped',
      `strategy ${mode}`,
      mode === 'loadbalance' ? 'one tier, by weight' : 'one tier after the other',
    );
  let next = priority;
  return inner.flatMap((entry) => {
    const found = collectPortkey(entry, next, builder).map((target) =>
      onError === undefined ? target : { ...target, on_error: onError },
    );
    if (mode !== 'loadbalance') next = Math.max(next, ...found.map((target) => target.priority)) + 1;
    return found;
  });
}

function addPortkeyTarget(entry: PlainObject, priority: number, builder: ImportBuilder): readonly ImportedTarget[] {
  const vendor = asText(entry['provider'])?.replace(/^@/, '');
  const virtual = asText(entry['virtual_key'] ?? entry['virtualKey']);
  const name = vendor ?? virtual;
  if (name === undefined) return [];
  const parameters = asObject(entry['override_params'] ?? entry['overrideParams']);
  if (virtual !== undefined)
    builder.note(
      'no-equivalent',
      `virtual key of ${name}`,
      'it is known to Portkey alone: give the provider its own key',
    );
  const key = keyOf(name, entry['api_key'] ?? entry['apiKey'], builder);
  const address = asText(entry['custom_host'] ?? entry['customHost']);
  const provider = addProvider({ name, address, key }, builder);
  if (provider === undefined) return [];
  noteRest(builder, entry, PORTKEY_TARGET, `target ${name}: `);
  const timeoutMs = asNumber(entry['request_timeout'] ?? entry['requestTimeout']);
  return [
    {
      provider,
      model: asText(parameters['model']),
      priority,
      weight: portkeyWeight(asNumber(entry['weight'])),
      on_timeout: timeoutMs === undefined ? undefined : `${Math.round(timeoutMs)}ms`,
    },
  ];
}

/** Portkey's weights are shares of 1; a weight of 0 means never. */
const portkeyWeight = (weight: number | undefined): number | undefined =>
  weight === undefined || weight <= 0 ? undefined : Math.max(0.01, Math.round(weight * 10_000) / 100);
