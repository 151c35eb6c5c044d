import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { includesAny } from './find-bytes.ts';

const texts = ['"model"', '\\u006', 'x'.repeat(45)].map((text) => Buffer.from(text));

test('finds what a search for each text finds, wherever it stands', () => {
  const position = fc.oneof(
    fc.nat(40_000),
    fc.integer({ min: 16_330, max: 16_400 }),
    fc.integer({ min: 32_700, max: 32_800 }),
  );
  const written = fc.array(fc.tuple(position, fc.nat(2), fc.nat(1)), { maxLength: 2 });
  fc.assert(
    fc.property(fc.nat(40_000), written, fc.nat(40_000), (length, places, from) => {
      const bytes = Buffer.alloc(length, '.');
      // Cut short by one byte, a text must not be found.
      for (const [at, which, missing] of places)
        bytes.write((texts[which] ?? '').toString().slice(missing), at % (length + 1));
      expect(includesAny(bytes, texts, from)).toBe(texts.some((text) => bytes.subarray(from).indexOf(text) !== -1));
    }),
    { numRuns: 1000 },
  );
});

test('nothing is found in nothing', () => expect(includesAny(Buffer.alloc(0), texts)).toBe(false));
