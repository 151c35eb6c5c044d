import type { ActivationTarget } from '../../../decide/codex-config/activation/activation-journal.ts';
import { activeProviderId, createContext, effectiveValue } from '../../../decide/codex-config/lint/lint-context.ts';
import { askWithCodex } from '../../probe/ask-with-codex.ts';
import { type CheckResult, checkRouteTarget, describeOutcome } from '../../probe/check-route-target.ts';
import type { CliDeps } from '../cli-deps.ts';
import { resolveOwnProvider } from '../doctor/own-provider.ts';
import type { ActivateDeps } from './activate-deps.ts';
import type { Machine } from './find-target.ts';

const PROBE_TIMEOUT_MS = 60_000;
const CODEX_TIMEOUT_MS = 120_000;

/** Lets a target call a tool, for real, before anything is switched to it. */
export async function checkTarget(
  target: ActivationTarget,
  machine: Machine,
  codexHome: string,
  cli: CliDeps,
  deps: ActivateDeps,
): Promise<CheckResult> {
  if (target.kind === 'gateway-target') {
    const { settings } = machine;
    if (settings === undefined) return { isPassed: false, text: 'there is no configuration of the gateway' };
    return await checkRouteTarget(target.target, settings, deps.probe);
  }
  const isProfile = target.kind === 'profile';
  const context = isProfile ? createContext({ ...machine.input, profile: target.target }) : machine.context;
  const id = isProfile ? activeProviderId(context) : target.target;
  const model = target.model ?? effectiveValue(context, ['model'])?.value;
  const own = typeof model === 'string' ? await resolveOwnProvider(id, model, context, cli, deps) : 'no model is set';
  if (typeof own === 'string' || typeof model !== 'string') return await checkWithCodex(target, codexHome, deps);
  const request = { provider: own.provider, model, needsToolCall: true, timeoutMs: PROBE_TIMEOUT_MS };
  return describeOutcome(`${id}/${model}`, await deps.probe(request, own.settings));
}

/** What only Codex can use, such as its own login, Codex itself tries: with one command that does nothing. */
async function checkWithCodex(target: ActivationTarget, codexHome: string, deps: ActivateDeps): Promise<CheckResult> {
  const name = target.target;
  const chosen =
    target.kind === 'profile' ? ['-p', target.target] : ['-c', `model_provider=${JSON.stringify(target.target)}`];
  const choose = [...chosen, ...(target.model === null ? [] : ['--model', target.model])];
  const prompt = 'Run the shell command "echo ready" and then answer with the one word: ready';
  const answer = await askWithCodex({ codexHome, choose, prompt, timeoutMs: CODEX_TIMEOUT_MS }, deps.codex);
  if (answer.kind === 'failed') return { isPassed: false, text: `${name}: ${answer.reason}` };
  if (answer.ranCommand) return { isPassed: true, text: `Codex ran a command with ${name}` };
  return { isPassed: false, text: `${name} answers, but ran no command` };
}
