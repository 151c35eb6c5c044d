import { describe, expect, test } from 'bun:test';
import { callLane, LANE_CALLS } from './__fixtures__/lane-calls.ts';
import { parseJson } from './read-json.ts';

const nested = (depth: number, head = '[', tail = ']'): string => head.repeat(depth) + tail.repeat(depth);

describe('parsed JSON', () => {
  test.each([
    ['a text', '"a"', 'a'],
    ['an object', '{"a":[1]}', { a: [1] }],
    ['what is no JSON', '{"a":', undefined],
    ['nothing', '', undefined],
  ])('%s', (_, text, value) => expect(parseJson(text)).toEqual(value));

  test('it is taken as long as it is, and as wide', () => {
    const wide = { words: 'x'.repeat(100_000), list: Array.from({ length: 20_000 }, (_, at) => ({ at })) };
    expect(parseJson(JSON.stringify(wide))).toEqual(wide);
    expect(parseJson(nested(5000))).toBeArray();
  });

  test.each([
    ['lists', nested(50_000)],
    ['objects', nested(50_000, '{"a":', '}').replace('}', '1}')],
    ['both, in an object', `{"b":${nested(50_000, '[{"a":', '}]').replace('}', '1}')}}`],
  ])('nested beyond reason it is none: %s', (_, text) => {
    expect(JSON.parse(text)).toBeObject();
    expect(parseJson(text)).toBeUndefined();
  });
});

test.each(LANE_CALLS.map((call) => [call.wire, call.dialect, call] as const))(
  'what may be nested can be sent, over %s to %s',
  (_wire, _dialect, call) => {
    const deep = parseJson(nested(4990));
    const parameters = { type: 'object', properties: { a: deep } };
    const body = {
      model: 'm',
      input: [
        { type: 'function_call', call_id: 'c', name: 'f', arguments: `{"a":${nested(4990)}}` },
        { type: 'function_call_output', call_id: 'c', output: 'x' },
      ],
      tools: [{ type: 'function', name: 'f', parameters }],
    };
    const encoded = callLane(call, body);
    expect(encoded.ok && JSON.stringify(encoded.value.body)).toBeString();
  },
);
