import type { Settings } from '../../../core/settings.ts';
import type { KeySource, Provider, RouteTarget } from '../../../core/target.ts';
import type { GatewayFact, ProbeFact } from '../../../decide/codex-config/doctor/doctor-facts.ts';
import { activeProviderId, effectiveValue, type LintContext } from '../../../decide/codex-config/lint/lint-context.ts';
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
import type { SettingsLoad } from '../../config/load-settings.ts';
import type { CliDeps } from '../cli-deps.ts';
import type { DoctorDeps, DoctorRequest } from './doctor-deps.ts';

/** A provider has this long to answer a question of ten words. */
const PROBE_TIMEOUT_MS = 45_000;

interface Situation {
  readonly context: LintContext;
  readonly settings: SettingsLoad;
  readonly gateway: GatewayFact | undefined;
  readonly request: DoctorRequest;
}

/** Asks every target of the gateway once, or the provider that Codex uses without it. */
export async function probeAll(situation: Situation, cli: CliDeps, deps: DoctorDeps): Promise<readonly ProbeFact[]> {
  const { settings, gateway, context } = situation;
  const usesGateway = gateway !== undefined || activeProviderId(context) === 'holdfast';
  const ofGateway =
    settings.kind === 'loaded' && usesGateway ? await probeTargets(settings.settings, situation, deps) : [];
  const ofCodex = usesGateway ? [] : [await probeOwn(situation, cli, deps)];
  return [...ofGateway, ...ofCodex];
}

/** Each provider and model once, also when several routes share it. */
async function probeTargets(
  settings: Settings,
  { request }: Situation,
  deps: DoctorDeps,
): Promise<readonly ProbeFact[]> {
  const targets = new Map<string, { readonly target: RouteTarget; readonly model: string }>();
  for (const route of settings.routes) {
    for (const target of route.targets) {
      const model = target.model ?? route.models.find((name) => !name.endsWith('*'));
      if (model !== undefined) targets.set(`${target.provider.id}/${model}`, { target, model });
    }
  }
  const probes = [...targets].map(async ([name, { target, model }]): Promise<ProbeFact> => {
    const { provider } = target;
    return { name, of: 'gateway', outcome: await probeOne(provider, model, settings, request, deps) };
  });
  if (probes.length > 0 && !request.isOffline) request.progress(`asking ${probes.length} targets …`);
  return await Promise.all(probes);
}

async function probeOne(
  provider: Provider,
  model: string,
  settings: Settings,
  request: DoctorRequest,
  deps: DoctorDeps,
): Promise<ProbeFact['outcome']> {
  if (request.isOffline) return { kind: 'not-tried', reason: '--offline' };
  return await deps.probe({ provider, model, needsToolCall: false, timeoutMs: PROBE_TIMEOUT_MS }, settings);
}

/** The provider of Codex's own configuration, asked as the gateway would ask it. */
async function probeOwn({ context, request }: Situation, cli: CliDeps, deps: DoctorDeps): Promise<ProbeFact> {
  const id = activeProviderId(context);
  const notTried = (reason: string): ProbeFact => ({ name: id, of: 'codex', outcome: { kind: 'not-tried', reason } });
  if (request.isOffline) return notTried('--offline');
  const table = valueAt(context.effective.data, ['model_providers', id]);
  if (BUILT_IN_IDS.includes(id) || !isTable(table)) return notTried("Codex's own login is needed for that");
  const address = stringAt(table, ['base_url']);
  if (address === undefined || URL.parse(address) === null) return notTried('it has no address');
  if (table.has('query_params') || table.has('gateway_oauth'))
    return notTried('it needs more than an address and a key');
  const model = effectiveValue(context, ['model'])?.value;
  if (typeof model !== 'string') return notTried('no model is set');
  const load = await deps.readSettings(configFor(address, model), cli);
  const provider = load.kind === 'loaded' ? load.settings.providers.get('asked') : undefined;
  if (load.kind !== 'loaded' || provider === undefined)
    return notTried('its address is not one that the gateway takes');
  const asked: Provider = { ...provider, key: keyOf(table), headers: headersOf(table, cli) };
  return { name: id, of: 'codex', outcome: await probeOne(asked, model, load.settings, request, deps) };
}

function configFor(baseUrl: string, model: string): string {
  const provider = { wire: 'responses', base_url: baseUrl, key: 'none' };
  const routes = [{ id: 'asked', models: [model], targets: [{ provider: 'asked' }] }];
  return renderDocument(toTomlTable({ routes, providers: { asked: provider } }));
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

function headersOf(table: TomlTable, cli: CliDeps): Readonly<Record<string, string>> {
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
