import { afterEach, describe, expect, test } from 'bun:test';
import type net from 'node:net';
import type { FailureCode } from '../../core/failures.ts';
import { openBlackhole } from './__fixtures__/open-blackhole.ts';
import {
  cleanUp,
  failureOf,
  listen,
  OK,
  onCleanUp,
  PATIENT,
  readAll,
  requestTo,
  text,
} from './__fixtures__/scripted-server.ts';
import { createSystemClock } from './create-system-clock.ts';
import { createUpstream } from './create-upstream.ts';

const clock = createSystemClock();
const fixture = (name: string) => Bun.file(new URL(`./__fixtures__/${name}`, import.meta.url));
const CHUNKED = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n';

afterEach(cleanUp);

function tlsServer(certificate: string): string {
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    tls: { key: fixture('key.pem'), cert: fixture(certificate) },
    fetch: () => new Response('hi'),
  });
  onCleanUp(() => void server.stop(true));
  return `https://127.0.0.1:${server.port}`;
}

describe('what fails before headers', () => {
  const rows: [string, FailureCode, string | undefined, () => string | Promise<string>][] = [
    ['nobody listens', 'CONNECTION_REFUSED', undefined, () => 'http://127.0.0.1:1'],
    ['the name does not exist', 'DNS_FAILED', undefined, () => 'https://nowhere.invalid'],
    ['a self-signed certificate', 'TLS_FAILED', 'DEPTH_ZERO_SELF_SIGNED_CERT', () => tlsServer('self-signed.pem')],
    ['an expired certificate', 'TLS_FAILED', 'CERT_HAS_EXPIRED', () => tlsServer('expired.pem')],
    [
      'plain HTTP behind an https address',
      'TLS_FAILED',
      'EPROTO',
      async () =>
        (await listen((socket) => socket.on('data', () => socket.write('HTTP/1.1 400 Bad\r\n\r\n')))).replace(
          'http',
          'https',
        ),
    ],
    [
      'TLS behind an http address',
      'CONNECTION_RESET',
      undefined,
      () => tlsServer('self-signed.pem').replace('https', 'http'),
    ],
    ['reset as soon as accepted', 'CONNECTION_RESET', undefined, () => listen((socket) => socket.resetAndDestroy())],
    [
      'reset after the request',
      'CONNECTION_RESET',
      undefined,
      () => listen((socket) => socket.on('data', () => socket.resetAndDestroy())),
    ],
    [
      'closed after the request',
      'CONNECTION_RESET',
      undefined,
      () => listen((socket) => socket.on('data', () => socket.end())),
    ],
    [
      'closed within the headers',
      'CONNECTION_RESET',
      undefined,
      () => listen((socket) => socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\nx'))),
    ],
    [
      'an answer that is not HTTP',
      'STREAM_CORRUPT',
      undefined,
      () => listen((socket) => socket.on('data', () => socket.write('220 mail.example.com ready\r\n\r\n'))),
    ],
    [
      'more headers than anybody needs',
      'STREAM_CORRUPT',
      undefined,
      () =>
        listen((socket) => socket.on('data', () => socket.write(`HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(5000)}\r\n`))),
    ],
    ['silence', 'HEADERS_TIMEOUT', undefined, () => listen(() => {})],
    ['headers byte by byte, without end', 'HEADERS_TIMEOUT', undefined, () => listen((socket) => drip(socket))],
  ];

  test.each(rows)('%s: %s', async (_name, code, upstreamCode, server) => {
    const timeouts = code === 'HEADERS_TIMEOUT' ? { ...PATIENT, headersMs: 500 } : PATIENT;
    const request = requestTo(await server(), { provider: { timeouts } });
    const failure = await failureOf(createUpstream({ clock }).send(request));
    expect(failure).toEqual(upstreamCode === undefined ? { code } : { code, upstreamCode });
  });

  function drip(socket: net.Socket): void {
    socket.write('HTTP/1.1 200 OK\r\nx: ');
    const timer = setInterval(() => socket.write('y'), 20);
    socket.on('close', () => clearInterval(timer));
  }

  test('nothing answers the connection: CONNECT_TIMEOUT, for all who wait', async () => {
    const timeouts = { ...PATIENT, connectMs: 400 };
    const request = requestTo(await openBlackhole(), { provider: { timeouts } });
    const upstream = createUpstream({ clock });
    const startedMs = clock.monotonic();
    const failures = await Promise.all([failureOf(upstream.send(request)), failureOf(upstream.send(request))]);
    expect(failures).toEqual([{ code: 'CONNECT_TIMEOUT' }, { code: 'CONNECT_TIMEOUT' }]);
    expect(clock.monotonic() - startedMs).toBeWithin(380, 30_000);
  });

  test('an aborted request ends at once and frees its connection', async () => {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    const controller = new AbortController();
    const url = await listen((socket) => socket.on('close', () => resolve()).on('data', () => controller.abort()));
    expect(await failureOf(createUpstream({ clock }).send(requestTo(url, { signal: controller.signal })))).toEqual({
      code: 'CLIENT_GONE',
    });
    await closed;
    expect(await failureOf(createUpstream({ clock }).send(requestTo(url, { signal: controller.signal })))).toEqual({
      code: 'CLIENT_GONE',
    });
  });
});

describe('what is sent', () => {
  test.each([
    ['bearer', 'authorization: bearer k-1'],
    ['api-key', 'api-key: k-1'],
    ['x-api-key', 'x-api-key: k-1'],
  ] as const)('the key as %s, and no other header of ours', async (auth, line) => {
    let seen = '';
    const url = await listen((socket) =>
      socket.on('data', (data) => {
        seen += data;
        socket.write(OK);
      }),
    );
    const request = requestTo(`${url}/v1`, {
      provider: { auth },
      credential: { reveal: () => 'k-1' },
      headers: { 'user-agent': 'x', accept: 'text/event-stream' },
    });
    expect(await readAll(await createUpstream({ clock }).send(request))).toBe('ok');
    const [head, body] = seen.split('\r\n\r\n');
    expect(body).toBe('{"a":1}');
    const host = `host: ${new URL(url).host}`;
    const expected = [
      line,
      'accept-encoding: identity',
      'accept: text/event-stream',
      'connection: keep-alive',
      'content-length: 7',
      host,
      'user-agent: x',
    ];
    const [start, ...lines] = (head ?? '').split('\r\n');
    expect(start).toBe('POST /v1/responses HTTP/1.1');
    expect(lines.map((header) => header.toLowerCase()).toSorted()).toEqual(expected.toSorted());
  });

  test('without a key no credential header, and a GET without a body', async () => {
    let seen = '';
    const url = await listen((socket) =>
      socket.on('data', (data) => {
        seen += data;
        socket.write(OK);
      }),
    );
    await readAll(
      await createUpstream({ clock }).send(
        requestTo(url, { method: 'GET', path: '/models', body: undefined, headers: {} }),
      ),
    );
    expect(seen).toStartWith('GET /models HTTP/1.1\r\n');
    expect(seen.toLowerCase()).not.toMatch(/authorization|api-key|content-length/);
  });
});

describe('what comes back', () => {
  test('a redirect is an answer and is not followed', async () => {
    const url = await listen((socket) =>
      socket.on('data', () =>
        socket.write('HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n'),
      ),
    );
    const response = await createUpstream({ clock }).send(requestTo(url));
    expect([response.status, response.header('location'), await response.read()]).toEqual([
      307,
      'http://127.0.0.1:1/',
      undefined,
    ]);
  });

  test('compressed bytes stay compressed', async () => {
    const url = await listen((socket) =>
      socket.on('data', () => socket.write(OK.replace('content-length', 'content-encoding: gzip\r\ncontent-length'))),
    );
    const response = await createUpstream({ clock }).send(requestTo(url));
    expect([response.header('content-encoding'), await readAll(response)]).toEqual(['gzip', 'ok']);
  });

  test('early hints are skipped', async () => {
    const url = await listen((socket) =>
      socket.on('data', () => socket.write(`HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${OK}`)),
    );
    const response = await createUpstream({ clock }).send(requestTo(url));
    expect([response.status, await readAll(response)]).toEqual([200, 'ok']);
  });

  test.each([
    ['reset', 'CONNECTION_RESET', (socket: net.Socket) => socket.resetAndDestroy()],
    ['closed before the last chunk', 'CONNECTION_RESET', (socket: net.Socket) => socket.end()],
    ['an invalid chunk', 'STREAM_CORRUPT', (socket: net.Socket) => socket.write('zz\r\n')],
  ] as const)('a body that breaks: %s', async (_name, code, end) => {
    const { promise: isRead, resolve } = Promise.withResolvers<void>();
    const url = await listen((socket) =>
      socket.on('data', () => {
        socket.write(CHUNKED);
        void isRead.then(() => end(socket));
      }),
    );
    const response = await createUpstream({ clock }).send(requestTo(url));
    expect(text(await response.read())).toBe('hello');
    resolve();
    expect((await failureOf(response.read())).code).toBe(code);
    expect(await response.read()).toBeUndefined();
  });

  test('a body that ends with its connection, because it was announced so', async () => {
    const url = await listen((socket) =>
      socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhello')),
    );
    expect(await readAll(await createUpstream({ clock }).send(requestTo(url)))).toBe('hello');
  });

  test('close() frees the connection at once, may be repeated, and ends a pending read', async () => {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    const url = await listen((socket) => socket.on('close', () => resolve()).on('data', () => socket.write(CHUNKED)));
    const response = await createUpstream({ clock }).send(requestTo(url));
    expect(text(await response.read())).toBe('hello');
    const pending = response.read();
    response.close();
    response.close();
    expect(await pending).toBeUndefined();
    expect(await response.read()).toBeUndefined();
    await closed;
  });

  test('the signal frees the connection in mid-stream', async () => {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    const controller = new AbortController();
    const url = await listen((socket) => socket.on('close', () => resolve()).on('data', () => socket.write(CHUNKED)));
    const response = await createUpstream({ clock }).send(requestTo(url, { signal: controller.signal }));
    await response.read();
    const pending = failureOf(response.read());
    controller.abort();
    expect(await pending).toEqual({ code: 'CLIENT_GONE' });
    await closed;
  });

  test('what nobody reads is not buffered', async () => {
    let sent = 0;
    const block = Buffer.from(`10000\r\n${'x'.repeat(65_536)}\r\n`);
    const url = await listen((socket) =>
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
        const fill = (): void => {
          while (sent < 200_000_000) {
            sent += 65_536;
            if (!socket.write(block)) return void socket.once('drain', fill);
          }
        };
        fill();
      }),
    );
    const response = await createUpstream({ clock }).send(requestTo(url));
    await response.read();
    await Bun.sleep(300);
    expect(sent).toBeLessThan(50_000_000);
    response.close();
  });
});

describe('pooled connections', () => {
  /** On it no time passes between a request and its reset, which would be told from one at once. */
  const standing = { ...clock, monotonic: () => 0 };
  const served: string[] = [];
  /** Answers the first request of the first connection; `then` decides about the rest. */
  const serve = (then: (socket: net.Socket, connection: number) => void): Promise<string> => {
    served.length = 0;
    return listen((socket, connection) => {
      let requests = 0;
      socket.on('data', () => {
        served.push(`${connection}.${requests}`);
        if (connection === 0 && requests++ === 0) socket.write(OK);
        else then(socket, connection);
      });
    });
  };

  test('a connection is used again after its answer was read to the end', async () => {
    const upstream = createUpstream({ clock: standing });
    const request = requestTo(await serve((socket) => socket.write(OK)));
    await readAll(await upstream.send(request));
    await readAll(await upstream.send(request));
    expect(served).toEqual(['0.0', '0.1']);
  });

  test.each([
    ['closed', (socket: net.Socket) => socket.end()],
    ['reset', (socket: net.Socket) => socket.resetAndDestroy()],
  ] as const)('one that the server has %s meanwhile costs nothing', async (_name, end) => {
    const upstream = createUpstream({ clock: standing });
    const request = requestTo(await serve((socket, connection) => (connection === 0 ? end(socket) : socket.write(OK))));
    await readAll(await upstream.send(request));
    expect(await readAll(await upstream.send(request))).toBe('ok');
    expect(served).toEqual(['0.0', '0.1', '1.0']);
  });

  test('a server that breaks every connection is asked twice, not for ever, and once when the connection was new', async () => {
    const upstream = createUpstream({ clock: standing });
    const request = requestTo(await serve((socket) => socket.resetAndDestroy()));
    await readAll(await upstream.send(request));
    expect((await failureOf(upstream.send(request))).code).toBe('CONNECTION_RESET');
    expect((await failureOf(upstream.send(request))).code).toBe('CONNECTION_RESET');
    expect(served).toEqual(['0.0', '0.1', '1.0', '2.0']);
  });

  test('a reset that comes late is reported: the server may have been at work', async () => {
    let skippedMs = 0;
    const upstream = createUpstream({ clock: { ...clock, monotonic: () => skippedMs } });
    const request = requestTo(
      await serve((socket) => {
        skippedMs = 1500;
        socket.resetAndDestroy();
      }),
    );
    await readAll(await upstream.send(request));
    expect((await failureOf(upstream.send(request))).code).toBe('CONNECTION_RESET');
    expect(served).toEqual(['0.0', '0.1']);
  });
});
