import type { AttemptRecord, Lane } from '../core/exchange.ts';
import type { Target } from '../core/target.ts';
import type { AttemptChoice } from '../decide/routing/choose-next-attempt.ts';
import type { AttemptWatch } from './attempt-watch.ts';
import type { EncodedRequest } from './encode-for-lane.ts';
import type { AttemptResult, CommitResult, ExchangeDeps, Trace } from './walk-types.ts';

/** An attempt under way. */
export interface RunningAttempt {
  readonly target: Target;
  readonly next: AttemptChoice;
  readonly watch: AttemptWatch;
  readonly lane: Lane;
  /** Of the request's body as encoded for the lane; 0 when it could not be. */
  readonly bytesIn: number;
  readonly codec: EncodedRequest['codec'];
  readonly droppedTools: readonly string[];
  /** Bytes that the client had before. */
  readonly bytesBefore: number;
  /** Wall clock. */
  readonly startedAtMs: number;
  /** Monotonic. */
  readonly startedMs: number;
  /** From the start to response headers; 0 before. */
  headersMs: number;
  opened: Promise<AttemptResult>;
}

/** The content-free record of an attempt, for the ledger. */
export function recordAttempt(
  running: RunningAttempt,
  opened: AttemptResult,
  result: CommitResult,
  bytesOut: number,
  trace: Trace,
  deps: ExchangeDeps,
): AttemptRecord {
  const { target, next, startedMs, lane, bytesIn, droppedTools } = running;
  const failure = result.kind === 'completed' ? undefined : result.failure;
  const upstreamRequestId = opened.kind === 'opened' ? opened.response.header('x-request-id') : null;
  const status = opened.kind === 'opened' ? opened.response.status : failure?.status;
  const usefulMs = running.watch.usefulMs;
  return {
    targetId: target.id,
    providerId: target.provider.id,
    model: target.model,
    lane,
    startedMs: startedMs - trace.startedMonotonicMs,
    endedMs: deps.clock.monotonic() - trace.startedMonotonicMs,
    outcome: failure === undefined ? 'ok' : failure.code,
    bytesIn,
    bytesOut,
    reason: next.isRepeat ? 'repeat' : next.attempt.reason,
    ...(opened.kind === 'opened' ? { headersMs: running.headersMs } : {}),
    ...(usefulMs === undefined ? {} : { firstEventMs: usefulMs - startedMs }),
    ...(status === undefined ? {} : { status }),
    ...(failure?.upstreamCode === undefined ? {} : { upstreamCode: failure.upstreamCode }),
    ...(upstreamRequestId === null ? {} : { upstreamRequestId: upstreamRequestId.slice(0, 128) }),
    ...(result.kind === 'completed' && result.usage !== undefined ? { usage: result.usage } : {}),
    ...(droppedTools.length === 0 ? {} : { droppedTools }),
  };
}
