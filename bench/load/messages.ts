/** What the runner and its two helper processes say to each other over Bun's IPC. */

/** How the upstream answers from now on. */
export type UpstreamMode =
  /** A whole prebuilt answer at once. */
  | { readonly kind: 'burst'; readonly events: number; readonly echoesTools: boolean }
  /** The same answer, event by event, as a model produces it. */
  | { readonly kind: 'paced'; readonly eventsPerSecond: number }
  /** Endless, until `finish-streams`; each event holds the time at which it was sent. */
  | { readonly kind: 'endless'; readonly eventsPerSecond: number }
  /** Half of the answers fail, in turn, in every way of `FAULTS`; the others are sent quickly. */
  | { readonly kind: 'faulty' };

export type UpstreamCommand =
  | { readonly kind: 'mode'; readonly mode: UpstreamMode }
  /** Ends endless streams properly. */
  | { readonly kind: 'finish-streams' }
  /** Closes the connections that wait for another request, as servers do after a while. */
  | { readonly kind: 'close-idle' }
  /** Only answers. */
  | { readonly kind: 'report' };

export type UpstreamReport =
  | { readonly kind: 'listening'; readonly ports: readonly number[] }
  | { readonly kind: 'done'; readonly requests: number; readonly sentEvents: number };

/** Where a load goes. */
export interface LoadTarget {
  readonly port: number;
  /** Gateway key; nginx and the upstream ignore it. */
  readonly key: string;
}

export interface RequestShape {
  readonly model: string;
  readonly bodyBytes: number;
  readonly hasClientMetadata: boolean;
}

/** `new`: a TCP connection per request, as Codex does. `kept`: one per simulated client. */
export type ConnectionUse = 'new' | 'kept';

export interface LoadJob {
  readonly kind: 'load';
  readonly target: LoadTarget;
  readonly shape: RequestShape;
  readonly connection: ConnectionUse;
  readonly concurrency: number;
  readonly requests: number;
}

export interface StreamsJob {
  readonly kind: 'streams';
  readonly target: LoadTarget;
  readonly shape: RequestShape;
  readonly streams: number;
  /** Connections opened per second. */
  readonly opensPerSecond: number;
}

/** Endless mixed load until `stop`. */
export interface SoakJob {
  readonly kind: 'soak';
  readonly target: LoadTarget;
  readonly shapes: readonly RequestShape[];
  readonly concurrency: number;
}

export type GeneratorCommand = LoadJob | StreamsJob | SoakJob | { readonly kind: 'mark' } | { readonly kind: 'stop' };

export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly failures: number;
  readonly seconds: number;
  readonly firstByteMs: Percentiles;
  readonly lastByteMs: Percentiles;
}

export interface StreamsResult {
  readonly opened: number;
  readonly failures: number;
  /** Events whose time of sending was read. */
  readonly sampled: number;
  readonly lagMs: Percentiles;
}

export interface SoakResult {
  readonly completed: number;
  readonly aborted: number;
  /** By status, or `closed` when the connection ended without a whole answer. */
  readonly refused: Readonly<Record<string, number>>;
}

export type GeneratorReport =
  | { readonly kind: 'ready' }
  | { readonly kind: 'load-result'; readonly result: LoadResult }
  /** All streams are open. */
  | { readonly kind: 'streams-open'; readonly opened: number; readonly failures: number }
  | { readonly kind: 'streams-result'; readonly result: StreamsResult }
  | { readonly kind: 'soak-result'; readonly result: SoakResult };
