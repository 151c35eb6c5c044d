import { describe, expect, test } from 'bun:test';
import { bodyOf, callWire, eventsOf, streamOf } from '../__fixtures__/call-wire.ts';
import { CHAT_TOOLS, collectMessage, playChat } from '../__fixtures__/chat-client.ts';
import { PARALLEL } from '../__fixtures__/parallel-scenario.ts';
import { isObject, type JsonObject, objectsOf } from '../json.ts';
import type { Scenario } from '../scenario.ts';
import { TASK, TASK_RESULT } from '../scenarios/task.ts';
import { CHAT_VENDORS } from './find-chat-vendor.ts';

const dialects = CHAT_VENDORS.map((vendor) => vendor.id);
/** What makes a vendor send its reasoning and its token counts. */
const FIELDS: Readonly<Record<string, JsonObject>> = { minimax: { reasoning_split: true } };
const thinkers = dialects.filter((dialect) => dialect !== 'openai');
/** Its pieces say everything so far again. */
const adding = thinkers.filter((dialect) => dialect !== 'minimax');

const first = (dialect: string, more: JsonObject = {}, scenario = PARALLEL): readonly JsonObject[] =>
  eventsOf(streamOf(callWire(request(dialect, more), { wire: 'chat', dialect, scenario })));

const request = (dialect: string, more: JsonObject = {}): JsonObject => ({
  model: 'm',
  stream: true,
  messages: [{ role: 'user', content: 'go' }],
  tools: CHAT_TOOLS,
  ...FIELDS[dialect],
  ...more,
});

describe('a client that keeps every message as it came', () => {
  test.each(dialects)('does the whole task at %s', (dialect) => {
    const play = playChat({ wire: 'chat', dialect, scenario: TASK }, FIELDS[dialect]);
    expect(play.steps).toEqual([1, 2, 3]);
    expect(play.calls.map((call) => call.name)).toEqual(['exec_command', 'apply_patch']);
    expect(Object.keys(JSON.parse(play.calls[1]?.arguments ?? ''))).toEqual(['input']);
    expect(play.text).toBe(TASK_RESULT.finalMessage);
    expect(new Set(play.calls.map((call) => call.id)).size).toBe(2);
  });

  test.each(dialects)('runs parallel calls at %s, one of them of an MCP server under its flat name', (dialect) => {
    const play = playChat({ wire: 'chat', dialect, scenario: PARALLEL }, FIELDS[dialect]);
    expect(play.calls.map((call) => call.name)).toEqual(['exec_command', 'mcp__demo__lookup']);
    expect(play.text).toBe('Done with both.');
  });
});

describe('tools', () => {
  test('code mode is spoken through the function that stands for it', () => {
    const exec = { type: 'function', function: { name: 'functions__exec', parameters: { type: 'object' } } };
    const [call] = playChat({ wire: 'chat', scenario: TASK }, {}, [exec]).calls;
    expect(call?.name).toBe('functions__exec');
    expect(JSON.parse(call?.arguments ?? '').input).toContain('tools.exec_command');
  });

  test('a patch goes through the shell where there is no tool for it', () => {
    const play = playChat({ wire: 'chat', scenario: TASK }, {}, CHAT_TOOLS.slice(0, 1));
    expect(play.calls.map((call) => call.name)).toEqual(['exec_command', 'exec_command']);
    expect(play.calls[1]?.arguments).toContain("apply_patch <<'EOF'");
  });

  test('a tool that is deferred is searched for first, which is no step of its own', () => {
    const search = { type: 'function', function: { name: 'tool_search', parameters: { type: 'object' } } };
    const options = { wire: 'chat', scenario: PARALLEL } as const;
    const messages: JsonObject[] = [{ role: 'user', content: 'go' }];
    const ask = (tools: readonly JsonObject[]): JsonObject =>
      collectMessage(eventsOf(streamOf(callWire({ model: 'm', stream: true, messages, tools }, options))));
    const answer = ask([...CHAT_TOOLS.slice(0, 1), search]);
    messages.push(answer);
    for (const call of objectsOf(answer['tool_calls'])) {
      messages.push({ role: 'tool', tool_call_id: call['id'], content: 'ok' });
    }
    const names = (message: JsonObject): unknown[] =>
      objectsOf(message['tool_calls']).map((call) => (call['function'] as JsonObject)['name']);
    expect(names(answer)).toEqual(['exec_command', 'tool_search']);
    expect(names(ask([...CHAT_TOOLS, search]))).toEqual(['mcp__demo__lookup']);
  });
});

describe('streams', () => {
  test.each(dialects)('%s: the role first, one finish reason, [DONE] last', (dialect) => {
    const answer = streamOf(callWire(request(dialect), { wire: 'chat', dialect, scenario: PARALLEL }));
    const frames = answer.frames.filter((frame) => frame.type !== 'comment');
    expect(frames[0]?.type).toBe('role');
    expect(frames[0]?.text).toContain('"role":"assistant"');
    expect(frames.at(-1)?.text).toBe('data: [DONE]\n\n');
    const reasons = eventsOf(answer).flatMap((chunk) =>
      objectsOf(chunk['choices']).flatMap((choice) =>
        choice['finish_reason'] === null || choice['message'] !== undefined ? [] : [choice['finish_reason']],
      ),
    );
    expect(reasons).toEqual(['tool_calls']);
    for (const frame of answer.frames) expect(frame.text).toMatch(/^(: [A-Z a-z-]+|data: (\{.*\}|\[DONE\]))\n\n$/);
    expect(new Set(eventsOf(answer).map((chunk) => chunk['id'])).size).toBe(1);
  });

  test.each(adding)('%s: the thought comes whole, and before the text', (dialect) => {
    const chunks = first(dialect).filter((chunk) => chunk['object'] === 'chat.completion.chunk');
    const deltas = chunks.flatMap((chunk) => objectsOf(chunk['choices']).map((choice) => choice['delta']));
    const said = deltas.map((delta) => saidIn(delta as JsonObject)).join('');
    expect(said.replaceAll('\n', '')).toBe('Both at once.I run both.');
  });

  test('minimax: each piece says everything so far, and the thought comes before the text', () => {
    const deltas = first('minimax').flatMap((chunk) => objectsOf(chunk['choices']).map((choice) => choice['delta']));
    const said = deltas.map((delta) => saidIn(delta as JsonObject)).filter((text) => text !== '');
    expect(said).toEqual(['Both ', 'Both at ', 'Both at once.', 'I ', 'I run ', 'I run both.']);
  });

  test.each([
    ['deepseek', 'reasoning_content'],
    ['dashscope', 'reasoning_content'],
    ['moonshot', 'reasoning_content'],
    ['groq', 'reasoning'],
    ['vllm', 'reasoning'],
    ['openrouter', 'reasoning'],
    ['openrouter', 'reasoning_details'],
    ['minimax', 'reasoning_details'],
  ])('%s: the thought stands in %s', (dialect, field) => {
    expect(JSON.stringify(collectMessage(first(dialect))[field])).toContain('Both at once.');
  });

  test('a thought without a place stands in tags, or in parts of the content', () => {
    expect(collectMessage(first('generic'))['content']).toStartWith('<think>\nBoth at once.\n</think>\n\n');
    expect(collectMessage(first('minimax', { reasoning_split: false }))['content']).toStartWith('<think>');
    expect(objectsOf(collectMessage(first('mistral'))['content'])[0]).toMatchObject({ type: 'thinking' });
  });

  test('token counts come where the vendor puts them, and in a chunk of their own only if asked for', () => {
    const withUsage = (dialect: string, more: JsonObject = {}): number =>
      first(dialect, more).filter((chunk) => JSON.stringify(chunk).includes('"completion_tokens"')).length;
    for (const dialect of ['deepseek', 'zai', 'mistral', 'xai', 'moonshot']) expect(withUsage(dialect)).toBe(1);
    for (const dialect of ['openai', 'dashscope', 'vllm', 'openrouter']) {
      expect(withUsage(dialect)).toBe(0);
      const asked = first(dialect, { stream_options: { include_usage: true } });
      expect(asked.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: expect.any(Number) } });
    }
    const kimi = first('moonshot').flatMap((chunk) => objectsOf(chunk['choices']));
    expect(kimi.at(-1)?.['usage']).toMatchObject({ cached_tokens: 0 });
  });

  test.each([
    ['deepseek', /^call_\d\d_[A-Za-z0-9]{24}$/],
    ['moonshot', /^functions\.exec_command:0$/],
    ['mistral', /^[a-zA-Z0-9]{9}$/],
    ['vllm', /^chatcmpl-tool-[0-9a-f]{32}$/],
    ['minimax', /^call_function_[a-z0-9]{12}_1$/],
    ['lmstudio', /^\d{9}$/],
  ])('%s: ids of calls look as they do there', (dialect, shape) => {
    const [call] = objectsOf(collectMessage(first(dialect))['tool_calls']);
    expect(String(call?.['id'])).toMatch(shape);
  });

  test('calls come whole, in pieces, or with the finish reason', () => {
    const pieces = (dialect: string): number =>
      first(dialect).filter((chunk) => JSON.stringify(chunk).includes('"tool_calls":[')).length;
    expect(pieces('groq')).toBe(2);
    expect(pieces('openai')).toBeGreaterThan(4);
    const last = first('mistral').at(-1);
    expect(objectsOf(last?.['choices'])[0]).toMatchObject({
      delta: { tool_calls: [{ index: 1 }] },
      finish_reason: 'tool_calls',
    });
  });

  test('OpenRouter keeps the connection busy with comments, MiniMax ends with the whole message', () => {
    const answer = streamOf(callWire(request('openrouter'), { wire: 'chat', dialect: 'openrouter' }));
    expect(answer.frames[0]?.text).toBe(': OPENROUTER PROCESSING\n\n');
    const whole = first('minimax').at(-1);
    expect(whole).toMatchObject({ object: 'chat.completion', base_resp: { status_code: 0 } });
    expect(objectsOf(whole?.['choices'])[0]?.['message']).toMatchObject({ content: 'I run both.' });
  });

  test('thinking that is switched off is not shown', () => {
    const off = first('deepseek', { thinking: { type: 'disabled' } });
    expect(JSON.stringify(off)).not.toContain('Both at once');
  });
});

function saidIn(delta: JsonObject | undefined): string {
  const { content, reasoning, reasoning_content, reasoning_details } = delta ?? {};
  const details = reasoning === undefined ? objectsOf(reasoning_details).map((detail) => detail['text'] ?? '') : [];
  const parts = objectsOf(content).map((part) => objectsOf(part['thinking'])[0]?.['text'] ?? '');
  const texts = [reasoning_content, reasoning, ...details, ...parts, content].filter(
    (text) => typeof text === 'string',
  );
  return texts.join('').replace(/<?\/?thi(nk>)?|<\/|<thi|^nk>|^think>/g, '');
}

describe('answers that are not streamed', () => {
  test.each(dialects)('%s: one message with everything', (dialect) => {
    const { stream: _, ...body } = request(dialect);
    const answer = bodyOf(callWire(body, { wire: 'chat', dialect, scenario: PARALLEL }));
    const json: unknown = JSON.parse(String(answer.body));
    if (!isObject(json)) throw new Error('no object');
    expect(answer.status).toBe(200);
    expect(json).toMatchObject({ object: 'chat.completion', usage: { prompt_tokens: expect.any(Number) } });
    const [choice] = objectsOf(json['choices']);
    const message = choice?.['message'] as JsonObject;
    expect(choice?.['finish_reason']).toBe('tool_calls');
    expect(objectsOf(message['tool_calls'])).toHaveLength(2);
    expect(JSON.stringify(message).includes('Both at once.')).toBe(dialect !== 'openai');
    // It goes back as it is.
    const outputs = objectsOf(message['tool_calls']).map((call) => ({
      role: 'tool',
      tool_call_id: call['id'],
      content: 'ok',
    }));
    const next = { ...body, messages: [{ role: 'user', content: 'go' }, message, ...outputs] };
    const content = message['content'] ?? '';
    const sendable = { ...next, messages: [next.messages[0], { ...message, content }, ...outputs] };
    expect(callWire(sendable, { wire: 'chat', dialect, scenario: PARALLEL }).step).toBe(2);
  });
});

describe('how failures are told in the middle of a stream', () => {
  const fail = (dialect: string, how: 'failed' | 'incomplete', code: string): JsonObject => {
    const answer = streamOf(callWire(request(dialect), { wire: 'chat', dialect }));
    const { text } = answer.fail({ how, code, message: 'It broke.' }, 3);
    return JSON.parse(text.slice('data: '.length));
  };
  test.each([
    ['openai', { error: { message: 'It broke.', type: 'server_error', code: 'server_error' } }],
    ['vllm', { error: { message: 'It broke.', type: 'BadRequestError', code: 500 } }],
    ['sglang', { object: 'error', message: 'It broke.' }],
    ['minimax', { base_resp: { status_code: 1000, status_msg: 'It broke.' } }],
    ['openrouter', { error: { code: 'server_error' }, choices: [{ finish_reason: 'error' }] }],
    ['zai', { error: { code: '1234' } }],
  ])('%s', (dialect, expected) => {
    expect(fail(dialect, 'failed', 'server_error')).toMatchObject(expected);
  });

  test('a limit that is reached is a finish reason', () => {
    expect(fail('groq', 'incomplete', 'max_output_tokens')).toMatchObject({ choices: [{ finish_reason: 'length' }] });
    expect(fail('groq', 'incomplete', 'content_filter')).toMatchObject({
      choices: [{ finish_reason: 'content_filter' }],
    });
  });
});

describe('where the conversation stands', () => {
  const LATER: Scenario = { ...PARALLEL, turns: [...PARALLEL.turns, [[{ kind: 'say', text: 'The second turn.' }]]] };
  const ask = (...messages: readonly JsonObject[]): string => {
    const body = request('generic', { messages: [{ role: 'user', content: 'go' }, ...messages] });
    return String(collectMessage(eventsOf(streamOf(callWire(body, { wire: 'chat', scenario: LATER }))))['content']);
  };
  test.each([
    ['a second prompt is a second turn', [{ role: 'user', content: 'and now' }], 'The second turn.'],
    [
      "Codex's own words are no prompt",
      [{ role: 'user', content: '<environment_context>x</environment_context>' }],
      'I run both.',
    ],
    [
      'to be told to go on is no prompt',
      [
        { role: 'assistant', content: 'x' },
        { role: 'user', content: 'Continue.' },
      ],
      '',
    ],
  ])('%s', (_, messages, text) => {
    expect(ask(...messages).replace(/^<think>[\s\S]*<\/think>\s*/, '')).toBe(text);
  });

  test('images that a tool answered are no prompt', () => {
    const call = { id: 'c', type: 'function', function: { name: 'view_image', arguments: '{}' } };
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } };
    const content = [{ type: 'text', text: 'Images from the tool output:' }, image];
    const answer = ask(
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'c', content: 'see below' },
      { role: 'user', content },
    );
    expect(answer).not.toContain('The second turn.');
  });

  test('a summary is made when Codex asks for one, and read when it comes back', () => {
    const calls = ['a', 'b'].map((id) => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } }));
    const summary = ask(
      { role: 'assistant', content: null, tool_calls: calls },
      { role: 'tool', tool_call_id: 'a', content: 'x' },
      { role: 'tool', tool_call_id: 'b', content: 'x' },
      { role: 'user', content: 'You are performing a CONTEXT CHECKPOINT COMPACTION.' },
    );
    expect(summary).toContain('[simulated progress: 2 calls]');
    expect(ask({ role: 'user', content: summary })).toBe('Done with both.');
  });
});
