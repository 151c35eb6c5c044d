import type { Frame, StreamFailure } from '../answer.ts';
import type { TokenCounts } from '../count-tokens.ts';
import { cutCharacters, cutText } from '../cut-text.ts';
import type { StreamFlaw } from '../faults/fault.ts';
import { interleaveCalls } from '../interleave-calls.ts';
import { type JsonObject, parseJson } from '../json.ts';
import { encodeEvent } from './encode-event.ts';
import type { Block } from './prepare-blocks.ts';

export interface ConverseAnswerContext {
  readonly counts: TokenCounts;
  readonly flaws: ReadonlySet<StreamFlaw>;
}

/** The Responses event that each is like. */
const LIKE: Readonly<Record<string, string>> = {
  messageStart: 'response.created',
  contentBlockStart: 'response.output_item.added',
  contentBlockDelta: 'response.output_text.delta',
  contentBlockStop: 'response.output_item.done',
  metadata: 'response.completed',
};

const PADDING = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const PADDED_TO = 20;

/** `isFirst`: an item begins with it, though nothing says so: only calls have an event of their own for that. */
function renderEvent(type: string, fields: JsonObject, isFirst = false): Frame {
  const text = JSON.stringify(fields);
  // What was said must not be guessed from the length of an event.
  const payload = JSON.stringify({
    ...fields,
    p: PADDING.slice(0, 2 + ((PADDED_TO - (text.length % PADDED_TO)) % PADDED_TO)),
  });
  const headers = { ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' };
  const like = LIKE[type];
  return {
    type,
    like: [...(like === undefined ? [] : [like]), ...(isFirst ? ['response.output_item.added'] : [])],
    text: `${type} ${text}\n`,
    bytes: encodeEvent(headers, payload),
  };
}

/** All events of an answer. */
export function renderStream(
  blocks: readonly Block[],
  context: ConverseAnswerContext,
): { readonly frames: readonly Frame[]; readonly fail: (failure: StreamFailure) => Frame } {
  const { flaws, counts } = context;
  const perBlock = blocks.map(renderBlock);
  const frames = [
    renderEvent('messageStart', { role: 'assistant' }),
    ...(flaws.has('interleaved-calls')
      ? interleaveCalls(perBlock, (block) => blocks[block]?.kind === 'call')
      : perBlock.flat()),
  ];
  if (!flaws.has('no-finish') && !flaws.has('end-without-finish')) {
    frames.push(renderEvent('messageStop', { stopReason: stopReason(blocks, flaws) }));
  }
  if (!flaws.has('no-finish') && !flaws.has('no-end-marker')) {
    frames.push(renderEvent('metadata', { ...usageOf(counts, flaws), metrics: { latencyMs: 800 } }));
  }
  return { frames, fail: renderFailure };
}

function renderBlock(block: Block, contentBlockIndex: number): readonly Frame[] {
  const delta = (fields: JsonObject, index: number): Frame =>
    renderEvent('contentBlockDelta', { contentBlockIndex, delta: fields }, index === 0 && block.kind !== 'call');
  const stop = renderEvent('contentBlockStop', { contentBlockIndex });
  switch (block.kind) {
    case 'text':
      return [...cutText(block.text, block.deltas).map((text, index) => delta({ text }, index)), stop];
    case 'thought': {
      const { signature } = block;
      const pieces = cutText(block.text, undefined).map((text) => ({ reasoningContent: { text } }));
      const signed = signature === undefined ? [] : [{ reasoningContent: { signature } }];
      return [...[...pieces, ...signed].map(delta), stop];
    }
    case 'redacted':
      return [delta({ reasoningContent: { redactedContent: block.data } }, 0), stop];
    case 'call': {
      const { id: toolUseId, name } = block;
      const pieces = ['', ...cutCharacters(block.input)].map((input, index) => delta({ toolUse: { input } }, index));
      return [
        renderEvent('contentBlockStart', { contentBlockIndex, start: { toolUse: { toolUseId, name } } }),
        ...pieces,
        stop,
      ];
    }
  }
}

function stopReason(blocks: readonly Block[], flaws: ReadonlySet<StreamFlaw>): string {
  if (flaws.has('unknown-finish-reason')) return 'paused_for_tea';
  return blocks.some((block) => block.kind === 'call') ? 'tool_use' : 'end_turn';
}

/** What was read from the cache, or written to it, is not part of `inputTokens` here. */
function usageOf(counts: TokenCounts, flaws: ReadonlySet<StreamFlaw>): JsonObject {
  if (flaws.has('no-usage')) return {};
  const { input, cached, output } = counts;
  return {
    usage: {
      inputTokens: input - cached,
      outputTokens: output,
      totalTokens: input + output,
      cacheReadInputTokens: cached,
      cacheWriteInputTokens: 0,
    },
  };
}

/** An answer that is not streamed. */
export function renderBody(blocks: readonly Block[], { counts, flaws }: ConverseAnswerContext): string {
  const content = blocks.map(contentOf);
  return JSON.stringify({
    output: { message: { role: 'assistant', content } },
    stopReason: stopReason(blocks, flaws),
    ...usageOf(counts, flaws),
    metrics: { latencyMs: 800 },
  });
}

const EXCEPTIONS: Readonly<Record<string, string>> = {
  server_is_overloaded: 'serviceUnavailableException',
  rate_limit_exceeded: 'throttlingException',
};

function renderFailure({ how, code, message }: StreamFailure): Frame {
  if (how === 'incomplete') {
    return renderEvent('messageStop', { stopReason: code === 'content_filter' ? 'content_filtered' : 'max_tokens' });
  }
  const type = EXCEPTIONS[code ?? ''] ?? 'internalServerException';
  const headers = { ':exception-type': type, ':content-type': 'application/json', ':message-type': 'exception' };
  const payload = JSON.stringify({ message });
  return { type: 'exception', text: `${type} ${payload}\n`, bytes: encodeEvent(headers, payload) };
}

function contentOf(block: Block): JsonObject {
  switch (block.kind) {
    case 'text':
      return { text: block.text };
    case 'thought': {
      const { text, signature } = block;
      return { reasoningContent: { reasoningText: { text, ...(signature === undefined ? {} : { signature }) } } };
    }
    case 'redacted':
      return { reasoningContent: { redactedContent: block.data } };
    case 'call':
      return { toolUse: { toolUseId: block.id, name: block.name, input: parseJson(block.input) ?? {} } };
  }
}
