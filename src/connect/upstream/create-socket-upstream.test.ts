import { afterEach, describe, expect, test } from 'bun:test';
import type net from 'node:net';
import { type FailureCode, failureFacts } from '../../core/failures.ts';
import { openBlackhole } from './__fixtures__/open-blackhole.ts';
import {
  answerEach,
  cleanUp,
  failureOf,
  listen,
  OK,
  PATIENT,
  readAll,
  requestTo,
} from './__fixtures__/scripted-server.ts';
import { createSocketUpstream } from './create-socket-upstream.ts';
import { createSystemClock } from './create-system-clock.ts';

const clock = createSystemClock();
const HEAD = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';

afterEach(cleanUp);

describe('connections', () => {
  /** Which request came over which connection, as `connection.request`. */
  const count = async (
    answer: (socket: net.Socket, request: { readonly connection: number; readonly number: number }) => void,
  ) => {
    const served: string[] = [];
    const url = await answerEach((socket, request) => {
      served.push(`${request.connection}.${request.number}`);
      answer(socket, request);
    });
    return { served, url, upstream: createSocketUpstream({ clock }) };
  };

  test('requests one after the other share one', async () => {
    const { served, url, upstream } = await count((socket) => socket.write(OK));
    for (let index = 0; index < 5; index += 1) await readAll(await upstream.send(requestTo(url)));
    expect(served).toEqual(['0.0', '0.1', '0.2', '0.3', '0.4']);
  });

  test('providers of one origin share them, others do not', async () => {
    const { served, url, upstream } = await count((socket) => socket.write(OK));
    await readAll(await upstream.send(requestTo(`${url}/v1`)));
    await readAll(await upstream.send(requestTo(`${url}/v2`, { provider: { id: 'q' } })));
    await readAll(await upstream.send(requestTo(url.replace('127.0.0.1', 'localhost'))));
    expect(served).toEqual(['0.0', '0.1', '1.0']);
  });

  test('the last used is used first', async () => {
    const { promise: isFirstRead, resolve } = Promise.withResolvers<void>();
    const { served, url, upstream } = await count((socket, { connection }) => {
      if (connection === 0) socket.write(OK);
      else void isFirstRead.then(() => socket.write(OK));
    });
    const answers = [1, 2].map(async () => readAll(await upstream.send(requestTo(url))));
    await Promise.race(answers);
    resolve();
    await Promise.all(answers);
    await readAll(await upstream.send(requestTo(url)));
    expect(served.at(-1)).toBe('1.1');
  });

  test.each([
    ['said so', 'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok'],
    ['speaks HTTP/1.0', 'HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok'],
    ['sent more than its answer', `${OK}HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil`],
  ])('one is not used again when the server %s', async (_name, answer) => {
    const { served, url, upstream } = await count((socket) => socket.write(answer));
    for (let index = 0; index < 2; index += 1) expect(await readAll(await upstream.send(requestTo(url)))).toBe('ok');
    expect(served).toEqual(['0.0', '1.0']);
  });

  test('what a server says without being asked is nobody’s answer', async () => {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    const { served, url, upstream } = await count((socket, { connection }) => {
      socket.write(OK);
      if (connection > 0) return;
      socket.on('close', () => resolve());
      setTimeout(() => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil'), 50);
    });
    await readAll(await upstream.send(requestTo(url)));
    await closed;
    expect(await readAll(await upstream.send(requestTo(url)))).toBe('ok');
    expect(served).toEqual(['0.0', '1.0']);
  });

  test('one that was idle for 30 s is not trusted any more', async () => {
    const served: string[] = [];
    const url = await answerEach((socket, { connection, number }) => {
      served.push(`${connection}.${number}`);
      socket.write(OK);
    });
    let skippedMs = 0;
    const upstream = createSocketUpstream({
      clock: { ...clock, monotonic: () => performance.now() + skippedMs },
    });
    await readAll(await upstream.send(requestTo(url)));
    skippedMs += 29_000;
    await readAll(await upstream.send(requestTo(url)));
    skippedMs += 30_000;
    await readAll(await upstream.send(requestTo(url)));
    expect(served).toEqual(['0.0', '0.1', '1.0']);
  });

  test('a broken answer is not asked for again', async () => {
    const { served, url, upstream } = await count((socket, { number }) => {
      if (number === 0) socket.write(OK);
      else socket.write('HTTP/1.1 2', () => socket.resetAndDestroy());
    });
    await readAll(await upstream.send(requestTo(url)));
    expect((await failureOf(upstream.send(requestTo(url)))).code).toBe('CONNECTION_RESET');
    expect(served).toEqual(['0.0', '0.1']);
  });

  test('close() before the end closes the connection, close() after it does not', async () => {
    const { served, url, upstream } = await count((socket, { connection, number }) =>
      socket.write(connection === 0 && number === 1 ? `${HEAD}5\r\nhello\r\n` : OK),
    );
    const whole = await upstream.send(requestTo(url));
    await readAll(whole);
    whole.close();
    const half = await upstream.send(requestTo(url));
    await half.read();
    half.close();
    expect(await half.read()).toBeUndefined();
    whole.close();
    await readAll(await upstream.send(requestTo(url)));
    expect(served).toEqual(['0.0', '0.1', '1.0']);
  });

  test('1,000 requests at once are all answered, and 64 connections are kept', async () => {
    const open = new Set<net.Socket>();
    let connections = 0;
    const waiting: net.Socket[] = [];
    const url = await answerEach((socket) => {
      if (!open.has(socket)) {
        open.add(socket);
        connections += 1;
        socket.on('close', () => open.delete(socket));
      }
      waiting.push(socket);
      if (waiting.length === 1000) for (const each of waiting.splice(0)) each.write(OK);
    });
    const upstream = createSocketUpstream({ clock });
    const answers = Array.from({ length: 1000 }, async () => readAll(await upstream.send(requestTo(url))));
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['ok']));
    while (open.size > 64) await Bun.sleep(5);
    await Bun.sleep(50);
    expect([connections, open.size]).toEqual([1000, 64]);
  }, 120_000);
});

describe('what is never sent', () => {
  const rows: [string, FailureCode, Parameters<typeof requestTo>[1]][] = [
    ['a value with a line end', 'TARGET_UNSUPPORTED', { headers: { 'x-a': 'b\r\nx-evil: 1' } }],
    ['a value with a line feed', 'TARGET_UNSUPPORTED', { headers: { 'x-a': 'b\nx-evil: 1' } }],
    ['a value with NUL', 'TARGET_UNSUPPORTED', { headers: { 'x-a': 'b\0' } }],
    ['a value that becomes a line end in eight bits', 'TARGET_UNSUPPORTED', { headers: { 'x-a': 'b\u010d\u010ac' } }],
    ['a name with a space', 'TARGET_UNSUPPORTED', { headers: { 'x a': 'b' } }],
    ['a name with a colon', 'TARGET_UNSUPPORTED', { headers: { 'x:': 'b' } }],
    ['a path with a space', 'TARGET_UNSUPPORTED', { path: '/a HTTP/1.1' }],
    ['a key with a line feed', 'CREDENTIAL_UNAVAILABLE', { credential: { reveal: () => 'secret-1\nx: y' } }],
  ];
  test.each(rows)('%s', async (_name, code, changes) => {
    let connections = 0;
    const url = await listen(() => (connections += 1));
    const sending = createSocketUpstream({ clock }).send(requestTo(url, changes));
    const failure = await failureOf(sending);
    expect(failure).toEqual({ code, upstreamCode: 'invalid_header' });
    expect(failureFacts(failure.code).retry).toBe('next');
    expect(String(await sending.catch((error: unknown) => error))).not.toContain('secret-1');
    expect(connections).toBe(0);
  });

  test('framing headers that are not ours', async () => {
    let seen = '';
    const url = await listen((socket) =>
      socket.on('data', (data) => {
        seen += data;
        socket.write(OK);
      }),
    );
    const headers = { 'content-length': '1', 'transfer-encoding': 'chunked', connection: 'close', host: 'evil' };
    await readAll(await createSocketUpstream({ clock }).send(requestTo(url, { headers })));
    expect(seen).not.toMatch(/transfer-encoding|close|evil|content-length: 1\r/);
    expect(seen).toContain('content-length: 7\r\n');
  });
});

describe('where it connects', () => {
  test('an IPv6 address', async () => {
    let seen = '';
    const url = await listen((socket) => {
      socket.on('data', (data) => {
        seen += data;
        socket.write(OK);
      });
    }, '::1');
    expect(await readAll(await createSocketUpstream({ clock }).send(requestTo(url)))).toBe('ok');
    expect(seen).toContain(`\r\nhost: ${new URL(url).host}\r\n`);
  });

  test('an abort while connecting is answered at once', async () => {
    const controller = new AbortController();
    const request = requestTo(await openBlackhole(), { signal: controller.signal });
    setTimeout(() => controller.abort(), 20);
    const startedMs = clock.monotonic();
    expect(await failureOf(createSocketUpstream({ clock }).send(request))).toEqual({ code: 'CLIENT_GONE' });
    // Far from the minute that connecting may take.
    expect(clock.monotonic() - startedMs).toBeLessThan(20_000);
  });

  test('a connection that stands only after an abort is closed', async () => {
    const { promise: closed, resolve } = Promise.withResolvers<number>();
    let received = 0;
    const url = await listen((socket) =>
      socket.on('data', (data) => (received += data.length)).on('close', () => resolve(received)),
    );
    const controller = new AbortController();
    const sending = createSocketUpstream({ clock }).send(requestTo(url, { signal: controller.signal }));
    controller.abort();
    expect(await failureOf(sending)).toEqual({ code: 'CLIENT_GONE' });
    expect(await closed).toBe(0);
  });

  test('a signal that outlives its requests keeps nothing of them', async () => {
    const url = await answerEach((socket, { number }) => (number < 2 ? socket.write(OK) : socket.destroy()));
    const { signal } = new AbortController();
    let listeners = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners += 1;
      addEventListener.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners -= 1;
      removeEventListener.apply(signal, args);
    };
    const upstream = createSocketUpstream({ clock });
    const send = () => upstream.send(requestTo(url, { signal }));
    await readAll(await send());
    (await send()).close();
    await Bun.sleep(20);
    await readAll(await send()).catch(() => undefined);
    expect(listeners).toBe(0);
  });

  test('headers may take no longer than from the request on, however long connecting took', async () => {
    const timeouts = { ...PATIENT, connectMs: 100, headersMs: 300 };
    const { promise: hasConnected, resolve } = Promise.withResolvers<void>();
    const url = await listen((socket) => void socket.once('data', () => resolve()));
    const waits: number[] = [];
    const after = (ms: number, callback: () => void): (() => void) => {
      waits.push(ms);
      void hasConnected.then(callback);
      return () => {};
    };
    const upstream = createSocketUpstream({ clock: { ...clock, after } });
    const failure = await failureOf(upstream.send(requestTo(url, { provider: { timeouts } })));
    expect(failure.code).toBe('HEADERS_TIMEOUT');
    expect(waits).toEqual([100, 200]);
  });
});
