import type { Frame, StreamFailure } from '../answer.ts';
import type { TokenCounts } from '../count-tokens.ts';
import { cutCharacters, cutText } from '../cut-text.ts';
import type { StreamFlaw } from '../faults/fault.ts';
import { interleaveCalls } from '../interleave-calls.ts';
import { type JsonObject, parseJson } from '../json.ts';
import type { MessagesVendor } from './messages-vendor.ts';
import type { Block } from './prepare-blocks.ts';

export interface MessagesAnswerContext {
  readonly vendor: MessagesVendor;
  readonly id: string;
  readonly requestId: string;
  readonly model: string;
  readonly counts: TokenCounts;
  readonly flaws: ReadonlySet<StreamFlaw>;
}

/** The Responses event that each is like. */
const LIKE: Readonly<Record<string, string>> = {
  message_start: 'response.created',
  content_block_start: 'response.output_item.added',
  content_block_delta: 'response.output_text.delta',
  content_block_stop: 'response.output_item.done',
  message_stop: 'response.completed',
};

const renderEvent = (type: string, fields: JsonObject): Frame => {
  const like = LIKE[type];
  const text = `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
  return { type, ...(like === undefined ? {} : { like: [like] }), text };
};

/** All events of an answer. A `ping` follows the start of the first block, as it does at Anthropic. */
export function renderStream(
  blocks: readonly Block[],
  context: MessagesAnswerContext,
): { readonly frames: readonly Frame[]; readonly fail: (failure: StreamFailure) => Frame } {
  const { flaws, counts } = context;
  const ping = renderEvent('ping', {});
  const perBlock = blocks.map((block, index) => renderBlock(block, index));
  const [first, ...rest] = flaws.has('interleaved-calls')
    ? interleaveCalls(perBlock, (block) => blocks[block]?.type === 'tool_use')
    : perBlock.flat();
  const frames = [
    renderEvent('message_start', { message: renderMessage([], null, usageAtStart(counts, flaws), context) }),
    ...(first === undefined ? [ping] : [first, ping]),
    ...rest,
  ];
  if (!flaws.has('no-finish') && !flaws.has('end-without-finish')) {
    const usage = flaws.has('no-usage') ? {} : { usage: { output_tokens: counts.output } };
    const delta = { stop_reason: stopReason(blocks, flaws), stop_sequence: null };
    frames.push(renderEvent('message_delta', { delta, ...usage }));
  }
  if (!flaws.has('no-finish') && !flaws.has('no-end-marker')) frames.push(renderEvent('message_stop', {}));
  return { frames, fail: (failure) => renderFailure(failure, context) };
}

function renderBlock(block: Block, index: number): readonly Frame[] {
  const start = (content_block: JsonObject): Frame => renderEvent('content_block_start', { index, content_block });
  const delta = (fields: JsonObject): Frame => renderEvent('content_block_delta', { index, delta: fields });
  const stop = renderEvent('content_block_stop', { index });
  switch (block.type) {
    case 'text': {
      const deltas = cutText(block.text, block.deltas).map((text) => delta({ type: 'text_delta', text }));
      return [start({ type: 'text', text: '' }), ...deltas, stop];
    }
    case 'thinking': {
      const { thinking, signature } = block;
      const deltas = cutText(thinking, undefined).map((piece) => delta({ type: 'thinking_delta', thinking: piece }));
      const signed = signature === '' ? [] : [delta({ type: 'signature_delta', signature })];
      return [start({ type: 'thinking', thinking: '', signature: '' }), ...deltas, ...signed, stop];
    }
    case 'redacted_thinking':
      return [start({ type: 'redacted_thinking', data: block.data }), stop];
    case 'tool_use': {
      const { type, input, ...use } = block;
      const deltas = ['', ...cutCharacters(input)].map((partial_json) =>
        delta({ type: 'input_json_delta', partial_json }),
      );
      return [start({ type, ...use, input: {} }), ...deltas, stop];
    }
  }
}

function stopReason(blocks: readonly Block[], flaws: ReadonlySet<StreamFlaw>): string {
  if (flaws.has('unknown-finish-reason')) return 'paused_for_tea';
  return blocks.some((block) => block.type === 'tool_use') ? 'tool_use' : 'end_turn';
}

/** What was read from the cache, or written to it, is not part of `input_tokens` here. */
function usageAtStart(counts: TokenCounts, flaws: ReadonlySet<StreamFlaw>): JsonObject {
  if (flaws.has('no-usage')) return {};
  return {
    usage: {
      input_tokens: counts.input - counts.cached,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: counts.cached,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
      output_tokens: 1,
      service_tier: 'standard',
    },
  };
}

function renderMessage(
  content: readonly unknown[],
  stop_reason: string | null,
  usage: JsonObject,
  { id, model }: MessagesAnswerContext,
): JsonObject {
  return { id, type: 'message', role: 'assistant', model, content, stop_reason, stop_sequence: null, ...usage };
}

/** An answer that is not streamed. */
export function renderBody(blocks: readonly Block[], context: MessagesAnswerContext): string {
  const { flaws, counts } = context;
  const content = blocks.map((block) => {
    if (block.type === 'tool_use') return { ...block, input: parseJson(block.input) ?? {} };
    return block.type === 'text' ? { type: block.type, text: block.text } : block;
  });
  const isFinished = !flaws.has('no-finish') && !flaws.has('end-without-finish');
  const start = usageAtStart(counts, flaws);
  const usage = 'usage' in start ? { usage: { ...(start['usage'] as object), output_tokens: counts.output } } : {};
  return JSON.stringify(renderMessage(content, isFinished ? stopReason(blocks, flaws) : null, usage, context));
}

const ERROR_TYPES: Readonly<Record<string, string>> = {
  server_is_overloaded: 'overloaded_error',
  rate_limit_exceeded: 'rate_limit_error',
};

function renderFailure({ how, code, message }: StreamFailure, { vendor, requestId }: MessagesAnswerContext): Frame {
  if (how === 'incomplete') {
    const stop_reason = code === 'content_filter' ? 'refusal' : 'max_tokens';
    const end = renderEvent('message_delta', {
      delta: { stop_reason, stop_sequence: null },
      usage: { output_tokens: 9 },
    });
    return { type: end.type, text: end.text + renderEvent('message_stop', {}).text };
  }
  const type = ERROR_TYPES[code ?? ''] ?? 'api_error';
  const text = `event: error\ndata: ${JSON.stringify(vendor.wrap(type, message, requestId))}\n\n`;
  return { type: 'error', text };
}
