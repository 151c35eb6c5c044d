import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import fc from 'fast-check';
import { sealPortable, sealState } from '../../continuity/envelope.ts';
import { expectGolden, fixtureNames, readFixture } from '../__fixtures__/golden.ts';
import { asObjects, type JsonObject } from '../read-json.ts';
import { type RequestProblem, readRequest } from '../responses/request.ts';
import { findRejections } from './__fixtures__/strict-responses-server.ts';
import { adaptationFor, findResponsesDialect, RESPONSES_DIALECTS } from './dialects.ts';
import { fitEffort } from './responses-dialect.ts';
import { type SanitisedRequest, sanitiseRequest } from './sanitise-lane.ts';

const CAPTURES = join(import.meta.dir, '../__fixtures__/requests');
const EVERYTHING = join(import.meta.dir, '../chat/__fixtures__/encode');
const FOLDER = join(import.meta.dir, '__fixtures__/encode');
const dialectIds = RESPONSES_DIALECTS.map((dialect) => dialect.id);
const ownerOf = (id: string) => ({ domain: id, model: `${id}-model`, wire: 'responses' });

function trySanitise(body: unknown, id: string): SanitisedRequest | RequestProblem {
  const request = readRequest(body);
  if (!request.ok) throw new Error(request.problem.message);
  const sanitised = sanitiseRequest(request.value, findResponsesDialect(id), {
    model: `${id}-model`,
    stateDomain: id,
    dialect: id,
    stream: true,
    onLength: 'continue',
    echo: 'lean',
    pseudonym: (name: string) => name,
    seed: 'seed1',
    nowSeconds: () => 1_800_000_000,
    isForeign: (blob) => blob.startsWith('gAAAA'),
  });
  return sanitised.ok ? sanitised.value : sanitised.problem;
}

function sanitise(body: unknown, id: string): SanitisedRequest {
  const sanitised = trySanitise(body, id);
  if ('param' in sanitised) throw new Error(`${sanitised.param}: ${sanitised.message}`);
  return sanitised;
}

const itemsOf = (body: JsonObject): readonly JsonObject[] => asObjects(body['input']);
const portableIds = dialectIds.filter((id) => findResponsesDialect(id).portable !== undefined);
const user = (text: string): JsonObject => ({ type: 'message', role: 'user', content: [{ type: 'input_text', text }] });

describe('a request with everything in it', () => {
  const everything = readFixture(EVERYTHING, 'everything.json');

  test.each(dialectIds)('for %s is as it was read in review, and accepted', (id) => {
    const own =
      findResponsesDialect(id).portable === undefined ? 'own-blob' : sealState(ownerOf(id), { blob: 'own-blob' });
    const { body, droppedTools } = sanitise(JSON.parse(everything.replace('OWN', own)), id);
    expectGolden(join(FOLDER, `everything.${id}.json`), `${JSON.stringify({ droppedTools, body }, null, 2)}\n`);
    // What Codex pairs wrongly is its own: vendors that run OpenAI's API get it as it is.
    const repaired = findRejections(body, id).filter(
      (found) => !/without a call|leaks call_gone|used twice/.test(found),
    );
    expect(repaired).toEqual([]);
  });
});

describe("Codex's own requests", () => {
  test.each(fixtureNames(CAPTURES, '.json').flatMap((name) => dialectIds.map((id) => [name, id] as const)))(
    '%s is accepted by %s, and the same bytes each time',
    (name, id) => {
      const text = readFixture(CAPTURES, `${name}.json`);
      const { body } = sanitise(JSON.parse(text), id);
      expect(findRejections(body, id)).toEqual([]);
      expect(JSON.stringify(sanitise(JSON.parse(text), id).body)).toBe(JSON.stringify(body));
    },
  );

  test.each(portableIds)(
    '%s: a step only adds to the items of the step before it: prompt caches live on that',
    (id) => {
      const body = JSON.parse(readFixture(CAPTURES, 'classic-resumed.json'));
      const whole = itemsOf(sanitise(body, id).body);
      const shorter = itemsOf(sanitise({ ...body, input: body.input.slice(0, 10) }, id).body);
      expect(whole.slice(0, shorter.length)).toEqual([...shorter]);
    },
  );
});

describe('which requests are adapted', () => {
  const classic = Buffer.from(readFixture(CAPTURES, 'classic-first.json'));
  const codeMode = Buffer.from(readFixture(CAPTURES, 'code-mode.json'));

  test.each([
    ['an address without a dialect stays raw', undefined, classic, undefined],
    ['also in code mode', undefined, codeMode, undefined],
    ['Azure stays raw', 'azure', codeMode, undefined],
    ['Azure with effort ultra', 'azure', Buffer.from('{"reasoning":{"effort":"ultra"}}'), 'azure'],
    [
      'nobody gets what Codex adds for OpenAI',
      undefined,
      Buffer.from('{"internal_chat_message_metadata_passthrough":1}'),
      'compatible',
    ],
    ['nobody gets our envelopes', 'azure', Buffer.from(`{"encrypted_content":"${sealPortable({})}"}`), 'azure'],
    ['Bedrock in code mode', 'bedrock', codeMode, 'bedrock'],
    ['Bedrock when it is asked to search', 'bedrock', classic, 'bedrock'],
    ['Bedrock without either stays raw', 'bedrock', Buffer.from('{"tools":[{"type":"function"}]}'), undefined],
    ['mantle searches itself', 'bedrock-mantle', classic, undefined],
    ['xAI always', 'xai', Buffer.from('{}'), 'xai'],
    ['another name for a dialect', 'llama.cpp', Buffer.from('{}'), 'llamacpp'],
    ['a dialect nobody knows is taken for a server with quirks', 'volcengine', Buffer.from('{}'), 'generic'],
  ])('%s', (_name, dialect, body, adapted) => {
    const mayMentionMetadata = body.includes('_metadata');
    expect(adaptationFor(dialect, body, { mayMentionMetadata })?.id).toBe(adapted as string);
  });
});

describe('reasoning', () => {
  const thought = (encrypted_content: string | null, content: unknown = null): JsonObject => ({
    type: 'reasoning',
    id: 'rs_1',
    summary: [{ type: 'summary_text', text: 'A thought.' }],
    content,
    encrypted_content,
  });
  const after = (item: JsonObject, id: string): readonly JsonObject[] =>
    itemsOf(sanitise({ model: 'm', input: [user('hi'), item, user('go')] }, id).body).slice(1, -1);
  const told = [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'A thought.' }] }];

  test('goes back to its maker as it came, under the id it had there', () => {
    const sealed = sealState(ownerOf('xai'), { blob: 'of xai', id: 'thought-7' });
    expect(after(thought(sealed), 'xai')).toEqual([
      {
        type: 'reasoning',
        id: 'thought-7',
        summary: [{ type: 'summary_text', text: 'A thought.' }],
        encrypted_content: 'of xai',
      },
    ]);
  });

  test('goes back open where nothing is sealed, and not at all without content', () => {
    const content = [{ type: 'reasoning_text', text: 'Really.' }];
    const own = sealState(ownerOf('vllm'), {});
    expect(after(thought(own, content), 'vllm')).toMatchObject([{ type: 'reasoning', id: 'rs_1', content }]);
    expect(after(thought(own), 'vllm')).toEqual([]);
  });

  test.each([
    ['of another provider of the same kind', sealState({ ...ownerOf('xai'), domain: 'other' }, { blob: 'x' })],
    ['of another model', sealState({ ...ownerOf('xai'), model: 'other' }, { blob: 'x' })],
    ['of another wire', sealState({ ...ownerOf('xai'), wire: 'chat' }, { form: 'none' })],
    ['of nobody we know', 'unknown-blob'],
    ['of OpenAI', 'gAAAA-foreign'],
    ['without anything sealed', null],
  ])('%s is only told', (_name, sealed) => {
    expect(after(thought(sealed), 'xai')).toMatchObject(told);
  });

  test('a vendor that runs the API itself keeps what is not known to be foreign', () => {
    expect(after(thought('own-blob'), 'azure')).toEqual([thought('own-blob')]);
    expect(after(thought('gAAAA-foreign'), 'azure')).toMatchObject(told);
    expect(after(thought(sealState(ownerOf('azure'), {})), 'azure')).toMatchObject(told);
  });
});

describe('compacted history', () => {
  const input = (encrypted_content: string): JsonObject => ({
    model: 'm',
    input: [{ type: 'compaction', encrypted_content }, user('go')],
  });

  test.each(dialectIds)('%s is told our own summary', (id) => {
    const { body } = sanitise(input(sealPortable({ summary: 'So far.' })), id);
    expect(JSON.stringify(body['input'])).toContain('So far.');
    expect(JSON.stringify(body)).not.toContain('hf1_metadata');
  });

  test.each(dialectIds)("%s is not asked to go on without another provider's", (id) => {
    expect(trySanitise(input('gAAAA-foreign'), id)).toMatchObject({ code: 'TARGET_UNSUPPORTED' });
  });
});

describe('tools', () => {
  const lookup = { type: 'function', name: 'lookup', parameters: {} };

  test.each([
    [
      'live',
      { type: 'web_search', external_web_access: true, filters: { allowed_domains: ['a.b'] } },
      [{ type: 'web_search', filters: { allowed_domains: ['a.b'] } }],
      [],
    ],
    ['cached results only', { type: 'web_search', external_web_access: false }, [], ['web_search']],
  ])('a search that may be %s', (_name, tool, kept, dropped) => {
    const { body, droppedTools } = sanitise({ model: 'm', input: 'hi', tools: [lookup, tool] }, 'xai');
    expect(asObjects(body['tools']).slice(1)).toEqual(kept);
    expect(droppedTools).toEqual(dropped);
  });

  test('more tools than the vendor takes are refused before anything is sent', () => {
    const tools = Array.from({ length: 201 }, (_, at) => ({ ...lookup, name: `t${at}` }));
    expect(trySanitise({ model: 'm', input: 'hi', tools }, 'xai')).toMatchObject({
      code: 'TARGET_UNSUPPORTED',
      param: 'tools',
    });
    expect(asObjects(sanitise({ model: 'm', input: 'hi', tools: tools.slice(1) }, 'xai').body['tools'])).toHaveLength(
      200,
    );
  });

  test('a custom tool stays one where the vendor has them, also in the history', () => {
    const patch = { type: 'custom', name: 'apply_patch', description: 'Edits.', format: { type: 'text' } };
    const input = [
      user('hi'),
      { type: 'custom_tool_call', id: 'ctc_1', call_id: 'c', name: 'apply_patch', input: 'raw', status: 'completed' },
      { type: 'custom_tool_call_output', call_id: 'c', output: 'done' },
    ];
    const { body } = sanitise({ model: 'm', input, tools: [patch] }, 'deepseek');
    expect(body['tools']).toEqual([patch]);
    expect(itemsOf(body).slice(1)).toEqual([
      { type: 'custom_tool_call', call_id: 'c', name: 'apply_patch', input: 'raw' },
      { type: 'custom_tool_call_output', call_id: 'c', output: 'done' },
    ]);
  });

  test.each([
    [
      'a function in a namespace',
      { type: 'function', name: 'lookup', namespace: 'mcp__demo' },
      { type: 'function', name: 'mcp__demo__lookup' },
    ],
    ['a custom tool', { type: 'custom', name: 'apply_patch' }, { type: 'function', name: 'apply_patch' }],
    [
      'some of them',
      { type: 'allowed_tools', mode: 'required', tools: [{ type: 'custom', name: 'apply_patch' }] },
      'required',
    ],
  ])('%s can be chosen by the name it has there', (_name, tool_choice, chosen) => {
    const tools = [
      { type: 'namespace', name: 'mcp__demo', tools: [lookup] },
      { type: 'custom', name: 'apply_patch' },
    ];
    const { body } = sanitise({ model: 'm', input: 'hi', tools, tool_choice }, 'xai');
    expect(body['tool_choice']).toEqual(chosen as never);
    expect(findRejections(body, 'xai')).toEqual([]);
  });

  test('a call cannot be forced on a server that ignores the wish', () => {
    expect(trySanitise({ model: 'm', input: 'hi', tools: [lookup], tool_choice: 'required' }, 'ollama')).toMatchObject({
      code: 'TARGET_UNSUPPORTED',
    });
    expect(
      sanitise({ model: 'm', input: 'hi', tools: [lookup], tool_choice: 'none' }, 'ollama').body['tools'],
    ).toBeUndefined();
  });

  test('Bedrock: tools out of the item, the newest definition of a name, and none that it does not run', () => {
    const newer = { ...lookup, description: 'newer' };
    const input = [
      { type: 'additional_tools', role: 'developer', tools: [newer, { type: 'image_generation' }] },
      user('hi'),
    ];
    const { body, droppedTools, answer } = sanitise(
      { model: 'm', input, tools: [lookup, { type: 'web_search' }] },
      'bedrock',
    );
    expect(body['tools']).toEqual([newer]);
    expect(body['input']).toEqual([user('hi')]);
    expect(droppedTools).toEqual(['web_search', 'image_generation']);
    expect(answer).toBeUndefined();
  });

  test('without tools nothing is said of tools', () => {
    const { body } = sanitise(
      { model: 'm', input: 'hi', tools: [], tool_choice: 'auto', parallel_tool_calls: false },
      'xai',
    );
    expect(body).not.toContainAnyKeys(['tools', 'tool_choice', 'parallel_tool_calls']);
  });
});

test.each(dialectIds)('%s does not get what Codex writes for OpenAI alone', (id) => {
  const input = [
    { ...user('hi'), internal_chat_message_metadata_passthrough: { turn_id: 't' } },
    { type: 'configuration_update', reasoning: { effort: 'high' } },
  ];
  const { body } = sanitise({ model: 'm', input, client_metadata: { turn_id: 't' } }, id);
  expect(body['input']).toEqual([user('hi')]);
  expect(body['client_metadata']).toBeUndefined();
});

describe('what a vendor refuses is named before anything is sent', () => {
  test.each([
    ['state on a server', { previous_response_id: 'resp_1' }, 'UNSUPPORTED_PARAMETER'],
    ['an item type nobody knows', { input: [{ type: 'mystery' }] }, 'TARGET_UNSUPPORTED'],
    [
      'a content part nobody knows',
      { input: [{ type: 'message', role: 'user', content: [{ type: 'input_video' }] }] },
      'TARGET_UNSUPPORTED',
    ],
    [
      'a tool that only OpenAI runs',
      { input: 'hi', tools: [{ type: 'mcp', server_url: 'https://a.b' }] },
      'TARGET_UNSUPPORTED',
    ],
  ])('%s', (_name, body, code) => {
    expect(trySanitise({ model: 'm', ...body }, 'xai')).toMatchObject({ code });
  });
});

describe('efforts', () => {
  test.each([
    ['taken as it is', 'high', ['low', 'high'], 'high'],
    ['the next weaker one', 'medium', ['low', 'high'], 'low'],
    ['beyond the strongest', 'ultra', ['low', 'high'], 'high'],
    ['below the weakest', 'none', ['low', 'high'], 'low'],
    ['a model without efforts', 'high', [], undefined],
    ['an effort nobody knows', 'absurd', ['low', 'high'], undefined],
  ])('%s', (_name, effort, names, fitted) => {
    expect(fitEffort([{ models: [], names }], 'm', effort)).toBe(fitted as string);
  });

  test('the first rule that fits the model holds', () => {
    const { effort } = findResponsesDialect('xai');
    expect(fitEffort(effort, 'grok-build-1', 'high')).toBeUndefined();
    expect(fitEffort(effort, 'Grok-4.5', 'xhigh')).toBe('high');
  });
});

test('any history: every portable dialect gets one that it accepts', () => {
  const callId = fc.constantFrom('call_1', 'call_2', 'call_3');
  const item = fc.oneof(
    fc.record({
      type: fc.constant('message'),
      role: fc.constantFrom('user', 'assistant', 'developer'),
      content: fc.string(),
    }),
    fc.record({
      type: fc.constant('reasoning'),
      summary: fc.constant([]),
      encrypted_content: fc.constantFrom('gAAAA', 'x', null),
    }),
    fc.record({
      type: fc.constant('function_call'),
      call_id: callId,
      name: fc.constantFrom('a', 'b c'),
      arguments: fc.constantFrom('{}', '', 'no'),
    }),
    fc.record({
      type: fc.constant('custom_tool_call'),
      call_id: callId,
      name: fc.constant('exec'),
      namespace: fc.constant('functions'),
      input: fc.string(),
    }),
    fc.record({
      type: fc.constantFrom('function_call_output', 'custom_tool_call_output'),
      call_id: callId,
      output: fc.string(),
    }),
    fc.record({ type: fc.constant('tool_search_call'), arguments: fc.constant({ query: 'x' }) }),
    fc.record({ type: fc.constant('tool_search_output'), tools: fc.constant([{ type: 'function', name: 'late' }]) }),
  );
  fc.assert(
    fc.property(fc.array(item, { maxLength: 12 }), fc.constantFrom(...portableIds), (input, id) => {
      const { body } = sanitise({ model: 'm', input }, id);
      // Models may think after a call, so what stands between a call and its output is only checked for templates.
      expect(findRejections(body, id).filter((found) => found !== 'a call without its output')).toEqual([]);
    }),
    { numRuns: 300 },
  );
});
