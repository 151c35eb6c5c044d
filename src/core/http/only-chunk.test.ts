import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { startOfOnlyChunk } from './only-chunk.ts';

const startIn = (text: string): number => startOfOnlyChunk(Buffer.from(text, 'latin1'));

test.each([
  ['5\r\nhello\r\n', 3],
  ['0005\r\nhello\r\n', 6],
  [`1A\r\n${'x'.repeat(26)}\r\n`, 4],
  [`1a\r\n${'x'.repeat(26)}\r\n`, 4],
  ['2\r\n\r\n\r\n', 3],
])('%j is one chunk', (text, start) => expect(startIn(text)).toBe(start));

test.each([
  '',
  '5',
  '5\r\n',
  '\r\n\r\n',
  '0\r\n\r\n',
  '5\r\nhell',
  '5\r\nhello',
  '5\r\nhello\r',
  '5\r\nhello\n\n',
  '5\n\nhello\r\n',
  '5\r\nhello\r\n0\r\n\r\n',
  '5\r\nhello\r\n5\r\nhello\r\n',
  '4\r\nhello\r\n',
  '6\r\nhello\r\n',
  '-5\r\nhello\r\n',
  ' 5\r\nhello\r\n',
  '0x5\r\nhello\r\n',
  '5;a=b\r\nhello\r\n',
  '000005\r\nhello\r\n',
  'ffffffffffffffff\r\nhello\r\n',
])('%j is not', (text) => expect(startIn(text)).toBe(-1));

test('of any bytes nothing but a frame around the right number of them is one', () => {
  const size = fc.constantFrom('0', '1', '2', '03', 'a', 'A', '10', 'g', '');
  const end = fc.constantFrom('\r\n', '\n', '\r', '');
  fc.assert(
    fc.property(size, end, fc.string({ maxLength: 20 }), end, (digits, lineEnd, content, behind) => {
      const bytes = Buffer.from(digits + lineEnd + content + behind);
      const start = startOfOnlyChunk(bytes);
      if (start === -1) return;
      const said = Number.parseInt(bytes.toString('latin1', 0, start - 2), 16);
      expect(bytes.toString('latin1', start - 2, start)).toBe('\r\n');
      expect(bytes.toString('latin1', start + said)).toBe('\r\n');
      expect(said).toBeGreaterThan(0);
    }),
  );
});
