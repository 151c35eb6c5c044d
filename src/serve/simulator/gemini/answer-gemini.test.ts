import { describe, expect, test } from 'bun:test';
import { bodyOf, type CallOptions, callWire, eventsOf, streamOf } from '../__fixtures__/call-wire.ts';
import { PARALLEL } from '../__fixtures__/parallel-scenario.ts';
import { isObject, type JsonObject, objectsOf } from '../json.ts';
import { TASK, TASK_RESULT } from '../scenarios/task.ts';

const declaration = (name: string, more: JsonObject = {}): JsonObject => ({ name, description: '', ...more });
const TOOLS = [
  { functionDeclarations: ['exec_command', 'apply_patch', 'mcp__demo__lookup'].map((name) => declaration(name)) },
];
const THOUGHTS = { generationConfig: { thinkingConfig: { includeThoughts: true } } };
const user = (text: string): JsonObject => ({ role: 'user', parts: [{ text }] });
const partsOf = (chunks: readonly JsonObject[]): readonly JsonObject[] =>
  chunks.flatMap((chunk) => {
    const content = objectsOf(chunk['candidates'])[0]?.['content'];
    return isObject(content) ? objectsOf(content['parts']) : [];
  });
const stream = (body: JsonObject, options: Partial<CallOptions> = {}): readonly JsonObject[] =>
  eventsOf(streamOf(callWire(body, { wire: 'gemini', scenario: PARALLEL, ...options })));
/** Status and error text of the answer. */
function ask(body: JsonObject, options: Partial<CallOptions> = {}): readonly [number, string] {
  const { answer } = callWire({ contents: [user('go')], ...body }, { wire: 'gemini', ...options });
  return answer.kind === 'stream' ? [200, ''] : [answer.status, String(answer.body)];
}

/** A careful client: it sends every part back as it came. */
function play(options: Partial<CallOptions> = {}, change = (part: JsonObject): JsonObject => part) {
  const contents: JsonObject[] = [user('Do the task.')];
  const steps: (number | undefined)[] = [];
  const names: unknown[] = [];
  for (let at = 0; at < 9; at += 1) {
    const reply = callWire({ contents, tools: TOOLS, ...THOUGHTS }, { wire: 'gemini', ...options });
    steps.push(reply.step);
    const parts = partsOf(eventsOf(streamOf(reply))).map(change);
    contents.push({ role: 'model', parts });
    const calls = parts.flatMap((part) => (isObject(part['functionCall']) ? [part['functionCall']] : []));
    const text = parts.map((part) => (part['thought'] === true ? '' : (part['text'] ?? ''))).join('');
    if (calls.length === 0) return { steps, names, text, contents };
    names.push(...calls.map((call) => call['name']));
    const responses = calls.map((call) => ({ functionResponse: { name: call['name'], response: { output: 'done' } } }));
    contents.push({ role: 'user', parts: responses });
  }
  throw new Error('the model never stops calling');
}

describe('a client that sends every part back as it came', () => {
  test('does the whole task', () => {
    const { steps, names, text } = play({ scenario: TASK });
    expect([steps, names, text]).toEqual([[1, 2, 3], ['exec_command', 'apply_patch'], TASK_RESULT.finalMessage]);
  });
  test('runs parallel calls, of which the first is signed', () => {
    const { names, contents } = play({ scenario: PARALLEL });
    expect(names).toEqual(['exec_command', 'mcp__demo__lookup']);
    const calls = objectsOf(contents[1]?.['parts']).filter((part) => 'functionCall' in part);
    expect(calls.map((part) => 'thoughtSignature' in part)).toEqual([true, false]);
  });
});

describe('signatures', () => {
  const without = ({ thoughtSignature: _, ...part }: JsonObject): JsonObject => part;
  test('a call of the current turn without one is refused', () => {
    expect(() => play({ scenario: TASK }, without)).toThrow('is missing a thought_signature');
    expect(play({ scenario: TASK, model: 'gemini-2.5-pro' }, without).steps).toEqual([1, 2, 3]);
  });
  test('one that nobody issued is refused, but for the documented one', () => {
    const instead = (thoughtSignature: string) => (part: JsonObject) =>
      part['functionCall'] === undefined ? part : { ...part, thoughtSignature };
    expect(() => play({ scenario: TASK }, instead('Q2Fub3QgYmU='))).toThrow('Corrupted thought signature');
    expect(play({ scenario: TASK }, instead('skip_thought_signature_validator')).steps).toEqual([1, 2, 3]);
  });
  test("another account's is refused", () => {
    const contents = play({ scenario: TASK, name: 'theirs' }).contents.slice(0, 3);
    expect(ask({ contents, tools: TOOLS }, { name: 'mine' })[1]).toContain('Corrupted thought signature');
  });
});

describe('what is refused', () => {
  const call = (name = 'f'): JsonObject => ({
    role: 'model',
    parts: [{ functionCall: { name, args: {} }, thoughtSignature: 'skip_thought_signature_validator' }],
  });
  const response = (name = 'f', more: JsonObject = {}): JsonObject => ({
    role: 'user',
    parts: [{ functionResponse: { name, response: {}, ...more } }],
  });
  const tool = (more: JsonObject): JsonObject => ({ tools: [{ functionDeclarations: [declaration('f', more)] }] });
  const rows: readonly (readonly [string, JsonObject, string])[] = [
    ['a field of another API', { messages: [] }, 'Unknown name "messages": Cannot find field.'],
    ['nothing said', { contents: [] }, 'contents is not specified'],
    ['a turn without parts', { contents: [{ role: 'user', parts: [] }] }, 'contents.parts must not be empty'],
    ['an empty part', { contents: [{ role: 'user', parts: [{ text: '' }] }] }, 'must have one initialized field'],
    ['a role of another API', { contents: [{ role: 'assistant', parts: [{ text: 'x' }] }] }, 'Please use a valid role'],
    ['two users in a row', { contents: [user('x'), user('y')] }, 'alternate between user and model'],
    ['a model that ends', { contents: [user('x'), { role: 'model', parts: [{ text: 'y' }] }] }, 'end with a user role'],
    [
      'a call without its response',
      { contents: [user('x'), call(), user('y')] },
      'equal to the number of function call parts',
    ],
    ['a response without its call', { contents: [response()] }, 'immediately after a function call turn'],
    [
      'a response of another name',
      { contents: [user('x'), call('f'), response('g')] },
      'equal to the number of function call parts',
    ],
    [
      'a response that is text',
      { contents: [user('x'), call(), response('f', { response: 'ok' })] },
      'Struct expected',
    ],
    ['a tool name with a slash', { tools: [{ functionDeclarations: [declaration('a/b')] }] }, 'Invalid function name'],
    [
      'two tools of one name',
      { tools: [{ functionDeclarations: [declaration('f'), declaration('f')] }] },
      'Duplicate function declaration',
    ],
    [
      'a strict schema in the old place',
      tool({ parameters: { type: 'object', additionalProperties: false } }),
      'Unknown name \\"additionalProperties\\" at \'tools[0].function_declarations[0].parameters\'',
    ],
    [
      'a reference in the old place',
      tool({ parameters: { type: 'object', properties: { a: { $ref: '#/x' } } } }),
      'properties[a]',
    ],
    [
      'a schema twice',
      tool({ parameters: { type: 'object' }, parametersJsonSchema: {} }),
      'cannot be set at the same time',
    ],
    [
      'names to choose from where nothing is forced',
      { toolConfig: { functionCallingConfig: { mode: 'AUTO', allowedFunctionNames: ['f'] } } },
      'allowed_function_names should only be set',
    ],
    [
      'a budget and a level',
      { generationConfig: { thinkingConfig: { thinkingBudget: 1, thinkingLevel: 'LOW' } } },
      'only set only one of',
    ],
    ['a limit by another name', { generationConfig: { max_tokens: 5 } }, "at 'generation_config'"],
  ];
  test.each(rows)('%s', (_, body, words) => {
    const [status, error] = ask(body);
    expect(error.replaceAll('\\n', '')).toContain(
      words.includes('"') && !words.includes('\\') ? JSON.stringify(words).slice(1, -1) : words,
    );
    expect(JSON.parse(error)).toMatchObject({ error: { code: status, status: 'INVALID_ARGUMENT' } });
  });

  test.each([
    ['any schema in the new place', tool({ parametersJsonSchema: { type: 'object', additionalProperties: false } })],
    [
      'calls of earlier turns without signature',
      {
        contents: [
          user('x'),
          { role: 'model', parts: [{ functionCall: { name: 'f', args: {} } }] },
          response(),
          { role: 'model', parts: [{ text: 'y' }] },
          user('z'),
        ],
      },
    ],
    ['a forced call', { toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['f'] } } }],
  ])('but not: %s', (_, body) => expect(ask(body)).toEqual([200, '']));

  test('keys and models', () => {
    expect(ask({}, { key: 'k' })[0]).toBe(403);
    expect(ask({}, { key: 'k', headers: { 'x-goog-api-key': 'x' } })[0]).toBe(400);
    expect(ask({}, { key: 'k', headers: { 'x-goog-api-key': 'k' } })[0]).toBe(200);
    expect(ask({}, { strictness: { models: ['gemini-4'] } })[0]).toBe(404);
    expect(ask({}, { strictness: { contextTokens: 1 } })[1]).toContain('exceeds the maximum number of tokens');
  });
});

describe('at Vertex AI', () => {
  const TOKEN = 'ya29.a0AfB';
  const PLACE = '/v1/projects/simulated-project/locations/europe-west4/publishers/google';
  const CALL = '/models/gemini-3-pro:streamGenerateContent';
  const body = { contents: [user('go')] };
  const vertex = (options: Partial<CallOptions> = {}, sent: JsonObject = body): readonly [number, string] =>
    ask(sent, { dialect: 'vertex', ...options });
  const at = (path: string): readonly [number, string] => vertex({ path });

  test('a whole task is done, with nothing in its calls that only AI Studio knows', () => {
    expect(play({ scenario: TASK, dialect: 'vertex' }).steps).toEqual([1, 2, 3]);
    const withId = (part: JsonObject): JsonObject =>
      isObject(part['functionCall']) ? { ...part, functionCall: { ...part['functionCall'], id: 'c1' } } : part;
    expect(play({ scenario: TASK }, withId).steps).toEqual([1, 2, 3]);
    expect(() => play({ scenario: TASK, dialect: 'vertex' }, withId)).toThrow("'contents[1].parts[");
  });

  test.each([
    ['its own project', `${PLACE}${CALL}`, 200],
    ['another location', `${PLACE.replace('europe-west4', 'global')}${CALL}`, 200],
    ['express mode, without a project', `/v1/publishers/google${CALL}`, 200],
    ['the project of somebody else', `${PLACE.replace('simulated-project', 'theirs')}${CALL}`, 403],
    ['a location that is none', `${PLACE.replace('europe-west4', 'undefined')}${CALL}`, 404],
    ['another publisher', `${PLACE.replace('google', 'anthropic')}${CALL}`, 404],
    ['no location', `/v1/projects/simulated-project/publishers/google${CALL}`, 404],
    ["AI Studio's place", `/v1beta${CALL}`, 404],
  ])('%s', (_, path, status) => expect(at(path)[0]).toBe(status));

  test.each([
    ['a token', TOKEN, { authorization: `Bearer ${TOKEN}` }, 200],
    ['a key', 'AIza1', { 'x-goog-api-key': 'AIza1' }, 200],
    ['nothing', TOKEN, {}, 401],
    ['another token', TOKEN, { authorization: 'Bearer ya29.x' }, 401],
    ['a token as a key', TOKEN, { 'x-goog-api-key': TOKEN }, 401],
    ['a key as a token', 'AIza1', { authorization: 'Bearer AIza1' }, 401],
    ['another key', 'AIza1', { 'x-goog-api-key': 'AIza2' }, 400],
  ])('sent with %s', (_, key, headers, status) => expect(vertex({ key, headers })[0]).toBe(status));

  test('what each knows that the other does not', () => {
    expect(vertex({}, { ...body, labels: { team: 'a' } })[0]).toBe(200);
    expect(ask({ ...body, labels: { team: 'a' } })[1]).toContain('Unknown name \\"labels\\"');
    const behaving = { ...body, tools: [{ functionDeclarations: [declaration('f', { behavior: 'BLOCKING' })] }] };
    expect(ask(behaving)[0]).toBe(200);
    expect(vertex({}, behaving)[1]).toContain('Unknown name \\"behavior\\"');
    expect(vertex({ strictness: { models: ['gemini-4'] } })).toMatchObject([
      404,
      expect.stringContaining('Publisher Model `projects/simulated-project/locations/europe-west4/publishers/google'),
    ]);
  });
});

describe('answers', () => {
  const request = { contents: [user('go')], tools: TOOLS, ...THOUGHTS };
  test('come in chunks that are whole, with the reason in the last one, in lines that end as on Windows', () => {
    const answer = streamOf(callWire(request, { wire: 'gemini', scenario: PARALLEL }));
    for (const { text } of answer.frames) expect(text).toMatch(/^data: \{.*\}\r\n\r\n$/);
    const reasons = eventsOf(answer).map((chunk) => objectsOf(chunk['candidates'])[0]?.['finishReason']);
    expect(reasons.at(-1)).toBe('STOP');
    expect(reasons.slice(0, -1).every((reason) => reason === undefined)).toBe(true);
    expect(eventsOf(answer).at(-1)).toMatchObject({ usageMetadata: { thoughtsTokenCount: 64 } });
  });
  test('show thoughts only when asked to', () => {
    expect(partsOf(stream(request)).filter((part) => part['thought'] === true).length).toBeGreaterThan(0);
    expect(partsOf(stream({ contents: [user('go')] })).some((part) => part['thought'] === true)).toBe(false);
  });
  test('that are not streamed are one object; a stream without alt=sse would be a list', () => {
    const answer = bodyOf(callWire(request, { wire: 'gemini', scenario: PARALLEL, stream: false }));
    expect(partsOf([JSON.parse(String(answer.body))])).toMatchObject([
      { text: 'Both at once.', thought: true },
      { text: 'I run both.' },
      { functionCall: { name: 'exec_command', args: { cmd: 'echo one' } } },
      { functionCall: { name: 'mcp__demo__lookup' } },
    ]);
  });
  test.each([
    ['no-finish', undefined],
    ['unknown-finish-reason', 'PAUSED_FOR_TEA'],
  ] as const)('%s', (flaw, reason) => {
    const last = stream(request, { flaws: [flaw] }).at(-1);
    expect(objectsOf(last?.['candidates'])[0]?.['finishReason']).toBe(reason);
  });
  test('failures in the middle', () => {
    const { fail } = streamOf(callWire(request, { wire: 'gemini' }));
    expect(fail({ how: 'error', code: 'server_is_overloaded', message: 'Later.' }, 2).text).toContain('"UNAVAILABLE"');
    expect(fail({ how: 'failed', code: null, message: 'Oh.' }, 2).text).toContain('"INTERNAL"');
    expect(fail({ how: 'incomplete', code: 'content_filter', message: '' }, 2).text).toContain('"SAFETY"');
  });
});
