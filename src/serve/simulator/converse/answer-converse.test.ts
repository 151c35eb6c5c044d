import { describe, expect, test } from 'bun:test';
import { bodyOf, type CallOptions, callWire, streamOf } from '../__fixtures__/call-wire.ts';
import { PARALLEL } from '../__fixtures__/parallel-scenario.ts';
import type { StreamAnswer } from '../answer.ts';
import { isObject, type JsonObject, objectsOf } from '../json.ts';
import { TASK, TASK_RESULT } from '../scenarios/task.ts';

const tool = (name: string, json: JsonObject = { type: 'object' }): JsonObject => ({
  toolSpec: { name, inputSchema: { json } },
});
const TOOLS = { toolConfig: { tools: ['exec_command', 'apply_patch', 'mcp__demo__lookup'].map((name) => tool(name)) } };
const THINKS = { additionalModelRequestFields: { thinking: { type: 'adaptive', display: 'summarized' } } };

const user = (text: string): JsonObject => ({ role: 'user', content: [{ text }] });
const assistant = (...content: readonly JsonObject[]): JsonObject => ({ role: 'assistant', content });
const use = (toolUseId: string, name = 'f'): JsonObject => ({ toolUse: { toolUseId, name, input: {} } });
const result = (toolUseId: string): JsonObject => ({ toolResult: { toolUseId, content: [{ text: 'done' }] } });

/** The events of a stream by their names. */
const eventsOf = ({ frames }: StreamAnswer): readonly (readonly [string, JsonObject])[] =>
  frames.map(({ text }) => [text.slice(0, text.indexOf(' ')), JSON.parse(text.slice(text.indexOf(' ')))] as const);

/** The message that the events add up to, as a careful client puts it together. */
function messageOf(answer: StreamAnswer): readonly JsonObject[] {
  const blocks: JsonObject[] = [];
  for (const [type, event] of eventsOf(answer)) {
    const at = Number(event['contentBlockIndex']);
    if (type === 'contentBlockStart') blocks[at] = { ...(event['start'] as JsonObject) };
    if (type === 'contentBlockDelta') blocks[at] = joined(blocks[at], event['delta'] as JsonObject);
  }
  return blocks.map((block) => {
    const call = block['toolUse'];
    return isObject(call) ? { toolUse: { ...call, input: JSON.parse(String(call['input'])) } } : block;
  });
}

function joined(block: JsonObject | undefined, { text, toolUse, reasoningContent: thought }: JsonObject): JsonObject {
  if (typeof text === 'string') return { text: `${block?.['text'] ?? ''}${text}` };
  if (isObject(toolUse)) {
    const before = block?.['toolUse'] as JsonObject;
    return { toolUse: { ...before, input: `${before['input'] ?? ''}${toolUse['input']}` } };
  }
  const { text: piece = '', ...rest } = thought as JsonObject;
  const reasoning = (block?.['reasoningContent'] as JsonObject | undefined)?.['reasoningText'] as
    | JsonObject
    | undefined;
  return {
    reasoningContent: { reasoningText: { ...reasoning, ...rest, text: `${reasoning?.['text'] ?? ''}${piece}` } },
  };
}

/** Sends every block back as it came. */
function play(options: Partial<CallOptions> = {}, change = (block: JsonObject): JsonObject => block) {
  const messages: JsonObject[] = [user('Do the task.')];
  const names: unknown[] = [];
  for (let at = 0; at < 9; at += 1) {
    const reply = callWire({ messages, ...TOOLS, ...THINKS }, { wire: 'converse', ...options });
    const content = messageOf(streamOf(reply)).map(change);
    messages.push({ role: 'assistant', content });
    const calls = content.flatMap((block) => (isObject(block['toolUse']) ? [block['toolUse']] : []));
    if (calls.length === 0) return { names, text: content.map((block) => block['text'] ?? '').join(''), messages };
    names.push(...calls.map((call) => call['name']));
    messages.push({ role: 'user', content: calls.map((call) => result(String(call['toolUseId']))) });
  }
  throw new Error('the model never stops calling');
}

/** Status, type and text of the answer. */
function ask(body: JsonObject, options: Partial<CallOptions> = {}): readonly [number, string, string] {
  const { answer } = callWire({ messages: [user('go')], ...body }, { wire: 'converse', ...options });
  if (answer.kind === 'stream') return [200, '', ''];
  const type = answer.headers.find(([name]) => name === 'x-amzn-errortype')?.[1].split(':')[0] ?? '';
  return [answer.status, type, String(JSON.parse(String(answer.body)).message)];
}

describe('a client that sends every block back as it came', () => {
  test('does the whole task', () => {
    const { names, text } = play({ scenario: TASK });
    expect([names, text]).toEqual([['exec_command', 'apply_patch'], TASK_RESULT.finalMessage]);
  });

  test('runs parallel calls', () => {
    expect(play({ scenario: PARALLEL }).names).toEqual(['exec_command', 'mcp__demo__lookup']);
  });

  test('a thought that was changed, or came from elsewhere, is refused', () => {
    const changed = (block: JsonObject): JsonObject =>
      'reasoningContent' in block
        ? { reasoningContent: { reasoningText: { ...thoughtIn(block), text: 'another thought' } } }
        : block;
    expect(() => play({ scenario: PARALLEL }, changed)).toThrow('Invalid `signature` in `thinking` block');
    const messages = play({ scenario: PARALLEL, name: 'theirs' }).messages.slice(0, 3);
    expect(ask({ messages, ...TOOLS }, { name: 'mine' })[2]).toContain('Invalid `signature`');
    expect(ask({ messages, ...TOOLS }, { name: 'theirs' })[0]).toBe(200);
  });
});

const thoughtIn = (block: JsonObject): JsonObject =>
  ((block['reasoningContent'] as JsonObject)['reasoningText'] as JsonObject) ?? {};

describe('what is refused', () => {
  const calls = { messages: [user('x'), assistant(use('a')), { role: 'user', content: [result('a')] }] };
  const withMessages = (...messages: readonly JsonObject[]): JsonObject => ({
    messages,
    toolConfig: { tools: [tool('f')] },
  });
  const rows: readonly (readonly [string, JsonObject, string])[] = [
    ['a field of another API', { max_tokens: 5 }, 'extraneous key [max_tokens]'],
    ['nothing said', { messages: [] }, "at 'messages'"],
    ['a role of another API', { messages: [{ role: 'model', content: [{ text: 'x' }] }] }, 'enum value set'],
    ['a message without content', { messages: [{ role: 'user', content: [] }] }, 'is empty'],
    ['a blank text', { messages: [user(' ')] }, 'is blank'],
    ['two users in a row', { messages: [user('x'), user('y')] }, 'must alternate'],
    ['an assistant that begins', withMessages(assistant({ text: 'x' }), user('y')), 'start with a user message'],
    ['an assistant that ends', withMessages(user('x'), assistant({ text: 'y' })), 'prefill'],
    ['a call without its result', withMessages(user('x'), assistant(use('a')), user('y')), 'following Ids: a'],
    ['a result without its call', withMessages({ role: 'user', content: [result('a')] }), 'exceeds the number'],
    ['one id for two calls', withMessages(user('x'), assistant(use('a'), use('a')), user('y')), 'duplicate Ids: a'],
    ['an id with a dot', withMessages(user('x'), assistant(use('a.b')), user('y')), 'pattern'],
    ['an id that is too long', withMessages(user('x'), assistant(use('a'.repeat(65))), user('y')), 'equal to 64'],
    ['calls without tools', calls, 'toolConfig field must be defined'],
    ['an empty list of tools', { toolConfig: { tools: [] } }, 'toolConfig.tools'],
    ['two tools of one name', { toolConfig: { tools: [tool('f'), tool('f')] } }, 'already defined'],
    ['a tool name with a slash', { toolConfig: { tools: [tool('a/b')] } }, 'toolSpec.name'],
    ['a schema of a string', { toolConfig: { tools: [tool('f', { type: 'string' })] } }, 'following: object'],
    ['a schema of alternatives', { toolConfig: { tools: [tool('f', { type: 'object', anyOf: [] })] } }, 'top level'],
    ['a choice of another API', { toolConfig: { tools: [tool('f')], toolChoice: { none: {} } } }, 'auto, any, tool'],
    ['a blank system prompt', { system: [{ text: '' }] }, 'is blank'],
    [
      'a forced call while it thinks',
      { toolConfig: { tools: [tool('f')], toolChoice: { any: {} } }, ...THINKS },
      'Thinking may not be enabled',
    ],
    [
      'a field of thinking that nobody knows',
      { additionalModelRequestFields: { thinking: { type: 'adaptive', block_binding: {} } } },
      'Extra inputs',
    ],
    ['a budget above the limit', budget(1024, 1000), 'must be greater than'],
    [
      'an image that is none',
      { messages: [{ role: 'user', content: [{ image: { format: 'bmp', source: { bytes: 'AA==' } } }] }] },
      'image.format',
    ],
    [
      'more cache points than four',
      { system: [1, 2, 3, 4, 5].map(() => ({ cachePoint: { type: 'default' } })) },
      'maximum of 4',
    ],
  ];

  test.each(rows)('%s', (_, body, words) => {
    const [status, type, message] = ask(body);
    expect([status, type]).toEqual([400, 'ValidationException']);
    expect(message).toContain(words);
  });

  test('a cache point for a model that has none', () => {
    const system = [{ text: 'x' }, { cachePoint: { type: 'default' } }];
    expect(ask({ system }, { model: 'meta.llama4' })[2]).toContain('prompt caching');
    expect(ask({ system })[0]).toBe(200);
  });

  test('keys and models', () => {
    const authorization = (value: string) => ({ key: 'k', headers: { authorization: value } });
    expect(ask({}, { key: 'k', headers: {} }).slice(0, 2)).toEqual([403, 'MissingAuthenticationTokenException']);
    expect(ask({}, authorization('Bearer x')).slice(0, 2)).toEqual([403, 'AccessDeniedException']);
    expect(ask({}, authorization('Bearer k'))[0]).toBe(200);
    expect(ask({}, authorization('AWS4-HMAC-SHA256 Credential=x'))[0]).toBe(200);
    expect(ask({}, { strictness: { models: ['other'] } })[2]).toContain('model identifier is invalid');
    expect(ask({}, { strictness: { contextTokens: 1 } })[2]).toContain('prompt is too long');
  });
});

function budget(tokens: number, maxTokens: number): JsonObject {
  return {
    inferenceConfig: { maxTokens },
    additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: tokens } },
  };
}

describe('answers', () => {
  const request = { messages: [user('go')], ...TOOLS, ...THINKS };

  test('begin, end and are counted in events of their own', () => {
    const events = eventsOf(streamOf(callWire(request, { wire: 'converse', scenario: PARALLEL })));
    const types = events.map(([type]) => type);
    expect([types[0], ...types.slice(-2)]).toEqual(['messageStart', 'messageStop', 'metadata']);
    expect(events.at(-2)?.[1]).toEqual({ stopReason: 'tool_use' });
    expect(events.at(-1)?.[1]).toMatchObject({ usage: { cacheReadInputTokens: 0 } });
    expect(types.filter((type) => type === 'contentBlockStart')).toHaveLength(2);
  });

  test('hold thoughts only when asked to, and unsigned ones of models that sign nothing', () => {
    const thoughts = (body: JsonObject, model = 'anthropic.claude-opus-5'): readonly JsonObject[] =>
      messageOf(streamOf(callWire(body, { wire: 'converse', scenario: PARALLEL, model }))).filter(
        (block) => 'reasoningContent' in block,
      );
    expect(thoughts(request)).toHaveLength(1);
    expect(thoughts({ messages: [user('go')] })).toEqual([]);
    expect(thoughts({ messages: [user('go')] }, 'openai.gpt-oss-120b')).toEqual([
      { reasoningContent: { reasoningText: { text: 'Both at once.' } } },
    ]);
  });

  test('that are not streamed are one object', () => {
    const answer = bodyOf(callWire(request, { wire: 'converse', scenario: PARALLEL, stream: false }));
    const { output, stopReason } = JSON.parse(String(answer.body));
    expect(stopReason).toBe('tool_use');
    expect(objectsOf(output.message.content).map((block) => Object.keys(block)[0])).toEqual([
      'reasoningContent',
      'text',
      'toolUse',
      'toolUse',
    ]);
  });

  test('failures in the middle are exceptions', () => {
    const { fail } = streamOf(callWire(request, { wire: 'converse' }));
    const overloaded = fail({ how: 'error', code: 'server_is_overloaded', message: 'Later.' }, 2);
    expect(overloaded.text).toBe('serviceUnavailableException {"message":"Later."}\n');
    expect(Buffer.from(overloaded.bytes ?? []).toString('latin1')).toContain(':exception-type');
    expect(fail({ how: 'incomplete', code: 'content_filter', message: '' }, 2).text).toContain('content_filtered');
  });
});
