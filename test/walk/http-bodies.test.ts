import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { codexBody, PROMPT, readStream } from './codex-model.ts';
import { CLIENT_HEADERS, type Door, openDoor } from './talk-over-http.ts';

setDefaultTimeout(120_000);

let door: Door | undefined;
afterEach(async () => {
  await door?.stop();
  door = undefined;
});

const BODY = codexBody([PROMPT]);
const CODINGS = {
  zstd: zstdCompressSync,
  gzip: gzipSync,
  br: brotliCompressSync,
  deflate: deflateSync,
} as const;
type Coding = keyof typeof CODINGS;
const EVERY = Object.entries(CODINGS) as [Coding, (bytes: Uint8Array) => Buffer][];

async function post(body: Uint8Array, encoding: string, isChunked = false): Promise<Response> {
  door ??= await openDoor('max_body_bytes = 100000');
  return await fetch(`${door.walk.baseUrl}/responses`, {
    method: 'POST',
    headers: { ...CLIENT_HEADERS, 'content-encoding': encoding },
    body: isChunked
      ? new ReadableStream<Uint8Array>({
          start(controller) {
            for (let at = 0; at < body.length; at += 200) controller.enqueue(body.subarray(at, at + 200));
            controller.close();
          },
        })
      : Buffer.from(body),
  });
}

const codeOf = async (response: Response): Promise<string> =>
  ((await response.json()) as { error: { code: string } }).error.code;

describe.each(EVERY)('a body in %s', (coding, compress) => {
  const whole = compress(Buffer.from(BODY));

  test('is undone, of a known length and in chunks', async () => {
    for (const isChunked of [false, true]) {
      const response = await post(whole, coding, isChunked);
      expect(readStream(await response.text())).toMatchObject({ end: 'completed' });
    }
    for (const request of door?.upstream.requests ?? []) {
      expect(request.headers['content-encoding']).toBeUndefined();
      expect(request.body).toMatchObject({ model: 'gpt-5.5' });
    }
    expect(door?.upstream.requests).toHaveLength(2);
  });

  test('is undone when it is named in capitals', async () => {
    const response = await post(whole, coding.toUpperCase());
    expect(readStream(await response.text())).toMatchObject({ end: 'completed' });
  });

  test('cut off at any place is refused, and nobody called', async () => {
    for (const length of [0, 1, 2, 5, 10, Math.floor(whole.length / 2), whole.length - 5, whole.length - 1]) {
      const response = await post(whole.subarray(0, length), coding);
      await response.arrayBuffer();
      expect({ length, status: response.status }).toEqual({ length, status: 400 });
    }
    expect(door?.upstream.requests).toHaveLength(0);
  });

  test('with a wrong byte is refused, or what it means is sent; the gateway goes on', async () => {
    for (let at = 0; at < whole.length; at += 7) {
      const broken = Buffer.from(whole);
      broken[at] = (broken[at] ?? 0) ^ 0x55;
      const response = await post(broken, coding);
      await response.arrayBuffer();
      expect([200, 400, 404, 413]).toContain(response.status);
    }
    expect(door?.walk.gateway.openExchanges()).toBe(0);
    expect((await post(whole, coding)).status).toBe(200);
  });

  test('that grows beyond the limit is refused', async () => {
    const bomb = compress(Buffer.alloc(20_000_000, ' '));
    expect(bomb.length).toBeLessThan(50_000);
    const response = await post(bomb, coding);
    expect([response.status, await codeOf(response)]).toEqual([413, 'body_too_large']);
    expect(door?.upstream.requests).toHaveLength(0);
  });

  test('of exactly the limit is let in, a byte more is not', async () => {
    const limit = 50_000;
    door = await openDoor(`max_body_bytes = ${limit}`);
    const padded = (bytes: number): Buffer => compress(Buffer.from(BODY.padEnd(bytes)));
    const fits = await post(padded(limit), coding);
    await fits.arrayBuffer();
    const large = await post(padded(limit + 1), coding);
    expect([fits.status, large.status]).toEqual([200, 413]);
  });

  test('that was compressed twice is refused', async () => {
    for (const encoding of [coding, `${coding}, ${coding}`]) {
      const response = await post(compress(whole), encoding);
      await response.arrayBuffer();
      expect([400, 415]).toContain(response.status);
    }
    expect(door?.upstream.requests).toHaveLength(0);
  });
});

test.each([
  ['no compression at all', Buffer.from(BODY), 'identity', 200],
  ['gzip of two members', Buffer.concat([gzipSync(BODY.slice(0, 50)), gzipSync(BODY.slice(50))]), 'gzip', 200],
  [
    'zstd of two frames',
    Buffer.concat([zstdCompressSync(BODY.slice(0, 50)), zstdCompressSync(BODY.slice(50))]),
    'zstd',
    200,
  ],
  ['deflate without its envelope', deflateRawSync(BODY), 'deflate', 400],
  ['another encoding than it says', gzipSync(BODY), 'zstd', 400],
  ['JSON that says it is compressed', Buffer.from(BODY), 'gzip', 400],
  ['an encoding that does not exist', Buffer.from(BODY), '__proto__', 400],
  ['an encoding that is a method', Buffer.from(BODY), 'toString', 400],
  ['bytes that are no text', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), 'identity', 400],
  ['a byte order mark', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(BODY)]), 'identity', 400],
  ['nothing', Buffer.alloc(0), 'identity', 400],
])('%s is answered with its status', async (_name, body, encoding, status) => {
  const response = await post(body, encoding);
  await response.arrayBuffer();
  expect(response.status).toBe(status);
  expect(door?.upstream.requests).toHaveLength(status === 200 ? 1 : 0);
});

test('a bomb that would fill the machine goes off at the limit', async () => {
  // 100 frames of 100 MB each.
  const bomb = Buffer.concat(Array<Buffer>(100).fill(zstdCompressSync(Buffer.alloc(100_000_000, ' '))));
  door = await openDoor('max_body_bytes = 2000000');
  expect(bomb.length).toBeLessThan(2_000_000);
  expect((await post(bomb, 'zstd')).status).toBe(413);
});

test('a body as deep as it is long is refused or sent on, and harms nobody', async () => {
  door = await openDoor('max_body_bytes = 4000000');
  const deep = `{"model":"gpt-5.5","input":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`;
  const response = await post(Buffer.from(deep), 'identity');
  await response.arrayBuffer();
  expect(response.status).toBeGreaterThanOrEqual(400);
  const next = await post(Buffer.from(BODY), 'identity');
  expect(readStream(await next.text())).toMatchObject({ end: 'completed' });
});
