/** The life of one output item inside a response writer: its added, delta and done events. */
import { type JsonObject, parseJson } from '../read-json.ts';
import type { IdSource, ResponsesEvent } from './events.ts';

/** A call as Codex knows it: bare name plus namespace, never the flat name that a bridge made up. */
export interface OpenCall {
  readonly kind: 'function' | 'custom' | 'tool_search';
  readonly name: string;
  readonly namespace?: string;
  readonly callId: string;
}

/** Where events go. `push` with `next` is for deltas, which a stream consists of: `emit` copies its fields. */
export interface EventSink {
  readonly emit: (type: string, fields: JsonObject) => void;
  readonly next: () => number;
  readonly push: (event: ResponsesEvent) => void;
}

type ItemKind = { readonly kind: 'message' | 'reasoning' } | { readonly kind: 'call'; readonly call: OpenCall };

interface ItemClose {
  readonly phase?: string;
  readonly encryptedContent?: string;
  readonly status?: string;
}

/** Calls that do not fit the item's kind do nothing. */
export interface OpenItem {
  readonly text: (kind: 'output_text' | 'refusal', delta: string, logprobs?: readonly JsonObject[]) => void;
  readonly annotate: (annotation: JsonObject) => void;
  readonly summary: (delta: string) => void;
  readonly endPart: () => void;
  readonly arguments: (delta: string) => void;
  /** Writes the done events and answers the finished item. */
  readonly close: (details: ItemClose) => JsonObject;
}

const nothing = (): void => {};

export function createItem(item: ItemKind, ids: IdSource, index: number, sink: EventSink): OpenItem {
  switch (item.kind) {
    case 'message':
      return createMessage(ids('msg'), index, sink);
    case 'reasoning':
      return createReasoning(ids('rs'), index, sink);
    case 'call':
      return createCall(item.call, ids, index, sink);
  }
}

interface TextPart {
  readonly kind: 'output_text' | 'refusal';
  text: string;
  readonly logprobs: JsonObject[];
  readonly annotations: JsonObject[];
}

const NO_LOGPROBS: readonly JsonObject[] = [];

function createMessage(id: string, index: number, sink: EventSink): OpenItem {
  const { emit } = sink;
  const content: JsonObject[] = [];
  let part: TextPart | undefined;
  const at = (): JsonObject => ({ item_id: id, output_index: index, content_index: content.length });
  emit('response.output_item.added', {
    output_index: index,
    item: { id, type: 'message', status: 'in_progress', role: 'assistant', content: [] },
  });
  const render = (from: TextPart): JsonObject =>
    from.kind === 'refusal'
      ? { type: 'refusal', refusal: from.text }
      : { type: 'output_text', text: from.text, annotations: from.annotations, logprobs: from.logprobs };
  const partOf = (kind: TextPart['kind']): TextPart => {
    if (part?.kind === kind) return part;
    endPart();
    part = { kind, text: '', logprobs: [], annotations: [] };
    emit('response.content_part.added', { ...at(), part: render({ ...part, annotations: [], logprobs: [] }) });
    return part;
  };
  const endPart = (): void => {
    if (part === undefined) return;
    if (part.kind === 'refusal') emit('response.refusal.done', { ...at(), refusal: part.text });
    else emit('response.output_text.done', { ...at(), text: part.text, logprobs: part.logprobs });
    emit('response.content_part.done', { ...at(), part: render(part) });
    content.push(render(part));
    part = undefined;
  };
  return {
    text: (kind, delta, logprobs = NO_LOGPROBS) => {
      const into = partOf(kind);
      into.text += delta;
      if (logprobs.length > 0) into.logprobs.push(...logprobs);
      if (kind === 'refusal') emit('response.refusal.delta', { ...at(), delta });
      else {
        sink.push({
          type: 'response.output_text.delta',
          sequence_number: sink.next(),
          item_id: id,
          output_index: index,
          content_index: content.length,
          delta,
          logprobs,
        });
      }
    },
    annotate: (annotation) => {
      const into = partOf('output_text');
      emit('response.output_text.annotation.added', {
        ...at(),
        annotation_index: into.annotations.length,
        annotation,
      });
      into.annotations.push(annotation);
    },
    summary: nothing,
    endPart,
    arguments: nothing,
    close: ({ phase, status = 'completed' }) => {
      endPart();
      const item = {
        id,
        type: 'message',
        status,
        role: 'assistant',
        content,
        ...(phase === undefined ? {} : { phase }),
      };
      emit('response.output_item.done', { output_index: index, item });
      return item;
    },
  };
}

function createReasoning(id: string, index: number, sink: EventSink): OpenItem {
  const { emit } = sink;
  const summary: JsonObject[] = [];
  let text: string | undefined;
  const at = (): JsonObject => ({ item_id: id, output_index: index, summary_index: summary.length });
  emit('response.output_item.added', {
    output_index: index,
    item: { id, type: 'reasoning', status: 'in_progress', summary: [] },
  });
  const endPart = (): void => {
    if (text === undefined) return;
    const part = { type: 'summary_text', text };
    emit('response.reasoning_summary_text.done', { ...at(), text });
    emit('response.reasoning_summary_part.done', { ...at(), part });
    summary.push(part);
    text = undefined;
  };
  return {
    text: nothing,
    annotate: nothing,
    summary: (delta) => {
      if (text === undefined) {
        text = '';
        emit('response.reasoning_summary_part.added', { ...at(), part: { type: 'summary_text', text: '' } });
      }
      text += delta;
      sink.push({
        type: 'response.reasoning_summary_text.delta',
        sequence_number: sink.next(),
        item_id: id,
        output_index: index,
        summary_index: summary.length,
        delta,
      });
    },
    endPart,
    arguments: nothing,
    close: ({ encryptedContent, status = 'completed' }) => {
      endPart();
      const item = { id, type: 'reasoning', status, summary, encrypted_content: encryptedContent ?? null };
      emit('response.output_item.done', { output_index: index, item });
      return item;
    },
  };
}

function createCall(call: OpenCall, ids: IdSource, index: number, sink: EventSink): OpenItem {
  const { emit } = sink;
  const id = ids(call.kind === 'function' ? 'fc' : call.kind === 'custom' ? 'ctc' : 'tsc');
  let text = '';
  const render = (status: string): JsonObject => renderCall(call, id, text, status);
  emit('response.output_item.added', { output_index: index, item: render('in_progress') });
  const deltaType =
    call.kind === 'custom' ? 'response.custom_tool_call_input.delta' : 'response.function_call_arguments.delta';
  return {
    text: nothing,
    annotate: nothing,
    summary: nothing,
    endPart: nothing,
    arguments: (delta) => {
      text += delta;
      if (call.kind === 'tool_search' || delta === '') return;
      sink.push({ type: deltaType, sequence_number: sink.next(), item_id: id, output_index: index, delta });
    },
    close: ({ status = 'completed' }) => {
      if (call.kind === 'custom') {
        emit('response.custom_tool_call_input.done', { item_id: id, output_index: index, input: text });
      } else if (call.kind === 'function') {
        emit('response.function_call_arguments.done', {
          item_id: id,
          output_index: index,
          name: call.name,
          arguments: text,
        });
      }
      const item = render(status);
      emit('response.output_item.done', { output_index: index, item });
      return item;
    },
  };
}

function renderCall(call: OpenCall, id: string, text: string, status: string): JsonObject {
  if (call.kind === 'tool_search') {
    // Codex wants the arguments as a value here, unlike a function's.
    const searchArguments = text === '' ? {} : (parseJson(text) ?? { query: text });
    return {
      id,
      type: 'tool_search_call',
      status,
      execution: 'client',
      call_id: call.callId,
      arguments: searchArguments,
    };
  }
  const namespace = call.namespace === undefined ? {} : { namespace: call.namespace };
  return call.kind === 'custom'
    ? { id, type: 'custom_tool_call', status, call_id: call.callId, name: call.name, ...namespace, input: text }
    : { id, type: 'function_call', status, call_id: call.callId, name: call.name, ...namespace, arguments: text };
}
