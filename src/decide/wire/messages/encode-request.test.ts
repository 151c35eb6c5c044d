import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import fc from 'fast-check';
import { sealPortable, sealState } from '../../continuity/envelope.ts';
import { expectGolden, fixtureNames, readFixture } from '../__fixtures__/golden.ts';
import { asObject, asObjects, type JsonObject } from '../read-json.ts';
import { readRequest } from '../responses/request.ts';
import { encode, messagesOf, targetFor, withoutMarks } from './__fixtures__/encode-setup.ts';
import { findRejections, SERVER_MODELS, signThinking } from './__fixtures__/strict-messages-server.ts';
import { encodeMessagesRequest } from './encode-request.ts';
import { sealBlocks } from './encode-thinking.ts';
import type { MessagesTarget } from './messages-target.ts';

const CAPTURES = join(import.meta.dir, '../__fixtures__/requests');
const FOLDER = join(import.meta.dir, '__fixtures__/encode');

const user = (text: string): JsonObject => ({ type: 'message', role: 'user', content: text });
const rejectionsOf = (body: unknown, target: MessagesTarget): readonly string[] => {
  const encoded = encode(body, target);
  return findRejections(encoded.body, encoded.headers);
};
const thought = (encrypted_content: string | null, text = 'thinking'): JsonObject => ({
  type: 'reasoning',
  summary: [{ type: 'summary_text', text }],
  encrypted_content,
});

describe('a request with everything in it', () => {
  const everything = readFixture(join(import.meta.dir, '../chat/__fixtures__/encode'), 'everything.json');
  const owned = (target: MessagesTarget, signature: string): unknown =>
    JSON.parse(
      everything.replace(
        'OWN',
        sealBlocks(target.owner, [{ type: 'thinking', thinking: 'Own thought.', signature }], false),
      ),
    );

  test.each(SERVER_MODELS)('for %s is accepted, and as it was read in review', (model) => {
    const target = targetFor(model);
    const first = encode(owned(target, 'unknown'), target).body;
    const at = messagesOf(first).findIndex((message) => message.content.some((block) => block['type'] === 'thinking'));
    const before = { ...first, messages: messagesOf(first).slice(0, Math.max(at, 0)) };
    const { body, headers, repairs } = encode(owned(target, signThinking(before, 'Own thought.')), target);
    // Images are another matter where a model cannot see.
    expect(findRejections(body, headers)).toEqual([]);
    expect(repairs).toEqual(['orphan-output', 'repeated-call-id', 'missing-output', 'moved-message']);
    expectGolden(join(FOLDER, `everything.${model}.json`), `${JSON.stringify({ headers, body }, null, 2)}\n`);
  });
});

describe("Codex's own requests", () => {
  test.each(fixtureNames(CAPTURES, '.json').flatMap((name) => SERVER_MODELS.map((model) => [name, model] as const)))(
    '%s is accepted by %s, and the same bytes each time',
    (name, model) => {
      const text = readFixture(CAPTURES, `${name}.json`);
      expect(rejectionsOf(JSON.parse(text), targetFor(model))).toEqual([]);
      const bytes = (): string => JSON.stringify(encode(JSON.parse(text), targetFor(model)).body);
      expect(bytes()).toBe(bytes());
    },
  );

  test('a step only adds to the messages of the step before it: prompt caches live on that', () => {
    const body = JSON.parse(readFixture(CAPTURES, 'classic-resumed.json'));
    for (const model of SERVER_MODELS) {
      const whole = withoutMarks(messagesOf(encode(body, targetFor(model)).body));
      const shorter = withoutMarks(
        messagesOf(encode({ ...body, input: body.input.slice(0, 10) }, targetFor(model)).body),
      );
      expect(shorter.length).toBeGreaterThan(1);
      expect(whole.slice(0, shorter.length)).toEqual([...shorter]);
    }
  });

  test('a local compaction has tools of the names in its history, and may call none', () => {
    const body = JSON.parse(readFixture(CAPTURES, 'classic-local-compaction.json'));
    const encoded = encode(body, targetFor('claude-opus-5-5')).body;
    expect(encoded['tool_choice']).toEqual({ type: 'none' });
    expect(asObjects(encoded['tools']).map((tool) => tool['name'])).not.toEqual([]);
  });
});

describe('thinking is asked for as the model takes it', () => {
  const base = { model: 'm', input: 'hi', tools: [{ type: 'function', name: 'f' }] };
  const binding = { block_binding: { prefix_mismatch_behavior: 'drop_block' } };
  const shown = { display: 'summarized' };

  test.each([
    ['claude-opus-5-5', 'high', { type: 'adaptive', ...shown, ...binding }, 'high'],
    ['claude-opus-5-5', 'none', { type: 'adaptive', ...shown, ...binding }, 'low'],
    ['claude-sonnet-5-5', 'none', { type: 'between_tools' }, undefined],
    ['claude-haiku-5-5', 'none', { type: 'disabled' }, undefined],
    ['claude-opus-4-8', 'ultra', { type: 'adaptive', ...shown }, 'max'],
    ['claude-opus-4-8', undefined, { type: 'adaptive', ...shown }, undefined],
    ['claude-opus-4-6', 'xhigh', { type: 'adaptive', ...shown }, 'high'],
    ['claude-haiku-4-5-20251001', 'minimal', { type: 'enabled', budget_tokens: 1024, ...shown }, undefined],
    ['claude-haiku-4-5-20251001', 'high', { type: 'enabled', budget_tokens: 20480, ...shown }, undefined],
    ['claude-haiku-4-5-20251001', 'none', { type: 'disabled' }, undefined],
    ['claude-newer-9', 'max', undefined, 'high'],
    ['claude-newer-9', 'constructor', undefined, undefined],
    ['deepseek-v4-pro', 'high', undefined, undefined],
    ['deepseek-v4-pro', 'none', { type: 'disabled' }, undefined],
    ['some-model', 'high', undefined, undefined],
  ])('%s: effort %s', (model, effort, thinking, sent) => {
    const { body, headers } = encode({ ...base, reasoning: { effort } }, targetFor(model));
    expect(findRejections(body, headers)).toEqual([]);
    expect(body['thinking']).toEqual(thinking as never);
    expect(asObject(body['output_config'])?.['effort']).toBe(sent as never);
  });

  test('names of other hosts are known too', () => {
    const target = { ...targetFor('some-model'), model: 'anthropic/claude-haiku-4.5' };
    expect(encode(base, target).body).toMatchObject({ max_tokens: 64000, thinking: { type: 'enabled' } });
  });

  test.each([
    [100, undefined],
    [2047, undefined],
    [2048, 1024],
    [3000, 1976],
  ])('a limit of %d tokens leaves a budget of %j', (max_output_tokens, budget) => {
    const { body, headers } = encode(
      { ...base, max_output_tokens, reasoning: { effort: 'high' } },
      targetFor('claude-haiku-4-5-20251001'),
    );
    expect(findRejections(body, headers)).toEqual([]);
    expect(asObject(body['thinking'])?.['budget_tokens']).toBe(budget as never);
  });

  test('a turn that another model began goes on without thinking where it could not begin in the middle', () => {
    const input = [
      user('u'),
      { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
      { type: 'function_call_output', call_id: 'c', output: 'x' },
    ];
    const target = targetFor('claude-haiku-4-5-20251001');
    expect('thinking' in encode({ ...base, input }, target).body).toBe(false);
    expect('thinking' in encode({ ...base, input: [...input, user('next')] }, target).body).toBe(false);
    const said = { type: 'message', role: 'assistant', content: 'done' };
    expect('thinking' in encode({ ...base, input: [...input, said, user('next')] }, target).body).toBe(true);
  });
});

describe('a choice of tool', () => {
  const base = { model: 'm', input: 'hi', tools: [{ type: 'function', name: 'f' }] };
  const f = { type: 'function', name: 'f' };

  test.each([
    ['auto, and one at a time', { parallel_tool_calls: false }, { type: 'auto', disable_parallel_tool_use: true }],
    ['auto', { parallel_tool_calls: true, tool_choice: 'auto' }, undefined],
    ['none', { parallel_tool_calls: false, tool_choice: 'none' }, { type: 'none' }],
    ['required without an effort', { tool_choice: 'required' }, { type: 'any' }],
    ['required with thinking', { tool_choice: 'required', reasoning: { effort: 'high' } }, undefined],
    ['required without thinking', { tool_choice: 'required', reasoning: { effort: 'none' } }, { type: 'any' }],
    ['a named function', { tool_choice: f }, { type: 'tool', name: 'f' }],
    ['allowed tools', { tool_choice: { type: 'allowed_tools', mode: 'required', tools: [f] } }, { type: 'any' }],
    ['no tool allowed', { tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [] } }, undefined],
  ])('%s', (_name, fields, choice) => {
    const { body, headers } = encode({ ...base, ...fields }, targetFor('claude-opus-4-8'));
    expect(findRejections(body, headers)).toEqual([]);
    expect(body['tool_choice']).toEqual(choice as never);
  });

  test('that a model cannot be held to is said to have been loosened', () => {
    const { body, headers, repairs } = encode({ ...base, tool_choice: 'required' }, targetFor('claude-opus-5-5'));
    expect(findRejections(body, headers)).toEqual([]);
    expect(repairs).toEqual(['optional-call']);
  });
});

describe('reasoning', () => {
  const call = [
    { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
    { type: 'function_call_output', call_id: 'c', output: 'x' },
  ];
  const tools = [{ type: 'function', name: 'f' }];
  const target = targetFor('claude-opus-4-8');
  const assistantOf = (reasoning: JsonObject, to: MessagesTarget = target, fields: JsonObject = {}): JsonObject[] => {
    const { body } = encode({ model: 'm', tools, input: [user('u'), reasoning, ...call], ...fields }, to);
    return [...(messagesOf(body).find((message) => message.role === 'assistant')?.content ?? [])];
  };
  const own = (block: JsonObject, text?: string): JsonObject => thought(sealBlocks(target.owner, [block], false), text);
  const signed = { type: 'thinking', thinking: 'thinking', signature: 'sig==' };
  const text = { type: 'text', text: 'thinking' };
  const toolUse = { type: 'tool_use', id: 'c', name: 'f', input: {} };

  test('of its own goes back unmodified', () => {
    expect(assistantOf(own(signed))).toEqual([signed, toolUse]);
    const redacted = { type: 'redacted_thinking', data: 'EmwK' };
    expect(assistantOf({ ...own(redacted), summary: [] })).toEqual([redacted, toolUse]);
    const omitted = { ...signed, thinking: '' };
    expect(assistantOf({ ...own(omitted), summary: [] })).toEqual([omitted, toolUse]);
  });

  test('of its own that came back changed or was never signed is text', () => {
    expect(assistantOf(own({ ...signed, thinking: 'thinkin' }))).toEqual([text, toolUse]);
    expect(assistantOf(own({ ...signed, signature: '' }))).toEqual([text, toolUse]);
  });

  test.each([
    ['another provider', { ...target.owner, domain: 'other' }],
    ['another model', { ...target.owner, model: 'claude-opus-4-7' }],
    ['another wire', { ...target.owner, wire: 'chat' }],
  ])('of %s is only readable text', (_name, owner) => {
    expect(assistantOf(thought(sealBlocks(owner, [signed], false)))).toEqual([text, toolUse]);
  });

  test('of OpenAI is only readable text', () => {
    expect(assistantOf(thought('gAAAA'))).toEqual([text, toolUse]);
    expect(assistantOf(thought(sealState(target.owner, { blocks: 'none' })))).toEqual([text, toolUse]);
  });

  test('that the target has refused is only readable text', () => {
    expect(assistantOf(own(signed), { ...target, isForeign: (blob) => blob.startsWith('hf1_metadata.') })).toEqual([
      text,
      toolUse,
    ]);
  });

  test('is left out where thinking is off or its tools are gone', () => {
    expect(assistantOf(own(signed), target, { reasoning: { effort: 'none' } })).toEqual([toolUse]);
    expect(assistantOf(own(signed), target, { tools: [] })).toEqual([toolUse]);
  });

  test('that is lost is replaced where a turn with calls must have some', () => {
    const deepseek = targetFor('deepseek-v4-pro');
    const empty = { type: 'thinking', thinking: '', signature: '' };
    expect(assistantOf({ ...thought('gAAAA'), summary: [] }, deepseek)).toEqual([empty, toolUse]);
    expect(assistantOf({ ...thought('gAAAA'), summary: [] }, deepseek, { reasoning: { effort: 'none' } })).toEqual([
      toolUse,
    ]);
  });

  test('made after we had to say "go on" has that before it again', () => {
    const half = { type: 'message', role: 'assistant', content: 'Half' };
    const input = [user('u'), half, thought(sealBlocks(target.owner, [signed], true)), ...call];
    const { body } = encode({ model: 'm', tools, input }, target);
    expect(withoutMarks(messagesOf(body)).map((message) => message.content)).toEqual([
      [{ type: 'text', text: 'u' }],
      [{ type: 'text', text: 'Half' }],
      [{ type: 'text', text: 'Continue.' }],
      [signed, toolUse],
      [{ type: 'tool_result', tool_use_id: 'c', content: 'x' }],
    ]);
    expect(encode({ model: 'm', input: [user('u'), half] }, target).endsWithGoOn).toBe(true);
    expect(encode({ model: 'm', input: [user('u')] }, target).endsWithGoOn).toBe(false);
  });
});

describe('content', () => {
  const picture = (image_url: string): JsonObject => ({
    type: 'message',
    role: 'user',
    content: [{ type: 'input_image', image_url }],
  });
  const first = (input: readonly JsonObject[], model = 'claude-opus-4-8'): unknown =>
    withoutMarks(messagesOf(encode({ model: 'm', input }, targetFor(model)).body))[0]?.content[0];

  test.each([
    ['data:image/png;base64,AAAA', { type: 'base64', media_type: 'image/png', data: 'AAAA' }],
    ['data:image/jpg;base64,AAAA', { type: 'base64', media_type: 'image/jpeg', data: 'AAAA' }],
    ['DATA:IMAGE/PNG;charset=x;base64,AAAA', { type: 'base64', media_type: 'image/png', data: 'AAAA' }],
    ['data:image/png;base64,', undefined],
    ['data:image/svg+xml;utf8,<svg/>', undefined],
    ['https://a.example/b.png', { type: 'url', url: 'https://a.example/b.png' }],
  ])('the image %s', (url, source) => {
    if (source === undefined) expect(() => first([picture(url)])).toThrow();
    else expect(first([picture(url)])).toEqual({ type: 'image', source });
  });

  test('a model that cannot see is told so', () => {
    expect(String(asObject(first([picture('data:image/png;base64,AAAA')], 'deepseek-v4-pro'))?.['text'])).toContain(
      'cannot see',
    );
  });

  test('a PDF goes where it is read', () => {
    const file = { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' };
    const source = { type: 'base64', media_type: 'application/pdf', data: 'AAAA' };
    expect(first([{ role: 'user', content: [file] }])).toEqual({ type: 'document', source, title: 'a.pdf' });
    expect(() => first([{ role: 'user', content: [file] }], 'some-model')).toThrow();
  });

  test('an instruction in mid-conversation stays there, in a tag', () => {
    const input = [user('u'), { role: 'developer', content: 'Sandbox changed.' }];
    const { body } = encode({ model: 'm', input }, targetFor('claude-opus-4-8'));
    expect('system' in body).toBe(false);
    expect(JSON.stringify(body['messages'])).toContain('<developer>\\nSandbox changed.\\n</developer>');
  });

  test('arguments that are no object are kept as text', () => {
    const input = [user('u'), { type: 'function_call', call_id: 'a b', name: 'f', arguments: '[1' }];
    const { body } = encode({ model: 'm', input }, targetFor('claude-opus-4-8'));
    const [call] = messagesOf(body)[1]?.content ?? [];
    expect(call).toMatchObject({ name: 'f', input: { _raw: '[1' } });
    expect(call?.['id']).toMatch(/^a_b_[a-zA-Z0-9]{8}$/);
    expect(messagesOf(body)[2]?.content[0]).toMatchObject({ tool_use_id: call?.['id'], is_error: true });
  });

  test('a portable compaction is read by every target', () => {
    const encrypted_content = sealPortable({ kind: 'compaction', summary: 'So far.' });
    expect(first([{ type: 'compaction', encrypted_content }, user('go on')])).toEqual({
      type: 'text',
      text: 'So far.',
    });
  });
});

describe('fields', () => {
  const base = { model: 'm', input: 'hi' };
  const effort = (name: string): JsonObject => ({ reasoning: { effort: name } });

  test.each([
    ['claude-opus-5-5', {}, 128000],
    ['claude-haiku-4-5-20251001', {}, 64000],
    ['claude-haiku-4-5-20251001', { max_output_tokens: 90000 }, 64000],
    ['claude-newer-9', { max_output_tokens: 500 }, 500],
    ['some-model', {}, 32000],
  ])('%s with %j: max_tokens %d', (model, fields, limit) => {
    expect(encode({ ...base, ...fields }, targetFor(model)).body['max_tokens']).toBe(limit);
  });

  test.each([
    ['claude-opus-4-8', effort('none'), {}],
    ['claude-opus-4-6', {}, {}],
    ['claude-opus-4-6', effort('none'), { temperature: 1 }],
    ['some-model', {}, { temperature: 1 }],
  ])('sampling for %s with %j', (model, fields, sent) => {
    const { body } = encode({ ...base, temperature: 1.5, top_p: 0.5, ...fields }, targetFor(model));
    expect({ ...('temperature' in body ? { temperature: body['temperature'] } : {}) }).toEqual(sent);
    expect('top_p' in body).toBe(false);
  });

  test('web search is offered where the web may be asked', () => {
    const search = (fields: JsonObject): JsonObject => ({ ...base, tools: [{ type: 'web_search', ...fields }] });
    const claude = targetFor('claude-opus-4-8');
    expect(withoutMarks(encode(search({ filters: { allowed_domains: ['a.example'] } }), claude).body['tools'])).toEqual(
      [{ type: 'web_search_20250305', name: 'web_search', allowed_domains: ['a.example'] }],
    );
    const cached = encode(search({ external_web_access: false }), claude);
    expect(['tools' in cached.body, cached.droppedTools]).toEqual([false, ['web_search']]);
    expect('tools' in encode(search({}), targetFor('some-model')).body).toBe(false);
  });

  test('cache breakpoints: last tool, last instruction, last two user turns', () => {
    const input = [
      { role: 'developer', content: 'one' },
      { role: 'developer', content: 'two' },
      user('a'),
      { role: 'assistant', content: 'b' },
      user('c'),
      { role: 'assistant', content: 'd' },
      user('e'),
    ];
    const tools = [
      { type: 'function', name: 'f' },
      { type: 'function', name: 'g' },
    ];
    const { body } = encode({ model: 'm', input, tools }, targetFor('claude-opus-4-8'));
    const marks = (blocks: unknown): boolean[] => asObjects(blocks).map((block) => 'cache_control' in block);
    expect([marks(body['tools']), marks(body['system'])]).toEqual([
      [false, true],
      [false, true],
    ]);
    expect(messagesOf(body).map((message) => marks(message.content))).toEqual([
      [false],
      [false],
      [true],
      [false],
      [true],
    ]);
  });

  test('structured output is native where the model and the schema allow it, else asked for and checked', () => {
    const schema = { type: 'object', properties: { n: { type: 'integer', minimum: 1 } }, required: ['n'] };
    const body = { ...base, text: { format: { type: 'json_schema', name: 'x', schema } } };
    const native = encode(body, targetFor('claude-opus-5-5'));
    expect(asObject(native.body['output_config'])?.['format']).toEqual({
      type: 'json_schema',
      schema: { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'], additionalProperties: false },
    });
    expect(native.schemaToCheck).toBeUndefined();
    const asked = encode(body, targetFor('some-model'));
    expect(asked.schemaToCheck).toEqual(schema);
    expect(JSON.stringify(asked.body['system'])).toContain('JSON Schema');
    const object = encode({ ...base, text: { format: { type: 'json_object' } } }, targetFor('claude-opus-5-5'));
    expect(object.schemaToCheck).toEqual({ type: 'object' });
  });
});

test.each([
  ['state on a server', { previous_response_id: 'resp_1' }, 'UNSUPPORTED_PARAMETER', 'previous_response_id'],
  ['an item of a type nobody knows', { input: [{ type: 'holo_call' }] }, 'TARGET_UNSUPPORTED', 'input[0].type'],
  [
    "somebody else's compaction",
    { input: [{ type: 'compaction', encrypted_content: 'gAAAA' }] },
    'TARGET_UNSUPPORTED',
    'input',
  ],
  [
    'an image on a server',
    { input: [{ role: 'user', content: [{ type: 'input_image', file_id: 'f' }] }] },
    'TARGET_UNSUPPORTED',
    'content[0]',
  ],
  [
    'an image of a type it cannot read',
    { input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'data:image/tiff;base64,AAAA' }] }] },
    'TARGET_UNSUPPORTED',
    'content[0]',
  ],
  ['a hosted tool', { tools: [{ type: 'code_interpreter' }] }, 'TARGET_UNSUPPORTED', 'tools[0]'],
  [
    'a choice that cannot be made',
    { tools: [{ type: 'function', name: 'f' }], tool_choice: { type: 'file_search' } },
    'TARGET_UNSUPPORTED',
    'tool_choice',
  ],
  [
    'a choice of no tool of the request',
    { tools: [{ type: 'function', name: 'f' }], tool_choice: { type: 'function', name: 'g' } },
    'BAD_REQUEST',
    'tool_choice',
  ],
  ['an unknown output format', { text: { format: { type: 'grammar' } } }, 'TARGET_UNSUPPORTED', 'text.format'],
] as const)('%s is refused by name before anything is sent', (_name, body, code, param) => {
  const request = readRequest({ model: 'm', input: 'hi', ...body });
  if (!request.ok) throw new Error(request.problem.message);
  expect(encodeMessagesRequest(request.value, targetFor('claude-opus-4-8'), true)).toMatchObject({
    ok: false,
    problem: { code, param },
  });
});

describe('any conversation', () => {
  const id = fc.constantFrom('call_1', 'call_2', 'x', 'functions.f:0', '', 'ü');
  const text = fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('', ' ', '\n'));
  const output = fc.oneof(
    text,
    fc.constant([
      { type: 'input_text', text: 't' },
      { type: 'input_image', image_url: 'data:image/png;base64,AAAA' },
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
    fc.constant({ type: 'web_search_call', status: 'completed' }),
    fc.constant({ type: 'tool_search_call', call_id: 's', arguments: { query: 'q' } }),
    fc.constant({ type: 'tool_search_output', call_id: 's', tools: [{ type: 'function', name: 'late' }] }),
  );
  const fields = fc.record({
    tools: fc.constantFrom([], [{ type: 'function', name: 'f' }], [{ type: 'web_search' }]),
    tool_choice: fc.constantFrom('auto', 'none', 'required'),
    parallel_tool_calls: fc.constantFrom(undefined, false),
    reasoning: fc.constantFrom({}, { effort: 'none' }, { effort: 'minimal' }, { effort: 'ultra' }),
    max_output_tokens: fc.constantFrom(undefined, 16, 3000),
    temperature: fc.constantFrom(undefined, 0.3),
    instructions: fc.constantFrom(undefined, ' ', 'Be brief.'),
  });

  test.each(SERVER_MODELS)('is accepted by %s', (model) => {
    fc.assert(
      fc.property(fc.array(item, { maxLength: 16 }), fields, (input, rest) => {
        expect(rejectionsOf({ model: 'm', ...rest, input }, targetFor(model))).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});
