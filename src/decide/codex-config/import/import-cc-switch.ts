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
  const added: Array<{ readonly provider: string; readonly isCurrent: boolean }> = [];
  for (const entry of entries) {
    const name = asText(entry['name']) ?? asText(entry['id']) ?? 'provider';
    const settings = asObject(entry['settingsConfig']);
    const parsed = parseDocument(asText(settings['config']) ?? '');
    const data: TomlTable = parsed.kind === 'ok' ? parsed.document.data : new Map();
    const active = stringAt(data, ['model_provider']);
    const table = active === undefined ? undefined : valueAt(data, ['model_providers', active]);
    const address = (isTable(table) ? stringAt(table, ['base_url']) : undefined) ?? stringAt(data, ['openai_base_url']);
    const hasKey = asText(asObject(settings['auth'])['OPENAI_API_KEY']) !== undefined;
    if (address === undefined && !hasKey) {
      builder.note('no-equivalent', `provider ${name}`, 'a login of Codex, which a gateway cannot use');
      continue;
    }
    const key = hasKey ? builder.literalKey(name) : undefined;
    const vendor = address === undefined ? 'openai' : name;
    const provider = addProvider({ name, vendor, address, wire: 'responses', key }, builder);
    if (provider !== undefined)
      added.push({ provider, isCurrent: current !== undefined && current === asText(entry['id']) });
  }
  const order = added.toSorted((left, right) => Number(right.isCurrent) - Number(left.isCurrent));
  builder.route({
    id: 'cc-switch',
    models: ['*'],
    targets: order.map(({ provider }, index) => ({ provider, priority: index + 1 })),
  });
  if (order.length > 1)
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
