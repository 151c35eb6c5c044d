import type { FailureCode } from '../../../core/failures.ts';
import type { JsonObject } from '../read-json.ts';

/** One event of a Responses stream, ready for JSON. Fields per type: wire-facts §2.1. */
export interface ResponsesEvent extends JsonObject {
  readonly type: string;
  readonly sequence_number: number;
}

/**
 * The upstream failed, as a value. Nothing was or will be written to the client for it: whether the answer is
 * continued elsewhere is not a codec's decision.
 */
export interface UpstreamFailure {
  readonly kind: 'upstream-failure';
  /** What the codec takes it for; a classifier that reads `body` may know better. */
  readonly code: FailureCode;
  /** The upstream's own words for it: finish reason, error code or type. */
  readonly upstreamCode?: string;
  /** The parsed chunk or event that reported it. May hold content: for classification only, never for logs. */
  readonly body?: unknown;
}

/** What a stream decoder emits. After a failure or a terminal event it emits nothing more. */
export type WireOut = ResponsesEvent | UpstreamFailure;

export function isUpstreamFailure(out: WireOut): out is UpstreamFailure {
  return out['kind'] === 'upstream-failure';
}

/** OpenAI takes no longer id back, of an item or of a call: a conversation that came to hold one could not go there. */
export const MAX_ID_LENGTH = 64;

/** How the id of an item begins, by its type: Codex keeps ids of the form `<prefix>_<rest>`, and OpenAI insists on the prefix. */
export const ITEM_ID_PREFIXES: Readonly<Record<string, string>> = {
  message: 'msg',
  reasoning: 'rs',
  function_call: 'fc',
  custom_tool_call: 'ctc',
  tool_search_call: 'tsc',
};

/** Makes ids such as `msg_<…>`. Codex keeps them only in the form `<prefix>_<rest>`. */
export type IdSource = (prefix: string) => string;

/** `<prefix>_<seed>_<n>`: unique when the seed is, e.g. the exchange's id and the attempt's number. */
export function countedIds(seed: string): IdSource {
  let count = 0;
  return (prefix) => {
    count += 1;
    return `${prefix}_${seed}_${count}`;
  };
}
