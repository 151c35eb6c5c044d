import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { FrameScanner } from './frame-scanner.ts';

function scanAll(
  chunks: readonly Uint8Array[],
  maxEventBytes = 1 << 20,
): { frames: string[]; pending: number; ok: boolean } {
  const scanner = new FrameScanner(maxEventBytes);
  const frames: string[] = [];
  let ok = true;
  for (const chunk of chunks)
    ok = scanner.push(chunk, (bytes, start, end) => frames.push(bytes.toString('utf8', start, end))) && ok;
  return { frames, pending: scanner.pendingBytes, ok };
}

function cut(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [0, ...cuts.map((c) => c % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => Buffer.from(bytes.subarray(at[index], end)));
}

const LF_STREAM = 'event: a\ndata: {"x":"ü€😀"}\n\n: comment\n\ndata: [DONE]\n\ndata: unfinished';
const CRLF_STREAM = LF_STREAM.replaceAll('\n', '\r\n');

describe('FrameScanner', () => {
  test('cuts at blank lines and keeps the unfinished rest', () => {
    const { frames, pending } = scanAll([Buffer.from(LF_STREAM)]);
    expect(frames).toEqual(['event: a\ndata: {"x":"ü€😀"}\n\n', ': comment\n\n', 'data: [DONE]\n\n']);
    expect(pending).toBe('data: unfinished'.length);
  });

  test.each([
    ['LF', LF_STREAM],
    ['CRLF', CRLF_STREAM],
    ['mixed', `${LF_STREAM}\n\n${CRLF_STREAM}\r\n\r\n${LF_STREAM}`],
  ])('where the network cuts %s bytes changes nothing', (_name, stream) => {
    const bytes = Buffer.from(stream);
    const whole = scanAll([bytes]);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
        expect(scanAll(cut(bytes, cuts))).toEqual(whole);
      }),
    );
  });

  test('no byte is lost or repeated, whatever the bytes are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('\n', '\r', 'data: x', '\n\n', '😀', 'event: y')),
        fc.array(fc.nat(200)),
        (parts, cuts) => {
          const bytes = Buffer.from(parts.join(''));
          const { frames, pending } = scanAll(cut(bytes, cuts));
          expect(Buffer.byteLength(frames.join('')) + pending).toBe(bytes.length);
          expect(bytes.toString().startsWith(frames.join(''))).toBe(true);
        },
      ),
    );
  });

  test('an event over the limit is reported in linear time', () => {
    const chunk = Buffer.alloc(65_536, 97);
    const { ok, frames } = scanAll(
      Array.from({ length: 200 }, () => chunk),
      4 << 20,
    );
    expect(ok).toBe(false);
    expect(frames).toEqual([]);
  });
});
