import { ImportBuilder, type Imported, type ImportedTarget } from './imported.ts';
import { keyOf, noteRest } from './key-of.ts';
import { addProvider } from './match-preset.ts';
import { asArray, asNumber, asObject, asText, asTexts, type PlainObject } from './read-plain.ts';

/** Fields of `litellm_params` that are taken over. */
const TAKEN = [
  'model',
  'api_base',
  'base_url',
  'api_key',
  'weight',
  'order',
  'stream_timeout',
  'api_version',
  'aws_region_name',
  'aws_access_key_id',
  'aws_secret_access_key',
  'aws_session_token',
  'vertex_project',
  'vertex_location',
];

/** LiteLLM's `config.yaml`. */
export function importLiteLlm(value: unknown): Imported {
  const builder = new ImportBuilder();
  const config = asObject(value);
  const groups = new Map<string, ImportedTarget[]>();
  const known = new Map<string, string>();
  for (const entry of asArray(config['model_list']).map(asObject)) {
    const name = asText(entry['model_name']);
    if (name === undefined) continue;
    const target = addDeployment(name, asObject(entry['litellm_params']), known, builder);
    if (target !== undefined) groups.set(name, [...(groups.get(name) ?? []), target]);
  }
  addRoutes(config, groups, builder);
  noteRest(builder, config, ['model_list', 'router_settings', 'litellm_settings'], '');
  return builder.finish();
}

/** `vendor/model` as LiteLLM writes it; without a vendor it is OpenAI. */
function readModel(text: string): { readonly vendor: string; readonly model: string; readonly isResponses: boolean } {
  const [first = '', ...rest] = text.split('/');
  const vendor = rest.length === 0 ? 'openai' : first;
  const model = rest.length === 0 ? text : rest.join('/');
  if (vendor === 'bedrock')
    return { vendor, model: model.replace(/^(converse|invoke|converse_like)\//, ''), isResponses: false };
  const isResponses = model.startsWith('responses/');
  return { vendor, model: isResponses ? model.slice('responses/'.length) : model, isResponses };
}

function addDeployment(
  name: string,
  params: PlainObject,
  known: Map<string, string>,
  builder: ImportBuilder,
): ImportedTarget | undefined {
  const written = asText(params['model']);
  if (written === undefined) return undefined;
  const { vendor, model, isResponses } = readModel(written);
  if (model.includes('*') && name !== '*') {
    const how = 'LiteLLM takes the prefix of such names away, Holdfast sends them as they are: list the models you use';
    builder.note('no-equivalent', `model_name ${name}`, how);
    return undefined;
  }
  if (vendor === 'vertex_ai' && /claude/i.test(model)) {
    builder.note('no-equivalent', `model ${written}`, 'Holdfast asks Vertex AI for models of Google only');
    return undefined;
  }
  const address = asText(params['api_base']) ?? asText(params['base_url']);
  const region = asText(params['aws_region_name']) ?? asText(params['vertex_location']);
  const parameters = { region, project: asText(params['vertex_project']) };
  const identity = JSON.stringify([
    vendor,
    address,
    params['api_key'],
    address !== undefined && isResponses,
    parameters,
  ]);
  const host = address === undefined ? undefined : (URL.parse(address)?.hostname ?? 'server');
  const label = host === undefined ? vendor : `${vendor}-${host}`;
  const provider =
    known.get(identity) ?? addVendor(label, vendor, params, { address, isResponses, parameters }, builder);
  if (provider === undefined) return undefined;
  known.set(identity, provider);
  noteRest(builder, params, TAKEN, `litellm_params of ${name}: `);
  const seconds = asNumber(params['stream_timeout']);
  return {
    provider,
    model: model === name || model === '*' ? undefined : model,
    priority: Math.max(1, Math.round(asNumber(params['order']) ?? 1)),
    weight: asNumber(params['weight']),
    on_timeout: seconds === undefined || seconds <= 0 ? undefined : `${Math.round(seconds * 1000)}ms`,
  };
}

interface Address {
  readonly address: string | undefined;
  readonly isResponses: boolean;
  readonly parameters: Readonly<Record<string, string | undefined>>;
}

function addVendor(
  label: string,
  vendor: string,
  params: PlainObject,
  { address, isResponses, parameters }: Address,
  builder: ImportBuilder,
): string | undefined {
  const hasKey = asText(params['api_key']) !== undefined;
  const isSigned = vendor === 'bedrock' && !hasKey;
  if (isSigned && asText(params['aws_access_key_id']) !== undefined) {
    const how = 'not copied: requests are signed with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of the environment';
    builder.note('approximated', `the AWS keys of ${label}`, how);
  }
  return addProvider(
    {
      name: label,
      vendor,
      address,
      parameters,
      wire: isResponses && address !== undefined ? 'responses' : undefined,
      key: keyOf(label, params['api_key'], builder),
      auth: isSigned ? 'sigv4' : undefined,
    },
    builder,
  );
}

function addRoutes(
  config: PlainObject,
  groups: ReadonlyMap<string, readonly ImportedTarget[]>,
  builder: ImportBuilder,
): void {
  const settings = ['router_settings', 'litellm_settings'].map((key) => asObject(config[key]));
  const lists = settings.flatMap((each) => asArray(each['fallbacks']));
  const usual = settings.flatMap((each) => asTexts(each['default_fallbacks']));
  const targetsOf = (name: string): readonly ImportedTarget[] => {
    const own = groups.get(name) ?? [];
    const named = lists.flatMap((list) => asTexts(asObject(list)[name]));
    const fallbacks = (named.length > 0 ? named : usual).filter((fallback) => fallback !== name);
    if (fallbacks.length > 0) builder.note('mapped', `fallbacks of ${name}`, 'further tiers of its route');
    let tier = Math.max(0, ...own.map(({ priority }) => priority));
    const further = fallbacks.flatMap((fallback) => {
      const targets = groups.get(fallback) ?? [];
      const base = tier;
      tier = Math.max(tier, ...targets.map(({ priority }) => base + priority));
      return targets.map((target) => ({
        ...target,
        model: target.model ?? fallback,
        priority: base + target.priority,
      }));
    });
    return [...own, ...further];
  };
  for (const name of groups.keys()) addRoute(name, targetsOf(name), builder);
  for (const [alias, meant] of settings.flatMap((each) => Object.entries(asObject(each['model_group_alias'])))) {
    const group = asText(meant) ?? asText(asObject(meant)['model']);
    if (group === undefined || !groups.has(group) || groups.has(alias)) continue;
    const named = targetsOf(group).map((target) => ({ ...target, model: target.model ?? group }));
    addRoute(alias, named, builder);
    builder.note('mapped', `model_group_alias ${alias}`, 'a route of its own');
  }
  const taken = ['fallbacks', 'default_fallbacks', 'model_group_alias'];
  for (const key of ['router_settings', 'litellm_settings']) noteRest(builder, asObject(config[key]), taken, `${key}.`);
}

function addRoute(name: string, targets: readonly ImportedTarget[], builder: ImportBuilder): void {
  const model = name === '*' || /^[^*\s]+\*?$/.test(name) ? name : name.replace(/[*\s]+/g, '-');
  const id = model === '*' ? 'litellm-any' : `litellm-${model.replace(/[^A-Za-z0-9._-]/g, '-')}`;
  builder.route({ id: id.slice(0, 64), models: [model], targets });
}
