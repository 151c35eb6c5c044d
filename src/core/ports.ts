/** What the walk needs from the outside. Adapters live in `connect/`, tests pass their own. */
import type { ExchangeRecord } from './exchange.ts';
import type { KeySource, Target } from './target.ts';

export interface Clock {
  /** Wall clock, ms since 1970. */
  readonly now: () => number;
  /** Monotonic, ms. */
  readonly monotonic: () => number;
  /** Runs `callback` once after `ms`; the result cancels it. */
  readonly after: (ms: number, callback: () => void) => () => void;
}

/** Uniform in [0, 1). */
export type Random = () => number;

export interface UpstreamRequest {
  readonly target: Target;
  readonly method: 'POST' | 'GET';
  /** Appended to the provider's base URL, e.g. `/responses`. */
  readonly path: string;
  /** Lower-case names; the credential is added by the adapter. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * In parts, one behind the other. Their memory is given back as soon as `send` has settled: who still has to send some
   * of it then takes a copy.
   */
  readonly body: readonly Uint8Array[] | undefined;
  readonly credential: Credential;
  /** Aborting closes the connection. */
  readonly signal: CancelSignal;
}

/** As much of an `AbortSignal` as is needed; the platform's own costs more than all else of an attempt's bookkeeping. */
export interface CancelSignal {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

export interface UpstreamResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly header: (name: string) => string | null;
  /** Chunks as the network delivered them; `undefined` at the end. Rejects with a GatewayError on network failures. */
  readonly read: () => Promise<Uint8Array | undefined>;
  /**
   * Instead of `read`, for adapters that can: hands every chunk over within the network's own call, which costs no
   * promise and no turn of the event loop. `close` ends it like the body's end does.
   */
  readonly flow?: (sink: BodySink) => void;
  /** Frees the connection. Safe to call at any time, more than once. */
  readonly close: () => void;
}

/** Takes a body as it comes. Must not throw. */
export interface BodySink {
  /** The bytes are the sink's own. Answers a promise when no more should come before it resolves. */
  readonly chunk: (bytes: Buffer) => Promise<void> | undefined;
  /** Once, behind the last chunk: with what broke the body off, if anything did; see `UpstreamResponse.read`. */
  readonly end: (error?: unknown) => void;
  /** Asked first, by adapters that can. */
  readonly shortcut?: ChunkShortcut | undefined;
}

/** A way from the network to the client that leaves out everything between, for what needs nothing of it. */
export interface ChunkShortcut {
  /**
   * Takes one chunk of an HTTP/1.1 body: all of `bytes`, its frame included; its content begins at `start`. Answers false,
   * and has done nothing, when it is to go to `BodySink.chunk`. Must not throw.
   */
  readonly take: (bytes: Buffer, start: number) => boolean;
}

export interface Upstream {
  /**
   * Resolves at response headers, whatever the status. Rejects with a GatewayError: of blame `network`, or STREAM_CORRUPT
   * for an answer that is not HTTP, or CLIENT_GONE after `signal`. Enforces connect and headers timeouts.
   */
  readonly send: (request: UpstreamRequest) => Promise<UpstreamResponse>;
}

/** A usable secret; for requests that are signed, `AwsKeys` as JSON. Never logged, never serialised: `toJSON` and `toString` answer a placeholder. */
export interface Credential {
  readonly reveal: () => string | undefined;
}

export interface Credentials {
  /** Rejects with GatewayError CREDENTIAL_UNAVAILABLE. */
  readonly obtain: (owner: KeyOwner) => Promise<Credential>;
  /** Forget what is cached: the provider answered 401. Resolves true if a fresh one may differ. */
  readonly invalidate: (owner: KeyOwner) => boolean;
}

/** A provider, or the gateway itself. */
export interface KeyOwner {
  readonly key: KeySource;
}

export interface LedgerSummary {
  readonly exchanges: number;
  readonly lost: number;
}

export interface Ledger {
  /** Queues; never throws, never waits (P7). */
  readonly record: (exchange: ExchangeRecord) => void;
  /** Newest first, at most `limit`. */
  readonly recent: (limit: number) => Promise<readonly ExchangeRecord[]>;
  readonly summary: () => LedgerSummary;
  /** Writes what is queued, then closes. */
  readonly close: () => Promise<void>;
}

export interface Logger {
  readonly info: (event: string, fields?: Readonly<Record<string, string | number | boolean | undefined>>) => void;
  readonly warn: (event: string, fields?: Readonly<Record<string, string | number | boolean | undefined>>) => void;
}
