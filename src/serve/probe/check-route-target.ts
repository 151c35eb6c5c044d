import type { Settings } from '../../core/settings.ts';
import { findTargets } from '../../decide/codex-config/activation/activation-operations.ts';
import type { ProbeOutcome, ProbeRequest } from './probe-target.ts';

export interface CheckResult {
  readonly isPassed: boolean;
  /** For the record and for people. */
  readonly text: string;
}

export type Probe = (request: ProbeRequest, base: Settings) => Promise<ProbeOutcome>;

const PROBE_TIMEOUT_MS = 60_000;

/** Lets a target of the gateway call a tool, for real, once for each model that its routes send it. */
export async function checkRouteTarget(name: string, settings: Settings, probe: Probe): Promise<CheckResult> {
  const asked = new Map<string, Promise<CheckResult>>();
  for (const place of findTargets(settings, name)) {
    const route = settings.routes[place.route];
    const entry = route?.targets[place.target];
    const model = entry?.model ?? route?.models.find((each) => !each.endsWith('*'));
    if (entry === undefined || model === undefined) continue;
    const id = `${entry.provider.id}/${model}`;
    const request = { provider: entry.provider, model, needsToolCall: true, timeoutMs: PROBE_TIMEOUT_MS };
    if (!asked.has(id))
      asked.set(
        id,
        probe(request, settings).then((outcome) => describeOutcome(id, outcome)),
      );
  }
  const results = await Promise.all(asked.values());
  if (results.length === 0) return { isPassed: false, text: 'its routes name no model that could be asked for' };
  return {
    isPassed: results.every((result) => result.isPassed),
    text: results.map((result) => result.text).join('; '),
  };
}

export function describeOutcome(name: string, outcome: ProbeOutcome): CheckResult {
  if (outcome.kind === 'failed') return { isPassed: false, text: `${name}: ${outcome.reason}` };
  const seconds = (outcome.durationMs / 1000).toFixed(1);
  if (!outcome.calledTool)
    return { isPassed: false, text: `${name} answers, but did not call the tool that it was asked to call` };
  return { isPassed: true, text: `${name} called a tool in ${seconds} s` };
}
