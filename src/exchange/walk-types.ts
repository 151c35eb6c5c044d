/** What the stages of the walk hand to each other: each stage's output is the next one's input. */
import type { AttemptRecord, ExchangeRecord, SkippedTarget, TokenUsage } from '../core/exchange.ts';
import type { Failure } from '../core/failures.ts';
import type { Clock, Credentials, Ledger, Logger, Random, Upstream, UpstreamResponse } from '../core/ports.ts';
import type { Settings } from '../core/settings.ts';
import type { Route, Target } from '../core/target.ts';
import type { ClientKind } from '../decide/continuity/client-kind.ts';
import type { CompactionKind } from '../decide/continuity/compaction.ts';
import type { PlannedAttempt } from '../decide/routing/plan-attempts.ts';
import type { PeekedRequest } from '../decide/wire/observe/peek-request.ts';
import type { GatewayState, RequestMemory } from './gateway-state.ts';
import type { KeptBody } from './kept-body.ts';
import type { Watch } from './watch.ts';

/** A client request, before anything was read of it. */
export interface Inbound {
  /** Asked at `/responses/compact`. Default: at `/responses`. */
  readonly operation?: 'compact';
  readonly header: (name: string) => string | null;
  /** Rejects with BODY_TOO_LARGE, BODY_TIMEOUT or CLIENT_GONE. Undoes content encodings. */
  readonly readBody: (maxBytes: number, timeoutMs: number) => Promise<Buffer>;
  /** Calls `callback` once when the client goes before it has its answer; at once if it has gone. */
  readonly onGone: (callback: () => void) => void;
}

/** Where the answer goes. */
export interface Reply {
  /** Headers have been sent. */
  readonly isStarted: boolean;
  /** Bytes that the connection has taken so far: grows as long as the client reads. */
  readonly takenBytes: number;
  /** Sends headers of an event stream. */
  readonly start: (headers: Readonly<Record<string, string>>) => void;
  /**
   * In order. `isLast` (default false): nothing follows but `end`, so the end may go out with it. Returns a promise only
   * when the client must catch up first.
   */
  readonly write: (parts: readonly Uint8Array[], isLast?: boolean) => Promise<void> | undefined;
  /** For chunks that need no new frame, between the first `write` and the last; `undefined`: the client takes none. */
  readonly passer: ChunkPasser | undefined;
  /** Ends the stream. */
  readonly end: () => void;
  /** Breaks the connection off: for a client that no longer takes what was written. */
  readonly drop: () => void;
  /** A whole answer at once; only before `start`. */
  readonly send: (status: number, headers: Readonly<Record<string, string>>, body: string | Uint8Array) => void;
}

/** Takes chunks of a body as they came from another connection. */
export interface ChunkPasser {
  /** The client has taken everything written so far. */
  readonly isReady: boolean;
  /** One whole chunk, its frame included. Copied or taken by the kernel before the call returns. */
  readonly passChunk: (bytes: Buffer) => void;
}

export interface ExchangeDeps {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly random: Random;
  readonly upstream: Upstream;
  readonly credentials: Credentials;
  readonly ledger: Ledger;
  readonly log: Logger;
  readonly state: GatewayState;
  readonly watch: Watch;
  /** Unique, unguessable, safe in a header. */
  readonly newId: () => string;
  /** See `LaneContext.pseudonym`. */
  readonly pseudonym: (name: string) => string;
  readonly onSettled: (record: ExchangeRecord) => void;
}

export interface Admitted extends RequestMemory {
  readonly body: KeptBody;
  readonly request: PeekedRequest;
  readonly client: ClientKind;
  /** The client wants its history compacted, and how it asked. */
  readonly compaction?: CompactionKind;
  readonly header: (name: string) => string | null;
}

export interface Planned {
  readonly admitted: Admitted;
  readonly route: Route;
  readonly attempts: readonly PlannedAttempt[];
  readonly reserve: readonly PlannedAttempt[];
  readonly skipped: readonly SkippedTarget[];
}

export type AttemptResult =
  /** HTTP 200: the answer can be read. */
  | { readonly kind: 'opened'; readonly response: UpstreamResponse }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly clientError?: ClientError };

export type CommitResult =
  | { readonly kind: 'completed'; readonly usage?: TokenUsage }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly clientError?: ClientError }
  | { readonly kind: 'client-gone'; readonly failure: Failure };

/** A provider's word on the client's own mistake. Goes to the client and nowhere else: it may repeat the prompt. */
export interface ClientError {
  readonly status: number;
  readonly body: string;
}

/** Everything that is recorded of one exchange while it runs. */
export interface Trace {
  readonly id: string;
  readonly startedAtMs: number;
  readonly startedMonotonicMs: number;
  admitted?: Admitted;
  planned?: Planned;
  /** The target whose output the client is getting. */
  answering?: Target;
  attempts: AttemptRecord[];
  outcome: ExchangeRecord['outcome'];
  status: number;
  firstByteMs?: number;
  responseBytes: number;
  usage?: TokenUsage;
}
