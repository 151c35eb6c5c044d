import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { EventEncoder } from './encode-events.ts';
import type { ResponsesEvent } from './events.ts';

/** Of `encoder` as it goes on. */
function encodeWith(encoder: EventEncoder): (events: readonly ResponsesEvent[]) => Buffer {
  return (events) =>
    Buffer.concat(
      events.map((event) => {
        encoder.write(event);
        return encoder.bytes.subarray(encoder.start, encoder.end);
      }),
    );
}

test('any events, in any order: the bytes are those of JSON.stringify', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('plain', 'ü€😀', '"\\\n', '\ud800', '-987654321012345', '\u0001'),
  );
  const index = fc.nat(1);
  const event = fc.oneof(
    fc
      .record({
        item_id: text,
        output_index: index,
        content_index: index,
        delta: text,
        logprobs: fc.constantFrom([], [{ token: 'x' }]),
        obfuscation: fc.constantFrom(undefined, 'aa', 'b'),
      })
      .map((rest) => ['response.output_text.delta', rest] as const),
    fc
      .record({ item_id: text, output_index: index, summary_index: index, delta: text })
      .map((rest) => ['response.reasoning_summary_text.delta', rest] as const),
    fc
      .record({ item_id: text, output_index: index, delta: text })
      .map((rest) => ['response.function_call_arguments.delta', rest] as const),
    fc
      .record({ item_id: text, output_index: index, delta: text })
      .map((rest) => ['response.custom_tool_call_input.delta', rest] as const),
    fc.record({ item: fc.object() }).map((rest) => ['response.output_item.done', rest] as const),
  );
  fc.assert(
    fc.property(fc.array(fc.array(event)), (batches) => {
      const encode = encodeWith(new EventEncoder());
      for (const batch of batches) {
        const events: ResponsesEvent[] = batch.map(([type, rest], at) => ({ type, sequence_number: at, ...rest }));
        const expected = events.map((one) => `event: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`).join('');
        expect(encode(events).toString('utf8')).toBe(Buffer.from(expected).toString('utf8'));
      }
    }),
  );
});

test('what was handed out does not change afterwards, and stands in one piece', () => {
  const encoder = new EventEncoder();
  const event = {
    type: 'response.output_text.delta',
    sequence_number: 1,
    item_id: 'm',
    output_index: 0,
    content_index: 0,
    delta: 'a',
    logprobs: [],
  };
  encoder.write(event);
  const { bytes, end } = encoder;
  const first = bytes.subarray(0, end);
  const before = first.toString();
  encoder.write(event);
  expect([encoder.bytes === bytes, encoder.start]).toEqual([true, end]);
  for (let count = 0; count < 500; count++) encoder.write({ ...event, delta: 'ü€😀'.repeat(count) });
  expect(encoder.bytes.toString('utf8', encoder.start, encoder.end)).toContain('ü€😀'.repeat(499));
  expect(first.toString()).toBe(before);
});
