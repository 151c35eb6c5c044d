import type { CodexRun } from '../../../core/codex-cli.ts';
import type { ActivationTarget } from '../../../decide/codex-config/activation/activation-journal.ts';
import { activeProviderId, createContext, effectiveValue } from '../../../decide/codex-config/lint/lint-context.ts';
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
  const choose =
    target.kind === 'profile' ? ['-p', target.target] : ['-c', `model_provider=${JSON.stringify(target.target)}`];
  const model = target.model === null ? [] : ['--model', target.model];
  const run = await deps.codex.run(
    [
      'exec',
      '--json',
      '--ephemeral',
      '--skip-git-repo-check',
      '--sandbox',
      'read-only',
      '-c',
      'features.unbounded_connection_retries=false',
      ...choose,
      ...model,
      'Run the shell command "echo ready" and then answer with the one word: ready',
    ],
    { codexHome, timeoutMs: CODEX_TIMEOUT_MS },
  );
  return describeRun(target.target, run);
}

function describeRun(name: string, run: CodexRun): CheckResult {
  if (run.kind === 'not-started') return { isPassed: false, text: `${name}: Codex could not be started` };
  if (run.kind === 'timed-out')
    return { isPassed: false, text: `${name}: no answer within ${CODEX_TIMEOUT_MS / 1000} s` };
  const hasCalledTool = /"type":"command_execution"/.test(run.stdout);
  if (run.exitCode === 0 && hasCalledTool) return { isPassed: true, text: `Codex ran a command with ${name}` };
  if (run.exitCode === 0) return { isPassed: false, text: `${name} answers, but ran no command` };
  const failure = /"type":"turn\.failed","error":\{"message":"((?:[^"\\]|\\.){1,200})/.exec(run.stdout)?.[1];
  return { isPassed: false, text: `${name}: ${failure ?? `Codex ended with ${run.exitCode}`}` };
}
