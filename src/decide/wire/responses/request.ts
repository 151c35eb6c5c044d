/** A Responses request body, read once at the edge of every lane that has to understand it. */
import type { FailureCode } from '../../../core/failures.ts';
import { asBoolean, asNumber, asObject, asObjects, asString, isObject, type JsonObject } from '../read-json.ts';
import { type Item, readItem } from './items.ts';

export interface ResponsesRequest {
  /** The body as it came, with every field that is not listed here. */
  readonly raw: JsonObject;
  readonly model: string;
  readonly stream: boolean;
  /** Codex sends none: its base prompt is the first developer message. */
  readonly instructions?: string;
  readonly input: readonly Item[];
  /** Only the top-level ones; `bridgeTools` finds the others. */
  readonly tools: readonly JsonObject[];
  /** Default 'auto'. */
  readonly toolChoice: string | JsonObject;
  readonly parallelToolCalls?: boolean;
  readonly effort?: string;
  /** `text.format`, when it is not plain text. */
  readonly format?: JsonObject;
  readonly maxOutputTokens?: number;
  readonly promptCacheKey?: string;
  readonly serviceTier?: string;
}

/** Why a request cannot be served: known before anything is sent. Names fields and types, never their content. */
export interface RequestProblem {
  readonly code: Extract<FailureCode, 'BAD_REQUEST' | 'UNSUPPORTED_PARAMETER' | 'TARGET_UNSUPPORTED'>;
  /** Path of the offending field, e.g. `input[3].call_id`. */
  readonly param: string;
  /** A sentence for people. */
  readonly message: string;
}

export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: RequestProblem };

export function refuse(code: RequestProblem['code'], param: string, message: string): Result<never> {
  return { ok: false, problem: { code, param, message } };
}

/** Reads a parsed JSON body. Only what no lane could make sense of is a problem here. */
export function readRequest(body: unknown): Result<ResponsesRequest> {
  if (!isObject(body)) return refuse('BAD_REQUEST', '', 'the body is not a JSON object');
  const model = asString(body['model']);
  if (model === undefined || model === '') return refuse('BAD_REQUEST', 'model', 'model is missing');
  const input = readInput(body['input']);
  if (!input.ok) return input;
  const reasoning = asObject(body['reasoning']);
  const format = asObject(asObject(body['text'])?.['format']);
  return {
    ok: true,
    value: {
      raw: body,
      model,
      stream: body['stream'] === true,
      input: input.value,
      tools: asObjects(body['tools']),
      toolChoice: asString(body['tool_choice']) ?? asObject(body['tool_choice']) ?? 'auto',
      ...optional('instructions', asString(body['instructions'])),
      ...optional('parallelToolCalls', asBoolean(body['parallel_tool_calls'])),
      ...optional('effort', asString(reasoning?.['effort'])),
      ...optional('format', format?.['type'] === 'text' ? undefined : format),
      ...optional('maxOutputTokens', asNumber(body['max_output_tokens'])),
      ...optional('promptCacheKey', asString(body['prompt_cache_key'])),
      ...optional('serviceTier', asString(body['service_tier'])),
    },
  };
}

/** Fields that mean state on a server we are not: no translated lane can serve them (wire-facts §2.6). */
export function findServerState(request: ResponsesRequest): RequestProblem | undefined {
  const field = ['previous_response_id', 'conversation', 'prompt', 'background'].find((name) => {
    const value = request.raw[name];
    return value !== undefined && value !== null && value !== false;
  });
  if (field !== undefined) {
    return { code: 'UNSUPPORTED_PARAMETER', param: field, message: `${field} needs a provider that keeps responses` };
  }
  const at = request.input.findIndex((item) => item.type === 'other' && item.itemType === 'item_reference');
  if (at < 0) return undefined;
  return {
    code: 'UNSUPPORTED_PARAMETER',
    param: `input[${at}]`,
    message: 'item_reference needs a provider that keeps responses',
  };
}

/** Call ids of the history: an answer must not use them again. */
export function callIdsOf(request: ResponsesRequest): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const item of request.input) if ('call_id' in item && typeof item.call_id === 'string') ids.add(item.call_id);
  return ids;
}

function readInput(value: unknown): Result<readonly Item[]> {
  if (typeof value === 'string') {
    return {
      ok: true,
      value: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: value }] }],
    };
  }
  if (value === undefined || value === null) return { ok: true, value: [] };
  if (!Array.isArray(value)) return refuse('BAD_REQUEST', 'input', 'input is neither a string nor a list');
  const items: Item[] = [];
  for (const [at, raw] of value.entries()) {
    const read = isObject(raw) ? readItem(raw) : { badField: 'type' };
    if ('badField' in read) {
      const param = `input[${at}].${read.badField}`;
      return refuse('BAD_REQUEST', param, `${param} is missing or has the wrong type`);
    }
    items.push(read.item);
  }
  return { ok: true, value: items };
}

function optional<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]: Value });
}
