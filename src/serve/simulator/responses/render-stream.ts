import type { Random } from '../../../core/ports.ts';
import type { Frame, StreamFailure } from '../answer.ts';
import type { TokenCounts } from '../count-tokens.ts';
import { cutCharacters, cutText } from '../cut-text.ts';
import { randomAlphanumeric } from '../random.ts';
import { contentOf } from '../render-action.ts';
import type { PreparedItem } from './render-item.ts';
import type { ResponseState } from './render-response.ts';

export interface StreamParts {
  readonly items: readonly PreparedItem[];
  readonly usage: TokenCounts;
  readonly renderResponse: (state: ResponseState) => string;
  /** Deltas are padded with an `obfuscation` field, as OpenAI does unless asked not to. */
  readonly obfuscation: Random | undefined;
}

export interface RenderedStream {
  readonly frames: readonly Frame[];
  readonly fail: (failure: StreamFailure, framesSent: number) => Frame;
}

type Emit = (type: string, fields: string) => void;

const OBFUSCATION_CHARACTERS = 64;
const SHORTEST_OBFUSCATION = 6;

/** All events of a response, in the order and with the fields that OpenAI sends. */
export function renderStream({ items, usage, renderResponse, obfuscation }: StreamParts): RenderedStream {
  const frames: Frame[] = [];
  const emit: Emit = (type, fields) => void frames.push(renderFrame(type, frames.length, fields));
  const obfuscate = createObfuscation(obfuscation);
  const begun = `"response":${renderResponse({ status: 'in_progress', output: [] })}`;
  emit('response.created', begun);
  emit('response.in_progress', begun);
  for (const [index, item] of items.entries()) emitItem(item, index, emit, obfuscate);
  const output = items.map((item) => item.finished);
  emit('response.completed', `"response":${renderResponse({ status: 'completed', output, usage })}`);
  return { frames, fail: (failure, framesSent) => renderFailure(failure, framesSent, renderResponse) };
}

const renderFrame = (type: string, sequenceNumber: number, fields: string): Frame => ({
  type,
  text: `event: ${type}\ndata: {"type":"${type}","sequence_number":${sequenceNumber},${fields}}\n\n`,
});

function renderFailure(
  { how, code, message }: StreamFailure,
  framesSent: number,
  renderResponse: StreamParts['renderResponse'],
): Frame {
  if (how === 'error')
    return renderFrame('error', framesSent, JSON.stringify({ code, message, param: null }).slice(1, -1));
  const state: ResponseState =
    how === 'failed'
      ? { status: 'failed', output: [], error: { code, message } }
      : { status: 'incomplete', output: [], incompleteReason: code ?? 'max_output_tokens' };
  return renderFrame(`response.${how}`, framesSent, `"response":${renderResponse(state)}`);
}

type Obfuscate = (deltaLength: number) => string;

/** Pads every delta to a length that hides how long it was. */
function createObfuscation(random: Random | undefined): Obfuscate {
  if (random === undefined) return () => '';
  const noise = randomAlphanumeric(random, OBFUSCATION_CHARACTERS);
  return (deltaLength) => {
    const length = Math.max(SHORTEST_OBFUSCATION, 16 - (deltaLength % 16));
    const from = Math.floor(random() * (OBFUSCATION_CHARACTERS - length));
    return `,"obfuscation":"${noise.slice(from, from + length)}"`;
  };
}

function emitItem(item: PreparedItem, index: number, emit: Emit, obfuscate: Obfuscate): void {
  emit('response.output_item.added', `"output_index":${index},"item":${item.started}`);
  const at = `"item_id":"${item.id}","output_index":${index}`;
  const { source } = item;
  switch (source.kind) {
    case 'reasoning':
      if (source.text !== undefined) emitText('reasoning_text', at, source.text, undefined, emit, obfuscate);
      if (source.summary !== '') emitSummary(at, source.summary, emit, obfuscate);
      break;
    case 'message':
      emitText('output_text', at, source.text, source.deltas, emit, obfuscate);
      break;
    case 'function-call':
    case 'custom-call':
      emitCall(source.kind, at, contentOf(source), emit, obfuscate);
      break;
    case 'tool-search':
    case 'compaction':
      break;
  }
  emit('response.output_item.done', `"output_index":${index},"item":${item.finished}`);
}

function emitText(
  kind: 'output_text' | 'reasoning_text',
  item: string,
  text: string,
  deltas: number | undefined,
  emit: Emit,
  obfuscate: Obfuscate,
): void {
  const at = `${item},"content_index":0`;
  const extra = kind === 'output_text' ? ',"logprobs":[]' : '';
  const part = (partText: string): string =>
    JSON.stringify(
      kind === 'output_text'
        ? { type: kind, annotations: [], logprobs: [], text: partText }
        : { type: kind, text: partText },
    );
  emit('response.content_part.added', `${at},"part":${part('')}`);
  for (const delta of cutText(text, deltas)) {
    emit(`response.${kind}.delta`, `${at},"delta":${JSON.stringify(delta)}${extra}${obfuscate(delta.length)}`);
  }
  emit(`response.${kind}.done`, `${at},"text":${JSON.stringify(text)}${extra}`);
  emit('response.content_part.done', `${at},"part":${part(text)}`);
}

function emitSummary(item: string, text: string, emit: Emit, obfuscate: Obfuscate): void {
  const at = `${item},"summary_index":0`;
  emit('response.reasoning_summary_part.added', `${at},"part":{"type":"summary_text","text":""}`);
  for (const delta of cutText(text, undefined)) {
    const padding = obfuscate(delta.length);
    emit('response.reasoning_summary_text.delta', `${at},"delta":${JSON.stringify(delta)}${padding}`);
  }
  const json = JSON.stringify(text);
  emit('response.reasoning_summary_text.done', `${at},"text":${json}`);
  emit('response.reasoning_summary_part.done', `${at},"part":{"type":"summary_text","text":${json}}`);
}

function emitCall(
  kind: 'function-call' | 'custom-call',
  item: string,
  text: string,
  emit: Emit,
  obfuscate: Obfuscate,
): void {
  const event = kind === 'function-call' ? 'response.function_call_arguments' : 'response.custom_tool_call_input';
  const field = kind === 'function-call' ? 'arguments' : 'input';
  for (const delta of cutCharacters(text)) {
    emit(`${event}.delta`, `${item},"delta":${JSON.stringify(delta)}${obfuscate(delta.length)}`);
  }
  emit(`${event}.done`, `${item},"${field}":${JSON.stringify(text)}`);
}
