import type { FailureCode } from './failures.ts';

/** How bytes travel between client and upstream (design §5). */
export type Lane = 'raw' | 'sanitised' | 'translated';

export interface TokenUsage {
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
}

/** What became of one upstream call. Content-free: safe for ledger, logs and `holdfast explain`. */
export interface AttemptRecord {
  readonly targetId: string;
  readonly providerId: string;
  readonly model: string;
  readonly lane: Lane;
  /** ms since the exchange began. */
  readonly startedMs: number;
  /** ms from the attempt's start to response headers, first useful event, end; absent if not reached. */
  readonly headersMs?: number;
  readonly firstEventMs?: number;
  readonly endedMs: number;
  readonly outcome: 'ok' | FailureCode;
  readonly status?: number;
  readonly upstreamCode?: string;
  readonly upstreamRequestId?: string;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly usage?: TokenUsage;
  /** Types of tools that the client offered and the target was not told of (design §6 "Tools"). Absent: none. */
  readonly droppedTools?: readonly string[];
  /** Why this attempt was made: first choice, failover, repeat on the same target, half-open probe, hedge. */
  readonly reason: 'first' | 'failover' | 'repeat' | 'probe' | 'hedge';
}

/** One ledger row. */
export interface ExchangeRecord {
  readonly id: string;
  /** Wall clock, ms since 1970. */
  readonly atMs: number;
  readonly routeId?: string;
  readonly model?: string;
  /** Target that gave the answer the client got. */
  readonly targetId?: string;
  readonly outcome: 'ok' | 'continued' | FailureCode;
  readonly status: number;
  readonly stream: boolean;
  readonly clientKind: 'codex' | 'other';
  readonly clientVersion?: string;
  readonly sessionId?: string;
  readonly turnId?: string;
  readonly durationMs: number;
  /** ms until the first byte to the client. */
  readonly firstByteMs?: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly usage?: TokenUsage;
  readonly attempts: readonly AttemptRecord[];
  readonly skipped: readonly SkippedTarget[];
}

export interface SkippedTarget {
  readonly targetId: string;
  /** In words, e.g. "resting after 'rate limited' for another 12 s". */
  readonly reason: string;
}
