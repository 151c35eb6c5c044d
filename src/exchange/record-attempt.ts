import type { AttemptRecord } from '../core/exchange.ts';
import type { Target } from '../core/target.ts';
import type { NextAttempt } from '../decide/routing/choose-next-attempt.ts';
import { type AttemptResult, type CommitResult, type ExchangeDeps, RAW_LANE, type Trace } from './walk-types.ts';

/** Measured around one attempt; times in monotonic ms. */
export interface AttemptFacts {
  readonly target: Target;
  readonly next: Extract<NextAttempt, { kind: 'attempt' }>;
  readonly opened: AttemptResult;
  readonly result: CommitResult;
  readonly startedMs: number;
  readonly headersMs: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** The content-free record of an attempt, for the ledger. */
export function recordAttempt(facts: AttemptFacts, trace: Trace, deps: ExchangeDeps): AttemptRecord {
  const { target, next, opened, result } = facts;
  const failure = result.kind === 'completed' ? undefined : result.failure;
  const upstreamRequestId = opened.kind === 'opened' ? opened.response.header('x-request-id') : null;
  const status = opened.kind === 'opened' ? opened.response.status : failure?.status;
  return {
    targetId: target.id,
    providerId: target.provider.id,
    model: target.model,
    lane: RAW_LANE,
    startedMs: facts.startedMs - trace.startedMonotonicMs,
    endedMs: deps.clock.monotonic() - trace.startedMonotonicMs,
    outcome: failure === undefined ? 'ok' : failure.code,
    bytesIn: facts.bytesIn,
    bytesOut: facts.bytesOut,
    reason: next.isRepeat ? 'repeat' : next.attempt.reason,
    ...(opened.kind === 'opened' ? { headersMs: facts.headersMs } : {}),
    ...(status === undefined ? {} : { status }),
    ...(failure?.upstreamCode === undefined ? {} : { upstreamCode: failure.upstreamCode }),
    ...(upstreamRequestId === null ? {} : { upstreamRequestId: upstreamRequestId.slice(0, 128) }),
    ...(result.kind === 'completed' && result.usage !== undefined ? { usage: result.usage } : {}),
  };
}
