import type { IsForeign } from '../continuity/drop-sealed-state.ts';
import type { FrameKind } from './observe/classify-frame.ts';
import type { JsonObject } from './read-json.ts';
import type { UpstreamFailure, WireOut } from './responses/events.ts';
import type { ResponsesRequest, Result } from './responses/request.ts';
import type { EchoDetail } from './responses/response-object.ts';
import type { Transducer } from './transducer.ts';

/** A request in an upstream's own wire, and the way back for its answer. */
export interface TranslatedRequest {
  /** After the provider's base URL, e.g. `/chat/completions`. */
  readonly path: string;
  readonly body: JsonObject;
  /** Types of the tools that the target is not offered. Default: none. */
  readonly droppedTools?: readonly string[];
  /** Further request headers, lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** For one event stream: takes the `data` of each event, emits Responses events. */
  readonly createStreamDecoder: () => StreamDecoder;
  /** For a whole JSON answer: the response object. */
  readonly decodeBody: (body: unknown) => JsonObject | UpstreamFailure;
}

export interface StreamDecoder extends Transducer<string, WireOut> {
  /**
   * Whether the next event, being of this kind, is a Responses event that goes on byte for byte. Asked before `push`.
   * Absent: never.
   */
  readonly passes?: (kind: FrameKind) => boolean;
}

/** What a configuration may say of a target where its dialect and model do not fit it. */
export interface StatedFacts {
  /** The model can see. */
  readonly images?: boolean;
  /** Sent when the client set no limit. */
  readonly maxOutputTokens?: number;
  /** Further fields of the body. They win. */
  readonly extraBody?: JsonObject;
}

/** What a translation needs beside the request. */
export interface LaneContext {
  /** The model name sent upstream. */
  readonly model: string;
  /** Who can read reasoning that is sealed now: see `continuity/envelope.ts`. */
  readonly stateDomain: string;
  readonly dialect: string | undefined;
  /** Whether the upstream is asked to stream. */
  readonly stream: boolean;
  /** An answer that ran into its limit: see `EndingAnswer.onLength`. */
  readonly onLength: 'continue' | 'incomplete';
  /** Whether a sealed text of the request is known to be unreadable to the target. Default: none is. */
  readonly isForeign?: IsForeign;
  /** How much of the request the response object repeats: see `echoRequest`. */
  readonly echo: EchoDetail;
  /** What the configuration says of the target beside its dialect. */
  readonly stated?: StatedFacts;
  /** A name for one of the client's own that tells nobody else whose it is, the same for the same one. */
  readonly pseudonym: (name: string) => string;
  /** Unique for the attempt: ids are made of it. */
  readonly seed: string;
  /** Seconds since 1970. */
  readonly nowSeconds: () => number;
}

/** A wire of ours: one per `Wire` other than `responses`. */
export type LaneCodec = (request: ResponsesRequest, context: LaneContext) => Result<TranslatedRequest>;
