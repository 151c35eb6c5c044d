import type { AttemptRecord, ExchangeRecord } from '../../core/exchange.ts';
import { failureFacts } from '../../core/failures.ts';

/** One line per upstream call, oldest first: when, who, what became of it, and what the client noticed. */
export function describeTimeline(exchanges: readonly ExchangeRecord[]): readonly string[] {
  const ordered = [...exchanges].sort((a, b) => a.atMs - b.atMs);
  const zero = ordered[0]?.atMs ?? 0;
  return ordered.flatMap((exchange, index) => [
    `request ${index + 1}  ${describeOutcome(exchange)}`,
    ...exchange.attempts.map(
      (attempt) =>
        `  ${seconds(exchange.atMs - zero + attempt.startedMs)}  ${attempt.targetId.padEnd(18)}  ${describeAttempt(attempt)}`,
    ),
  ]);
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`.padStart(8);

function describeOutcome(exchange: ExchangeRecord): string {
  if (exchange.outcome === 'ok')
    return exchange.attempts.length > 1 ? 'answered, failover inside the same stream' : 'answered';
  if (exchange.outcome === 'continued') return 'closed early in the way that makes Codex go on by itself';
  return failureFacts(exchange.outcome).text;
}

function describeAttempt(attempt: AttemptRecord): string {
  const took = `${Math.round(attempt.endedMs - attempt.startedMs)} ms, ${attempt.bytesOut} bytes to Codex`;
  return attempt.outcome === 'ok' ? `complete (${took})` : `FAILED: ${failureFacts(attempt.outcome).text} (${took})`;
}
