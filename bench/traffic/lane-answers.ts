import { asChunk, LAST_CHUNK, STREAM_HEAD } from './event-stream.ts';
import { createSeededText } from './seeded-text.ts';

/** The wires that a lane translates from. */
export type TranslatedWire = 'chat' | 'messages' | 'gemini';

/** A message of `events` events, word by word, in the wire's own form, as HTTP sends it. */
export function renderLaneAnswer(wire: TranslatedWire, events: number): Buffer {
  const text = createSeededText(0xbea7);
  const { head, delta, tail } = FORMS[wire];
  const deltas = Array.from({ length: events - head.length - tail.length }, () => delta(` ${text.word()}`));
  return Buffer.concat([STREAM_HEAD, ...[...head, ...deltas, ...tail].map((one) => asChunk(frame(one))), LAST_CHUNK]);
}

type Event = Readonly<Record<string, unknown>> | '[DONE]';

interface Form {
  readonly head: readonly Event[];
  readonly delta: (word: string) => Event;
  readonly tail: readonly Event[];
}

function frame(event: Event): Buffer {
  if (event === '[DONE]') return Buffer.from('data: [DONE]\n\n');
  const { type } = event;
  const name = typeof type === 'string' ? `event: ${type}\n` : '';
  return Buffer.from(`${name}data: ${JSON.stringify(event)}\n\n`);
}

const chatChunk = (delta: object, finish_reason: string | null = null): Event => ({
  id: 'chatcmpl-0123456789abcdef',
  object: 'chat.completion.chunk',
  created: 1_795_000_000,
  model: 'gpt-5.5',
  choices: [{ index: 0, delta, logprobs: null, finish_reason }],
});

const geminiChunk = (text: string, more: object = {}): Event => ({
  candidates: [{ content: { role: 'model', parts: [{ text }] }, index: 0, ...more }],
  usageMetadata: { promptTokenCount: 9120, candidatesTokenCount: 192, totalTokenCount: 9312 },
  modelVersion: 'gpt-5.5',
  responseId: '0123456789abcdef',
});

const FORMS: Readonly<Record<TranslatedWire, Form>> = {
  chat: {
    head: [chatChunk({ role: 'assistant', content: '' })],
    delta: (content) => chatChunk({ content }),
    tail: [
      chatChunk({}, 'stop'),
      {
        id: 'chatcmpl-0123456789abcdef',
        object: 'chat.completion.chunk',
        created: 1_795_000_000,
        model: 'gpt-5.5',
        choices: [],
        usage: { prompt_tokens: 9120, completion_tokens: 192, total_tokens: 9312 },
      },
      '[DONE]',
    ],
  },
  messages: {
    head: [
      {
        type: 'message_start',
        message: {
          id: 'msg_0123456789abcdef',
          type: 'message',
          role: 'assistant',
          content: [],
          model: 'gpt-5.5',
          stop_reason: null,
          stop_sequence: null,
          usage: { input_tokens: 416, cache_read_input_tokens: 8704, cache_creation_input_tokens: 0, output_tokens: 1 },
        },
      },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    ],
    delta: (text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }),
    tail: [
      { type: 'content_block_stop', index: 0 },
      {
        type: 'message_delta',
        delta: { stop_reason: 'end_turn', stop_sequence: null },
        usage: { output_tokens: 192 },
      },
      { type: 'message_stop' },
    ],
  },
  gemini: { head: [], delta: (text) => geminiChunk(text), tail: [geminiChunk(' end.', { finishReason: 'STOP' })] },
};
