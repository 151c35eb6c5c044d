import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Clock } from '../../core/ports.ts';
import { RequestBody } from './request-body.ts';

const clock: Clock = { now: () => 0, monotonic: () => 0, after: () => () => {} };
const create = (declared: number | 'chunked'): RequestBody => new RequestBody(declared, clock, () => {});
/** As the network delivers it: in memory of its own. */
const delivered = (bytes: Uint8Array): Buffer => Buffer.from(Uint8Array.from(bytes).buffer);

test('a body is whole however it is cut, and whenever it is asked for', async () => {
  const cut = fc.tuple(fc.uint8Array({ maxLength: 64 }), fc.nat(20_000));
  await fc.assert(
    fc.asyncProperty(
      fc.array(cut, { maxLength: 6 }),
      fc.boolean(),
      fc.nat(6),
      async (cuts, isDeclared, askedBefore) => {
        const pieces = cuts.map(([start, length]) => Buffer.concat([start, Buffer.alloc(length, start.length)]));
        const expected = Buffer.concat(pieces);
        const body = create(isDeclared ? expected.length : 'chunked');
        let read: Promise<Buffer> | undefined;
        for (const [index, piece] of pieces.entries()) {
          if (index === askedBefore) read = body.read(1_000_000, 1000);
          body.push(delivered(piece));
        }
        body.end();
        expect((await (read ?? body.read(1_000_000, 1000))).equals(expected)).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});

describe('memory of the network', () => {
  const half = 20_000;

  test('is free as soon as its bytes are in the body', async () => {
    const body = create(2 * half);
    const chunks = [delivered(Buffer.alloc(half, 'a')), delivered(Buffer.alloc(half, 'b'))] as const;
    body.push(chunks[0]);
    const read = body.read(1_000_000, 1000);
    body.push(chunks[1]);
    body.end();
    expect(chunks.map(({ length }) => length)).toEqual([0, 0]);
    expect((await read).toString()).toBe('a'.repeat(half) + 'b'.repeat(half));
  });

  test('stays when the next request stands in it too', async () => {
    const body = create(2 * half);
    body.push(delivered(Buffer.alloc(half, 'a')));
    const read = body.read(1_000_000, 1000);
    const memory = delivered(Buffer.concat([Buffer.alloc(half, 'b'), Buffer.from('GET / HTTP/1.1')]));
    body.push(memory.subarray(0, half));
    body.end();
    expect((await read).length).toBe(2 * half);
    expect(memory.subarray(half).toString()).toBe('GET / HTTP/1.1');
  });

  test('is the body itself when that came in one piece', async () => {
    const body = create(half);
    body.push(delivered(Buffer.alloc(half, 'a')));
    body.end();
    expect((await body.read(1_000_000, 1000)).length).toBe(half);
  });
});

test('a body that is given up in the middle is told, and takes nothing more', async () => {
  const body = create(100);
  const read = body.read(1_000_000, 1000);
  body.push(Buffer.alloc(50));
  body.fail('CLIENT_GONE');
  body.push(Buffer.alloc(50));
  await expect(read).rejects.toMatchObject({ failure: { code: 'CLIENT_GONE' } });
});
