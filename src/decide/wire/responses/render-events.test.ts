import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { ResponsesEvent } from './events.ts';
import { EventRenderer } from './render-events.ts';

test('any events, in any order: the text is that of JSON.stringify', () => {
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
      const renderer = new EventRenderer();
      for (const batch of batches) {
        const events: ResponsesEvent[] = batch.map(([type, rest], at) => ({ type, sequence_number: at, ...rest }));
        const expected = events.map((one) => `event: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`).join('');
        expect(events.map((one) => renderer.render(one)).join('')).toBe(expected);
      }
    }),
  );
});
