import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import fc from 'fast-check';
import { sealPortable } from '../../continuity/envelope.ts';
import { expectGolden, fixtureNames, readFixture } from '../__fixtures__/golden.ts';
import { sealBlocks } from '../messages/encode-thinking.ts';
import { asObject, asObjects, type JsonObject } from '../read-json.ts';
import { readRequest } from '../responses/request.ts';
import { runAll } from '../transducer.ts';
import { decodeOptions } from './__fixtures__/decode-setup.ts';
import { createAiSdkStreamDecoder } from './decode-stream.ts';
import { AI_SDK_DIALECTS } from './dialects.ts';
import { type AiSdkTarget, type EncodedCall, encodeCall } from './encode-call.ts';
import { signedCallBlock, thoughtBlock } from './kept-metadata.ts';

const CAPTURES = join(import.meta.dir, '../__fixtures__/requests');
const FOLDER = join(import.meta.dir, '__fixtures__/encode');

type Wire = keyof typeof AI_SDK_DIALECTS;
const TARGETS: readonly (readonly [Wire, string])[] = [
  ['gemini', 'gemini-3-pro'],
  ['gemini', 'gemini-2.5-pro'],
  ['vertex', 'gemini-3-flash'],
  ['converse', 'eu.anthropic.claude-opus-4-8-v1:0'],
  ['converse', 'anthropic.claude-sonnet-4-5-20250929-v1:0'],
  ['converse', 'meta.llama4-maverick-v1:0'],
];

const targetFor = (wire: Wire, model: string): AiSdkTarget => ({
  dialect: AI_SDK_DIALECTS[wire],
  model,
  owner: { domain: 'mine', model, wire },
});
const GEMINI = targetFor('gemini', 'gemini-3-pro');
const CLAUDE = targetFor('converse', 'anthropic.claude-opus-4-8');

function tryEncode(body: unknown, target: AiSdkTarget) {
  const request = readRequest(body);
  if (!request.ok) throw new Error(request.problem.message);
  return encodeCall(request.value, target);
}

function encode(body: unknown, target: AiSdkTarget): EncodedCall {
  const encoded = tryEncode(body, target);
  if (!encoded.ok) throw new Error(`${encoded.problem.param}: ${encoded.problem.message}`);
  return encoded.value;
}

const promptOf = ({ options }: EncodedCall): readonly JsonObject[] => asObjects(options['prompt']);
const partsOf = (encoded: EncodedCall): readonly JsonObject[] =>
  promptOf(encoded).flatMap((message) => asObjects(message['content']));
const rolesOf = (encoded: EncodedCall): readonly unknown[] => promptOf(encoded).map((message) => message['role']);

const user = (text: string): JsonObject => ({ type: 'message', role: 'user', content: text });
const TOOLS = [{ type: 'function', name: 'shell' }];
const call = (call_id: string, more: JsonObject = {}): JsonObject => ({
  type: 'function_call',
  call_id,
  name: 'shell',
  arguments: '{"cmd":"ls"}',
  ...more,
});
const output = (call_id: string, value: unknown = 'a.txt'): JsonObject => ({
  type: 'function_call_output',
  call_id,
  output: value,
});

describe('a request with everything in it', () => {
  const everything = readFixture(join(import.meta.dir, '../chat/__fixtures__/encode'), 'everything.json');

  test.each(TARGETS)('for %s and %s, as it was read in review', (wire, model) => {
    const target = targetFor(wire, model);
    const own = sealBlocks(target.owner, [thoughtBlock('Own thought.', { vendor: { signature: 'S' } })], false);
    const { options, droppedTools } = encode(JSON.parse(everything.replace('OWN', own)), target);
    const name = `everything.${wire}.${model.replaceAll(':', '-')}.json`;
    expectGolden(join(FOLDER, name), `${JSON.stringify({ droppedTools, options }, null, 2)}\n`);
  });
});

describe("Codex's own requests", () => {
  test.each(
    fixtureNames(CAPTURES, '.json').flatMap((name) => TARGETS.map(([wire, model]) => [name, wire, model] as const)),
  )('%s over %s to %s: the same bytes each time, and roles that alternate', (name, wire, model) => {
    const text = readFixture(CAPTURES, `${name}.json`);
    const bytes = (): string => JSON.stringify(encode(JSON.parse(text), targetFor(wire, model)).options);
    expect(bytes()).toBe(bytes());
    checkPrompt(encode(JSON.parse(text), targetFor(wire, model)));
  });

  test('a step only adds to the messages of the step before it: prompt caches live on that', () => {
    const body = JSON.parse(readFixture(CAPTURES, 'classic-resumed.json'));
    const whole = promptOf(encode(body, GEMINI));
    const shorter = promptOf(encode({ ...body, input: body.input.slice(0, 10) }, GEMINI));
    expect(shorter.length).toBeGreaterThan(1);
    expect(whole.slice(0, shorter.length - 1)).toEqual(shorter.slice(0, -1));
  });
});

/** What every provider wants: the system first, then the user; each call answered at once; the model never last. */
function checkPrompt(encoded: EncodedCall): void {
  const roles = rolesOf(encoded).join(' ');
  expect(roles).toMatch(/^(system )*user( assistant( tool)?( user)?)*$/);
  expect(roles).not.toMatch(/assistant$|assistant assistant|user user/);
  const idsOf = (message: JsonObject | undefined, type: string): readonly unknown[] =>
    asObjects(message?.['content']).flatMap((part) => (part['type'] === type ? [part['toolCallId']] : []));
  for (const [at, message] of promptOf(encoded).entries()) {
    if (message['role'] !== 'assistant') continue;
    const next = promptOf(encoded)[at + 1];
    expect(idsOf(next, 'tool-result')).toEqual(idsOf(message, 'tool-call') as never);
  }
}

describe('what was signed', () => {
  const own = (blocks: readonly JsonObject[], text = 'Hm.'): JsonObject => ({
    type: 'reasoning',
    summary: text === '' ? [] : [{ type: 'summary_text', text }],
    encrypted_content: sealBlocks(GEMINI.owner, blocks, false),
  });
  const meta = { google: { thoughtSignature: 'SIG' } };
  const signed = own([thoughtBlock('Hm.', undefined), signedCallBlock('shell', { cmd: 'ls' }, meta)]);
  const encodeHistory = (...items: readonly JsonObject[]): readonly JsonObject[] =>
    partsOf(encode({ model: 'm', tools: TOOLS, input: [user('go'), ...items] }, GEMINI));

  test('goes back on the call it was for', () => {
    const parts = encodeHistory(signed, call('a'), call('b', { arguments: '{"cmd":"pwd"}' }), output('a'), output('b'));
    const calls = parts.filter((part) => part['type'] === 'tool-call');
    expect(calls.map((part) => part['providerOptions'])).toEqual([meta, undefined]);
    expect(parts).toContainEqual({ type: 'reasoning', text: 'Hm.' });
  });

  test('goes back whatever order the keys of the arguments have', () => {
    const both = own([signedCallBlock('shell', { a: 1, b: { c: 2, d: 3 } }, meta)], '');
    const parts = encodeHistory(both, call('a', { arguments: '{"b":{"d":3,"c":2},"a":1}' }), output('a'));
    expect(parts.find((part) => part['type'] === 'tool-call')?.['providerOptions']).toEqual(meta);
  });

  test.each([
    ['another call', [signed, call('a', { arguments: '{"cmd":"rm"}' }), output('a')]],
    ['a call that somebody else made later', [signed, user('go on'), call('a'), output('a')]],
    ['nothing: its call is gone', [signed, user('go on')]],
  ])('does not go onto %s', (_name, items) => {
    expect(JSON.stringify(encodeHistory(...items))).not.toContain('SIG');
  });

  test('by another account or model is not sent, and what can be read of it is', () => {
    for (const owner of [
      { ...GEMINI.owner, domain: 'theirs' },
      { ...GEMINI.owner, model: 'gemini-4' },
      { ...GEMINI.owner, wire: 'vertex' },
    ]) {
      const foreign = { ...signed, encrypted_content: sealBlocks(owner, [thoughtBlock('Hm.', meta)], false) };
      const parts = encodeHistory(foreign, call('a'), output('a'));
      expect(JSON.stringify(parts)).not.toContain('SIG');
      expect(parts).toContainEqual({ type: 'text', text: 'Hm.' });
    }
  });

  test('is what the decoder kept, for every kind of tool', () => {
    const tools = [
      { type: 'function', name: 'shell' },
      { type: 'namespace', name: 'mcp__demo', tools: [{ type: 'function', name: 'lookup' }] },
      { type: 'namespace', name: 'functions', tools: [{ type: 'custom', name: 'exec' }] },
      { type: 'tool_search', execution: 'client' },
    ];
    const input = fc.dictionary(fc.constantFrom('a', 'b', 'input', 'query'), fc.jsonValue(), { maxKeys: 3 });
    fc.assert(
      fc.property(
        fc.constantFrom('shell', 'mcp__demo__lookup', 'functions__exec', 'tool_search', 'made_up'),
        fc.oneof(
          input.map((value) => JSON.stringify(value)),
          fc.string(),
        ),
        (toolName, text) => {
          const owner = { domain: 'google', model: 'm', wire: 'gemini' };
          const decoder = () => createAiSdkStreamDecoder(decodeOptions({}));
          const parts = [
            { type: 'reasoning-delta', id: '0', delta: 'Hm.' },
            { type: 'tool-call', toolCallId: 'a', toolName, input: text, providerMetadata: meta },
            { type: 'finish', finishReason: { raw: 'STOP' } },
          ];
          const events = runAll(
            decoder,
            parts.map((part) => JSON.stringify(part)),
          );
          const response = asObject(asObject(events.at(-1))?.['response']);
          const items = asObjects(response?.['output']);
          const made = items.at(-1) ?? {};
          const results: Readonly<Record<string, JsonObject>> = {
            function_call: output('a'),
            custom_tool_call: { ...output('a'), type: 'custom_tool_call_output' },
            tool_search_call: { type: 'tool_search_output', call_id: 'a', tools: [] },
          };
          const back = results[String(made['type'])] ?? {};
          const body = { model: 'm', tools, input: [user('go'), ...items, back] };
          const sent = partsOf(encode(body, { ...GEMINI, model: 'm', owner }));
          expect(sent.find((part) => part['type'] === 'tool-call')?.['providerOptions']).toEqual(meta);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('tools', () => {
  const choose = (tool_choice: unknown, target = GEMINI): JsonObject =>
    encode({ model: 'm', input: 'hi', tools: TOOLS, tool_choice }, target).options;

  test.each([
    ['auto', { type: 'auto' }],
    ['required', { type: 'required' }],
    [
      { type: 'function', name: 'shell' },
      { type: 'tool', toolName: 'shell' },
    ],
    ['none', { type: 'none' }],
  ])('tool_choice %p', (choice, expected) => expect(choose(choice)['toolChoice']).toEqual(expected));

  test('a call is not forced upon a Claude that thinks', () => {
    const body = { model: 'm', input: 'hi', tools: TOOLS, tool_choice: 'required' };
    const forced = (effort: string): unknown =>
      encode({ ...body, reasoning: { effort } }, CLAUDE).options['toolChoice'];
    expect([forced('high'), forced('none')]).toEqual([{ type: 'auto' }, { type: 'required' }]);
  });

  test('that must not be called are not named to Bedrock, and calls of the history become text', () => {
    const input = [user('go'), call('a'), output('a'), user('Sum up.')];
    const body = { model: 'm', input, tools: TOOLS, tool_choice: 'none' };
    const encoded = encode(body, CLAUDE);
    expect(encoded.options['tools']).toBeUndefined();
    checkPrompt(encoded);
    const text = partsOf(encoded).map((part) => part['text']);
    expect(text).toEqual(['go', '[called shell: {"cmd":"ls"}]', '[output of shell]\na.txt', 'Sum up.']);
    expect(encode(body, GEMINI).options['toolChoice']).toEqual({ type: 'none' });
  });

  test('that the history alone knows are named to Gemini, and may not be called', () => {
    const encoded = encode(
      { model: 'm', input: [user('go'), call('a'), output('a'), user('Sum up.')], tools: [] },
      GEMINI,
    );
    expect(encoded.options).toMatchObject({ tools: [{ name: 'shell' }], toolChoice: { type: 'none' } });
    expect(partsOf(encoded).map((part) => part['type'])).toEqual(['text', 'tool-call', 'tool-result', 'text']);
  });
});

describe('files', () => {
  const image = (url: string): JsonObject => ({ type: 'input_image', image_url: url });
  const PNG = 'data:image/png;base64,AAAA';
  const file = { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'AAAA' } };

  test('in a message', () => {
    const input = [{ type: 'message', role: 'user', content: [image(PNG)] }];
    expect(partsOf(encode({ model: 'm', input }, GEMINI))).toEqual([file]);
  });

  test.each([
    ['gemini-3-pro', [{ type: 'content', value: [{ type: 'text', text: 'See:' }, file] }], false],
    ['gemini-2.5-pro', [{ type: 'text', value: 'See:\n[A file, shown in the next message.]' }], true],
  ])('in an output for %s', (model, outputs, follows) => {
    const input = [user('go'), call('a'), output('a', [{ type: 'input_text', text: 'See:' }, image(PNG)])];
    const encoded = encode({ model: 'm', input, tools: TOOLS }, targetFor('gemini', model));
    const results = partsOf(encoded).filter((part) => part['type'] === 'tool-result');
    expect(results.map((part) => part['output'])).toEqual(outputs);
    expect(promptOf(encoded).at(-1)?.['role']).toBe(follows ? 'user' : 'tool');
    if (follows) expect(partsOf(encoded).at(-1)).toEqual(file);
  });

  test.each([
    ['on a server', GEMINI, image('https://example.com/a.png')],
    ['of a type that Gemini does not take', GEMINI, image('data:image/gif;base64,AAAA')],
    ['that is no image', CLAUDE, image('data:text/html;base64,AAAA')],
  ])('%s are refused by name', (_name, target, part) => {
    const input = [{ type: 'message', role: 'user', content: [part] }];
    expect(tryEncode({ model: 'm', input }, target)).toMatchObject({
      ok: false,
      problem: { code: 'TARGET_UNSUPPORTED' },
    });
  });
});

describe('the form of the answer', () => {
  const schema = {
    type: 'object',
    properties: { ok: { type: 'boolean' } },
    required: ['ok'],
    additionalProperties: false,
  };
  const format = { type: 'json_schema', name: 'a', schema };
  const formOf = (target: AiSdkTarget, tools: readonly JsonObject[]): string => {
    const { options, schemaToCheck } = encode({ model: 'm', input: 'hi', tools, text: { format } }, target);
    const isTold = JSON.stringify(options['prompt']).includes('JSON Schema');
    const how = isTold ? 'told' : options['responseFormat'] === undefined ? 'lost' : 'native';
    return `${how}${schemaToCheck === undefined ? '' : ', checked'}`;
  };

  test.each([
    ['gemini', 'gemini-3-pro', 'native, checked', 'native, checked'],
    ['gemini', 'gemini-2.5-pro', 'native, checked', 'told, checked'],
    ['converse', 'anthropic.claude-opus-4-8', 'told, checked', 'told, checked'],
    ['converse', 'meta.llama4', 'told, checked', 'told, checked'],
  ] as const)('%s %s: %s without tools, %s with them', (wire, model, alone, withTools) => {
    const target = targetFor(wire, model);
    expect([formOf(target, []), formOf(target, TOOLS)]).toEqual([alone, withTools]);
  });
});

describe('what cannot be sent is said before anything is', () => {
  test.each([
    ['state on a server', { previous_response_id: 'resp_1' }, 'UNSUPPORTED_PARAMETER', 'previous_response_id'],
    ['an item of a type nobody knows', { input: [{ type: 'holo_call' }] }, 'TARGET_UNSUPPORTED', 'input[0].type'],
    ['a hosted tool', { tools: [{ type: 'code_interpreter' }] }, 'TARGET_UNSUPPORTED', 'tools[0]'],
    ['an unknown output format', { text: { format: { type: 'grammar' } } }, 'TARGET_UNSUPPORTED', 'text.format'],
    [
      'a history that only its own provider can read',
      { input: [{ type: 'compaction', encrypted_content: 'gAAAA' }] },
      'TARGET_UNSUPPORTED',
      'input',
    ],
  ])('%s', (_name, more, code, param) => {
    expect(tryEncode({ model: 'm', input: 'hi', ...more }, GEMINI)).toMatchObject({
      ok: false,
      problem: { code, param },
    });
  });

  test('but a compaction of ours can', () => {
    const input = [
      { type: 'compaction', encrypted_content: sealPortable({ summary: 'It went well.' }) },
      user('go on'),
    ];
    expect(JSON.stringify(promptOf(encode({ model: 'm', input }, GEMINI)))).toContain('It went well.');
  });
});

test('any conversation becomes one that every provider takes', () => {
  const id = fc.constantFrom('a', 'b', 'c.d', 'x'.repeat(80));
  const item: fc.Arbitrary<JsonObject> = fc.oneof(
    fc.constantFrom(user('x'), user(' '), { type: 'message', role: 'assistant', content: 'y' }),
    fc.constant({ type: 'message', role: 'developer', content: 'z' }),
    id.map((one) => call(one)),
    id.map((one) => output(one)),
    fc.constant({ type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm.' }], encrypted_content: 'gAAAA' }),
    fc.constant({ type: 'web_search_call', id: 'ws_1', status: 'completed' }),
  );
  fc.assert(
    fc.property(
      fc.array(item, { maxLength: 12 }),
      fc.constantFrom(...TARGETS),
      fc.boolean(),
      (input, [wire, model], hasTools) => {
        const encoded = encode({ model: 'm', input, tools: hasTools ? TOOLS : [] }, targetFor(wire, model));
        checkPrompt(encoded);
        expect(partsOf(encoded).every((part) => part['type'] !== 'text' || String(part['text']).trim() !== '')).toBe(
          true,
        );
        const ids = partsOf(encoded).flatMap((part) =>
          part['type'] === 'tool-call' ? [String(part['toolCallId'])] : [],
        );
        expect(ids.every((one) => /^[a-zA-Z0-9_-]{1,64}$/.test(one))).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});
