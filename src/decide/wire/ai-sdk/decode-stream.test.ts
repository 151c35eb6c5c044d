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
import { decodeAiSdkBody } from './decode-body.ts';
import { createAiSdkStreamDecoder } from './decode-stream.ts';

const FOLDER = join(import.meta.dir, '__fixtures__/decode');
const cases = fixtureNames(FOLDER, '.parts.jsonl');

function readCase(name: string): { readonly setup: DecodeCase; readonly parts: readonly string[] } {
  const [head = '', ...parts] = readFixture(FOLDER, `${name}.parts.jsonl`).trimEnd().split('\n');
  return { setup: JSON.parse(head) as DecodeCase, parts };
}

const decode = (setup: DecodeCase, parts: readonly string[]): WireOut[] =>
  runAll(() => createAiSdkStreamDecoder(decodeOptions(setup)), parts);

const eventsOf = (outs: readonly WireOut[]): readonly ResponsesEvent[] =>
  outs.filter((out): out is ResponsesEvent => !isUpstreamFailure(out));

const doneCalls = (outs: readonly WireOut[]): readonly ResponsesEvent[] =>
  eventsOf(outs).filter(
    (event) => event.type === 'response.output_item.done' && 'call_id' in (asObject(event['item']) ?? {}),
  );

describe('streams', () => {
  test.each(cases)('%s', (name) => {
    const { setup, parts } = readCase(name);
    const outs = decode(setup, parts);
    checkStream(outs);
    expectGolden(join(FOLDER, `${name}.events.jsonl`), renderEvents(outs));
  });

  test.each(cases)('%s, cut after any part: no call is done before the upstream has said that all is', (name) => {
    const { setup, parts } = readCase(name);
    for (let length = 0; length < parts.length; length += 1) {
      const outs = decode(setup, parts.slice(0, length));
      checkStream(outs);
      expect(doneCalls(outs)).toEqual([]);
    }
  });

  test.each(cases)('the official SDK accumulates %s to what its last event says', async (name) => {
    const { setup, parts } = readCase(name);
    const events = eventsOf(decode(setup, parts));
    const terminal = asObject(events.at(-1)?.['response']);
    // A turn that goes on is only for Codex: the SDK refuses a completed response with an item that was dropped.
    if (terminal === undefined || terminal['status'] === 'in_progress' || terminal['end_turn'] === false) return;
    await checkWithSdk(events, terminal);
  });
});

test('where the network cuts the bytes changes nothing', () => {
  const streams = cases.map((name) => {
    const { setup, parts } = readCase(name);
    return { setup, bytes: Buffer.from(parts.map((part) => `data: ${part.replace('Hel', 'Hé€😀')}\n\n`).join('')) };
  });
  checkCuts(streams, (setup) => createAiSdkStreamDecoder(decodeOptions(setup)));
});

describe('any stream', () => {
  const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
  const id = fc.constantFrom('', 'a', 'b', '0');
  const text = fc.constantFrom('', ' ', '\n', 'a', 'word', '{"a":1}', '{', '"');
  const meta = maybe(fc.constantFrom({}, null, { google: { thoughtSignature: 's' } }, { google: null }, 'odd'));
  const part = fc.record({
    type: fc.constantFrom(
      'text-start',
      'text-delta',
      'text-end',
      'reasoning-start',
      'reasoning-delta',
      'reasoning-end',
      'tool-input-start',
      'tool-input-delta',
      'tool-input-end',
      'tool-call',
      'file',
      'odd',
    ),
    id: maybe(id),
    toolCallId: maybe(id),
    toolName: maybe(fc.constantFrom('', 'shell', 'functions__exec', 'tool_search', 'made_up')),
    delta: maybe(text),
    input: maybe(fc.oneof(text, fc.constant({ a: 1 }), fc.constant(null))),
    providerMetadata: meta,
    providerExecuted: maybe(fc.boolean()),
  });
  const finish = fc.record({
    type: fc.constant('finish'),
    finishReason: fc.constantFrom(
      null,
      {},
      { raw: 'STOP', unified: 'stop' },
      { raw: 'MAX_TOKENS' },
      { raw: 'odd', unified: 'other' },
      { raw: 'SAFETY', unified: 'content-filter' },
    ),
    usage: fc.constantFrom(undefined, {}, { inputTokens: { total: -1 } }, { outputTokens: { total: 'many' } }),
  });
  const any = fc.oneof(
    { weight: 12, arbitrary: part },
    { weight: 1, arbitrary: finish },
    { weight: 1, arbitrary: fc.constantFrom({ type: 'stream-start' }, { type: 'error' }, { type: 'error', body: {} }) },
    { weight: 1, arbitrary: fc.anything() },
  );
  const line = any.map((value) => JSON.stringify(value) ?? 'undefined');
  const STOP = JSON.stringify({ type: 'finish', finishReason: { raw: 'STOP', unified: 'stop' } });

  test.each(['continue', 'incomplete'] as const)('gives a well-formed one, and ends once (%s)', (onLength) => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 16 }), fc.boolean(), (parts, ends) => {
        const outs = decode({ onLength }, ends ? [...parts, STOP] : parts);
        checkStream(outs);
        if (isUpstreamFailure(outs.at(-1) ?? { type: '', sequence_number: 0 })) expect(doneCalls(outs)).toEqual([]);
      }),
      { numRuns: 600 },
    );
  });
});

describe('an upstream without end', () => {
  test('is cut off at the limit', () => {
    const decoder = createAiSdkStreamDecoder(decodeOptions({}));
    const part = JSON.stringify({ type: 'text-delta', id: '0', delta: 'x'.repeat(1 << 20) });
    const outs: WireOut[] = [];
    for (let count = 0; count < 100 && outs.length === 0; count += 1)
      outs.push(...decoder.push(part).filter(isUpstreamFailure));
    expect(outs).toMatchObject([{ code: 'EVENT_TOO_LARGE' }]);
    expect(decoder.push(part)).toEqual([]);
  });

  test('with thousands of calls gets none of them run', () => {
    const parts = Array.from({ length: 3000 }, (_nothing, index) =>
      JSON.stringify({ type: 'tool-call', toolCallId: `c${index}`, toolName: 'shell', input: '{}' }),
    );
    const outs = decode({}, [...parts, '{"type":"finish","finishReason":{"raw":"STOP"}}']);
    expect(outs.at(-1)).toMatchObject({ code: 'STREAM_CORRUPT' });
    expect(doneCalls(outs)).toEqual([]);
  });
});

describe('a whole body', () => {
  const decodeBody = (value: unknown): JsonObject => ({ ...decodeAiSdkBody(value, decodeOptions({})) });
  const finishReason = { unified: 'tool-calls', raw: 'STOP' };

  test('becomes a response', () => {
    const response = decodeBody({
      content: [
        { type: 'reasoning', text: 'Hm.' },
        { type: 'text', text: 'Looking.' },
        {
          type: 'tool-call',
          toolCallId: '',
          toolName: 'shell',
          input: '{"cmd":"ls"}',
          providerMetadata: { google: { thoughtSignature: 's' } },
        },
        { type: 'tool-call', toolCallId: 'b', toolName: 'functions__exec', input: '{"input":"x"}' },
      ],
      finishReason,
      usage: { inputTokens: { total: 5, cacheRead: 2 }, outputTokens: { total: 4, reasoning: 1 } },
    });
    expect(response).toMatchObject({
      object: 'response',
      status: 'completed',
      usage: { input_tokens: 5, input_tokens_details: { cached_tokens: 2 }, output_tokens: 4, total_tokens: 9 },
    });
    expect(
      asObjects(response['output']).map((item) => [item['type'], item['call_id'], item['arguments'] ?? item['input']]),
    ).toEqual([
      ['reasoning', undefined, undefined],
      ['message', undefined, undefined],
      ['reasoning', undefined, undefined],
      ['function_call', 'call_t_4', '{"cmd":"ls"}'],
      ['custom_tool_call', 'b', 'x'],
    ]);
  });

  test.each([
    ['text instead of an object', 'oops', 'BODY_NOT_JSON'],
    ['nothing in it', {}, 'STREAM_CUT'],
    ['an empty answer', { content: [], finishReason: { raw: 'STOP' } }, 'EMPTY_ANSWER'],
    ['a refusal', { content: [], finishReason: { raw: 'SAFETY', unified: 'content-filter' } }, 'CONTENT_REFUSED'],
  ])('%s is a failure', (_name, value, code) => {
    expect(decodeBody(value)).toMatchObject({ kind: 'upstream-failure', code });
  });
});
