import { afterEach, describe, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import type net from 'node:net';
import {
  answerEach,
  cleanUp,
  failureOf,
  listen,
  OK,
  readAll,
  requestTo,
  text,
} from './__fixtures__/scripted-server.ts';
import { createSocketUpstream } from './create-socket-upstream.ts';
import { createSystemClock } from './create-system-clock.ts';

const clock = createSystemClock();
const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const HEAD = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';

afterEach(cleanUp);

/** Random bytes, so that whatever is lost, doubled or swapped shows. */
function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  return bytes;
}

/** Reads a request with `content-length`, at the pace of the socket, and hashes its body. */
function hashBody(socket: net.Socket, onBody: (sha256: string) => void): void {
  let sha256 = createHash('sha256');
  let head = '';
  let left = -1;
  socket.on('data', (data) => {
    let body = data;
    if (left === -1) {
      head += data.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end === -1) return;
      left = Number(/content-length: (\d+)/.exec(head)?.[1]);
      body = Buffer.from(head.slice(end + 4), 'latin1');
    }
    sha256.update(body);
    left -= body.length;
    if (left > 0) return;
    head = '';
    left = -1;
    const seen = sha256.digest('hex');
    sha256 = createHash('sha256');
    onBody(seen);
  });
}

describe('request bodies', () => {
  test.each([0, 1, 39_000, 65_300, 65_400, 65_536, 400_000, 3_000_000])(
    '%d bytes arrive as they are',
    async (length) => {
      let seen = '';
      const url = await listen((socket) =>
        hashBody(socket, (sha256) => {
          seen = sha256;
          socket.write(OK);
        }),
      );
      const upstream = createSocketUpstream({ clock });
      for (let round = 0; round < 2; round += 1) {
        const body = randomBytes(length);
        expect(await readAll(await upstream.send(requestTo(url, { body })))).toBe('ok');
        expect(seen).toBe(hash(body));
      }
    },
  );

  test('a long head as well', async () => {
    let seen = '';
    const url = await listen((socket) =>
      hashBody(socket, (sha256) => {
        seen = sha256;
        socket.write(OK);
      }),
    );
    const body = randomBytes(100_000);
    const headers = { 'x-long': 'a'.repeat(80_000) };
    await readAll(await createSocketUpstream({ clock }).send(requestTo(url, { body, headers })));
    expect(seen).toBe(hash(body));
  });

  test('a server that reads slowly gets everything, many at a time', async () => {
    const seen: string[] = [];
    const url = await listen((socket) => {
      hashBody(socket, (sha256) => {
        seen.push(sha256);
        socket.write(OK);
      });
      const timer = setInterval(() => (socket.isPaused() ? socket.resume() : socket.pause()), 2);
      socket.on('close', () => clearInterval(timer));
    });
    const upstream = createSocketUpstream({ clock });
    const bodies = Array.from({ length: 8 }, () => randomBytes(8_000_000));
    const answers = bodies.map(async (body) => readAll(await upstream.send(requestTo(url, { body }))));
    expect(await Promise.all(answers)).toEqual(Array.from(bodies, () => 'ok'));
    expect(seen.toSorted()).toEqual(bodies.map(hash).toSorted());
  }, 120_000);

  test.each([
    ['stays open', (socket: net.Socket) => void socket.write(OK.replace('200 OK', '413 Too Large'))],
    ['closes', (socket: net.Socket) => void socket.end(OK.replace('200 OK', '413 Too Large'))],
  ])('an answer that comes before the body was read is an answer: the server %s', async (_name, answer) => {
    let connections = 0;
    const url = await listen((socket) => {
      connections += 1;
      socket.once('data', () => {
        socket.pause();
        answer(socket);
      });
    });
    const upstream = createSocketUpstream({ clock });
    for (let round = 1; round <= 2; round += 1) {
      const response = await upstream.send(requestTo(url, { body: new Uint8Array(30_000_000) }));
      expect([response.status, await readAll(response), connections]).toEqual([413, 'ok', round]);
    }
  });

  test('the rest of one whose answer has begun arrives as it was, though its memory serves others by then', async () => {
    const isReused = Promise.withResolvers<void>();
    const url = await listen((socket) => {
      socket.once('data', () => {
        socket.pause();
        socket.write(HEAD);
        void isReused.promise.then(() => socket.resume());
      });
      hashBody(socket, (sha256) => void socket.write(`40\r\n${sha256}\r\n0\r\n\r\n`));
    });
    const body = randomBytes(30_000_000);
    const sent = hash(body);
    const response = await createSocketUpstream({ clock }).send(requestTo(url, { body }));
    body.fill(0);
    isReused.resolve();
    expect(await readAll(response)).toBe(sent);
  });
});

describe('response bodies', () => {
  test('what was read late is complete, also when the server has closed meanwhile', async () => {
    const body = randomBytes(5_000_000);
    const url = await answerEach((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.end(body);
    });
    const response = await createSocketUpstream({ clock }).send(requestTo(url));
    const first = await response.read();
    await Bun.sleep(200);
    const chunks = [first ?? new Uint8Array()];
    for (let chunk = await response.read(); chunk !== undefined; chunk = await response.read()) {
      chunks.push(chunk);
      await Bun.sleep(1);
    }
    expect(hash(Buffer.concat(chunks))).toBe(hash(body));
  });

  test('a connection whose answer was read slowly is used again', async () => {
    const body = Buffer.from(randomBytes(3_000_000));
    const served: number[] = [];
    const url = await answerEach((socket, { connection }) => {
      served.push(connection);
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`);
      socket.write(body);
    });
    const upstream = createSocketUpstream({ clock });
    for (let round = 0; round < 3; round += 1) {
      const response = await upstream.send(requestTo(url));
      await Bun.sleep(50);
      let length = 0;
      for (let chunk = await response.read(); chunk !== undefined; chunk = await response.read())
        length += chunk.length;
      expect(length).toBe(body.length);
    }
    expect(served).toEqual([0, 0, 0]);
  });

  test('one whose answer nobody read, but which is complete, too', async () => {
    const served: number[] = [];
    const body = 'x'.repeat(400_000);
    const url = await answerEach((socket, { connection }) => {
      served.push(connection);
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    });
    const upstream = createSocketUpstream({ clock });
    for (let round = 0; round < 3; round += 1) {
      const response = await upstream.send(requestTo(url));
      await Bun.sleep(50);
      response.close();
    }
    expect(await readAll(await upstream.send(requestTo(url)))).toBe(body);
    expect(served.length).toBe(4);
  });

  test('what was read stays as it was while more arrives', async () => {
    const { promise: isRead, resolve } = Promise.withResolvers<void>();
    const url = await answerEach((socket) => {
      socket.write(`${HEAD}5\r\nfirst\r\n`);
      void isRead.then(() => socket.write('6\r\nsecond\r\n5\r\nthird\r\n0\r\n\r\n'));
    });
    const response = await createSocketUpstream({ clock }).send(requestTo(url));
    const first = await response.read();
    resolve();
    const second = await response.read();
    expect([text(first), text(second), await response.read()]).toEqual(['first', 'secondthird', undefined]);
  });

  test('an abort drops what is queued', async () => {
    const url = await answerEach((socket) => socket.write(`${HEAD}5\r\nfirst\r\n`));
    const controller = new AbortController();
    const response = await createSocketUpstream({ clock }).send(requestTo(url, { signal: controller.signal }));
    controller.abort();
    expect((await failureOf(response.read())).code).toBe('CLIENT_GONE');
    expect(await response.read()).toBeUndefined();
  });

  test('an abort after the end changes nothing', async () => {
    const url = await answerEach((socket) => socket.write(OK));
    const controller = new AbortController();
    const response = await createSocketUpstream({ clock }).send(requestTo(url, { signal: controller.signal }));
    controller.abort();
    expect(await readAll(response)).toBe('ok');
  });

  test('what was read before a failure is there, the failure is told once', async () => {
    const url = await answerEach((socket) => socket.write(`${HEAD}5\r\nfirst\r\nzz`));
    const response = await createSocketUpstream({ clock }).send(requestTo(url));
    await Bun.sleep(30);
    expect(text(await response.read())).toBe('first');
    expect((await failureOf(response.read())).code).toBe('STREAM_CORRUPT');
    expect(await response.read()).toBeUndefined();
  });
});

describe('the shortcut', () => {
  const chunkOf = (content: string): string => `${content.length.toString(16)}\r\n${content}\r\n`;

  /** Sends each of `writes` once what came before has arrived, and tells which way it went. */
  async function waysOf(writes: readonly string[], takes: (content: string) => boolean): Promise<readonly string[]> {
    const ways: string[] = [];
    let onArrival: () => void = () => {};
    const arrived = (way: string): undefined => {
      ways.push(way);
      onArrival();
    };
    const url = await answerEach(async (socket) => {
      for (const write of writes) {
        const arrival = new Promise<void>((resolve) => (onArrival = resolve));
        socket.write(write);
        await arrival;
      }
      socket.write('0\r\n\r\n');
    });
    const response = await createSocketUpstream({ clock }).send(requestTo(url));
    await new Promise<void>((resolve) => {
      response.flow?.({
        chunk: (bytes) => arrived(`usual:${bytes.toString()}`),
        end: () => resolve(),
        shortcut: {
          take: (bytes, start) => {
            const content = bytes.toString('latin1', start, bytes.length - 2);
            if (!takes(content)) return false;
            arrived(`short:${content}`);
            return true;
          },
        },
      });
    });
    return ways;
  }

  // What comes with the head is there before anybody reads it; what comes next tells that someone does.
  const BEGUN = [HEAD + chunkOf('a'), chunkOf('b')];
  const BEGAN = ['usual:a', 'usual:b'];

  test('takes what comes as a chunk of its own', async () => {
    const writes = [chunkOf('one'), chunkOf('two') + chunkOf('three'), chunkOf('four')];
    const ways = await waysOf([...BEGUN, ...writes], () => true);
    expect(ways).toEqual([...BEGAN, 'short:one', 'usual:twothree', 'short:four']);
  });

  test('leaves the rest to the usual way, in order', async () => {
    const ways = await waysOf([...BEGUN, ...['one', 'two', 'three'].map(chunkOf)], (content) => content !== 'two');
    expect(ways).toEqual([...BEGAN, 'short:one', 'usual:two', 'short:three']);
  });

  test('is not asked in the middle of a chunk, also not for what looks like one', async () => {
    const inner = chunkOf('two');
    const size = (3 + inner.length).toString(16);
    const writes = [`${size}\r\none`, inner, `\r\n${chunkOf('three')}`, chunkOf('four')];
    const ways = await waysOf([...BEGUN, ...writes], () => true);
    expect(ways).toEqual([...BEGAN, 'usual:one', `usual:${inner}`, 'usual:three', 'short:four']);
  });
});
