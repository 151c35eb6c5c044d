import { ImportBuilder, type Imported, type ImportedTarget } from './imported.ts';
import { keyOf, noteRest } from './key-of.ts';
import { addProvider, findByVendor } from './match-preset.ts';
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
  'resource_name',
  'azure_resource_name',
  'azureResourceName',
  'deployment_id',
  'azure_deployment_id',
  'azureDeploymentId',
  'api_version',
  'azure_api_version',
  'aws_region',
  'awsRegion',
  'vertex_project_id',
  'vertexProjectId',
  'vertex_region',
  'vertexRegion',
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
  const read = (...names: readonly string[]): string | undefined =>
    names.map((each) => asText(entry[each])).find((text) => text !== undefined);
  const parameters = asObject(entry['override_params'] ?? entry['overrideParams']);
  // A model may name the provider that the workspace keeps: "@openai-prod/gpt-5.5".
  const [, modelSlug, bareModel] = /^@([^/]+)\/(.+)$/.exec(asText(parameters['model']) ?? '') ?? [];
  const slug = /^@(.+)$/.exec(read('provider') ?? '')?.[1] ?? modelSlug;
  const virtual = read('virtual_key', 'virtualKey');
  const vendor = slug === undefined ? read('provider') : vendorOfSlug(slug, builder);
  const name = vendor ?? (virtual === undefined ? undefined : vendorOfSlug(virtual, builder));
  if (name === undefined) return [];
  if (slug !== undefined || virtual !== undefined)
    builder.note(
      'no-equivalent',
      slug === undefined ? `virtual key of ${name}` : `provider @${slug}`,
      'its key is known to Portkey alone: give the provider its own',
    );
  const weight = asNumber(entry['weight']);
  if (weight !== undefined && weight <= 0) {
    builder.note('approximated', `target ${name}`, 'its weight is 0: left out');
    return [];
  }
  const found = {
    name,
    address: read('custom_host', 'customHost'),
    key: keyOf(name, entry['api_key'] ?? entry['apiKey'], builder),
    parameters: {
      resource: read('resource_name', 'azure_resource_name', 'azureResourceName'),
      region: read('aws_region', 'awsRegion', 'vertex_region', 'vertexRegion'),
      project: read('vertex_project_id', 'vertexProjectId'),
    },
  };
  const provider = addProvider(found, builder);
  if (provider === undefined) return [];
  noteRest(builder, entry, PORTKEY_TARGET, `target ${name}: `);
  const timeoutMs = asNumber(entry['request_timeout'] ?? entry['requestTimeout']);
  const deployment = read('deployment_id', 'azure_deployment_id', 'azureDeploymentId');
  return [
    {
      provider,
      model: bareModel ?? asText(parameters['model']) ?? deployment,
      priority,
      weight: portkeyWeight(weight),
      on_timeout: timeoutMs === undefined || timeoutMs <= 0 ? undefined : `${Math.round(timeoutMs)}ms`,
    },
  ];
}

/** People name such entries after their vendor: `openai-prod`, `azure-openai-4f2c`. */
function vendorOfSlug(slug: string, builder: ImportBuilder): string {
  const words = slug.split('-');
  for (let count = words.length; count > 0; count -= 1) {
    const vendor = words.slice(0, count).join('-');
    if (findByVendor(vendor) === undefined) continue;
    if (count < words.length) builder.note('approximated', slug, `taken for ${vendor}, by its name`);
    return vendor;
  }
  return slug;
}

/** Portkey's weights are shares of 1; a weight of 0 means never. */
const portkeyWeight = (weight: number | undefined): number | undefined =>
  weight === undefined || weight <= 0 ? undefined : Math.max(0.01, Math.round(weight * 10_000) / 100);
