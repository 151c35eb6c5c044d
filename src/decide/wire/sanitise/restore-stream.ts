/** The events of a vendor's answer as Codex needs them. Most pass as they are; see `StreamDecoder.passes`. */
import type { StreamDecoder } from '../lane-codec.ts';
import type { FrameKind } from '../observe/classify-frame.ts';
import { asNumber, asObject, asString, isObject, type JsonObject, parseJson } from '../read-json.ts';
import type { ResponsesEvent, UpstreamFailure, WireOut } from '../responses/events.ts';
import { createGapWatch, fillEvent } from './fill-events.ts';
import {
  argumentsText,
  createItemRestorer,
  type ItemRestorer,
  type RestoreOptions,
  restoreUsage,
} from './restore-items.ts';

export interface AnswerOptions extends RestoreOptions {
  /** The request's own settings, which vendors repeat only in part, and with the names that we made up. */
  readonly echo: JsonObject;
  /** Seconds since 1970. */
  readonly createdAt: number;
}

/** A call that its vendor writes as a function, and Codex does not: its arguments only make sense as a whole. */
interface HeldCall {
  readonly kind: 'custom' | 'tool_search';
  readonly name: string;
}

export function createAnswerRestorer(options: AnswerOptions): StreamDecoder {
  const items = createItemRestorer(options);
  const held = new Map<string, HeldCall>();
  /** Calls that were added and are not done. */
  let openCalls = 0;
  /** How many events more than the upstream's were written. */
  let shift = 0;

  const gaps = createGapWatch();
  let written = 0;

  const number = (events: readonly JsonObject[], original: JsonObject): readonly WireOut[] => {
    const sequence = asNumber(original['sequence_number']);
    const from = sequence === undefined || gaps.isWithoutNumbers() ? written : sequence + shift;
    const numbered = events.map((event, at) => ({ ...event, sequence_number: from + at }));
    written = from + events.length;
    shift += events.length - 1;
    return numbered as unknown as readonly ResponsesEvent[];
  };
  const restoreItem = (event: JsonObject, item: JsonObject, stage: 'added' | 'done'): JsonObject => {
    const index = asNumber(event['output_index']);
    const restored = items.restore(item, index, stage);
    if (item['type'] === 'function_call') {
      openCalls = Math.max(0, openCalls + (stage === 'added' ? 1 : -1));
      const type = restored['type'];
      if (type !== 'function_call' && stage === 'added') {
        const kind = type === 'custom_tool_call' ? 'custom' : 'tool_search';
        held.set(keyOf(event, asString(item['id'])), { kind, name: asString(item['name']) ?? '' });
      }
    }
    return { ...event, item: restored };
  };
  const restoreArguments = (event: JsonObject, call: HeldCall): readonly JsonObject[] => {
    // A search has no events of its own; a custom tool's input is written when it is whole.
    if (call.kind === 'tool_search' || event['type'] !== 'response.function_call_arguments.done') return [];
    const { text } = options.bridge.restoreCall(call.name, argumentsText(event['arguments']));
    const place = { item_id: event['item_id'], output_index: event['output_index'] };
    return [
      { type: 'response.custom_tool_call_input.delta', ...place, delta: text },
      { type: 'response.custom_tool_call_input.done', ...place, input: text },
    ];
  };
  const restore = (event: JsonObject): readonly JsonObject[] => {
    const item = asObject(event['item']);
    const response = asObject(event['response']);
    switch (event['type']) {
      case 'response.output_item.added':
        return item === undefined ? [event] : [restoreItem(event, item, 'added')];
      case 'response.output_item.done':
        return item === undefined ? [event] : [restoreItem(event, item, 'done')];
      case 'response.created':
      case 'response.in_progress':
      case 'response.queued':
      case 'response.completed':
      case 'response.incomplete':
        return response === undefined ? [event] : [{ ...event, response: restoreResponse(response, items, options) }];
      // Some servers call it that; Codex waits for the other.
      case 'response.done':
        return response === undefined
          ? [event]
          : [{ ...event, type: 'response.completed', response: restoreResponse(response, items, options) }];
      case 'response.function_call_arguments.delta':
      case 'response.function_call_arguments.done': {
        const call = held.get(keyOf(event, asString(event['item_id'])));
        if (call !== undefined) return restoreArguments(event, call);
        const name = asString(event['name']);
        return name === undefined ? [event] : [{ ...event, name: options.bridge.originOf(name).name }];
      }
      default:
        return [event];
    }
  };
  const rename = (event: JsonObject): JsonObject => {
    const id = asString(event['item_id']);
    return id === undefined ? event : { ...event, item_id: items.itemId(id, asNumber(event['output_index'])) };
  };

  return {
    passes: (kind) =>
      passes(kind, shift !== 0 || items.hasRenamed() || held.size > 0 || gaps.mustLook(), openCalls > 0),
    push: (data) => {
      const event = parseJson(data);
      if (!isObject(event)) return [STREAM_CORRUPT];
      gaps.look(event);
      // What does not say what it is means nothing to any client.
      const restored = asString(event['type']) === undefined ? [] : restore(event);
      return number(restored.map(rename).map(fillEvent), event);
    },
    end: () => [],
  };
}

const STREAM_CORRUPT: UpstreamFailure = { kind: 'upstream-failure', code: 'STREAM_CORRUPT' };

function passes(kind: FrameKind, isRewriting: boolean, hasOpenCall: boolean): boolean {
  switch (kind) {
    case 'delta':
    case 'unknown':
      return !isRewriting;
    case 'progress':
      // `function_call_arguments.done` says the name again.
      return !isRewriting && !hasOpenCall;
    case 'lifecycle':
    case 'item-added':
    case 'item-done':
    case 'completed':
    case 'incomplete':
      return false;
    case 'failed':
    case 'error':
    case 'comment':
    case 'sentinel':
    case 'garbage':
      return true;
  }
}

/** Events of one item share its output index; a vendor that leaves it out at least repeats the id. */
function keyOf(event: JsonObject, id: string | undefined): string {
  const index = asNumber(event['output_index']);
  return index === undefined ? `id:${id}` : `at:${index}`;
}

function restoreResponse(response: JsonObject, items: ItemRestorer, options: AnswerOptions): JsonObject {
  const { echo, createdAt } = options;
  const output: readonly unknown[] = Array.isArray(response['output']) ? response['output'] : [];
  const usage = asObject(response['usage']);
  const restoreOutput = (item: unknown, at: number): unknown => {
    if (!isObject(item)) return item;
    // The list may lack what was streamed, so a position says less than an id.
    return items.restore(item, items.isKnown(asString(item['id'])) ? undefined : at, 'done');
  };
  const missing = Object.entries(echo).filter(([field]) => !(field in response));
  return {
    object: 'response',
    created_at: createdAt,
    error: null,
    incomplete_details: null,
    ...response,
    ...Object.fromEntries(missing),
    tools: echo['tools'],
    tool_choice: echo['tool_choice'],
    output: output.map(restoreOutput),
    usage: usage === undefined ? null : restoreUsage(usage),
  };
}

/** A whole JSON answer. What is no response object stays as it came: the walk judges it. */
export function restoreBody(body: unknown, options: AnswerOptions): JsonObject {
  const response = asObject(body) ?? {};
  if (!Array.isArray(response['output'])) return response;
  const items = createItemRestorer(options);
  // Two items of one id are two items here: nothing was streamed before.
  const output = response['output'].map((item: unknown, at) =>
    isObject(item) ? items.restore(item, at, 'done') : item,
  );
  return { ...restoreResponse({ ...response, output: [] }, items, options), output };
}
