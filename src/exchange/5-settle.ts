import type { AttemptRecord, ExchangeRecord } from '../core/exchange.ts';
import type { ExchangeDeps, Trace } from './walk-types.ts';

/** Once, whatever happened: the ledger row and the metrics. Only queues, so it never delays the last byte. */
export function settle(trace: Trace, deps: ExchangeDeps): void {
  const { admitted, planned, answering } = trace;
  const record: ExchangeRecord = {
    id: trace.id,
    atMs: trace.startedAtMs,
    outcome: trace.outcome,
    status: trace.status,
    stream: admitted?.request.stream ?? false,
    clientKind: admitted?.client.kind ?? 'other',
    durationMs: deps.clock.monotonic() - trace.startedMonotonicMs,
    requestBytes: admitted?.body.length ?? 0,
    responseBytes: trace.responseBytes,
    attempts: trace.attempts,
    skipped: planned?.skipped ?? [],
    ...(planned === undefined ? {} : { routeId: planned.route.id }),
    ...(admitted === undefined ? {} : { model: admitted.request.model }),
    ...(answering === undefined ? {} : { targetId: answering.id }),
    ...(admitted?.client.version === undefined ? {} : { clientVersion: admitted.client.version }),
    ...(admitted?.sessionId === undefined ? {} : { sessionId: admitted.sessionId }),
    ...(admitted?.turnId === undefined ? {} : { turnId: admitted.turnId }),
    ...(trace.firstByteMs === undefined ? {} : { firstByteMs: trace.firstByteMs }),
    ...(trace.usage === undefined ? {} : { usage: trace.usage }),
  };
  deps.ledger.record(record);
  deps.onSettled(record);
  if (trace.outcome !== 'ok')
    deps.log.info('exchange', { id: trace.id, outcome: trace.outcome, attempts: summarise(trace.attempts) });
}

const summarise = (attempts: readonly AttemptRecord[]): string =>
  attempts.map((attempt) => `${attempt.targetId}=${attempt.outcome}`).join(' ');
