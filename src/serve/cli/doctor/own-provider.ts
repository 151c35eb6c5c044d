import type { Settings } from '../../../core/settings.ts';
import type { KeySource, Provider } from '../../../core/target.ts';
import type { LintContext } from '../../../decide/codex-config/lint/lint-context.ts';
import { BUILT_IN_IDS } from '../../../decide/codex-config/lint/provider-keys.ts';
import { renderDocument } from '../../../decide/codex-config/toml/render-document.ts';
import {
  isTable,
  stringAt,
  type TomlTable,
  textsAt,
  toTomlTable,
  valueAt,
} from '../../../decide/codex-config/toml/toml-data.ts';
import type { CliDeps } from '../cli-deps.ts';
import type { DoctorDeps } from './doctor-deps.ts';

/** A provider of Codex's own configuration in the gateway's terms, so that it can be asked; or why it cannot be. */
export async function resolveOwnProvider(
  id: string,
  model: string,
  context: LintContext,
  cli: Pick<CliDeps, 'cwd' | 'env'>,
  deps: Pick<DoctorDeps, 'readSettings'>,
): Promise<{ readonly provider: Provider; readonly model: string; readonly settings: Settings } | string> {
  const table = valueAt(context.effective.data, ['model_providers', id]);
  if (BUILT_IN_IDS.includes(id) || !isTable(table)) return "Codex's own login is needed for that";
  const address = stringAt(table, ['base_url']);
  if (address === undefined || URL.parse(address) === null) return 'it has no address';
  const isMore = ['query_params', 'gateway_oauth', 'model_catalog_url'].some((key) => table.has(key));
  if (isMore) return 'it needs more than an address and a key';
  const load = await deps.readSettings(configFor(address, model), cli);
  const provider = load.kind === 'loaded' ? load.settings.providers.get(ASKED) : undefined;
  if (load.kind !== 'loaded' || provider === undefined) return 'its address is not one that the gateway takes';
  const asked = { ...provider, key: keyOf(table), headers: headersOf(table, cli) };
  return { provider: asked, model, settings: load.settings };
}

const ASKED = 'asked';

function configFor(baseUrl: string, model: string): string {
  const provider = { wire: 'responses', base_url: baseUrl, key: 'none' };
  const routes = [{ id: 'asked', models: [model], targets: [{ provider: ASKED }] }];
  return renderDocument(toTomlTable({ routes, providers: { [ASKED]: provider } }));
}

function keyOf(table: TomlTable): KeySource {
  const name = stringAt(table, ['env_key']);
  if (name !== undefined) return { kind: 'env', name };
  const token = stringAt(table, ['experimental_bearer_token']);
  if (token !== undefined) return { kind: 'literal', value: token };
  const auth = table.get('auth');
  const command = isTable(auth) ? auth.get('command') : undefined;
  if (!isTable(auth) || typeof command !== 'string') return { kind: 'none' };
  return { kind: 'command', command, args: textsAt(auth, 'args'), timeoutMs: 5000, refreshIntervalMs: 0 };
}

function headersOf(table: TomlTable, cli: Pick<CliDeps, 'env'>): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  const literal = table.get('http_headers');
  if (isTable(literal)) for (const [name, value] of literal) headers[name.toLowerCase()] = String(value);
  const variables = table.get('env_http_headers');
  if (isTable(variables)) {
    for (const [name, variable] of variables) {
      const value = cli.env[String(variable)];
      if (value !== undefined && value !== '') headers[name.toLowerCase()] = value;
    }
  }
  return headers;
}
