import { describe, expect, test } from 'bun:test';
import { bodyOf, type CallOptions, callWire } from '../__fixtures__/call-wire.ts';
import { CHAT_TOOLS, playChat } from '../__fixtures__/chat-client.ts';
import type { JsonObject } from '../json.ts';
import { CHAT_VENDORS } from './find-chat-vendor.ts';

const dialects = CHAT_VENDORS.map((vendor) => vendor.id);
const user = (content: unknown): JsonObject => ({ role: 'user', content });
const system = (content: string): JsonObject => ({ role: 'system', content });
const assistant = (content: unknown, more: JsonObject = {}): JsonObject => ({ role: 'assistant', content, ...more });
const tool = (id: string, content: unknown = 'ok'): JsonObject => ({ role: 'tool', tool_call_id: id, content });
const calls = (...ids: readonly string[]): JsonObject => ({
  tool_calls: ids.map((id) => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } })),
});
const one = (name: string, more: JsonObject = {}): JsonObject => ({
  tools: [{ type: 'function', function: { name, parameters: { type: 'object' }, ...more } }],
});
/** An id that every vendor takes. */
const ID = 'abcDEF123';
const IMAGE = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } };

/** Status and error text of the answer to a request that is right but for `more`. */
function ask(more: JsonObject, dialect = 'generic', options: Partial<CallOptions> = {}): readonly [number, string] {
  const body = { model: 'm', messages: [user('go')], ...more };
  const { answer } = callWire(body, { wire: 'chat', dialect, ...options });
  return answer.kind === 'stream' ? [200, ''] : [answer.status, answer.status === 200 ? '' : String(answer.body)];
}

describe('what every vendor refuses', () => {
  const rows: readonly (readonly [string, JsonObject])[] = [
    ["Codex's own metadata", { client_metadata: { a: 'b' } }],
    ['the other API', { input: 'go' }],
    ['a field that is null', { temperature: null }],
    ['no messages', { messages: [] }],
    ['a role nobody knows', { messages: [{ role: 'critic', content: 'x' }] }],
    ['an assistant that begins', { messages: [assistant('x'), user('y')] }],
    ['an assistant that ends', { messages: [user('x'), assistant('y')] }],
    ['nothing said', { messages: [user('')] }],
    ['a content part nobody knows', { messages: [user([{ type: 'input_text', text: 'x' }])] }],
    ['an unknown field of a message', { messages: [{ role: 'user', content: 'x', phase: 'commentary' }] }],
    ['a call without its output', { messages: [user('x'), assistant('', calls(ID)), user('y')] }],
    ['a call whose output is missing at the end', { messages: [user('x'), assistant('', calls(ID))] }],
    ['one output of two', { messages: [user('x'), assistant('', calls(ID, 'abcDEF124')), tool(ID)] }],
    ['an output without its call', { messages: [user('x'), tool(ID)] }],
    ['an output twice', { messages: [user('x'), assistant('', calls(ID)), tool(ID), tool(ID)] }],
    ['an id twice', { messages: [user('x'), assistant('', calls(ID, ID)), tool(ID)] }],
    ['a call without id', { messages: [user('x'), assistant('', calls(''))] }],
    ['tools that are none', { tools: [] }],
    ['a choice without tools', { tool_choice: 'auto' }],
    ['parallel calls without tools', { parallel_tool_calls: true }],
    ['a tool of another type', { tools: [{ type: 'custom', name: 'exec' }] }],
    ['a tool name with a dot', one('a.b')],
    ['a tool name of 65 letters', one('x'.repeat(65))],
    ['two tools of one name', { tools: [...CHAT_TOOLS, ...CHAT_TOOLS] }],
    ['a tool without a schema', { tools: [{ type: 'function', function: { name: 'f' } }] }],
    ['a namespace on a tool', one('f', { namespace: 'mcp' })],
    ['stream options without a stream', { stream_options: { include_usage: true } }],
  ];
  test.each(rows)('%s', (_, more) => {
    for (const dialect of dialects) expect([dialect, Math.floor(ask(more, dialect)[0] / 100)]).toEqual([dialect, 4]);
  });
});

describe('what only some refuse', () => {
  const rows: readonly (readonly [string, string, JsonObject, string])[] = [
    [
      'a developer',
      'deepseek',
      { messages: [{ role: 'developer', content: 'x' }, user('y')] },
      'unknown variant `developer`',
    ],
    [
      'a second system message',
      'minimax',
      { messages: [system('a'), system('b'), user('x')] },
      'invalid chat setting (2013)',
    ],
    [
      'a system message in the middle',
      'vllm',
      { messages: [user('x'), system('a'), user('y')] },
      'System message must be at the beginning',
    ],
    ['two users in a row', 'llamacpp', { messages: [user('x'), user('y')] }, 'roles must alternate'],
    [
      'a user after a tool',
      'mistral',
      { messages: [user('x'), assistant('', calls(ID)), tool(ID), user('y')] },
      "Unexpected role 'user' after role 'tool'",
    ],
    [
      'an id of the wrong shape',
      'mistral',
      { messages: [user('x'), assistant('', calls('call_123')), tool('call_123')] },
      'must be a-z, A-Z, 0-9, with a length of 9',
    ],
    ['null beside calls', 'mistral', { messages: [user('x'), assistant(null, calls(ID)), tool(ID)] }, 'content'],
    [
      'calls without what was thought',
      'deepseek',
      { messages: [user('x'), assistant('', calls(ID)), tool(ID)] },
      'must be passed back to the API',
    ],
    [
      'calls with an empty thought',
      'moonshot',
      { messages: [user('x'), assistant('', { ...calls(ID), reasoning_content: '' }), tool(ID)] },
      'reasoning_content is missing in assistant tool call message at index 1',
    ],
    [
      'a thought where nobody looks for it',
      'groq',
      { messages: [user('x'), assistant('y', { reasoning_content: 'z' }), user('w')] },
      "property 'reasoning_content' is unsupported",
    ],
    ['an image', 'deepseek', { messages: [user([IMAGE])] }, 'unknown variant `image_url`'],
    ['a fixed temperature', 'moonshot', { temperature: 0.2 }, 'invalid temperature'],
    ['an effort it does not know', 'moonshot', { reasoning_effort: 'medium' }, 'invalid reasoning_effort'],
    ['thinking of another kind', 'minimax', { thinking: { type: 'enabled' } }, 'thinking.type'],
    ['a choice of tools', 'minimax', { ...one('f'), tool_choice: 'auto' }, 'tool_choice'],
    ['the old limit', 'openai', { max_tokens: 5 }, 'max_tokens'],
    ['strict tools', 'moonshot', one('f', { strict: true }), 'strict'],
    ['a schema for the answer', 'deepseek', { response_format: { type: 'json_schema' } }, 'response_format.type'],
    ['penalties', 'xai', { presence_penalty: 1 }, 'Argument not supported on this model: presence_penalty'],
    [
      'usage on request',
      'mistral',
      { stream: true, stream_options: { include_usage: true } },
      'Extra inputs are not permitted',
    ],
    [
      'broken arguments of an earlier call',
      'minimax',
      {
        messages: [
          user('x'),
          assistant('', { tool_calls: [{ id: ID, type: 'function', function: { name: 'f', arguments: '{' } }] }),
          tool(ID),
        ],
      },
      'invalid function arguments json string',
    ],
  ];
  test.each(rows)('%s: %s', (_what, dialect, more, text) => {
    const [status, error] = ask(more, dialect);
    expect([400, 422]).toContain(status);
    // What exactly is wrong, one vendor keeps to itself.
    expect(error).toContain(text);
  });

  test('each of them is accepted by another one', () => {
    const others: Readonly<Record<string, string>> = { 'strict tools': 'openai', 'a fixed temperature': 'openai' };
    for (const [what, , more] of rows) {
      const accepting = [others[what] ?? '', ...dialects].filter(
        (dialect) => dialect !== '' && ask(more, dialect)[0] === 200,
      );
      expect([what, accepting.length > 0]).toEqual([what, true]);
    }
  });

  test('without thinking nothing has to be passed back', () => {
    const messages = [user('x'), assistant('', calls(ID)), tool(ID)];
    expect(ask({ messages, thinking: { type: 'disabled' } }, 'deepseek')[0]).toBe(200);
  });
});

describe('what OpenRouter signed', () => {
  const play = (name: string): readonly JsonObject[] =>
    playChat({ wire: 'chat', dialect: 'openrouter', name }).messages;
  const send = (messages: readonly JsonObject[]): readonly [number, string] =>
    ask({ messages: messages.slice(0, 4), tools: CHAT_TOOLS }, 'openrouter', { name: 'mine' });
  const changed = (messages: readonly JsonObject[], from: string, to: string): readonly JsonObject[] =>
    JSON.parse(JSON.stringify(messages).replace(from, to));

  test('comes back as it was', () => expect(send(play('mine'))[0]).toBe(200));
  test('may be left out', () => {
    const without = play('mine').map(({ reasoning_details: _, ...message }) => message);
    expect(send(without)[0]).toBe(200);
  });
  test('must not be changed', () => {
    const [status, error] = send(changed(play('mine'), '"text":"**Planning', '"text":"**Altering'));
    expect([status, error.includes('Invalid `signature`')]).toEqual([400, true]);
  });
  test("is not another account's", () => expect(send(play('theirs'))[0]).toBe(400));
});

describe('errors as they look there', () => {
  const shape = (dialect: string): unknown => {
    const { answer } = callWire({ model: 'm', messages: [] }, { wire: 'chat', dialect });
    return JSON.parse(String(bodyOf({ answer }).body));
  };
  test.each([
    ['openai', { error: { type: 'invalid_request_error', param: 'messages', code: 'missing_required_parameter' } }],
    ['deepseek', { error: { type: 'invalid_request_error', param: null, code: 'invalid_request_error' } }],
    ['minimax', { type: 'error', error: { type: 'bad_request_error', http_code: '400' } }],
    ['zai', { error: { code: '1214' } }],
    ['mistral', { object: 'error', type: 'invalid_request_error' }],
    ['xai', { code: 'Client specified an invalid argument', error: expect.any(String) }],
    [
      'openrouter',
      { error: { code: 400, message: 'Provider returned error', metadata: { provider_name: 'Anthropic' } } },
    ],
    ['lmstudio', { error: expect.any(String) }],
    ['llamacpp', { error: { code: 400 } }],
  ])('%s', (dialect, expected) => {
    expect(shape(dialect)).toMatchObject(expected);
  });
});

describe('how exacting it is can be chosen', () => {
  const options: readonly (readonly [string, JsonObject, Partial<CallOptions>, number])[] = [
    ['a model it has', {}, { strictness: { models: ['m'] } }, 200],
    ['a model it has not', {}, { strictness: { models: ['n'] } }, 404],
    ['a conversation that is too long', {}, { strictness: { contextTokens: 3 } }, 400],
    ['anything', { messages: [user('')], what: 1 }, { strictness: { validate: false } }, 200],
    ['no key', {}, { key: 'sk-1' }, 401],
    ['a wrong key', {}, { key: 'sk-1', headers: { authorization: 'Bearer sk-2' } }, 401],
    ['the key', {}, { key: 'sk-1', headers: { authorization: 'Bearer sk-1' } }, 200],
  ];
  test.each(options)('%s', (_, more, how, status) => {
    expect(ask(more, 'generic', how)[0]).toBe(status);
  });

  test('xAI says 400 to a wrong key', () => {
    expect(ask({}, 'xai', { key: 'k', headers: { authorization: 'Bearer x' } })[0]).toBe(400);
  });
});

test('what is no object at all is refused', () => {
  for (const body of [undefined, null, [], 'x', 7]) {
    expect(bodyOf(callWire(body, { wire: 'chat' })).status).toBe(400);
  }
});
