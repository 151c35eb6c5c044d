import type { Settings } from '../../../core/settings.ts';
import type { Provider, RouteTarget } from '../../../core/target.ts';
import type { GatewayFact, ProbeFact } from '../../../decide/codex-config/doctor/doctor-facts.ts';
import { hideSecrets } from '../../../decide/codex-config/hide-secrets.ts';
import { activeProviderId, effectiveValue, type LintContext } from '../../../decide/codex-config/lint/lint-context.ts';
import type { SettingsLoad } from '../../config/load-settings.ts';
import { askWithCodex } from '../../probe/ask-with-codex.ts';
import type { CliDeps } from '../cli-deps.ts';
import type { DoctorDeps, DoctorRequest } from './doctor-deps.ts';
import { resolveOwnProvider } from './own-provider.ts';

/** A provider has this long to answer a question of ten words. */
const PROBE_TIMEOUT_MS = 45_000;
const CODEX_TIMEOUT_MS = 90_000;

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
  const model = effectiveValue(context, ['model'])?.value;
  const own = typeof model === 'string' ? await resolveOwnProvider(id, model, context, cli, deps) : 'no model is set';
  if (typeof own === 'string') {
    // Without an address of its own for the catalogue, a provider that has none is no mistake.
    const hasCatalogue = effectiveValue(context, ['model_providers', id, 'model_catalog_url']) !== undefined;
    return { name: id, of: 'codex', outcome: await probeWithCodex(hasCatalogue, request, deps) };
  }
  return { name: id, of: 'codex', outcome: await probeOne(own.provider, own.model, own.settings, request, deps) };
}

/** The built-in providers, and what needs more than an address and a key. Codex may take its time to start and repeat. */
async function probeWithCodex(
  hasCatalogue: boolean,
  request: DoctorRequest,
  deps: DoctorDeps,
): Promise<ProbeFact['outcome']> {
  const { codexHome, profile, progress } = request;
  progress('letting Codex ask its provider …');
  const startedMs = deps.now();
  const choose = profile === undefined ? [] : ['-p', profile];
  const question = { codexHome, choose, prompt: 'Answer with the one word: ready', timeoutMs: CODEX_TIMEOUT_MS };
  const answer = await askWithCodex(question, deps.codex);
  if (answer.kind === 'failed') return answer;
  const { catalogueProblem } = answer;
  const catalogue =
    hasCatalogue && catalogueProblem !== undefined ? { catalogueProblem: hideSecrets(catalogueProblem) } : {};
  return { kind: 'answered', durationMs: deps.now() - startedMs, ...catalogue };
}
