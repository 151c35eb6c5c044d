import { findPreset, presetIds } from '../src/decide/catalog/find-preset.ts';
import { createJsonSchema } from '../src/decide/config/json-schema.ts';

/** A configuration that uses most of what there is; a test loads it. */
export const EXAMPLE = `[server]
listen = "127.0.0.1:4141"

[timeouts]
first_event = "90s"
idle = "60s"

[providers.openai]
preset = "openai"                      # address, wire, key variable and law come from the catalogue
key = { env = "OPENAI_API_KEY" }

[providers.azure-eu]
preset = "azure-openai"
base_url = "https://myorg.openai.azure.com/openai/v1"
deployment = "data-zone-eu"
key = { command = "az", args = ["account", "get-access-token", "--resource", "https://ai.azure.com", "--query", "accessToken", "-o", "tsv"] }

[providers.inhouse]                    # anything the catalogue does not know
wire = "responses"
base_url = "http://127.0.0.1:8000/v1"
key = "none"
jurisdiction = "DE"

[[routes]]
id = "codex"
models = ["gpt-5.5"]

[[routes.targets]]
provider = "openai"                    # priority 1: tried first

[[routes.targets]]
provider = "azure-eu"
model = "gpt-5.5-eu"                   # the name of the deployment
priority = 2

[[routes.targets]]
provider = "inhouse"
model = "qwen3-coder"
priority = 3
on_timeout = "30s"
`;

interface Node {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly required?: readonly string[];
}

/** `docs/config.md`, from the schema and the catalogue. */
export function renderConfigDocs(): string {
  const root = createJsonSchema() as Node;
  const section = (name: string): Node => root.properties?.[name] ?? {};
  const provider = (section('providers').additionalProperties ?? {}) as Node;
  const route = section('routes').items ?? {};
  const key = provider.properties?.['key']?.anyOf?.find((form) => form.properties?.['command'] !== undefined) ?? {};
  const tables = ['server', 'timeouts', 'retry', 'health', 'ledger'].map(
    (name) => `## [${name}]\n\n${section(name).description}\n\n${renderTable(section(name))}`,
  );
  return `# Configuration

Generated from \`src/core/config-schema.ts\` by \`npm run generate\`. For editors: \`schema/holdfast.schema.json\`, also
printed by \`holdfast config schema\`.

Holdfast reads one TOML file: the one that \`--config FILE\` names, else \`./holdfast.toml\`, else
\`$HOLDFAST_HOME/holdfast.toml\` (\`HOLDFAST_HOME\` is \`~/.holdfast\` unless it is set). \`HOLDFAST_LISTEN\` in the environment
overrides \`server.listen\`. \`holdfast token\` alone passes over \`./holdfast.toml\`: Codex runs it in any repository.

- \`holdfast config check\` says whether the file can be used, with file, line and column of every mistake. An unknown key
  is a mistake. Exit code 0: it can be used; 2: it cannot.
- \`holdfast config explain [KEY]\` shows every setting in effect and who set it: default, preset, file or environment.
- A running gateway notices a changed file within about a second. Requests that are running finish on the settings
  they began with; a file with mistakes is reported and the running settings stay. Only \`server.listen\` and the
  ledger's place need a restart.

Durations are written with their unit: \`"200ms"\`, \`"5s"\`, \`"1.5m"\`, \`"2h"\`, \`"30d"\`.

## Example

\`\`\`toml
${EXAMPLE}\`\`\`

${tables.join('\n\n')}

## [providers.NAME]

${section('providers').description} The wires \`gemini\`, \`vertex\` and \`converse\` go through
the provider packages of the AI SDK, which are loaded when such a target is first asked.

${renderTable(provider)}

### Where a key comes from

- \`key = { env = "NAME" }\`: an environment variable.
- \`key = { command = "PROGRAM", … }\`: what a program prints, without white space around it.
- \`key = "none"\`: it needs no key.
- \`key = "…"\`: the key itself. It works, and every check warns of it.

${renderTable(key)}

### Presets

What a preset says about law, lab and first party holds at the provider's own addresses only: behind any other
\`base_url\` it is unknown until you state it.

| Preset | Provider | Wires | Address | Key variable | Law |
|---|---|---|---|---|---|
${presetIds().map(renderPreset).join('\n')}

## [[routes]]

${section('routes').description} An exact model name wins over a pattern; no two routes may claim the same one.

${renderTable(route, ['targets'])}

### [[routes.targets]]

${route.properties?.['targets']?.description} Targets of the same \`priority\` share the traffic by \`weight\`; the next priority is used when none of them can
answer.

${renderTable(route.properties?.['targets']?.items ?? {})}

A target answers with *another* model, and \`substitution\` applies, unless its \`model\` is left out, is the requested name
(with or without a \`vendor/\` before it), or is that name with an ending that only says where or for whom it is deployed,
such as \`gpt-5.5-eu\` or \`gpt-5.5-2026-03-01\`. \`same_model\` says it explicitly.
`;
}

function renderTable(table: Node, without: readonly string[] = []): string {
  const rows = Object.entries(table.properties ?? {})
    .filter(([name]) => !without.includes(name))
    .map(
      ([name, node]) =>
        `| \`${name}\` | ${describeType(node)} | ${describeDefault(name, node, table)} | ${describe(node)} |`,
    );
  return `| Key | Type | Default | Meaning |\n|---|---|---|---|\n${rows.join('\n')}`;
}

const escapeCell = (text: string): string => text.replaceAll('|', '\\|');
const describe = (node: Node): string => escapeCell((node.description ?? '').replace(/ Default: .*$/, ''));

function describeDefault(name: string, node: Node, table: Node): string {
  if (node.default !== undefined) return `\`${JSON.stringify(node.default)}\``;
  const said = / Default: (.*?)\.?$/.exec(node.description ?? '')?.[1];
  return said === undefined ? (table.required?.includes(name) ? 'required' : '') : escapeCell(said);
}

function describeType(node: Node): string {
  if (node.anyOf !== undefined) return 'key';
  if (node.properties !== undefined) return 'table';
  if (node.enum !== undefined && node.enum.length <= 6)
    return node.enum.map((value) => `\`${JSON.stringify(value)}\``).join(', ');
  if (node.pattern?.includes('ms|s|m|h|d') === true) return 'duration';
  switch (node.type) {
    case 'array':
      return `list of ${node.items?.type === 'integer' ? 'whole numbers' : 'strings'}`;
    case 'object':
      return typeof node.additionalProperties === 'object' && node.additionalProperties.type === 'string'
        ? 'table of strings'
        : 'table';
    case 'integer':
      return `whole number, ${node.minimum} to ${node.maximum}`;
    case 'number':
      return `number, ${node.exclusiveMinimum === undefined ? `${node.minimum}` : `above ${node.exclusiveMinimum}`} to ${node.maximum}`;
    case 'boolean':
      return 'true or false';
    default:
      return 'string';
  }
}

function renderPreset(id: string): string {
  const preset = findPreset(id);
  if (preset === undefined) return '';
  const wires = preset.wires.map((wire) => `\`${wire}\``).join(', ');
  const owner = preset.parentJurisdiction === undefined ? '' : ` (owner: ${preset.parentJurisdiction})`;
  const key = preset.envKey === undefined ? 'none' : `\`${preset.envKey}\``;
  return `| \`${id}\` | ${preset.title} | ${wires} | \`${preset.baseUrl}\` | ${key} | ${preset.jurisdiction ?? 'unknown'}${owner} |`;
}
