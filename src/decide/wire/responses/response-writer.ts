/**
 * Writes one Responses event stream (order, indices and ids: wire-facts §2.1). Codecs say what happened; the events
 * are collected until `drain`. Items are addressed by their output index. Nothing is written after a terminal event.
 */
import type { JsonObject } from '../read-json.ts';
import type { IdSource, ResponsesEvent } from './events.ts';
import { buildResponse, type ResponseSeed, type ResponseState, type WireUsage } from './response-object.ts';
import { createItem, type EventSink, type OpenCall, type OpenItem } from './writer-items.ts';

export interface WriterOptions {
  readonly seed: ResponseSeed;
  readonly ids: IdSource;
  /** Seconds since 1970, read once when the response completes. */
  readonly nowSeconds: () => number;
}

export interface CloseDetails {
  readonly phase?: 'commentary' | 'final_answer';
  /** Only for reasoning. */
  readonly encryptedContent?: string;
  /** Default 'completed'. */
  readonly status?: 'completed' | 'incomplete';
}

export interface ResponseWriter {
  /** `created` and `in_progress`, the first time it is called. */
  readonly start: () => void;
  /** `in_progress` again: the one thing that keeps Codex's idle timer from firing. */
  readonly keepAlive: () => void;
  readonly openMessage: () => number;
  readonly textDelta: (item: number, delta: string, logprobs?: readonly JsonObject[]) => void;
  readonly annotation: (item: number, annotation: JsonObject) => void;
  readonly refusalDelta: (item: number, delta: string) => void;
  readonly openReasoning: () => number;
  readonly summaryDelta: (item: number, delta: string) => void;
  /** The next `summaryDelta` begins a new part. */
  readonly endSummaryPart: (item: number) => void;
  readonly openCall: (call: OpenCall) => number;
  /** Function arguments or custom input, as they come. For tool_search: collected, no events. */
  readonly argumentsDelta: (item: number, delta: string) => void;
  /** Writes everything that is `done` about an item. A call's is what makes Codex run it. */
  readonly closeItem: (item: number, details?: CloseDetails) => void;
  /** The item will never be done, and is no part of the output. */
  readonly dropItem: (item: number) => void;
  /** A finished item that came whole, e.g. `web_search_call`: added and done at once. Its id is made here if absent. */
  readonly addItem: (item: JsonObject & { readonly type: string }, idPrefix: string) => number;
  readonly completed: (end?: { readonly usage?: WireUsage | undefined; readonly endTurn?: boolean }) => void;
  readonly incomplete: (reason: 'max_output_tokens' | 'content_filter', usage?: WireUsage) => void;
  readonly failed: (error: { readonly code: string; readonly message: string }, usage?: WireUsage) => void;
  /** Output indices of items that are neither closed nor dropped, ascending. */
  readonly openItems: () => readonly number[];
  /** Finished items so far, in output order. */
  readonly output: () => readonly JsonObject[];
  readonly isFinished: () => boolean;
  /** Events since the last call. */
  readonly drain: () => readonly ResponsesEvent[];
}

export function createResponseWriter(options: WriterOptions): ResponseWriter {
  const { seed, ids } = options;
  let events: ResponsesEvent[] = [];
  let sequenceNumber = 0;
  let outputIndex = 0;
  let isStarted = false;
  let isFinished = false;
  const open = new Map<number, OpenItem>();
  const done: [number, JsonObject][] = [];

  const next = (): number => {
    const number = sequenceNumber;
    sequenceNumber += 1;
    return number;
  };
  const push = (event: ResponsesEvent): void => void events.push(event);
  const emit = (type: string, fields: JsonObject): void => {
    if (!isFinished) push({ type, sequence_number: next(), ...fields });
  };
  const sink: EventSink = { emit, next, push };
  const output = (): readonly JsonObject[] => done.toSorted(([left], [right]) => left - right).map(([, item]) => item);
  const respond = (type: string, state: Omit<ResponseState, 'output'>): void => {
    const items = state.status === 'in_progress' ? [] : output();
    emit(type, { response: buildResponse(seed, { ...state, output: items }) });
  };
  const finish = (state: Omit<ResponseState, 'output'>): void => {
    start();
    open.clear();
    respond(`response.${state.status}`, state);
    isFinished = true;
  };
  const start = (): void => {
    if (isStarted) return;
    isStarted = true;
    respond('response.created', { status: 'in_progress', usage: undefined });
    respond('response.in_progress', { status: 'in_progress', usage: undefined });
  };
  const openItem = (item: (index: number) => OpenItem): number => {
    start();
    const index = outputIndex;
    outputIndex += 1;
    open.set(index, item(index));
    return index;
  };

  return {
    start,
    keepAlive: () => {
      if (isStarted) respond('response.in_progress', { status: 'in_progress', usage: undefined });
      else start();
    },
    openMessage: () => openItem((index) => createItem({ kind: 'message' }, ids, index, sink)),
    textDelta: (item, delta, logprobs) => open.get(item)?.text('output_text', delta, logprobs),
    refusalDelta: (item, delta) => open.get(item)?.text('refusal', delta),
    annotation: (item, annotation) => open.get(item)?.annotate(annotation),
    openReasoning: () => openItem((index) => createItem({ kind: 'reasoning' }, ids, index, sink)),
    summaryDelta: (item, delta) => open.get(item)?.summary(delta),
    endSummaryPart: (item) => open.get(item)?.endPart(),
    openCall: (call) => openItem((index) => createItem({ kind: 'call', call }, ids, index, sink)),
    argumentsDelta: (item, delta) => open.get(item)?.arguments(delta),
    closeItem: (item, details = {}) => {
      const closed = open.get(item)?.close(details);
      if (closed !== undefined && open.delete(item)) done.push([item, closed]);
    },
    dropItem: (item) => void open.delete(item),
    addItem: (item, idPrefix) => {
      start();
      const index = outputIndex;
      outputIndex += 1;
      const whole = { ...item, id: typeof item['id'] === 'string' ? item['id'] : ids(idPrefix) };
      emit('response.output_item.added', { output_index: index, item: whole });
      emit('response.output_item.done', { output_index: index, item: whole });
      done.push([index, whole]);
      return index;
    },
    completed: (end = {}) =>
      finish({
        status: 'completed',
        usage: end.usage,
        completedAt: options.nowSeconds(),
        ...(end.endTurn === undefined ? {} : { endTurn: end.endTurn }),
      }),
    incomplete: (reason, usage) => finish({ status: 'incomplete', usage, incompleteReason: reason }),
    failed: (error, usage) => finish({ status: 'failed', usage, error }),
    openItems: () => [...open.keys()],
    output,
    isFinished: () => isFinished,
    drain: () => {
      if (events.length === 0) return events;
      const drained = events;
      events = [];
      return drained;
    },
  };
}
