import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import fc from 'fast-check';
import { sealPortable, sealState } from '../../continuity/envelope.ts';
import { expectGolden, fixtureNames, readFixture } from '../__fixtures__/golden.ts';
import { asObjects, type JsonObject } from '../read-json.ts';
import { readRequest } from '../responses/request.ts';
import { findRejections } from './__fixtures__/strict-chat-server.ts';
import type { ChatTarget } from './chat-target.ts';
import { CHAT_DIALECTS, findChatDialect } from './dialects.ts';
import { type EncodedChatRequest, encodeChatRequest } from './encode-request.ts';

const CAPTURES = join(import.meta.dir, '../__fixtures__/requests');
const FOLDER = join(import.meta.dir, '__fixtures__/encode');
const dialectIds = CHAT_DIALECTS.map((dialect) => dialect.id);

function targetFor(id: string): ChatTarget {
  return {
    dialect: findChatDialect(id),
    model: `${id}-model`,
    owner: { domain: id, model: `${id}-model`, wire: 'chat' },
  };
}

function encode(body: unknown, target: ChatTarget): EncodedChatRequest {
  const request = readRequest(body);
  if (!request.ok) throw new Error(request.problem.message);
  const encoded = encodeChatRequest(request.value, target, true);
  if (!encoded.ok) throw new Error(`${encoded.problem.param}: ${encoded.problem.message}`);
  return encoded.value;
}

function messagesOf(body: JsonObject): readonly JsonObject[] {
  return asObjects(body['messages']);
}

const user = (text: string): JsonObject => ({ type: 'message', role: 'user', content: text });

describe('a request with everything in it', () => {
  const everything = readFixture(FOLDER, 'everything.json');

  test.each(dialectIds)('for %s is as it was read in review, and accepted', (id) => {
    const target = targetFor(id);
    const text = everything.replace('OWN', sealState(target.owner, { form: 'summary' }));
    const { body, headers, repairs } = encode(JSON.parse(text), target);
    expectGolden(join(FOLDER, `everything.${id}.json`), `${JSON.stringify({ headers, body }, null, 2)}\n`);
    expect(findRejections(body, id)).toEqual([]);
    expect(repairs).toEqual(['orphan-output', 'repeated-call-id', 'missing-output', 'moved-message']);
  });
});

describe("Codex's own requests", () => {
  test.each(fixtureNames(CAPTURES, '.json').flatMap((name) => dialectIds.map((id) => [name, id] as const)))(
    '%s is accepted by %s, and the same bytes each time',
    (name, id) => {
      const text = readFixture(CAPTURES, `${name}.json`);
      const { body } = encode(JSON.parse(text), targetFor(id));
      expect(findRejections(body, id)).toEqual([]);
      expect(JSON.stringify(encode(JSON.parse(text), targetFor(id)).body)).toBe(JSON.stringify(body));
    },
  );

  test.each(dialectIds)('with call ids as vLLM makes them is accepted by %s, each call with its output', (id) => {
    const body = JSON.parse(readFixture(CAPTURES, 'classic-resumed.json'));
    const lengthen = (item: JsonObject): JsonObject =>
      item['call_id'] === undefined ? item : { ...item, call_id: `chatcmpl-tool-${'0'.repeat(30)}${item['call_id']}` };
    const { body: sent, repairs } = encode({ ...body, input: body.input.map(lengthen) }, targetFor(id));
    expect(findRejections(sent, id)).toEqual([]);
    expect(repairs).not.toContain('missing-output');
  });

  test('a step only adds to the messages of the step before it: prompt caches live on that', () => {
    const body = JSON.parse(readFixture(CAPTURES, 'classic-resumed.json'));
    for (const id of dialectIds) {
      const whole = messagesOf(encode(body, targetFor(id)).body);
      const shorter = messagesOf(encode({ ...body, input: body.input.slice(0, 10) }, targetFor(id)).body);
      expect(whole.slice(0, shorter.length)).toEqual([...shorter]);
    }
  });
});

describe('reasoning', () => {
  const call = [
    { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
    { type: 'function_call_output', call_id: 'c', output: 'x' },
  ];
  const thought = (encrypted_content: string | null): JsonObject => ({
    type: 'reasoning',
    summary: [{ type: 'summary_text', text: 'thinking' }],
    encrypted_content,
  });
  const assistantOf = (id: string, reasoning: JsonObject): JsonObject => {
    const { body } = encode({ model: 'm', input: [user('u'), reasoning, ...call] }, targetFor(id));
    return messagesOf(body).find((message) => message['role'] === 'assistant') ?? {};
  };
  const own = (id: string, payload: JsonObject): JsonObject => thought(sealState(targetFor(id).owner, payload));

  test("a model's own details, tags and parts come back as they were", () => {
    const details = [{ type: 'reasoning.text', text: 'a', signature: 's' }];
    expect(assistantOf('openrouter', own('openrouter', { form: 'details', details }))['reasoning_details']).toEqual(
      details,
    );
    expect(assistantOf('minimax', own('minimax', { form: 'tags', text: '<think>a</think>\n' }))['content']).toBe(
      '<think>a</think>\n',
    );
    const parts = [{ type: 'thinking', thinking: [{ type: 'text', text: 'a' }] }];
    expect(assistantOf('mistral', own('mistral', { form: 'parts', parts }))['content']).toEqual(parts);
    expect(assistantOf('vllm', own('vllm', { form: 'summary' }))).toMatchObject({
      reasoning: 'thinking',
      reasoning_content: 'thinking',
    });
  });

  test("a model's own thoughts are not repeated where the vendor does not want them", () => {
    expect(assistantOf('groq', own('groq', { form: 'none' }))).toEqual({
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
    });
  });

  test("of another model's only the readable summary is left", () => {
    const foreign = thought(sealState({ domain: 'x', model: 'y', wire: 'chat' }, { form: 'summary' }));
    expect(assistantOf('deepseek', foreign)['reasoning_content']).toBe('thinking');
    expect(assistantOf('groq', foreign)['content']).toBe('thinking');
    expect(assistantOf('minimax', thought('gAAAA'))['content']).toBe('thinking');
  });

  test('a turn with calls and no reasoning gets what the vendor insists on', () => {
    const lost = { type: 'reasoning', summary: [], encrypted_content: 'gAAAA' };
    expect(assistantOf('deepseek', lost)['reasoning_content']).toBe('');
    expect(assistantOf('moonshot', lost)['reasoning_content']).toBe('(not recorded)');
    expect('reasoning_content' in assistantOf('zai', lost)).toBe(false);
  });
});

describe('fields', () => {
  const base = { model: 'm', input: 'hi', tools: [{ type: 'function', name: 'f' }] };

  test.each([
    ['deepseek', 'none', { thinking: { type: 'disabled' } }],
    ['deepseek', 'xhigh', { reasoning_effort: 'high' }],
    ['deepseek', 'ultra', { reasoning_effort: 'max' }],
    ['openrouter', 'max', { reasoning: { effort: 'xhigh' } }],
    ['vllm', 'ultra', { reasoning_effort: 'high' }],
  ])('%s: effort %s', (id, effort, fields) => {
    expect(encode({ ...base, reasoning: { effort } }, targetFor(id)).body).toMatchObject(fields);
  });

  test.each([
    ['moonshot', 'kimi-k3', 'medium', 'high'],
    ['moonshot', 'kimi-k2.7-code', 'medium', undefined],
    ['groq', 'openai/gpt-oss-120b', 'xhigh', 'high'],
    ['groq', 'llama-4', 'high', undefined],
    ['zai', 'glm-5.3', 'ultra', 'max'],
    ['generic', 'any', 'high', undefined],
    ['deepseek', 'any', 'constructor', undefined],
  ])('%s with %s: effort %s', (id, model, effort, value) => {
    const { body } = encode({ ...base, reasoning: { effort } }, { ...targetFor(id), model });
    expect(body['reasoning_effort']).toBe(value as never);
  });

  test.each([
    ['a named function', { type: 'function', name: 'f' }, { type: 'function', function: { name: 'f' } }],
    ['required', 'required', 'required'],
    [
      'allowed tools',
      { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'f' }] },
      'required',
    ],
  ])('tool choice: %s', (_name, tool_choice, expected) => {
    expect(encode({ ...base, tool_choice }, targetFor('generic')).body['tool_choice']).toEqual(expected);
  });

  test('where a call cannot be forbidden, no tools are sent', () => {
    expect('tools' in encode({ ...base, tool_choice: 'none' }, targetFor('minimax')).body).toBe(false);
  });

  test('half-known structured output: the schema is in the prompt and to be checked', () => {
    const schema = { type: 'object', properties: {} };
    const format = { type: 'json_schema', name: 'n', schema };
    const { body, schemaToCheck } = encode({ ...base, text: { format } }, targetFor('deepseek'));
    expect(body['response_format']).toEqual({ type: 'json_object' });
    expect(String(messagesOf(body)[0]?.['content'])).toContain('"properties"');
    expect(schemaToCheck).toEqual(schema);
  });

  test('limits: the one the client set, else the one we know', () => {
    expect(encode(base, { ...targetFor('groq'), maxOutputTokens: 9 }).body['max_completion_tokens']).toBe(9);
    expect(
      encode({ ...base, max_output_tokens: 5 }, { ...targetFor('groq'), maxOutputTokens: 9 }).body[
        'max_completion_tokens'
      ],
    ).toBe(5);
  });

  test('a cache key goes where the vendor looks for it', () => {
    const keyed = { ...base, prompt_cache_key: 'k' };
    expect(encode(keyed, targetFor('xai')).headers).toEqual({ 'x-grok-conv-id': 'k' });
    expect(encode({ ...base, prompt_cache_key: 'k\r\nx: y' }, targetFor('xai')).headers).toEqual({});
    expect(encode(keyed, targetFor('mistral')).body['prompt_cache_key']).toBe('k');
    expect('prompt_cache_key' in encode(keyed, targetFor('deepseek')).body).toBe(false);
  });

  test('fields of the configuration win', () => {
    const target = { ...targetFor('openrouter'), extraBody: { provider: { only: ['x'] }, stream: false } };
    expect(encode(base, target).body).toMatchObject({ provider: { only: ['x'] }, stream: false });
  });

  test('a model that cannot see is told so', () => {
    const input = [{ role: 'user', content: [{ type: 'input_image', image_url: 'data:image/png;base64,A' }] }];
    const { body } = encode({ model: 'm', input }, { ...targetFor('generic'), images: false });
    expect(messagesOf(body)[0]?.['content']).toContain('cannot see');
  });

  test('nor is an image sent to an API that refuses them, also not one that a tool answered', () => {
    const image = { type: 'input_image', image_url: 'data:image/png;base64,A' };
    const input = [
      user('look'),
      { type: 'function_call', call_id: 'c', name: 'view_image', arguments: '{}' },
      { type: 'function_call_output', call_id: 'c', output: [image] },
    ];
    expect(JSON.stringify(encode({ model: 'm', input }, targetFor('deepseek')).body)).not.toContain('image_url');
    expect(JSON.stringify(encode({ model: 'm', input }, targetFor('generic')).body)).toContain('image_url');
  });

  test('a portable compaction is read by every target', () => {
    const encrypted_content = sealPortable({ kind: 'compaction', summary: 'So far.' });
    const { body } = encode(
      { model: 'm', input: [{ type: 'compaction', encrypted_content }, user('go on')] },
      targetFor('deepseek'),
    );
    expect(messagesOf(body)[0]).toEqual({ role: 'user', content: 'So far.' });
  });
});

test.each([
  ['state on a server', { previous_response_id: 'resp_1' }, 'UNSUPPORTED_PARAMETER', 'previous_response_id'],
  ['background work', { background: true }, 'UNSUPPORTED_PARAMETER', 'background'],
  [
    'a reference to a stored item',
    { input: [{ type: 'item_reference', id: 'x' }] },
    'UNSUPPORTED_PARAMETER',
    'input[0]',
  ],
  ['an item of a type nobody knows', { input: [{ type: 'holo_call' }] }, 'TARGET_UNSUPPORTED', 'input[0].type'],
  ['an inherited name as type', { input: [{ type: 'constructor' }] }, 'TARGET_UNSUPPORTED', 'input[0].type'],
  [
    "somebody else's compaction",
    { input: [{ type: 'compaction', encrypted_content: 'gAAAA' }] },
    'TARGET_UNSUPPORTED',
    'input',
  ],
  [
    'a file',
    { input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'f' }] }] },
    'TARGET_UNSUPPORTED',
    'content[0]',
  ],
  [
    'an image on a server',
    { input: [{ role: 'user', content: [{ type: 'input_image', file_id: 'f' }] }] },
    'TARGET_UNSUPPORTED',
    'content[0]',
  ],
  ['a hosted tool', { tools: [{ type: 'code_interpreter' }] }, 'TARGET_UNSUPPORTED', 'tools[0]'],
  [
    'a tool choice that cannot be made',
    { tools: [{ type: 'function', name: 'f' }], tool_choice: { type: 'web_search' } },
    'TARGET_UNSUPPORTED',
    'tool_choice',
  ],
  ['an unknown output format', { text: { format: { type: 'grammar' } } }, 'TARGET_UNSUPPORTED', 'text.format'],
] as const)('%s is refused by name before anything is sent', (_name, body, code, param) => {
  const request = readRequest({ model: 'm', input: 'hi', ...body });
  if (!request.ok) throw new Error(request.problem.message);
  expect(encodeChatRequest(request.value, targetFor('generic'), true)).toMatchObject({
    ok: false,
    problem: { code, param },
  });
});

describe('any conversation', () => {
  const id = fc.constantFrom('call_1', 'call_2', 'x', 'functions.f:0');
  const text = fc.string({ maxLength: 8 });
  const output = fc.oneof(
    text,
    fc.constant([
      { type: 'input_text', text: 't' },
      { type: 'input_image', image_url: 'data:,' },
    ]),
  );
  const item = fc.oneof(
    fc
      .tuple(fc.constantFrom('user', 'assistant', 'developer', 'system'), text)
      .map(([role, content]) => ({ role, content })),
    fc.tuple(id, text).map(([call_id, input]) => ({ type: 'function_call', call_id, name: 'f', arguments: input })),
    fc
      .tuple(id, text)
      .map(([call_id, input]) => ({ type: 'custom_tool_call', call_id, name: 'a.b', namespace: 'ns', input })),
    fc.tuple(id, output).map(([call_id, value]) => ({ type: 'function_call_output', call_id, output: value })),
    fc.tuple(fc.constantFrom(null, 'gAAAA', 'hf1_metadata.x'), text).map(([encrypted_content, summary]) => ({
      type: 'reasoning',
      summary: [{ type: 'summary_text', text: summary }],
      encrypted_content,
    })),
    fc.constant({ type: 'tool_search_call', call_id: 's', arguments: { query: 'q' } }),
    fc.constant({ type: 'tool_search_output', call_id: 's', tools: [{ type: 'function', name: 'late' }] }),
  );

  test.each(dialectIds)('is accepted by %s', (dialect) => {
    fc.assert(
      fc.property(fc.array(item, { maxLength: 16 }), (input) => {
        const { body } = encode({ model: 'm', input, tools: [{ type: 'function', name: 'f' }] }, targetFor(dialect));
        expect(findRejections(body, dialect)).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});
