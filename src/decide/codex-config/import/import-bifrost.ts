import { ImportBuilder, type Imported, type ImportedTarget } from './imported.ts';
import { keyOf, noteRest } from './key-of.ts';
import { addProvider, type FoundProvider } from './match-preset.ts';
import { asArray, asNumber, asObject, asText, asTexts, type PlainObject } from './read-plain.ts';

const CLOUD_KEYS = ['azure_key_config', 'bedrock_key_config', 'vertex_key_config'];

/** Bifrost's `config.json`. */
export function importBifrost(value: unknown): Imported {
  const builder = new ImportBuilder();
  const config = asObject(value);
  const targets: ImportedTarget[] = [];
  let priority = 1;
  for (const [name, entry] of Object.entries(asObject(config['providers']))) {
    const provider = asObject(entry);
    const keys = asArray(provider['keys']).map(asObject);
    // Several keys share the requests of their provider by weight: here each is a provider of its own, in one tier.
    const added = (keys.length === 0 ? [{}] : keys).flatMap((key, index): readonly ImportedTarget[] => {
      const id = addKey(index === 0 ? name : `${name}-${index + 1}`, name, provider, key, builder);
      return id === undefined ? [] : [{ provider: id, priority, weight: weightOf(key, keys.length) }];
    });
    if (added.length === 0) continue;
    if (added.length > 1) builder.note('mapped', `providers.${name}.keys`, 'a provider for each key, in one tier');
    targets.push(...added);
    priority += 1;
    noteRest(builder, provider, ['keys', 'network_config', 'custom_provider_config'], `providers.${name}.`);
    noteRest(builder, asObject(provider['network_config']), ['base_url'], `providers.${name}.network_config.`);
  }
  builder.route({ id: 'bifrost', models: ['*'], targets });
  if (targets.length > 0) {
    builder.note(
      'approximated',
      'the choice of provider',
      'Bifrost chooses by the prefix of the model; here one route tries the providers in this order',
    );
  }
  noteRest(builder, config, ['providers', '$schema'], '');
  return builder.finish();
}

function addKey(
  id: string,
  name: string,
  provider: PlainObject,
  key: PlainObject,
  builder: ImportBuilder,
): string | undefined {
  const base = asText(asObject(provider['custom_provider_config'])['base_provider_type']);
  const address = asText(asObject(provider['network_config'])['base_url']);
  const models = asTexts(key['models']).filter((model) => model !== '*');
  if (models.length > 0)
    builder.note(
      'approximated',
      `models of providers.${name}`,
      'Holdfast sends this provider whatever its route serves',
    );
  const renamed = { ...asObject(key['aliases']), ...deploymentsOf(key) };
  if (Object.keys(renamed).length > 0) {
    const how = 'give the target its deployment name as "model"';
    builder.note('no-equivalent', `aliases of providers.${name}: ${Object.keys(renamed).join(', ')}`, how);
  }
  noteRest(
    builder,
    key,
    ['id', 'name', 'value', 'models', 'weight', 'aliases', ...CLOUD_KEYS],
    `keys of providers.${name}: `,
  );
  return addProvider(
    {
      name: id,
      vendor: base ?? name,
      // Bifrost wants the address without the version, and adds it.
      address: address === undefined || /\/v\d+$/.test(address) ? address : `${address.replace(/\/+$/, '')}/v1`,
      wire: base === 'anthropic' ? 'messages' : undefined,
      key: keyOf(id, textOrVariable(key['value']), builder),
      ...cloudOf(name, key, builder),
    },
    builder,
  );
}

/** What the clouds need besides a key. Names of variables cannot stand in an address. */
function cloudOf(name: string, key: PlainObject, builder: ImportBuilder): Partial<FoundProvider> {
  const literal = (value: unknown): string | undefined => {
    const text = textOrVariable(value);
    return text === undefined || /^env\./.test(text) ? undefined : text;
  };
  const azure = literal(asObject(key['azure_key_config'])['endpoint']);
  const bedrock = asObject(key['bedrock_key_config']);
  const vertex = asObject(key['vertex_key_config']);
  const isSigned = key['bedrock_key_config'] !== undefined && asText(textOrVariable(key['value'])) === undefined;
  if (isSigned) {
    const how = 'requests are signed with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of the environment';
    builder.note('approximated', `the AWS keys of ${name}`, how);
  }
  return {
    ...(azure === undefined ? {} : { address: azure }),
    ...(isSigned ? { auth: 'sigv4' as const } : {}),
    parameters: {
      region: literal(bedrock['region']) ?? literal(vertex['region']),
      project: literal(vertex['project_id']),
    },
  };
}

const deploymentsOf = (key: PlainObject): PlainObject =>
  Object.assign({}, ...CLOUD_KEYS.map((name) => asObject(asObject(key[name])['deployments'])));

/** A value as Bifrost writes it, or as its API shows it: with the variable beside it. */
function textOrVariable(value: unknown): string | undefined {
  if (typeof value !== 'object') return asText(value);
  const variable = asText(asObject(value)['env_var']);
  if (variable === undefined) return asText(asObject(value)['value']);
  return variable.startsWith('env.') ? variable : `env.${variable}`;
}

/** Bifrost's weights are relative to each other; Holdfast takes 1 to 1000. */
function weightOf(key: PlainObject, count: number): number | undefined {
  const weight = asNumber(key['weight']);
  return count < 2 || weight === undefined || weight <= 0
    ? undefined
    : Math.max(0.01, Math.round(weight * 10_000) / 100);
}
