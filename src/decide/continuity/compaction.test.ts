import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { StreamDecoder } from '../wire/lane-codec.ts';
import { asObject, asObjects, type JsonObject } from '../wire/read-json.ts';
import { isUpstreamFailure } from '../wire/responses/events.ts';
import { createSummaryDecoder, endsWithTrigger, summariseBody, summaryRequest } from './compaction.ts';
import { openPortable } from './envelope.ts';

const user = (text: string): JsonObject => ({ type: 'message', role: 'user', content: [{ type: 'input_text', text }] });
const said = (text: string): JsonObject => ({
  type: 'message',
  role: 'assistant',
  content: [{ type: 'output_text', text }],
});
const CALL = { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' };
const OUTPUT = { type: 'function_call_output', call_id: 'c', output: 'x' };
const REQUEST: JsonObject = {
  model: 'm',
  stream: true,
  input: [
    { type: 'additional_tools', role: 'developer', tools: [{ type: 'custom', name: 'exec' }] },
    user('Fix it.'),
    CALL,
    OUTPUT,
    { type: 'tool_search_output', call_id: 's', tools: [{ type: 'function', name: 'late' }] },
    { type: 'compaction_trigger' },
  ],
  tools: [{ type: 'function', name: 'f' }],
  tool_choice: 'required',
  text: { format: { type: 'json_schema' } },
  max_output_tokens: 10,
  reasoning: { effort: 'low' },
};
const OPTIONS = { kind: 'trigger', request: REQUEST, seed: 'seed1' } as const;

const summaryOf = (item: unknown): unknown => openPortable(String(asObject(item)?.['encrypted_content']))?.['summary'];
const event = (type: string, fields: JsonObject = {}): JsonObject => ({ type, sequence_number: 7, ...fields });
const done = (item: JsonObject): JsonObject => event('response.output_item.done', { output_index: 0, item });
const completed = event('response.completed', {
  response: { id: 'r', status: 'completed', end_turn: false, usage: { total_tokens: 3 } },
});

function decode(events: readonly (JsonObject | string)[], inner?: StreamDecoder): readonly JsonObject[] {
  const decoder = createSummaryDecoder(inner, OPTIONS);
  const outs = events.flatMap((one) => decoder.push(typeof one === 'string' ? one : JSON.stringify(one)));
  return [...outs, ...decoder.end()] as readonly JsonObject[];
}

describe('the request', () => {
  test.each([
    ['at its end', REQUEST, true],
    ['not at its end', { input: [{ type: 'compaction_trigger' }, user('x')] }, false],
    ['none', { input: [user('x')] }, false],
    ['no list', { input: 'compaction_trigger' }, false],
  ])('a trigger %s', (_name, body, ends) => {
    expect(endsWithTrigger(body)).toBe(ends);
  });

  test('asks for a hand-over in place of the trigger, with the history as it is and no tools anywhere', () => {
    const body = summaryRequest(REQUEST);
    const input = asObjects(body['input']);
    expect(input.slice(0, 3)).toEqual([user('Fix it.'), CALL, OUTPUT]);
    expect(input[3]).toMatchObject({ type: 'tool_search_output', tools: [] });
    expect(JSON.stringify(input.at(-1))).toContain('hand-over');
    expect(body).toMatchObject({ model: 'm', tools: [], tool_choice: 'auto', reasoning: { effort: 'low' } });
    // A hand-over is no JSON, and the client's limit was not meant for it.
    expect(body).not.toContainAnyKeys(['text', 'max_output_tokens']);
  });

  test('a prompt that is only text counts as a message', () => {
    expect(asObjects(summaryRequest({ model: 'm', input: 'hi' })['input'])[0]).toEqual(user('hi'));
  });
});

describe('the stream', () => {
  test('becomes exactly one item, which everybody can be told', () => {
    const events = decode([
      event('response.created', { response: { id: 'r', output: [] } }),
      event('response.output_item.added', { output_index: 0, item: { type: 'reasoning' } }),
      done({ type: 'reasoning', encrypted_content: 'theirs' }),
      event('response.output_text.delta', { delta: 'x' }),
      done(said('First part.')),
      done(said('Second part.')),
      completed,
      '[DONE]',
    ]);
    expect(events.map((one) => one['type'])).toEqual([
      'response.created',
      'response.output_item.added',
      'response.output_item.done',
      'response.completed',
    ]);
    expect(events.map((one) => one['sequence_number'])).toEqual([0, 1, 2, 3]);
    const item = asObject(events[2]?.['item']);
    expect(item).toMatchObject({ type: 'compaction', id: 'cmp_seed1' });
    expect(summaryOf(item)).toEndWith('\n\nFirst part.\n\nSecond part.');
    expect(events[3]?.['response']).toEqual({
      id: 'r',
      status: 'completed',
      usage: { total_tokens: 3 },
      output: [item],
    });
  });

  test('says early that something is coming, so that nobody takes a long summary for silence', () => {
    expect(decode([event('response.output_text.delta', { delta: 'x' })]).map((one) => one['type'])).toEqual([
      'response.output_item.added',
    ]);
  });

  test.each([
    ['says nothing', [completed], 'EMPTY_ANSWER'],
    ['calls a tool instead', [done(CALL), completed], 'EMPTY_ANSWER'],
    [
      'is cut off by a limit',
      [done(said('Half')), event('response.incomplete', { response: {} })],
      'INCOMPLETE_ANSWER',
    ],
    ['is no JSON', ['{"type":'], 'STREAM_CORRUPT'],
    ['is absurdly long', [done(said('x'.repeat(600_000))), done(said('x'.repeat(600_000)))], 'EVENT_TOO_LARGE'],
  ])('a model that %s has failed', (_name, events, code) => {
    expect(decode(events).at(-1)).toMatchObject({ kind: 'upstream-failure', code });
  });

  test.each(['response.failed', 'error'])('%s is left to the walk', (type) => {
    expect(decode([event(type, { code: 'server_error' })])).toEqual([
      { type, sequence_number: 0, code: 'server_error' },
    ]);
  });

  test("another wire's decoder comes first, also at the end", () => {
    const inner: StreamDecoder = {
      push: (data) => [{ type: 'response.output_item.done', sequence_number: 0, item: said(data) }],
      end: () => [{ type: 'response.completed', sequence_number: 1, response: { id: 'r' } }],
    };
    const [, item] = decode(['from a chat'], inner);
    expect(summaryOf(item?.['item'])).toEndWith('from a chat');
  });

  test('any events: never more than one item is done, and nothing follows its end', () => {
    const some = fc.oneof(fc.constant(done(said('x'))), fc.constant(completed), fc.constant(done(CALL)), fc.json());
    fc.assert(
      fc.property(fc.array(some, { maxLength: 8 }), (events) => {
        const outs = decode(events).filter((out) => !isUpstreamFailure(out as never));
        const end = outs.findIndex((out) => out['type'] === 'response.completed');
        const first = end < 0 ? outs : outs.slice(0, end);
        expect(first.filter((out) => out['type'] === 'response.output_item.done').length).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('a whole answer', () => {
  const response = { id: 'r', object: 'response', status: 'completed', created_at: 5, usage: { total_tokens: 3 } };

  test('asked for with a trigger is a response with one item', () => {
    const body = summariseBody({ ...response, output: [said('All.')] }, OPTIONS);
    const output = asObjects((body as JsonObject)['output']);
    expect(output.map((item) => item['type'])).toEqual(['compaction']);
    expect(summaryOf(output[0])).toEndWith('All.');
  });

  test('asked for at its address keeps what the user said', () => {
    const request = { model: 'm', input: [user('Fix it.'), CALL, OUTPUT, { role: 'user', content: 'And that.' }] };
    const body = summariseBody({ ...response, output: [said('All.')] }, { kind: 'endpoint', request, seed: 'seed1' });
    expect(body).toMatchObject({
      object: 'response.compaction',
      id: 'r',
      created_at: 5,
      usage: { total_tokens: 3 },
      output: [
        { ...user('Fix it.'), id: 'msg_seed1_0', status: 'completed' },
        { ...user('And that.'), id: 'msg_seed1_1', status: 'completed' },
        { type: 'compaction', id: 'cmp_seed1' },
      ],
    });
  });

  test.each([
    ['an error', { error: { message: 'no' } }],
    ['one that is not complete', { ...response, status: 'incomplete', output: [said('Half')] }],
  ])('%s is left to the walk', (_name, body) => {
    expect(summariseBody(body, OPTIONS)).toEqual(body);
  });

  test('one without text is a failure', () => {
    expect(summariseBody({ ...response, output: [CALL] }, OPTIONS)).toMatchObject({ code: 'EMPTY_ANSWER' });
  });
});
