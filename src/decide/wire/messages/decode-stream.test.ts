import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import fc from 'fast-check';
import { checkCuts } from '../__fixtures__/check-cuts.ts';
import { checkStream, checkWithSdk, renderEvents } from '../__fixtures__/check-stream.ts';
import { expectGolden, fixtureNames, readFixture } from '../__fixtures__/golden.ts';
import { asObject, asObjects, type JsonObject, parseJson } from '../read-json.ts';
import { isUpstreamFailure, type ResponsesEvent, type WireOut } from '../responses/events.ts';
import { runAll } from '../transducer.ts';
import { type DecodeCase, decodeOptions } from './__fixtures__/decode-setup.ts';
import { decodeMessagesBody } from './decode-body.ts';
import { createMessagesAnswer, createMessagesStreamDecoder } from './decode-stream.ts';

const FOLDER = join(import.meta.dir, '__fixtures__/decode');
const cases = fixtureNames(FOLDER, '.chunks.jsonl');

function readCase(name: string): { readonly setup: DecodeCase; readonly chunks: readonly string[] } {
  const [head = '', ...chunks] = readFixture(FOLDER, `${name}.chunks.jsonl`).trimEnd().split('\n');
  return { setup: JSON.parse(head) as DecodeCase, chunks };
}

function decode(setup: DecodeCase, chunks: readonly string[]): WireOut[] {
  return runAll(() => createMessagesStreamDecoder(decodeOptions(setup)), chunks);
}

/** The same without the shortcut for deltas that look alike. */
function decodeParsed(setup: DecodeCase, chunks: readonly string[]): WireOut[] {
  const answer = createMessagesAnswer(decodeOptions(setup));
  const outs: WireOut[] = [];
  for (const chunk of chunks) {
    const event = asObject(parseJson(chunk));
    if (!answer.isOver())
      outs.push(...(event === undefined ? answer.fail({ code: 'STREAM_CORRUPT' }) : answer.push(event)));
  }
  return answer.isOver() ? outs : [...outs, ...answer.fail({ code: 'STREAM_CUT' })];
}

function eventsOf(outs: readonly WireOut[]): readonly ResponsesEvent[] {
  return outs.filter((out): out is ResponsesEvent => !isUpstreamFailure(out));
}

function doneCalls(outs: readonly WireOut[]): readonly ResponsesEvent[] {
  return eventsOf(outs).filter(
    (event) => event.type === 'response.output_item.done' && 'call_id' in (asObject(event['item']) ?? {}),
  );
}

describe('streams', () => {
  test.each(cases)('%s', (name) => {
    const { setup, chunks } = readCase(name);
    const outs = decode(setup, chunks);
    checkStream(outs);
    expectGolden(join(FOLDER, `${name}.events.jsonl`), renderEvents(outs));
  });

  test.each(cases)('%s, filled up with spaces as Anthropic does it, is the same', (name) => {
    const { setup, chunks } = readCase(name);
    const padded = chunks.map((chunk, at) => `${chunk.slice(0, -1)}${' '.repeat(at % 5)}${chunk.slice(-1)}`);
    expect(decode(setup, padded)).toEqual(decode(setup, chunks));
  });

  test.each(cases)('%s, cut after any event: no call is done before the upstream has said that all is', (name) => {
    const { setup, chunks } = readCase(name);
    for (let length = 0; length < chunks.length; length += 1) {
      const outs = decode(setup, chunks.slice(0, length));
      checkStream(outs);
      expect(doneCalls(outs)).toEqual([]);
    }
  });
});

describe('the official SDK', () => {
  test.each(cases)('accumulates %s to what its last event says', async (name) => {
    const { setup, chunks } = readCase(name);
    const events = eventsOf(decode(setup, chunks));
    const terminal = asObject(events.at(-1)?.['response']);
    // A turn that goes on is only for Codex: the SDK refuses a completed response with an item that was dropped.
    if (terminal === undefined || terminal['status'] === 'in_progress' || terminal['end_turn'] === false) return;
    await checkWithSdk(events, terminal);
  });
});

test('where the network cuts the bytes changes nothing', () => {
  const streams = cases.map((name) => {
    const { setup, chunks } = readCase(name);
    const text = chunks.map((chunk) => `event: x\ndata: ${chunk.replace('Hel', 'Hé€😀')}\n\n`).join(': comment\n\n');
    return { setup, bytes: Buffer.from(text) };
  });
  checkCuts(streams, (setup) => createMessagesStreamDecoder(decodeOptions(setup)));
});

describe('any stream', () => {
  const text = fc.constantFrom('', ' ', '\n', 'a', 'word', '{"a":1}', '{', '"');
  const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
  const index = fc.oneof(fc.nat(3), fc.constant(undefined), fc.constant('x'));
  const block = fc.record({
    type: fc.constantFrom('text', 'thinking', 'redacted_thinking', 'tool_use', 'server_tool_use', 'odd', undefined),
    text: maybe(text),
    thinking: maybe(text),
    data: maybe(text),
    id: maybe(fc.constantFrom('', 'a', 'b')),
    name: maybe(fc.constantFrom('', 'shell', 'functions__exec', 'tool_search', 'made_up', 'web_search')),
    input: maybe(fc.oneof(fc.constant({ a: 1 }), fc.constant(null), text)),
  });
  const delta = fc.record({
    type: fc.constantFrom(
      'text_delta',
      'thinking_delta',
      'signature_delta',
      'input_json_delta',
      'citations_delta',
      'x',
    ),
    text: maybe(text),
    thinking: maybe(text),
    signature: maybe(text),
    partial_json: maybe(text),
    citation: maybe(fc.oneof(fc.constant({ url: 'https://a', title: 't' }), fc.constant(null))),
  });
  const result = fc.record({
    type: fc.constant('web_search_tool_result'),
    tool_use_id: fc.constantFrom('a', 'b', 'undefined'),
    content: fc.constantFrom([], {}, null),
  });
  const event = fc.oneof(
    { weight: 6, arbitrary: fc.record({ type: fc.constant('content_block_delta'), index, delta }) },
    {
      weight: 4,
      arbitrary: fc.record({
        type: fc.constant('content_block_start'),
        index,
        content_block: fc.oneof({ weight: 4, arbitrary: block }, { weight: 1, arbitrary: result }),
      }),
    },
    { weight: 3, arbitrary: fc.record({ type: fc.constant('content_block_stop'), index }) },
    {
      weight: 1,
      arbitrary: fc.record({
        type: fc.constant('message_delta'),
        delta: fc.record({
          stop_reason: fc.constantFrom(null, 'end_turn', 'tool_use', 'max_tokens', 'pause_turn', 'refusal', 'odd'),
        }),
        usage: fc.constantFrom(null, {}, { output_tokens: 3 }, { input_tokens: -1 }, { output_tokens: 'many' }),
      }),
    },
    { weight: 1, arbitrary: fc.constantFrom({ type: 'message_stop' }, { type: 'ping' }, { type: 'message_start' }) },
    { weight: 1, arbitrary: fc.anything() },
  );
  const line = event.map((value) => JSON.stringify(value) ?? 'undefined');

  test.each(['continue', 'incomplete'] as const)('gives a well-formed one, and ends once (%s)', (onLength) => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 16 }), fc.boolean(), (chunks, ends) => {
        const outs = decode({ onLength }, ends ? [...chunks, '{"type":"message_stop"}'] : chunks);
        checkStream(outs);
        expect(outs).toEqual(decodeParsed({ onLength }, ends ? [...chunks, '{"type":"message_stop"}'] : chunks));
        if (isUpstreamFailure(outs.at(-1) ?? { type: '', sequence_number: 0 })) expect(doneCalls(outs)).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });
});

describe('an upstream without end', () => {
  test('is cut off at the limit', () => {
    const decoder = createMessagesStreamDecoder(decodeOptions({}));
    const delta = { type: 'text_delta', text: 'x'.repeat(1 << 20) };
    const chunk = JSON.stringify({ type: 'content_block_delta', index: 0, delta });
    const outs: WireOut[] = [];
    for (let count = 0; count < 100 && outs.length === 0; count += 1)
      outs.push(...decoder.push(chunk).filter(isUpstreamFailure));
    expect(outs).toMatchObject([{ code: 'EVENT_TOO_LARGE' }]);
    expect(decoder.push(chunk)).toEqual([]);
  });

  test('with thousands of calls gets none of them run', () => {
    const content_block = { type: 'tool_use', name: 'shell', input: {} };
    const chunks = Array.from({ length: 3000 }, (_nothing, index) =>
      JSON.stringify({ type: 'content_block_start', index, content_block }),
    );
    const end = [{ type: 'message_delta', delta: { stop_reason: 'tool_use' } }, { type: 'message_stop' }];
    const outs = decode({}, [...chunks, ...end.map((one) => JSON.stringify(one))]);
    expect(outs.at(-1)).toMatchObject({ code: 'STREAM_CORRUPT' });
    expect(doneCalls(outs)).toEqual([]);
  });
});

describe('a whole body', () => {
  const body = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    content: [
      { type: 'thinking', thinking: 'Hm.', signature: 's' },
      { type: 'text', text: 'Looking.' },
      { type: 'tool_use', id: 'a', name: 'shell', input: { cmd: 'ls' } },
      { type: 'tool_use', id: 'b', name: 'functions__exec', input: { input: 'x' } },
    ],
    stop_reason: 'tool_use',
    usage: { input_tokens: 3, cache_read_input_tokens: 2, output_tokens: 4 },
  };
  const decodeBody = (value: unknown): JsonObject => ({ ...decodeMessagesBody(value, decodeOptions({})) });

  test('becomes a response', () => {
    const response = decodeBody(body);
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
      ['function_call', 'a', '{"cmd":"ls"}'],
      ['custom_tool_call', 'b', 'x'],
    ]);
  });

  test('says the same as a stream of it', () => {
    const { setup, chunks } = readCase('thinking-text-and-parallel-calls-with-cache');
    const streamed = asObject(eventsOf(decode(setup, chunks)).at(-1)?.['response']);
    const whole = decodeBody({
      ...body,
      content: [
        { type: 'thinking', thinking: 'Let me look.', signature: 'EqQBsig==' },
        { type: 'text', text: 'Looking.' },
        { type: 'tool_use', id: 'toolu_1', name: 'shell', input: { cmd: 'ls' } },
        { type: 'tool_use', id: 'toolu_2', name: 'mcp__demo__lookup', input: {} },
      ],
      usage: {
        input_tokens: 3,
        cache_read_input_tokens: 100,
        cache_creation_input_tokens: 20,
        output_tokens: 40,
        output_tokens_details: { thinking_tokens: 12 },
      },
    });
    const spaceless = (value: unknown): unknown => JSON.parse(JSON.stringify(value).replace('\\": \\"', '\\":\\"'));
    expect(whole).toEqual(spaceless(streamed) as never);
  });

  test.each([
    ['an error', { type: 'error', error: { type: 'rate_limit_error' } }, 'ERROR_IN_STREAM'],
    ['an error of MiniMax', { base_resp: { status_code: 1002 } }, 'ERROR_IN_STREAM'],
    ['text instead of an object', 'oops', 'BODY_NOT_JSON'],
    ['no content', {}, 'ERROR_IN_STREAM'],
    ['an empty answer', { content: [], stop_reason: 'end_turn' }, 'EMPTY_ANSWER'],
    ['a refusal', { content: [], stop_reason: 'refusal' }, 'CONTENT_REFUSED'],
  ])('%s is a failure', (_name, value, code) => {
    expect(decodeBody(value)).toMatchObject({ kind: 'upstream-failure', code });
  });
});
