import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import fc from 'fast-check';
import { checkCuts } from '../__fixtures__/check-cuts.ts';
import { checkStream, checkWithSdk, renderEvents } from '../__fixtures__/check-stream.ts';
import { expectGolden, fixtureNames, readFixture } from '../__fixtures__/golden.ts';
import { asObject, asObjects, type JsonObject } from '../read-json.ts';
import { isUpstreamFailure, type ResponsesEvent, type WireOut } from '../responses/events.ts';
import { runAll } from '../transducer.ts';
import { type DecodeCase, decodeOptions } from './__fixtures__/decode-setup.ts';
import { decodeChatBody } from './decode-body.ts';
import { createChatStreamDecoder } from './decode-stream.ts';

const FOLDER = join(import.meta.dir, '__fixtures__/decode');
const cases = fixtureNames(FOLDER, '.chunks.jsonl');

function readCase(name: string): { readonly setup: DecodeCase; readonly chunks: readonly string[] } {
  const [head = '', ...chunks] = readFixture(FOLDER, `${name}.chunks.jsonl`).trimEnd().split('\n');
  return { setup: JSON.parse(head) as DecodeCase, chunks };
}

function decode(setup: DecodeCase, chunks: readonly string[]): WireOut[] {
  return runAll(() => createChatStreamDecoder(decodeOptions(setup)), chunks);
}

describe('streams', () => {
  test.each(cases)('%s', (name) => {
    const { setup, chunks } = readCase(name);
    const outs = decode(setup, chunks);
    checkStream(outs);
    expectGolden(join(FOLDER, `${name}.events.jsonl`), renderEvents(outs));
  });
});

describe('the official SDK', () => {
  test.each(cases)('accumulates %s to what its last event says', async (name) => {
    const { setup, chunks } = readCase(name);
    const events = decode(setup, chunks).filter((out): out is ResponsesEvent => !isUpstreamFailure(out));
    const terminal = asObject(events.at(-1)?.['response']);
    // A turn that goes on is only for Codex: the SDK refuses a completed response with an item that was dropped.
    if (terminal === undefined || terminal['status'] === 'in_progress' || terminal['end_turn'] === false) return;
    await checkWithSdk(events, terminal);
  });
});

test('where the network cuts the bytes changes nothing', () => {
  const streams = cases.map((name) => {
    const { setup, chunks } = readCase(name);
    const text = chunks.map((chunk) => `data: ${chunk.replace('Hel', 'Hé€😀')}\n\n`).join(': ping\n\n');
    return { setup, bytes: Buffer.from(text) };
  });
  checkCuts(streams, (setup) => createChatStreamDecoder(decodeOptions(setup)));
});

describe('any stream', () => {
  const text = fc.constantFrom('', ' ', '\n', 'a', 'word', '<think>', '</think>', '<th', 'ink>', '{"a":1}', '{', '"');
  const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
  const entry = fc.record({
    index: maybe(fc.nat(2)),
    id: maybe(fc.constantFrom('', 'a', 'b')),
    function: fc.record({
      name: maybe(fc.constantFrom('', 'shell', 'functions__exec', 'tool_search', 'made_up')),
      arguments: maybe(fc.oneof(text, fc.constant({ a: 1 }), fc.constant(null))),
    }),
  });
  const delta = fc.record({
    content: maybe(
      fc.oneof(
        text,
        fc.constant(null),
        fc.constant([
          { type: 'thinking', thinking: [{ text: 'p' }] },
          { type: 'text', text: 'q' },
        ]),
      ),
    ),
    reasoning_content: maybe(text),
    reasoning: maybe(fc.oneof(text, fc.constant({ text: 'o' }))),
    reasoning_details: maybe(
      fc.array(
        fc.record({
          type: fc.constantFrom('reasoning.text', 'reasoning.encrypted'),
          text: maybe(text),
          data: maybe(text),
        }),
        { maxLength: 2 },
      ),
    ),
    tool_calls: maybe(fc.array(entry, { maxLength: 2 })),
    refusal: maybe(text),
  });
  const chunk = fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({
        choices: fc.tuple(
          fc.record({
            index: fc.constant(0),
            delta,
            finish_reason: fc.option(fc.constantFrom('', 'stop', 'tool_calls', 'length', 'odd'), { freq: 8 }),
          }),
        ),
      }),
    },
    { weight: 1, arbitrary: fc.anything() },
    { weight: 1, arbitrary: fc.record({ error: fc.anything() }) },
    { weight: 1, arbitrary: fc.record({ choices: fc.anything(), usage: fc.anything() }) },
  );
  const line = chunk.map((value) => JSON.stringify(value) ?? 'undefined');

  test.each(['generic', 'minimax', 'openrouter', 'mistral'])(
    'in dialect %s gives a well-formed one, and ends once',
    (dialect) => {
      fc.assert(
        fc.property(
          fc.array(line, { maxLength: 12 }),
          fc.constantFrom('continue', 'incomplete'),
          (chunks, onLength) => {
            checkStream(decode({ dialect, onLength }, chunks));
          },
        ),
        { numRuns: 200 },
      );
    },
  );
});

describe('an upstream without end', () => {
  test('is cut off at the limit', () => {
    const decoder = createChatStreamDecoder(decodeOptions({ dialect: 'generic' }));
    const chunk = JSON.stringify({ choices: [{ index: 0, delta: { content: 'x'.repeat(1 << 20) } }] });
    const outs: WireOut[] = [];
    for (let count = 0; count < 100 && outs.length === 0; count += 1)
      outs.push(...decoder.push(chunk).filter(isUpstreamFailure));
    expect(outs).toMatchObject([{ code: 'EVENT_TOO_LARGE' }]);
    expect(decoder.push(chunk)).toEqual([]);
  });

  test('with thousands of calls gets none of them run', () => {
    const chunks = Array.from({ length: 2000 }, (_nothing, index) =>
      JSON.stringify({
        choices: [{ index: 0, delta: { tool_calls: [{ index, function: { name: 'shell', arguments: '{}' } }] } }],
      }),
    );
    const end = JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
    const outs = decode({ dialect: 'generic' }, [...chunks, end]);
    expect(outs.at(-1)).toMatchObject({ code: 'STREAM_CORRUPT' });
    expect(outs.some((out) => !isUpstreamFailure(out) && out.type === 'response.output_item.done')).toBe(false);
  });
});

describe('a whole body', () => {
  const body = {
    choices: [
      {
        index: 0,
        finish_reason: 'tool_calls',
        message: {
          role: 'assistant',
          content: 'Looking.',
          reasoning_content: 'Hm.',
          tool_calls: [
            { id: 'a', type: 'function', function: { name: 'shell', arguments: '{"cmd":"ls"}' } },
            { id: 'b', type: 'function', function: { name: 'functions__exec', arguments: '{"input":"x"}' } },
          ],
        },
      },
    ],
    usage: { prompt_tokens: 3, completion_tokens: 4 },
  };
  const decodeBody = (value: unknown): JsonObject => ({
    ...decodeChatBody(value, decodeOptions({ dialect: 'deepseek' })),
  });

  test('becomes a response', () => {
    const response = decodeBody(body);
    expect(response).toMatchObject({
      object: 'response',
      status: 'completed',
      usage: { input_tokens: 3, total_tokens: 7 },
    });
    expect(asObjects(response['output']).map((item) => [item['type'], item['call_id']])).toEqual([
      ['reasoning', undefined],
      ['message', undefined],
      ['function_call', 'a'],
      ['custom_tool_call', 'b'],
    ]);
  });

  test.each([
    ['an error', { error: { code: 'rate_limit_exceeded' } }, 'ERROR_IN_STREAM'],
    ['text instead of an object', 'oops', 'BODY_NOT_JSON'],
    ['no choices', {}, 'STREAM_CUT'],
    ['an empty answer', { choices: [{ message: { content: '' }, finish_reason: 'stop' }] }, 'EMPTY_ANSWER'],
  ])('%s is a failure', (_name, value, code) => {
    expect(decodeBody(value)).toMatchObject({ kind: 'upstream-failure', code });
  });

  test('a missing finish reason is forgiven: a body that ends is whole', () => {
    expect(decodeBody({ choices: [{ message: { content: 'x' }, finish_reason: null }] })['status']).toBe('completed');
  });
});
