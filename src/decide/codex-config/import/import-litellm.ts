import { ImportBuilder, type Imported, type ImportedTarget } from './imported.ts';
import { keyOf, noteRest } from './key-of.ts';
import { addProvider } from './match-preset.ts';
import { asArray, asNumber, asObject, asText, asTexts, type PlainObject } from './read-plain.ts';

/** LiteLLM's `config.yaml`. */
export function importLiteLlm(value: unknown): Imported {
  const builder = new ImportBuilder();
  const config = asObject(value);
  const groups = new Map<string, ImportedTarget[]>();
  const known = new Map<string, string>();
  for (const entry of asArray(config['model_list']).map(asObject)) {
    const name = asText(entry['model_name']);
    const params = asObject(entry['litellm_params']);
    const model = asText(params['model']);
    if (name === undefined || model === undefined) continue;
    const [vendor = model, ...rest] = model.split('/');
    const address = asText(params['api_base']) ?? asText(params['base_url']);
    const identity = JSON.stringify([vendor, address, params['api_key']]);
    const provider =
      known.get(identity) ??
      addProvider(
        {
          name:
            address === undefined || rest.length === 0
              ? vendorOf(vendor, rest)
              : `${vendor}-${URL.parse(address)?.hostname ?? 'server'}`,
          vendor: vendorOf(vendor, rest),
          address,
          key: keyOf(vendorOf(vendor, rest), params['api_key'], builder),
        },
        builder,
      );
    if (provider === undefined) continue;
    known.set(identity, provider);
    const upstream = rest.length === 0 ? model : rest.join('/');
    const weight = asNumber(params['weight']);
    const target = { provider, model: upstream === name ? undefined : upstream, priority: 1, weight };
    groups.set(name, [...(groups.get(name) ?? []), target]);
    noteRest(builder, params, ['model', 'api_base', 'base_url', 'api_key', 'weight'], `litellm_params of ${name}: `);
  }
  addLiteLlmRoutes(config, groups, builder);
  noteRest(builder, config, ['model_list', 'router_settings', 'litellm_settings'], '');
  return builder.finish();
}

const vendorOf = (vendor: string, rest: readonly string[]): string => (rest.length === 0 ? 'openai' : vendor);

function addLiteLlmRoutes(
  config: PlainObject,
  groups: ReadonlyMap<string, readonly ImportedTarget[]>,
  builder: ImportBuilder,
): void {
  const lists = ['router_settings', 'litellm_settings'].flatMap((key) => asArray(asObject(config[key])['fallbacks']));
  for (const [name, targets] of groups) {
    const fallbacks = lists.flatMap((list) => asTexts(asObject(list)[name]));
    const further = fallbacks.flatMap((fallback, index) =>
      (groups.get(fallback) ?? []).map((target) => ({
        ...target,
        model: target.model ?? fallback,
        priority: index + 2,
      })),
    );
    const model = name === '*' || /^[^*\s]+\*?$/.test(name) ? name : name.replace(/[*\s]+/g, '-');
    builder.route({
      id: `litellm-${model.replace(/[^A-Za-z0-9._-]/g, '-')}`.slice(0, 64),
      models: [model],
      targets: [...targets, ...further],
    });
    if (fallbacks.length > 0) builder.note('mapped', `fallbacks of ${name}`, 'tiers 2 and following of its route');
  }
  for (const key of ['router_settings', 'litellm_settings']) {
    noteRest(builder, asObject(config[key]), ['fallbacks'], `${key}.`);
  }
}
