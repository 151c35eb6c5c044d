/** A fault is data: when it strikes, where in the answer, and what it does there. */
export interface Fault {
  /** What reports and logs call it. */
  readonly name: string;
  /** All that is given must hold. Default: every model call. */
  readonly when?: FaultCondition;
  readonly at: FaultPoint;
  readonly do: FaultEffect;
}

export interface FaultCondition {
  /** The scenario's step that is played, from 1. */
  readonly step?: number;
  /** The n-th model call (at `connect`: connection) since the faults were set, from 1. */
  readonly nthRequest?: number;
  /** Strikes at most so often. */
  readonly times?: number;
  readonly model?: string;
  /** 0 to 1, decided by the simulator's seed. */
  readonly probability?: number;
}

export type FaultPoint =
  /** As soon as the connection is open; the request is not read. */
  | 'connect'
  /** After the request, before the first byte of the answer. */
  | 'headers'
  /** Before the n-th event, from 0. */
  | { readonly event: number }
  /** After the event with this index (from 0), or after the `occurrence`-th (default 1) event of this type. */
  | { readonly afterEvent: number | string; readonly occurrence?: number }
  /** After that many bytes of the body, HTTP framing not counted. */
  | { readonly byte: number }
  /** That long after the request, wherever the answer then is. */
  | { readonly ms: number };

/** How an answer ends before its time. */
export type Ending =
  /** As if it were complete: an end of file without a terminal event. */
  | 'end'
  /** The connection is closed in order, but the HTTP framing says that more was to come. */
  | 'close'
  /** The connection is closed inside an HTTP chunk. */
  | 'half-chunk'
  | 'reset'
  /** Nothing more comes, and the connection stays open. */
  | 'stall';

export type FaultEffect =
  | { readonly kind: 'ending'; readonly how: Ending }
  /** Another answer instead of the real one; at `headers` or `ms`. */
  | ({ readonly kind: 'answer' } & ForeignAnswer)
  /** Bytes instead of an HTTP head; at `connect` or `headers`. */
  | { readonly kind: 'raw'; readonly text: string; readonly afterwards: 'close' | 'reset' | 'stall' }
  | { readonly kind: 'wait'; readonly ms: number }
  /** From here on `bytes` bytes at a time, each after `everyMs`. */
  | { readonly kind: 'drip'; readonly bytes: number; readonly everyMs: number }
  /** Extra bytes in the body: text, or base64 for what is not text. */
  | { readonly kind: 'insert'; readonly text?: string; readonly base64?: string; readonly afterwards?: Ending }
  /** One event whose payload has this many bytes. */
  | { readonly kind: 'huge-event'; readonly bytes: number }
  /** The wire's own report of a failure, after which the stream ends. */
  | {
      readonly kind: 'failure';
      readonly how: 'failed' | 'incomplete' | 'error';
      readonly code: string | null;
      readonly message: string;
    }
  /** Leaves out every event of this type. */
  | { readonly kind: 'drop'; readonly type: string }
  /** Sends every event of this type twice; without a type, every event. */
  | { readonly kind: 'duplicate'; readonly type?: string }
  /** Exchanges each event of this type with the one before it; without a type, reverses all between first and last. */
  | { readonly kind: 'reorder'; readonly type?: string }
  /** Cuts the body into random pieces, or merges it into one. */
  | { readonly kind: 'recut'; readonly how: 'random' | 'merged' | 'bytes' }
  /** A successful answer without any output. */
  | { readonly kind: 'without-output' }
  /** An answer that ends in order and is wrong in itself. */
  | { readonly kind: 'flaw'; readonly flaw: StreamFlaw };

/** What is wrong with an answer that nothing interrupts. A wire on which it cannot happen sends its usual answer. */
export type StreamFlaw =
  /** Neither a finish reason nor an end marker. */
  | 'no-finish'
  /** The end marker, but nothing that said why the answer ended. */
  | 'end-without-finish'
  /** Everything but the end marker. */
  | 'no-end-marker'
  | 'unknown-finish-reason'
  | 'no-usage'
  /** Every call of every answer has the same id. */
  | 'repeated-call-ids'
  /** Calls have ids of 100 letters, as in front of Gemini, where they hide its signatures. */
  | 'long-call-ids'
  | 'calls-without-id'
  | 'calls-without-index'
  /** Each piece of a call names it again. */
  | 'repeated-call-names'
  /** Parallel calls take turns, piece by piece. */
  | 'interleaved-calls'
  | 'arguments-no-json'
  /** The reasoning comes after the text. */
  | 'late-reasoning';

export interface ForeignAnswer {
  readonly status: number;
  /**
   * Values may hold `{httpDate+30}`, `{epoch+30}`, `{epochMs+30}` or `{rfc3339+30}`: the moment that many seconds after
   * the answer.
   */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
