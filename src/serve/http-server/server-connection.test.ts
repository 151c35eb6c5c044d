import { afterEach, describe, expect, test } from 'bun:test';
import { createConnection, type Socket } from 'node:net';
import type { Clock } from '../../core/ports.ts';
import type { Reply } from '../../exchange/walk-types.ts';
import { createHttpServer, type HttpServer } from './create-http-server.ts';
import type { HttpRequest } from './server-connection.ts';

const CLOCK: Clock = { now: () => 0, monotonic: () => 0, after: () => () => {} };
const BIG = Buffer.alloc(12_000_000, 'x');
const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

function serve(handle: (request: HttpRequest, reply: Reply) => void): HttpServer {
  const server = createHttpServer({ hostname: '127.0.0.1', port: 0 }, CLOCK, handle);
  cleanUps.push(server.stop);
  return server;
}

/** What it is sent is not read before `resume`. */
async function connect(server: HttpServer): Promise<Socket> {
  const socket = createConnection({ host: '127.0.0.1', port: server.port });
  cleanUps.push(() => socket.destroy());
  socket.on('error', () => {});
  socket.pause();
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket;
}

/** Everything up to the end of the connection. */
function readAll(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.resume();
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
  });
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await Bun.sleep(2);
}

const GET = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';

describe('a client that does not read', () => {
  test('gets no second answer before it has taken the first, whatever it asks meanwhile', async () => {
    let asked = 0;
    const server = serve((_request, reply) => {
      asked++;
      reply.send(200, {}, BIG);
    });
    const socket = await connect(server);
    for (let count = 0; count < 20; count++) socket.write(GET.repeat(50));
    await until(() => server.isSending());
    await Bun.sleep(50);
    expect(asked).toBe(1);
    socket.resume();
    await until(() => asked > 1);
  });

  test('that asks for more than is kept is not served any more', async () => {
    const server = serve(() => {});
    const socket = await connect(server);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.resume();
    socket.write(GET + 'x'.repeat(2_000_000));
    await closed;
  });
});

describe('when the server stops', () => {
  test('a client that is behind gets the rest of its answer', async () => {
    const server = serve((_request, reply) => reply.send(200, {}, BIG));
    const socket = await connect(server);
    socket.write(GET);
    await until(() => server.isSending());
    server.refuse();
    const text = await readAll(socket);
    expect(text.length - text.indexOf('\r\n\r\n') - 4).toBe(BIG.length);
    await until(() => !server.isSending());
  });

  test('an idle connection ends, and a busy one behind its answer', async () => {
    const replies: Reply[] = [];
    const server = serve((_request, reply) => replies.push(reply));
    const [idle, busy] = [await connect(server), await connect(server)];
    busy.write(GET);
    await until(() => replies.length === 1);
    replies[0]?.start({});
    replies[0]?.write([Buffer.from('one')]);
    server.refuse();
    expect(await readAll(idle)).toBe('');
    replies[0]?.end();
    const text = await readAll(busy);
    expect(text).toEndWith('3\r\none\r\n0\r\n\r\n');
  });
});

test('a client that goes is told of at once, also when it had sent more than was asked for', async () => {
  const gone = Promise.withResolvers<void>();
  let isAsked = false;
  const server = serve((request) => {
    isAsked = true;
    request.onGone(() => gone.resolve());
  });
  const socket = await connect(server);
  socket.write(GET + 'y'.repeat(100_000));
  await until(() => isAsked);
  await Bun.sleep(20);
  socket.destroy();
  await gone.promise;
});

test('a client that is still sending what nobody wants sees its answer', async () => {
  const server = serve((_request, reply) => reply.send(401, {}, 'no'));
  const socket = await connect(server);
  const text = readAll(socket);
  socket.resume();
  socket.write(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5000000\r\n\r\n${'z'.repeat(1_000_000)}`);
  socket.end();
  expect(await text).toMatch(/^HTTP\/1\.1 401 .*connection: close\r\n.*\r\n\r\nno$/s);
});

describe('chunks that are passed on as they came', () => {
  const FRAMED = '5\r\nhello\r\n';

  async function answerOf(request: string, pass: (reply: Reply) => void): Promise<string> {
    const server = serve((_request, reply) => {
      reply.start({});
      pass(reply);
      reply.end();
    });
    const socket = await connect(server);
    socket.write(request);
    const answer = await readAll(socket);
    return answer.slice(answer.indexOf('\r\n\r\n') + 4);
  }
  const CLOSING = 'GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n';

  test('go on behind what was written', async () => {
    const pass = (reply: Reply): void => {
      void reply.write([Buffer.from('a')]);
      for (let count = 0; count < 2; count++) reply.passer?.passChunk(Buffer.from(FRAMED));
    };
    expect(await answerOf(CLOSING, pass)).toBe(`1\r\na\r\n${FRAMED}${FRAMED}0\r\n\r\n`);
  });

  test.each<readonly [string, string, (reply: Reply) => void]>([
    ['before the head is out', CLOSING, () => {}],
    ['behind the last write', CLOSING, (reply) => void reply.write([Buffer.from('a')], true)],
    ['behind the end', CLOSING, (reply) => reply.end()],
    ['to a client that knows no chunks', 'GET / HTTP/1.0\r\nhost: a\r\n\r\n', (reply) => void reply.write([BIG])],
  ])('cannot go %s', async (_name, request, act) => {
    let passer: Reply['passer'];
    await answerOf(request, (reply) => {
      act(reply);
      passer = reply.passer;
    });
    expect(passer).toBe(undefined);
  });

  test('wait in order behind what a slow client has not taken, and are told that they do', async () => {
    const ready: (boolean | undefined)[] = [];
    const server = serve((_request, reply) => {
      reply.start({});
      void reply.write([Buffer.from('a')]);
      ready.push(reply.passer?.isReady);
      void reply.write([BIG]);
      ready.push(reply.passer?.isReady);
      reply.passer?.passChunk(Buffer.from(FRAMED));
      reply.end();
    });
    const socket = await connect(server);
    socket.write(CLOSING);
    await until(() => server.isSending());
    expect((await readAll(socket)).endsWith(`x\r\n${FRAMED}0\r\n\r\n`)).toBe(true);
    expect(ready).toEqual([true, false]);
  });

  test('go nowhere once the client has gone', async () => {
    const gone = Promise.withResolvers<boolean | undefined>();
    const server = serve((request, reply) => {
      reply.start({});
      void reply.write([Buffer.from('a')]);
      const { passer } = reply;
      request.onGone(() => {
        passer?.passChunk(Buffer.from(FRAMED));
        gone.resolve(passer?.isReady);
      });
    });
    const socket = await connect(server);
    socket.write(CLOSING);
    socket.once('data', () => socket.destroy());
    socket.resume();
    expect(await gone.promise).toBe(false);
  });
});
