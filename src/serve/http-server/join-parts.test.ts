import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { frameInPlace, joinChunkInto } from './join-parts.ts';

const chunkOf = (bytes: Buffer): string => {
  const into = Buffer.alloc(bytes.length + 64);
  const end = joinChunkInto(into, undefined, [bytes], bytes.length, false);
  return into.toString('latin1', 0, end);
};

describe('frameInPlace', () => {
  test('leaves a chunk that came as one as it is', () => {
    const bytes = Buffer.from('5\r\nhello\r\n');
    expect(frameInPlace(bytes, 3, 8)).toBe(0);
    expect(bytes.toString()).toBe('5\r\nhello\r\n');
  });

  test.each([
    ['before', 'a', 1, ''],
    ['behind', 'abc\r\n', 5, ''],
    ['behind but for one byte', 'abc\r\n', 5, '\n'],
  ])('there is no room %s', (_name, head, start, tail) => {
    const bytes = Buffer.from(`${head}hello${tail}`);
    const before = bytes.toString();
    expect(frameInPlace(bytes, start, start + 5)).toBe(undefined);
    expect(bytes.toString()).toBe(before);
  });

  test('makes of any bytes with room around them the chunk that copying makes, and touches nothing else', () => {
    const room = fc.uint8Array({ minLength: 6, maxLength: 9 });
    const length = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.constantFrom(15, 16, 255, 256, 4095, 4096, 65_535));
    fc.assert(
      fc.property(room, length, room, (before, size, behind) => {
        const body = Buffer.alloc(size, 'x');
        const bytes = Buffer.concat([before, body, behind]);
        const start = before.length;
        const end = start + size;
        const from = frameInPlace(bytes, start, end) ?? Number.NaN;
        expect(bytes.toString('latin1', from, end + 2)).toBe(chunkOf(body));
        expect([...bytes.subarray(0, from)]).toEqual([...before.subarray(0, from)]);
        expect([...bytes.subarray(end + 2)]).toEqual([...behind.subarray(2)]);
      }),
    );
  });
});
