import { describe, expect, test } from 'bun:test';
import { KeptBody } from './kept-body.ts';
import { Watch } from './watch.ts';

const WATCH = new Watch({ now: () => 0, monotonic: () => 0, after: () => () => {} });
const TEXT = JSON.stringify({
  input: Array.from({ length: 1000 }, (_, at) => ({ role: 'user', content: `line ${at}` })),
});

/** In memory of its own, as a request's body is: what was given back is empty. */
function bytesOf(text: string | Uint8Array): Buffer {
  const source = Buffer.from(text);
  const bytes = Buffer.allocUnsafeSlow(source.length);
  source.copy(bytes);
  return bytes;
}

const keep = (bytes: Buffer): KeptBody => new KeptBody(bytes, WATCH);
const isWatched = (body: KeptBody): boolean => body.watchIndex !== -1;

describe('a kept body', () => {
  test('that nobody needed for 3 s is packed, and is what it was when somebody does', () => {
    const bytes = bytesOf(TEXT);
    const body = keep(bytes);
    for (const nowMs of [1000, 3999]) body.check(nowMs);
    expect(bytes.length).toBe(TEXT.length);
    body.check(4000);
    expect([bytes.length, body.length]).toEqual([0, TEXT.length]);
    expect(body.read().toString()).toBe(TEXT);
    // And again.
    const unpacked = body.read();
    for (const nowMs of [7000, 10_000]) body.check(nowMs);
    expect(body.read()).not.toBe(unpacked);
    expect(body.read().toString()).toBe(TEXT);
    body.end();
  });

  test('is left alone as long as somebody holds it, and 3 s longer', () => {
    const bytes = bytesOf(TEXT);
    const body = keep(bytes);
    body.check(0);
    body.hold();
    body.hold();
    body.check(60_000);
    body.release();
    body.check(120_000);
    body.release();
    for (const nowMs of [120_050, 123_000]) body.check(nowMs);
    expect(bytes.length).toBe(TEXT.length);
    body.check(123_050);
    expect(bytes.length).toBe(0);
    body.end();
  });

  test('that does not get smaller stays as it is, and is not looked at again', () => {
    const noise = bytesOf(crypto.getRandomValues(new Uint8Array(40_000)));
    const copy = Buffer.from(noise);
    const body = keep(noise);
    for (const nowMs of [0, 3000, 10_000]) body.check(nowMs);
    expect(isWatched(body)).toBe(false);
    expect(body.read()).toBe(noise);
    expect(noise).toEqual(copy);
    body.end();
    expect(noise.length).toBe(0);
  });

  test.each([
    ['small', 16_383, false],
    ['neither', 16_384, true],
    ['as large as may be', 8_388_608, true],
    ['larger', 8_388_609, false],
  ])('that is %s is packed or not', (_size, length, isPacked) => {
    const body = keep(Buffer.allocUnsafeSlow(length).fill(97));
    expect(isWatched(body)).toBe(isPacked);
    body.end();
  });

  test.each([
    ['packed', 3000],
    ['as it came', 0],
  ])('is gone at the end: %s', (_how, afterMs) => {
    const bytes = bytesOf(TEXT);
    const body = keep(bytes);
    for (const nowMs of [0, afterMs]) body.check(nowMs);
    body.end();
    expect([isWatched(body), bytes.length, body.read().length, body.length]).toEqual([false, 0, 0, TEXT.length]);
  });
});
