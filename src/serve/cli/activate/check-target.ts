import type { CodexRun } from '../../../core/codex-cli.ts';
import type { ActivationTarget } from '../../../decide/codex-config/activation/activation-journal.ts';
import { findTargets } from '../../../decide/codex-config/activation/activation-operations.ts';
import { activeProviderId, createContext, effectiveValue } from '../../../decide/codex-config/lint/lint-context.ts';
import type { ProbeOutcome } from '../../probe/probe-target.ts';
import type { CliDeps } from '../cli-deps.ts';
import { resolveOwnProvider } from '../doctor/own-provider.ts';
import type { ActivateDeps } from './activate-deps.ts';
import type { Machine } from './find-target.ts';

export interface CheckResult {
  readonly isPassed: boolean;
  /** For the record and for people. */
  readonly text: string;
}

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
  if (target.kind === 'gateway-target') return await checkGatewayTarget(target, machine, deps);
  const isProfile = target.kind === 'profile';
  const context = isProfile ? createContext({ ...machine.input, profile: target.target }) : machine.context;
  const id = isProfile ? activeProviderId(context) : target.target;
  const model = target.model ?? effectiveValue(context, ['model'])?.value;
  const own = typeof model === 'string' ? await resolveOwnProvider(id, model, context, cli, deps) : 'no model is set';
  if (typeof own === 'string' || typeof model !== 'string') return await checkWithCodex(target, codexHome, deps);
  const request = { provider: own.provider, model, needsToolCall: true, timeoutMs: PROBE_TIMEOUT_MS };
  return describeOutcome(`${id}/${model}`, await deps.probe(request, own.settings));
}

async function checkGatewayTarget(
  target: ActivationTarget,
  { settings }: Machine,
  deps: ActivateDeps,
): Promise<CheckResult> {
  if (settings === undefined) return { isPassed: false, text: 'there is no configuration of the gateway' };
  const asked = new Map<string, Promise<CheckResult>>();
  for (const place of findTargets(settings, target.target)) {
    const route = settings.routes[place.route];
    const entry = route?.targets[place.target];
    const model = entry?.model ?? route?.models.find((name) => !name.endsWith('*'));
    if (entry === undefined || model === undefined) continue;
    const name = `${entry.provider.id}/${model}`;
    const request = { provider: entry.provider, model, needsToolCall: true, timeoutMs: PROBE_TIMEOUT_MS };
    if (!asked.has(name))
      asked.set(
        name,
        deps.probe(request, settings).then((outcome) => describeOutcome(name, outcome)),
      );
  }
  const results = await Promise.all(asked.values());
  if (results.length === 0) return { isPassed: false, text: 'its routes name no model that could be asked for' };
  return {
    isPassed: results.every((result) => result.isPassed),
    text: results.map((result) => result.text).join('; '),
  };
}

function describeOutcome(name: string, outcome: ProbeOutcome): CheckResult {
  if (outcome.kind === 'failed') return { isPassed: false, text: `${name}: ${outcome.reason}` };
  const seconds = (outcome.durationMs / 1000).toFixed(1);
  if (!outcome.calledTool)
    return { isPassed: false, text: `${name} answers, but did not call the tool that it was asked to call` };
  return { isPassed: true, text: `${name} called a tool in ${seconds} s` };
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
