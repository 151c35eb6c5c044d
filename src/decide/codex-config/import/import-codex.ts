import { parseDocument } from '../toml/parse-document.ts';
import { isTable, stringAt, type TomlInput, type TomlTable, valueAt } from '../toml/toml-data.ts';
import { ImportBuilder, type Imported } from './imported.ts';
import { addProvider } from './match-preset.ts';

/** Built into Codex, and known here too: they need no table there. */
const BUILT_IN = ['amazon-bedrock', 'ollama', 'lmstudio'];

/** Codex's `config.toml`: its providers, the one in use first. */
export function importCodex(text: string): Imported | string {
  const parsed = parseDocument(text);
  if (parsed.kind === 'broken') return `line ${parsed.problem.line}: ${parsed.problem.message}`;
  const builder = new ImportBuilder();
  const { data } = parsed.document;
  const active = stringAt(data, ['model_provider']) ?? 'openai';
  const tables = valueAt(data, ['model_providers']);
  const ids = new Map<string, string>();
  for (const [id, table] of isTable(tables) ? tables : []) {
    if (!isTable(table) || id === 'holdfast') continue;
    const added = addCodexProvider(id, table, builder);
    if (added !== undefined) ids.set(id, added);
  }
  if (active === 'openai' && !ids.has('openai')) {
    const address = stringAt(data, ['openai_base_url']);
    const id = addProvider({ name: 'openai', address, key: builder.variable('OPENAI_API_KEY') }, builder);
    if (id !== undefined) ids.set('openai', id);
    builder.note('approximated', 'the login of Codex', 'a gateway needs a key of its own: OPENAI_API_KEY');
  }
  if (BUILT_IN.includes(active) && !ids.has(active)) {
    const id = addProvider({ name: active, wire: 'responses' }, builder);
    if (id !== undefined) ids.set(active, id);
  }
  const order = [...ids].toSorted(([left], [right]) => Number(right === active) - Number(left === active));
  builder.route({
    id: 'codex',
    models: ['*'],
    targets: order.map(([, provider], index) => ({ provider, priority: index + 1 })),
  });
  if (order.length > 1) {
    builder.note(
      'approximated',
      'several providers',
      'Codex uses the chosen one alone; here the others follow when it fails',
    );
  }
  const model = stringAt(data, ['model']);
  if (model !== undefined)
    builder.note('mapped', `model ${model}`, 'Codex keeps sending it; the route serves every model');
  return builder.finish();
}

function addCodexProvider(id: string, table: TomlTable, builder: ImportBuilder): string | undefined {
  const variable = stringAt(table, ['env_key']);
  const auth = table.get('auth');
  const command = isTable(auth) ? stringAt(auth, ['command']) : undefined;
  const token = stringAt(table, ['experimental_bearer_token']);
  let key: TomlInput | undefined;
  if (variable !== undefined && /^\w+$/.test(variable)) key = builder.variable(variable);
  else if (isTable(auth) && command !== undefined) key = { command, args: auth.get('args') ?? [] };
  else if (token !== undefined || variable !== undefined) key = builder.literalKey(id);
  const region = stringAt(table, ['aws', 'region']) ?? stringAt(table, ['location']);
  const project = stringAt(table, ['project_id']);
  if (stringAt(table, ['aws', 'profile']) !== undefined) {
    const how = 'give the provider a key, or a command that prints one: aws configure export-credentials';
    builder.note('approximated', `model_providers.${id}.aws.profile`, how);
  }
  for (const dropped of ['http_headers', 'env_http_headers', 'query_params', 'gateway_oauth']) {
    if (table.has(dropped))
      builder.note('no-equivalent', `model_providers.${id}.${dropped}`, 'left out: add what is needed by hand');
  }
  const address = stringAt(table, ['base_url']);
  const vendor = id === 'gcp' ? 'vertex' : id;
  const wire = id === 'gcp' ? undefined : 'responses';
  return addProvider({ name: id, vendor, address, wire, key, parameters: { region, project } }, builder);
}
