import { parseDocument } from '../toml/parse-document.ts';
import { isTable, stringAt, type TomlTable, valueAt } from '../toml/toml-data.ts';
import { ImportBuilder, type Imported } from './imported.ts';
import { addProvider } from './match-preset.ts';
import { asObject, asText } from './read-plain.ts';

/** What cc-switch has stored for Codex: its JSON file, or the rows of its database. */
export function importCcSwitch(value: unknown): Imported {
  const builder = new ImportBuilder();
  const config = asObject(value);
  const codex =
    [config['codex'], asObject(config['apps'])['codex'], config['codexConfig']]
      .map(asObject)
      .find((each) => each['providers'] !== undefined) ?? {};
  const stored = codex['providers'];
  const entries = (Array.isArray(stored) ? stored : Object.values(asObject(stored))).map(asObject);
  const current = asText(codex['current']);
  const added: Array<{ readonly provider: string; readonly isCurrent: boolean; readonly isQueued: boolean }> = [];
  for (const entry of entries) {
    const name = asText(entry['name']) ?? asText(entry['id']) ?? 'provider';
    const settings = asObject(entry['settingsConfig']);
    const parsed = parseDocument(asText(settings['config']) ?? '');
    const data: TomlTable = parsed.kind === 'ok' ? parsed.document.data : new Map();
    const active = stringAt(data, ['model_provider']);
    const table = active === undefined ? undefined : valueAt(data, ['model_providers', active]);
    const address = (isTable(table) ? stringAt(table, ['base_url']) : undefined) ?? stringAt(data, ['openai_base_url']);
    const token = isTable(table) ? stringAt(table, ['experimental_bearer_token']) : undefined;
    const variable = isTable(table) ? stringAt(table, ['env_key']) : undefined;
    const hasKey = (asText(asObject(settings['auth'])['OPENAI_API_KEY']) ?? token ?? variable) !== undefined;
    if (address === undefined && !hasKey) {
      builder.note('no-equivalent', `provider ${name}`, 'a login of Codex, which a gateway cannot use');
      continue;
    }
    const isNamed = variable !== undefined && /^\w+$/.test(variable);
    const key = isNamed ? builder.variable(variable) : hasKey ? builder.literalKey(name) : undefined;
    const vendor = address === undefined ? 'openai' : name;
    const provider = addProvider({ name, vendor, address, wire: 'responses', key }, builder);
    if (provider !== undefined)
      added.push({
        provider,
        isCurrent: current !== undefined && current === asText(entry['id']),
        isQueued: entry['inFailoverQueue'] === true,
      });
  }
  // Who has chosen providers for the failover wants no others.
  const hasQueue = added.some(({ isQueued }) => isQueued);
  const order = added
    .filter(({ isCurrent, isQueued }) => !hasQueue || isCurrent || isQueued)
    .toSorted((left, right) => Number(right.isCurrent) - Number(left.isCurrent));
  if (hasQueue) builder.note('mapped', 'the failover queue', 'the order of the targets, after the current provider');
  builder.route({
    id: 'cc-switch',
    models: ['*'],
    targets: order.map(({ provider }, index) => ({ provider, priority: index + 1 })),
  });
  if (order.length > 1 && !hasQueue)
    builder.note(
      'approximated',
      'switching by hand',
      'the current provider comes first, the others follow when it fails',
    );
  const others = Object.keys(asObject(config['apps'] ?? config)).filter((app) =>
    ['claude', 'gemini', 'opencode', 'claudeConfig', 'geminiConfig'].includes(app),
  );
  if (others.length > 0) builder.note('no-equivalent', others.join(', '), 'settings of other programs than Codex');
  return builder.finish();
}
