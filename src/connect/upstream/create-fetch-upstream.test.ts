import { afterEach, expect, test } from 'bun:test';
import type net from 'node:net';
import type { FailureCode } from '../../core/failures.ts';
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
import { createSystemClock } from './create-system-clock.ts';
import { createUpstream } from './create-upstream.ts';

const clock = createSystemClock();
/** A name that resolves nowhere: what answers for it can only be the proxy. */
const BEHIND = 'http://provider.invalid:8000/v1';

afterEach(cleanUp);

/** An upstream whose environment says that `proxy` stands before everything but `noProxy`. */
const through = (proxy: string, noProxy = '') =>
  createUpstream({ clock, env: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, NO_PROXY: noProxy } });

test('a provider behind a proxy is asked through it', async () => {
  let seen = '';
  const proxy = await listen((socket) =>
    socket.on('data', (data) => {
      seen += data;
      socket.write(OK);
    }),
  );
  const request = requestTo(BEHIND, { credential: { reveal: () => 'k-1' } });
  const response = await through(proxy).send(request);
  expect([response.status, response.header('content-length'), await readAll(response)]).toEqual([200, '2', 'ok']);
  expect(seen).toStartWith('POST http://provider.invalid:8000/v1/responses HTTP/1.1\r\n');
  expect(seen.toLowerCase()).toContain('authorization: bearer k-1\r\n');
  expect(seen.toLowerCase()).toContain('accept-encoding: identity\r\n');
  expect(seen).toEndWith('\r\n\r\n{"a":1}');
});

test('to a provider behind https it asks for a tunnel', async () => {
  let seen = '';
  const proxy = await listen((socket) =>
    socket.on('data', (data) => {
      seen += data;
      socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n');
    }),
  );
  const answer = await through(proxy)
    .send(requestTo('https://provider.invalid/v1'))
    .then(
      (response) => response.status,
      () => 'failed',
    );
  expect([403, 'failed']).toContain(answer);
  expect(seen).toStartWith('CONNECT provider.invalid:443 HTTP/1.1\r\n');
  expect(seen).not.toContain('{"a":1}');
});

test('one that NO_PROXY names is asked directly', async () => {
  let proxied = 0;
  const proxy = await listen(() => (proxied += 1));
  const url = await answerEach((socket) => socket.write(OK));
  expect(await readAll(await through(proxy, '127.0.0.1').send(requestTo(url)))).toBe('ok');
  expect(proxied).toBe(0);
});

const failures: [string, FailureCode, () => string | Promise<string>][] = [
  ['nobody listens', 'CONNECTION_REFUSED', () => 'http://127.0.0.1:1'],
  ['it resets', 'CONNECTION_RESET', () => listen((socket) => socket.on('data', () => socket.resetAndDestroy()))],
  ['it is silent', 'HEADERS_TIMEOUT', () => listen(() => {})],
];
test.each(failures)('the proxy fails: %s', async (_name, code, open) => {
  const timeouts = code === 'HEADERS_TIMEOUT' ? { ...PATIENT, headersMs: 300 } : PATIENT;
  const sending = through(await open()).send(requestTo(BEHIND, { provider: { timeouts } }));
  expect((await failureOf(sending)).code).toBe(code);
});

test('a connection that the proxy has closed meanwhile costs nothing', async () => {
  const served: string[] = [];
  const proxy = await answerEach((socket, { connection, number }) => {
    served.push(`${connection}.${number}`);
    if (connection === 0 && number === 1) socket.end();
    else socket.write(OK);
  });
  const upstream = through(proxy);
  const request = requestTo(BEHIND);
  await readAll(await upstream.send(request));
  expect(await readAll(await upstream.send(request))).toBe('ok');
  expect(served).toEqual(['0.0', '0.1', '1.0']);
});

test('the signal and close() end a stream', async () => {
  let open = 0;
  const proxy = await listen((socket: net.Socket) => {
    open += 1;
    socket.on('close', () => (open -= 1));
    socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n'));
  });
  const controller = new AbortController();
  const upstream = through(proxy);
  const aborted = await upstream.send(requestTo(BEHIND, { signal: controller.signal }));
  await aborted.read();
  const pending = failureOf(aborted.read());
  controller.abort();
  expect(await pending).toEqual({ code: 'CLIENT_GONE' });
  const closed = await upstream.send(requestTo(BEHIND));
  closed.close();
  expect(await closed.read()).toBeUndefined();
  for (let tries = 0; open > 0 && tries < 3000; tries += 1) await Bun.sleep(10);
  expect(open).toBe(0);
});

test('what could end a header early is not sent', async () => {
  const proxy = await listen(() => {});
  const failure = await failureOf(through(proxy).send(requestTo(BEHIND, { headers: { 'x-a': 'b\nc: d' } })));
  expect(failure).toEqual({ code: 'TARGET_UNSUPPORTED', upstreamCode: 'invalid_header' });
});
