/** What a simulator remembers of a request. What became of its answer changes while it is sent. */
export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed JSON body, or `undefined`. */
  readonly body: unknown;
  /** The body as it was sent. */
  readonly bytes: Uint8Array;
  /** ms since 1970. */
  readonly atMs: number;
  readonly model: string | undefined;
  /** The scenario's step that was played, from 1. */
  readonly step: number | undefined;
  /** HTTP status that was planned; `undefined` if a fault left none. */
  readonly status: number | undefined;
  /** Names of the faults that struck. */
  readonly faults: readonly string[];
  /** The client left before the whole answer was sent. */
  readonly abortedByClient: boolean;
  /** True once the answer, or what the faults left of it, is sent. */
  readonly isFinished: boolean;
  /** Head and framing included. */
  readonly bytesSent: number;
}
