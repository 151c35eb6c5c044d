import { describe, expect, test } from 'bun:test';
import { bodyOf, callWire, eventsOf, streamOf } from '../__fixtures__/call-wire.ts';
import { collectBlocks, MESSAGES_TOOLS, playMessages } from '../__fixtures__/messages-client.ts';
import { PARALLEL } from '../__fixtures__/parallel-scenario.ts';
import { type JsonObject, objectsOf } from '../json.ts';
import type { Scenario } from '../scenario.ts';
import { TASK, TASK_RESULT } from '../scenarios/task.ts';
import { MESSAGES_VENDORS } from './messages-vendor.ts';

const TWO_TURNS: Scenario = {
  ...PARALLEL,
  turns: [...PARALLEL.turns, [[{ kind: 'say', text: 'The second turn.' }]]],
};
const THINKING = { thinking: { type: 'adaptive', display: 'summarized' } };
const options = { wire: 'messages', scenario: TWO_TURNS } as const;
const request = (more: JsonObject = {}): JsonObject => ({
  model: 'claude-opus-5',
  max_tokens: 4096,
  messages: [{ role: 'user', content: 'go' }],
  tools: MESSAGES_TOOLS,
  stream: true,
  ...more,
});
const stream = (more: JsonObject = {}): readonly JsonObject[] => eventsOf(streamOf(callWire(request(more), options)));

describe('a client that sends every block back as it came', () => {
  test.each(MESSAGES_VENDORS.map((vendor) => vendor.id))('does the whole task at %s', (dialect) => {
    const play = playMessages({ wire: 'messages', dialect, scenario: TASK }, dialect === 'anthropic' ? THINKING : {});
    expect(play.steps).toEqual([1, 2, 3]);
    expect(play.calls.map((call) => call['name'])).toEqual(['exec_command', 'apply_patch']);
    expect(play.text).toBe(TASK_RESULT.finalMessage);
  });

  test('also where thinking is bound to everything before it', () => {
    const strictness = { bindsThinking: true };
    expect(playMessages({ ...options, strictness }, THINKING).steps).toEqual([1, 2]);
  });
});

describe('a stream', () => {
  test('has its events in order, each named twice', () => {
    const answer = streamOf(callWire(request(THINKING), options));
    const types = answer.frames.map((frame) => frame.type).filter((type) => type !== 'content_block_delta');
    const block = ['content_block_start', 'content_block_stop'];
    expect(types).toEqual([
      'message_start',
      'content_block_start',
      'ping',
      'content_block_stop',
      ...block,
      ...block,
      ...block,
      'message_delta',
      'message_stop',
    ]);
    for (const { type, text } of answer.frames) expect(text).toStartWith(`event: ${type}\ndata: {"type":"${type}"`);
  });

  test('holds thought, text and calls', () => {
    const blocks = collectBlocks(stream(THINKING));
    expect(blocks).toMatchObject([
      { type: 'thinking', thinking: 'Both at once.' },
      { type: 'text', text: 'I run both.' },
      { type: 'tool_use', name: 'exec_command', input: { cmd: 'echo one' } },
      { type: 'tool_use', name: 'mcp__demo__lookup', input: { query: 'x' } },
    ]);
    expect(String(blocks[0]?.['signature']).length).toBeGreaterThan(100);
    expect(String(blocks[2]?.['id'])).toMatch(/^toolu_01[A-Za-z0-9]{22}$/);
    const delta = stream(THINKING).find((event) => event['type'] === 'message_delta');
    expect(delta).toMatchObject({ delta: { stop_reason: 'tool_use' }, usage: { output_tokens: expect.any(Number) } });
  });

  test('shows no thought that was not asked for, and none where it is switched off', () => {
    expect(collectBlocks(stream({ thinking: { type: 'adaptive' } }))[0]).toMatchObject({
      type: 'thinking',
      thinking: '',
    });
    expect(collectBlocks(stream())[0]).toMatchObject({ type: 'text' });
    expect(collectBlocks(stream({ thinking: { type: 'disabled' } }))[0]).toMatchObject({ type: 'text' });
  });

  test('redacts a thought that cannot be read', () => {
    const scenario: Scenario = {
      ...TWO_TURNS,
      turns: [
        [
          [
            { kind: 'think', summary: '' },
            { kind: 'say', text: 'Hm.' },
          ],
        ],
      ],
    };
    const play = playMessages({ wire: 'messages', scenario }, THINKING);
    expect(objectsOf(play.messages[1]?.['content'])[0]).toMatchObject({ type: 'redacted_thinking' });
  });

  test('counts what came from the cache apart', () => {
    const results = [{ type: 'tool_result', tool_use_id: 'a', content: 'x'.repeat(4000) }];
    const messages = [
      { role: 'user', content: 'go' },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'f', input: {} }] },
      { role: 'user', content: results },
    ];
    const [start] = stream({ messages }) as readonly { readonly message: { readonly usage: Record<string, number> } }[];
    const { input_tokens: input = 0, cache_read_input_tokens: cached = 0 } = start?.message.usage ?? {};
    expect(cached).toBeGreaterThan(0);
    expect(input + cached).toBeGreaterThan(1000);
  });
});

describe('an answer that is not streamed', () => {
  test('is one message', () => {
    const { stream: _, ...body } = request(THINKING);
    const answer = bodyOf(callWire(body, options));
    expect(JSON.parse(String(answer.body))).toMatchObject({
      type: 'message',
      role: 'assistant',
      stop_reason: 'tool_use',
      content: [{ type: 'thinking' }, { type: 'text', text: 'I run both.' }, { input: { cmd: 'echo one' } }, {}],
      usage: { input_tokens: expect.any(Number), output_tokens: expect.any(Number) },
    });
  });
});

describe('failures in the middle of a stream', () => {
  const fail = (how: 'error' | 'incomplete', code: string): string =>
    streamOf(callWire(request(), options)).fail({ how, code, message: 'Overloaded' }, 3).text;
  test('are an error event', () => {
    expect(fail('error', 'server_is_overloaded')).toMatch(
      /^event: error\ndata: \{"type":"error","error":\{"type":"overloaded_error","message":"Overloaded"\}/,
    );
    expect(fail('error', 'server_error')).toContain('"api_error"');
  });
  test('or a reason to stop', () =>
    expect(fail('incomplete', 'max_output_tokens')).toContain('"stop_reason":"max_tokens"'));
});

describe('where the conversation stands', () => {
  const ask = (...content: readonly JsonObject[]): string =>
    collectBlocks(stream({ messages: [{ role: 'user', content: [{ type: 'text', text: 'go' }, ...content] }] }))
      .map((block) => block['text'] ?? '')
      .join('');
  const text = (value: string): JsonObject => ({ type: 'text', text: value });
  test.each([
    ['a second prompt in the same message is a second turn', [text('and now')], 'The second turn.'],
    ["Codex's own words are no prompt", [text('<developer>\nBe brief.\n</developer>')], 'I run both.'],
    ['nor is to be told to go on', [text('Continue.')], 'I run both.'],
  ])('%s', (_, content, answer) => {
    expect(ask(...content)).toBe(answer);
  });

  test('a summary is made when Codex asks for one, and read when it comes back', () => {
    const summary = ask(text('You are performing a CONTEXT CHECKPOINT COMPACTION.'));
    expect(summary).toContain('[simulated progress: 0 calls]');
    expect(ask(text(summary.replace('0 calls', '2 calls')))).toBe('Done with both.');
  });
});
