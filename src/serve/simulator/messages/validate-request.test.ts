import { describe, expect, test } from 'bun:test';
import { type CallOptions, callWire, eventsOf, streamOf } from '../__fixtures__/call-wire.ts';
import { collectBlocks, MESSAGES_TOOLS, playMessages } from '../__fixtures__/messages-client.ts';
import type { JsonObject } from '../json.ts';

const user = (content: unknown): JsonObject => ({ role: 'user', content });
const assistant = (...content: readonly JsonObject[]): JsonObject => ({ role: 'assistant', content });
const text = (value: string, more: JsonObject = {}): JsonObject => ({ type: 'text', text: value, ...more });
const use = (id: string, more: JsonObject = {}): JsonObject => ({
  type: 'tool_use',
  id,
  name: 'f',
  input: {},
  ...more,
});
const result = (id: string, more: JsonObject = {}): JsonObject => ({
  type: 'tool_result',
  tool_use_id: id,
  content: 'ok',
  ...more,
});
const TOOL = { name: 'f', input_schema: { type: 'object' } };
const CACHED = { cache_control: { type: 'ephemeral' } };
const talk = (...messages: readonly JsonObject[]): JsonObject => ({ messages, tools: [TOOL] });

/** Status and error text of the answer to a request that is right but for `more`. */
function ask(more: JsonObject, options: Partial<CallOptions> = {}): readonly [number, string] {
  const body = { model: 'claude-opus-5', max_tokens: 4096, messages: [user('go')], ...more };
  const { answer } = callWire(JSON.parse(JSON.stringify(body)), { wire: 'messages', ...options });
  return answer.kind === 'stream' ? [200, ''] : [answer.status, answer.status === 200 ? '' : String(answer.body)];
}

describe('what Anthropic refuses', () => {
  const rows: readonly (readonly [string, JsonObject, string])[] = [
    ['no limit', { max_tokens: undefined }, 'max_tokens: Field required'],
    ['a limit of nothing', { max_tokens: 0 }, 'greater than or equal to 1'],
    ['a limit that no model has', { max_tokens: 500_000 }, 'maximum allowed number of output tokens'],
    ["Codex's own metadata", { client_metadata: {} }, 'client_metadata: Extra inputs are not permitted'],
    ['a developer', { messages: [{ role: 'developer', content: 'x' }] }, "messages.0.role: Input should be 'user' or"],
    ['a system message among the others', { messages: [{ role: 'system', content: 'x' }] }, 'messages.0.role'],
    ['an assistant that begins', talk(assistant(text('x')), user('y')), 'first message must use the'],
    ['two users in a row', talk(user('x'), user('y')), 'roles must alternate'],
    ['an assistant that ends', talk(user('x'), assistant(text('y'))), 'does not support assistant message prefill'],
    ['nothing said', talk(user('')), 'non-empty content'],
    ['an empty text', talk(user([text(' ')])), 'text content blocks must be non-empty'],
    ['an empty system prompt', { system: [text('')] }, 'system.0: text content blocks must be non-empty'],
    ['a block nobody knows', talk(user([{ type: 'input_text', text: 'x' }])), "Input tag 'input_text'"],
    ['an unknown field of a block', talk(user([text('x', { id: 'y' })])), 'text.id: Extra inputs'],
    ['a call without its result', talk(user('x'), assistant(use('a')), user('y')), 'were found without `tool_result`'],
    [
      'a result behind a text',
      talk(user('x'), assistant(use('a')), user([text('y'), result('a')])),
      'immediately after',
    ],
    ['one result of two', talk(user('x'), assistant(use('a'), use('b')), user([result('a')])), 'immediately after: b'],
    ['a result without its call', talk(user([result('a')])), 'unexpected `tool_use_id`'],
    [
      'an id twice',
      talk(user('x'), assistant(use('a'), use('a')), user([result('a')])),
      '`tool_use` ids must be unique',
    ],
    [
      'an id of the wrong shape',
      talk(user('x'), assistant(use('functions.f:0')), user([result('functions.f:0')])),
      'String should match pattern',
    ],
    [
      'a call whose input is text',
      talk(user('x'), assistant(use('a', { input: '{}' })), user([result('a')])),
      'valid dictionary',
    ],
    ['calls without tools', { messages: [user('x'), assistant(use('a')), user([result('a')])] }, 'must define tools'],
    ['a tool name of 65 letters', { tools: [{ ...TOOL, name: 'x'.repeat(65) }] }, 'tools.0.custom.name'],
    ['a tool name with a dot', { tools: [{ ...TOOL, name: 'a.b' }] }, 'tools.0.custom.name'],
    ['two tools of one name', { tools: [TOOL, TOOL] }, 'Tool names must be unique'],
    [
      'a tool as others define it',
      { tools: [{ type: 'function', function: TOOL }] },
      "Input tag 'function' is unknown",
    ],
    [
      'a schema that is no object',
      { tools: [{ name: 'f', input_schema: { type: 'string' } }] },
      "Input should be 'object'",
    ],
    [
      'a schema with alternatives',
      { tools: [{ name: 'f', input_schema: { type: 'object', anyOf: [] } }] },
      'at the top level',
    ],
    ['a choice without tools', { tool_choice: { type: 'auto' } }, 'while providing tools'],
    [
      'a choice of a tool that is not there',
      { tools: [TOOL], tool_choice: { type: 'tool', name: 'g' } },
      "Tool 'g' not found",
    ],
    [
      'more than four marks for the cache',
      { system: [1, 2, 3, 4, 5].map((at) => text(`${at}`, CACHED)) },
      'A maximum of 4 blocks',
    ],
    ['a mark nobody knows', { system: [text('x', { cache_control: { type: 'forever' } })] }, 'cache_control'],
    ['thinking of an unknown kind', { thinking: { type: 'auto' } }, 'thinking.type'],
    [
      'a budget that is too small',
      { thinking: { type: 'enabled', budget_tokens: 100 } },
      'greater than or equal to 1024',
    ],
    ['a budget above the limit', { thinking: { type: 'enabled', budget_tokens: 5000 } }, 'must be greater than'],
    [
      'thinking and a forced call',
      { ...talk(user('x')), thinking: { type: 'adaptive' }, tool_choice: { type: 'any' } },
      'forces tool use',
    ],
    ['thinking and a temperature', { thinking: { type: 'adaptive' }, temperature: 0 }, 'may only be set to 1'],
    ['binding without its beta', { thinking: { type: 'adaptive', block_binding: {} } }, 'block_binding: Extra inputs'],
    [
      'an invented signature',
      talk(user('x'), assistant({ type: 'thinking', thinking: 'y', signature: 'z' }, text('w')), user('v')),
      'messages.1.content.0: Invalid `signature`',
    ],
    [
      'invented redacted thinking',
      talk(user('x'), assistant({ type: 'redacted_thinking', data: 'gAAAAAB' }, text('w')), user('v')),
      'redacted_thinking',
    ],
    [
      'a budget, and work that began without a thought',
      {
        ...talk(user('x'), assistant(use('a')), user([result('a')])),
        thinking: { type: 'enabled', budget_tokens: 2000 },
      },
      'Expected `thinking`',
    ],
    [
      'an image it cannot read',
      talk(user([{ type: 'image', source: { type: 'base64', media_type: 'image/tiff', data: 'AA' } }])),
      'media_type',
    ],
  ];
  test.each(rows)('%s', (_, more, words) => {
    const [status, error] = ask(more);
    expect(error).toContain(JSON.stringify(words).slice(1, -1));
    expect(status).toBe(400);
    expect(JSON.parse(error)).toMatchObject({ type: 'error', error: { type: 'invalid_request_error' } });
  });

  test.each([
    ['no version', {}, 'anthropic-version: header is required'],
    ['a version of the future', { 'anthropic-version': '2030-01-01' }, 'not a valid version'],
    [
      'an unknown beta',
      { 'anthropic-version': '2023-06-01', 'anthropic-beta': 'effort-2025-11-24, magic-2026' },
      'Unexpected value(s) `magic-2026`',
    ],
  ])('%s', (_, headers: Record<string, string>, words) => {
    const [status, error] = ask({}, { headers });
    expect([status, error.includes(words)]).toEqual([400, true]);
  });

  test('sampling, in the newest version', () => {
    expect(ask({ temperature: 1 }, { headers: { 'anthropic-version': '2026-10-21' } })[0]).toBe(400);
    expect(ask({ temperature: 1 })[0]).toBe(200);
  });

  test.each([
    ['a call and its result', talk(user('x'), assistant(use('a')), user([result('a'), text('y')]))],
    [
      'an image in a result',
      talk(
        user('x'),
        assistant(use('a')),
        user([
          result('a', {
            content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AA==' } }],
          }),
        ]),
      ),
    ],
    ['a hosted tool', { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }],
    ['four marks for the cache', { system: [1, 2, 3, 4].map((at) => text(`${at}`, CACHED)) }],
    ['no call allowed', { tools: [TOOL], tool_choice: { type: 'none' } }],
  ])('but not: %s', (_, more) => {
    expect(ask(more)).toEqual([200, '']);
  });
});

describe('thinking that comes back', () => {
  const THINKING = { thinking: { type: 'adaptive', display: 'summarized' } };
  const options = { wire: 'messages', name: 'mine' } as const;
  const played = (name = 'mine', model = 'claude-opus-5'): readonly JsonObject[] =>
    playMessages({ wire: 'messages', name }, { ...THINKING, model }).messages.slice(0, 3);
  const send = (messages: readonly JsonObject[], more: JsonObject = {}, extra: Partial<CallOptions> = {}) =>
    ask({ ...THINKING, tools: MESSAGES_TOOLS, system: 'Be brief.', messages, ...more }, { ...options, ...extra });
  const changed = (messages: readonly JsonObject[], from: string, to: string): readonly JsonObject[] => {
    const json = JSON.stringify(messages);
    expect(json).toContain(from);
    return JSON.parse(json.replace(from, to));
  };

  test('is accepted as it was', () => expect(send(played())).toEqual([200, '']));
  test('must not be changed', () => {
    expect(send(changed(played(), '"thinking":"**Planning', '"thinking":"**Altering'))[1]).toContain(
      'Invalid `signature`',
    );
  });
  test("is not another account's", () => expect(send(played('theirs'))[1]).toContain('Invalid `signature`'));
  test('may be left out', () => {
    const without = played().map((message) => {
      const content = message['content'];
      if (!Array.isArray(content)) return message;
      return { ...message, content: content.filter((block) => block.type !== 'thinking') };
    });
    expect(send(without)[0]).toBe(200);
  });

  const later = (): readonly JsonObject[] =>
    changed(played('mine', 'claude-fable-5-1'), 'Do the task.', 'Do the other task.');
  const FABLE = { model: 'claude-fable-5-1' };
  const BETA = { 'anthropic-version': '2023-06-01', 'anthropic-beta': 'thinking-binding-controls-2026-08-01' };
  test('may be moved where nothing binds it', () => expect(send(later())[0]).toBe(200));
  test('is bound to what was before it at newer models, marks for the cache aside', () => {
    expect(send(played('mine', 'claude-fable-5-1'), { ...FABLE, system: [text('Be brief.', CACHED)] })[0]).toBe(200);
    expect(send(later(), FABLE)[1]).toContain('The block is bound to a different conversation');
    expect(send(played('mine', 'claude-fable-5-1'), { ...FABLE, system: 'Be long.' })[0]).toBe(400);
  });
  test('is dropped instead, if the request says so', () => {
    const thinking = { ...THINKING.thinking, block_binding: { prefix_mismatch_behavior: 'drop_block' } };
    expect(send(later(), { ...FABLE, thinking }, { headers: BETA })[0]).toBe(200);
  });
  test('every account can be as strict', () => {
    expect(send(later(), {}, { strictness: { bindsThinking: true } })[0]).toBe(400);
  });
});

describe('those who copied the API', () => {
  test('DeepSeek wants its thoughts back with calls, in whatever form', () => {
    const options = { dialect: 'deepseek' } as const;
    const lost = talk(user('x'), assistant(use('a')), user([result('a')]));
    const empty = talk(
      user('x'),
      assistant({ type: 'thinking', thinking: '', signature: '' }, use('a')),
      user([result('a')]),
    );
    expect(ask(lost, options)[1]).toContain('`content[].thinking` in the thinking mode must be passed back');
    expect(ask(empty, options)[0]).toBe(200);
    expect(ask({ ...lost, thinking: { type: 'disabled' } }, options)[0]).toBe(200);
  });
  test('they need no version, and sign nothing', () => {
    expect(ask({}, { dialect: 'minimax', headers: {} })[0]).toBe(200);
    const answer = callWire(
      { model: 'm', max_tokens: 9, stream: true, messages: [user('x')] },
      { wire: 'messages', dialect: 'moonshot' },
    );
    expect(collectBlocks(eventsOf(streamOf(answer)))[0]).toMatchObject({ type: 'thinking', signature: '' });
  });
});

test('a key is expected in either header', () => {
  const version = { 'anthropic-version': '2023-06-01' };
  expect(ask({}, { key: 'k' })[0]).toBe(401);
  expect(ask({}, { key: 'k', headers: { ...version, 'x-api-key': 'k' } })[0]).toBe(200);
  expect(ask({}, { key: 'k', headers: { ...version, authorization: 'Bearer k' } })[0]).toBe(200);
});
