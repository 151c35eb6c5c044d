import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { findBreaks, WORST_VALUES } from '../../src/core/__fixtures__/hostile-json.ts';
import { classifyHttpFailure } from '../../src/decide/classify/classify-http-failure.ts';
import { createSummaryDecoder, summariseBody } from '../../src/decide/continuity/compaction.ts';
import { ReplySplicer, type SpliceStep } from '../../src/decide/continuity/splice-reply.ts';
import { fixtureNames, readFixture } from '../../src/decide/wire/__fixtures__/golden.ts';
import { callLane, LANE_CALLS } from '../../src/decide/wire/__fixtures__/lane-calls.ts';
import { isObject, type JsonObject, parseJson } from '../../src/decide/wire/read-json.ts';
import { isUpstreamFailure, type UpstreamFailure, type WireOut } from '../../src/decide/wire/responses/events.ts';
import { readClientError } from '../../src/exchange/client-error.ts';
import { resultOf, stepOf } from '../../src/exchange/commit-results.ts';
import { createDecoder } from '../../src/exchange/decode-events.ts';
import type { EncodedRequest } from '../../src/exchange/encode-for-lane.ts';
import type { ExchangeDeps } from '../../src/exchange/walk-types.ts';

type Codec = NonNullable<EncodedRequest['codec']>;

const WIRES = join(import.meta.dir, '../../src/decide/wire');
const FAKES = { clock: { now: () => 1_800_000_000_000 }, settings: { health: { maxHintMs: 60_000 } } };
const DEPS = FAKES as unknown as ExchangeDeps;
const VALUES: readonly unknown[] = [...WORST_VALUES, {}, '', -1];

const REQUEST: JsonObject = {
  model: 'gpt-5.5',
  stream: true,
  input: [{ type: 'message', role: 'user', content: 'Do the task.' }],
  tools: [
    { type: 'function', name: 'shell' },
    { type: 'custom', name: 'apply_patch' },
    { type: 'namespace', name: 'mcp__demo', tools: [{ type: 'function', name: 'lookup' }] },
    { type: 'tool_search', execution: 'client' },
  ],
  text: { format: { type: 'json_schema', name: 'answer', schema: { type: 'object', properties: {} } } },
};

/** The streams of an upstream, each a list of events as JSON. */
function streamsOf(folder: string, ending: string): readonly (readonly [string, readonly string[]])[] {
  return fixtureNames(join(WIRES, folder), ending).map((name) => {
    const [, ...events] = readFixture(join(WIRES, folder), `${name}${ending}`).trimEnd().split('\n');
    return [name, events];
  });
}

const newSplicer = (): ReplySplicer => {
  const options = {
    maxHeldBytes: 1 << 20,
    isStrict: true,
    allowsIncomplete: false,
    responseId: 'resp_1',
    createdAt: 1,
  };
  const splicer = new ReplySplicer({ ...options, effects: 'safe', model: 'm' });
  splicer.beginAttempt();
  return splicer;
};

/** What the gateway does with a stream, to its end. */
function receive(events: readonly string[], codec: Codec | undefined, splicer: ReplySplicer): void {
  const decoder = codec === undefined ? undefined : createDecoder(codec, splicer);
  let step: SpliceStep = { kind: 'more' };
  for (const event of events) {
    const bytes = Buffer.from(`data: ${event}\n\n`);
    step = (decoder ?? splicer).push(bytes, 0, bytes.length, true);
    if (step.kind === 'more' && decoder !== undefined) step = decoder.flush();
    splicer.takeOutput();
    if (step.kind !== 'more') break;
  }
  if (step.kind === 'more' && decoder !== undefined) step = decoder.end();
  resultOf(step, DEPS);
  splicer.takeOutput();
}

/** Another upstream goes on where the first was cut, and then there is none left. */
function receiveInParts(events: readonly string[], codec: Codec | undefined): void {
  const splicer = newSplicer();
  receive(events.slice(0, -2), codec, splicer);
  splicer.beginAttempt();
  receive(events, codec, splicer);
  splicer.fail('server_error', 'gone');
  splicer.takeOutput();
}

/** Events of one shape differ in words and numbers only. */
const shapeOf = (event: unknown): string =>
  JSON.stringify(event, (key, value) => (key === 'type' || typeof value === 'object' ? value : typeof value));

/** An event of every shape in the stream, once with each value at each of its places. */
function findStreamBreaks(events: readonly string[], use: (events: readonly string[]) => void): readonly string[] {
  const shapes = events.map((event) => shapeOf(parseJson(event) ?? null));
  return events.flatMap((event, at) => {
    const parsed = parseJson(event);
    if (parsed === undefined || shapes.indexOf(shapes[at] ?? '') !== at) return [];
    const hostile = (value: unknown): void => use(events.with(at, JSON.stringify(value)));
    return findBreaks(parsed, hostile, VALUES).map((found) => `event ${at}: ${found}`);
  });
}

function codecOf(wire: string): Codec {
  const call = LANE_CALLS.find((one) => one.wire === wire && (wire !== 'responses' || one.dialect === 'xai'));
  const encoded = call === undefined ? undefined : callLane(call, REQUEST);
  const { createStreamDecoder, decodeBody } = encoded?.ok === true ? encoded.value : {};
  if (createStreamDecoder === undefined || decodeBody === undefined) throw new Error(`no codec for ${wire}`);
  return { createStreamDecoder, decodeBody };
}

const STREAMS = [
  ...streamsOf('chat/__fixtures__/decode', '.chunks.jsonl').map((stream) => ['chat', ...stream] as const),
  ...streamsOf('messages/__fixtures__/decode', '.chunks.jsonl').map((stream) => ['messages', ...stream] as const),
  ...streamsOf('ai-sdk/__fixtures__/decode', '.parts.jsonl').map((stream) => ['gemini', ...stream] as const),
  ...streamsOf('sanitise/__fixtures__/restore', '.upstream.jsonl').map((stream) => ['responses', ...stream] as const),
];

describe('whatever stands anywhere in an event, the stream is read on or has failed', () => {
  test.each(STREAMS)('%s: %s', (wire, _name, events) => {
    const codec = codecOf(wire);
    expect(findStreamBreaks(events, (hostile) => receiveInParts(hostile, codec))).toEqual([]);
  });

  const raw = STREAMS.filter(([wire]) => wire === 'responses');
  test.each(raw)('as it comes, %s: %s', (_wire, _name, events) => {
    expect(findStreamBreaks(events, (hostile) => receiveInParts(hostile, undefined))).toEqual([]);
  });

  test.each(raw)('as a compaction, %s: %s', (_wire, _name, events) => {
    const options = { kind: 'trigger', request: REQUEST, seed: 's' } as const;
    const codec = { createStreamDecoder: () => createSummaryDecoder(undefined, options), decodeBody: () => ({}) };
    expect(findStreamBreaks(events, (hostile) => receiveInParts(hostile, codec))).toEqual([]);
  });
});

const USAGE = { input_tokens: 1, input_tokens_details: { cached_tokens: 0 }, output_tokens: 1, total_tokens: 2 };
const CHAT_CALL = { id: 'c', type: 'function', function: { name: 'shell', arguments: '{}' } };
const BODIES: readonly (readonly [string, JsonObject])[] = [
  [
    'chat',
    {
      id: 'x',
      object: 'chat.completion',
      choices: [
        {
          index: 0,
          finish_reason: 'tool_calls',
          message: { role: 'assistant', content: 'a', reasoning_content: 'b', tool_calls: [CHAT_CALL] },
        },
      ],
      usage: { prompt_tokens: 1, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 0 } },
    },
  ],
  [
    'messages',
    {
      type: 'message',
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'a', signature: 'b' },
        { type: 'text', text: 'a', citations: [{ type: 'web_search_result_location', url: 'u', title: 't' }] },
        { type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'q' } },
        { type: 'web_search_tool_result', tool_use_id: 's', content: [] },
        { type: 'tool_use', id: 't', name: 'shell', input: { cmd: 'ls' } },
      ],
      stop_reason: 'tool_use',
      usage: { input_tokens: 1, output_tokens: 1, cache_read_input_tokens: 0 },
    },
  ],
  [
    'gemini',
    {
      content: [
        { type: 'reasoning', text: 'a', providerMetadata: { google: { thoughtSignature: 's' } } },
        { type: 'text', text: 'a' },
        { type: 'tool-call', toolCallId: 't', toolName: 'shell', input: '{}' },
      ],
      finishReason: { unified: 'tool-calls', raw: 'STOP' },
      usage: { inputTokens: { total: 1, cacheRead: 0 }, outputTokens: { total: 1, reasoning: 0 } },
    },
  ],
  [
    'responses',
    {
      id: 'resp_1',
      object: 'response',
      status: 'completed',
      output: [
        { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'x' },
        { type: 'message', id: 'msg_1', role: 'assistant', content: [{ type: 'output_text', text: 'a' }] },
        { type: 'function_call', id: 'fc_1', call_id: 'c', name: 'shell', arguments: '{}' },
      ],
      usage: USAGE,
    },
  ],
];

test.each(BODIES)('whatever stands anywhere in a whole answer, it is read or has failed: %s', (wire, body) => {
  const { decodeBody } = codecOf(wire);
  const read = (hostile: unknown): void => {
    const payload = decodeBody(hostile);
    if (isUpstreamFailure(payload as WireOut)) resultOf(stepOf(payload as UpstreamFailure), DEPS);
    expect(JSON.stringify(payload)).toBeString();
    if (isObject(hostile)) summariseBody(hostile, { kind: 'endpoint', request: REQUEST, seed: 's' });
  };
  expect(findBreaks(body, read)).toEqual([]);
});

test('whatever stands anywhere in an error, it has a name', () => {
  const errors: readonly JsonObject[] = [
    { error: { message: 'm', type: 't', code: 'c', param: 'p', metadata: { raw: '{}' } }, detail: [{ msg: 'm' }] },
    { type: 'error', error: { type: 'overloaded_error', message: 'm' }, request_id: 'r' },
    { base_resp: { status_code: 1002, status_msg: 'm' }, code: 'Throttling', message: 'm', request_id: 'r' },
    {
      error: {
        code: 429,
        message: 'Please retry in 3s.',
        status: 'RESOURCE_EXHAUSTED',
        details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '3s', metadata: { a: 'b' } }],
      },
    },
    { error: { type: 'usage_limit_reached', resets_at: 1_800_000_100, resets_in_seconds: 100, plan_type: 'plus' } },
  ];
  const name = (hostile: unknown): void => {
    const bodyText = JSON.stringify(hostile);
    for (const status of [200, 400, 404, 429, 500]) {
      const header = (): null => null;
      const failure = classifyHttpFailure({ status, header, bodyText, nowMs: 1_800_000_000_000, capMs: 60_000 });
      expect(failure.code).toBeString();
      readClientError(failure, bodyText);
    }
  };
  for (const error of errors) expect(findBreaks(error, name)).toEqual([]);
});
