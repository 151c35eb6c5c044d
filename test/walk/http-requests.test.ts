import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { codexBody, PROMPT, readStream } from './codex-model.ts';
import { parseAnswers } from './parse-answers.ts';
import { connectRaw, renderRequest } from './raw-client.ts';
import { GATEWAY_KEY } from './start-walk.ts';
import { CLIENT_HEADERS, type Door, openDoor, type Talk, talk } from './talk-over-http.ts';

/*
 * What any HTTP/1.1 server must do, whoever wrote it: each row is one request as bytes, and says what may come of it.
 * RFC 9112 leaves a choice in many of them; a hang, a second answer or a request out of a body is never among them.
 */

setDefaultTimeout(120_000);

let door: Door | undefined;
afterEach(async () => {
  await door?.stop();
  door = undefined;
});

const BODY = codexBody([PROMPT]);
const LENGTH = Buffer.byteLength(BODY);
const HEAD = Object.entries(CLIENT_HEADERS).map(([name, value]) => `${name}: ${value}`);
/** Would list the models, if it were taken for a request. */
const SMUGGLED = `GET /v1/models HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${GATEWAY_KEY}\r\n\r\n`;

/** A model call with these header lines beside the usual ones, which bring no length. */
const call = (lines: readonly string[], body = BODY, start = 'POST /v1/responses HTTP/1.1'): string =>
  `${[start, ...HEAD, ...lines].join('\r\n')}\r\n\r\n${body}`;
const withLength = (...lines: readonly string[]): string => call([...lines, `content-length: ${LENGTH}`]);
const withTarget = (target: string, method = 'POST'): string => renderRequest(target, CLIENT_HEADERS, BODY, method);
const withStart = (start: string): string => call([`content-length: ${LENGTH}`], BODY, start);
const chunked = (text: string, size = 100): string => {
  const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
    text.slice(index * size, (index + 1) * size),
  );
  return `${pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`).join('')}0\r\n\r\n`;
};
const inChunks = (body: string, encoding = 'chunked'): string => call([`transfer-encoding: ${encoding}`], body);
const HEX = LENGTH.toString(16);

/** Sends it to a gateway of its own. */
async function send(text: string, last: 'at-once' | 'after-answer'): Promise<Talk & { readonly calls: number }> {
  door = await openDoor('max_body_bytes = 100000\nbody_timeout = "2s"');
  const said = await talk(door.walk.gateway.port, text, last);
  expect(door.walk.gateway.openExchanges()).toBe(0);
  return { ...said, calls: door.upstream.requests.length };
}

describe('is answered, and the connection goes on', () => {
  test.each([
    ['a length', withLength()],
    ['chunks', inChunks(chunked(BODY))],
    ['chunks of a byte', inChunks(chunked(BODY, 1))],
    ['chunks by another spelling', inChunks(chunked(BODY), 'Chunked')],
    ['chunks with extensions', inChunks(`${HEX};a=b;c="d"\r\n${BODY}\r\n0\r\n\r\n`)],
    ['chunk sizes in capitals, with zeros before', inChunks(`000${HEX.toUpperCase()}\r\n${BODY}\r\n00\r\n\r\n`)],
    ['tabs around a value', call([`content-length:\t${LENGTH}\t`])],
    ['a header of 12 kB', withLength(`x-long: ${'x'.repeat(12_000)}`)],
    ['60 headers', withLength(...Array.from({ length: 60 }, (_, index) => `x-${index}: 1`))],
    ['letters beyond ASCII in a header', withLength('x-name: \u00e4')],
    ['an empty header', withLength('x-empty:')],
    ['a query', withTarget('/v1/responses?a=b')],
    ['an absolute target', withTarget('http://127.0.0.1/v1/responses')],
  ])('%s', async (_name, text) => {
    const { answers, isLastAnswered, calls, rest } = await send(text, 'after-answer');
    expect(answers.map(({ status }) => status)).toEqual([200]);
    expect(readStream(answers[0]?.body ?? '').end).toBe('completed');
    expect({ isLastAnswered, calls, rest }).toEqual({ isLastAnswered: true, calls: 1, rest: '' });
    expect(door?.upstream.requests[0]?.body).toMatchObject({ model: 'gpt-5.5' });
  });
});

describe('whose end cannot be told is refused, and the connection closed', () => {
  test.each([
    ['two lengths', call(['content-length: 5', `content-length: ${LENGTH}`])],
    ['two lengths in one header', call([`content-length: 5, ${LENGTH}`])],
    ['a length and chunks', call([`content-length: ${LENGTH}`, 'transfer-encoding: chunked'], chunked(BODY))],
    [
      'a length and chunks, with a request where they differ',
      call([`content-length: ${5 + SMUGGLED.length}`, 'transfer-encoding: chunked'], `0\r\n\r\n${SMUGGLED}`),
    ],
    ['an encoding after the chunks', inChunks(chunked(BODY), 'chunked, identity')],
    ['chunks twice', call(['transfer-encoding: chunked', 'transfer-encoding: chunked'], chunked(BODY))],
    ['an unknown transfer encoding', inChunks(chunked(BODY), 'xchunked')],
    ['a transfer encoding with a control character', inChunks(chunked(BODY), '\u000bchunked')],
    ['a space before the colon of its transfer encoding', call(['transfer-encoding : chunked'], chunked(BODY))],
    ['a space before the colon of its length', call([`content-length : ${LENGTH}`])],
    ['a length with a sign', call([`content-length: +${LENGTH}`])],
    ['a length below zero', call(['content-length: -1'])],
    ['a length with letters', call([`content-length: ${LENGTH}x`])],
    ['a length in hex', call([`content-length: 0x${HEX}`])],
    ['a length beyond all numbers', call(['content-length: 99999999999999999999999'])],
    ['an empty length', call(['content-length:'])],
    ['a chunk size of letters', inChunks('zz\r\nabc\r\n0\r\n\r\n')],
    ['a chunk size below zero', inChunks('-1\r\nabc\r\n0\r\n\r\n')],
    ['a chunk size with 0x', inChunks(`0x${HEX}\r\n${BODY}\r\n0\r\n\r\n`)],
    ['a chunk size that is missing', inChunks(`\r\n${BODY}\r\n0\r\n\r\n`)],
    ['a chunk size beyond all numbers', inChunks(`fffffffffffffffff\r\n${BODY}\r\n0\r\n\r\n`)],
    ['a chunk size that wraps around', inChunks(`10000000000000${HEX.padStart(4, '0')}\r\n${BODY}\r\n0\r\n\r\n`)],
    ['a chunk longer than its size', inChunks(`${HEX}\r\n${BODY}XX0\r\n\r\n`)],
    ['a chunk extension without end', inChunks(`${HEX};a=${'x'.repeat(1_000_000)}\r\n${BODY}\r\n0\r\n\r\n`)],
    ['a line that is continued behind its length', call([`content-length: ${LENGTH}`, ' 5'])],
    ['a carriage return inside a value', withLength('x-a: 1\rtransfer-encoding: chunked')],
    ['a NUL inside a value', withLength('x-a: 1\0b')],
    ['a NUL inside a name', withLength('x\0a: 1')],
    ['a space inside a name', withLength('x a: 1')],
    ['a header without a name', withLength(': 1')],
    ['a header without a colon', withLength('nonsense')],
    ['a line that is continued before there is one', call([], '', 'POST /v1/responses HTTP/1.1\r\n x: y')],
    ['a header line of 1 MB', withLength(`x-long: ${'x'.repeat(1_000_000)}`)],
    ['5,000 headers', withLength(...Array.from({ length: 5000 }, (_, index) => `x-${index}: 1`))],
    ['a target of 1 MB', withTarget(`/v1/responses?${'x'.repeat(1_000_000)}`)],
    ['a target with a space', withTarget('/v1/resp onses')],
    ['a target with a NUL', withTarget('/v1/resp\0onses')],
    ['no version', 'GET /readyz\r\n\r\n'],
    ['a version that does not exist', withStart('POST /v1/responses HTTP/9.9')],
    ["HTTP/2's first words", 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['no HTTP', 'hello world\r\n\r\n'],
    ['a TLS handshake', `\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003${'x'.repeat(500)}`],
  ])('%s', async (_name, text) => {
    const { answers, isLastAnswered, calls } = await send(text, 'at-once');
    expect(answers.length).toBeLessThanOrEqual(1);
    for (const { status } of answers) expect(status).toBeGreaterThanOrEqual(400);
    expect({ isLastAnswered, calls }).toEqual({ isLastAnswered: false, calls: 0 });
  });
});

describe('is understood or refused, but never taken for two', () => {
  test.each([
    ['the same length twice', call([`content-length: ${LENGTH}`, `content-length: ${LENGTH}`])],
    ['the same length twice in one header', call([`content-length: ${LENGTH}, ${LENGTH}`])],
    ['a compressed transfer', inChunks(chunked(BODY), 'gzip, chunked')],
    ['lines that end in LF alone', withLength().replaceAll('\r\n', '\n')],
    ['one line that ends in LF alone', withLength('x-a: 1\nx-b: 2')],
    ['chunks that end in LF alone', inChunks(`${HEX}\n${BODY}\n0\n\n`)],
    ['a header that is continued in the next line', withLength('x-a: 1', ' folded')],
    ['empty lines before it', `\r\n\r\n${withLength()}`],
    ['trailers', inChunks(`${HEX}\r\n${BODY}\r\n0\r\nx-a: b\r\nx-c: d\r\n\r\n`)],
    ['a trailer of 1 MB', inChunks(`${HEX}\r\n${BODY}\r\n0\r\nx-a: ${'x'.repeat(1_000_000)}\r\n\r\n`)],
    ['150 headers', withLength(...Array.from({ length: 150 }, (_, index) => `x-${index}: 1`))],
    ['HTTP/1.2', withStart('POST /v1/responses HTTP/1.2')],
    ['garbage behind it', `${withLength()}garbage`],
    ['lines of garbage behind it', `${withLength()}garbage garbage\r\n\r\n`],
    ['an expectation that nobody knows', withLength('expect: 200-ok')],
  ])('%s', async (_name, text) => {
    const { answers, calls } = await send(text, 'at-once');
    expect(calls).toBeLessThanOrEqual(1);
    const calling = answers.filter(({ status }) => status === 200);
    expect(calling.length).toBeLessThanOrEqual(calls);
    for (const answer of calling) expect(readStream(answer.body).end).toBe('completed');
    expect(answers.length).toBeLessThanOrEqual(2);
  });
});

describe('is denied, and its body is no request', () => {
  test.each([
    ['POST to nowhere', renderRequest('/nothing', CLIENT_HEADERS, SMUGGLED), [404]],
    ['POST to the address without /v1', renderRequest('/responses', CLIENT_HEADERS, SMUGGLED), [404]],
    [
      'POST to nowhere, in chunks',
      renderRequest('/nothing', { ...CLIENT_HEADERS, 'transfer-encoding': 'chunked' }, chunked(SMUGGLED)),
      [404],
    ],
    ['POST to the models', renderRequest('/v1/models', CLIENT_HEADERS, SMUGGLED), [405]],
    ['GET of an answer', renderRequest('/v1/responses', CLIENT_HEADERS, SMUGGLED, 'GET'), [405]],
    ['PUT of an answer', renderRequest('/v1/responses', CLIENT_HEADERS, SMUGGLED, 'PUT'), [405]],
    ['OPTIONS', renderRequest('/v1/responses', CLIENT_HEADERS, SMUGGLED, 'OPTIONS'), [405]],
    ['TRACE', renderRequest('/v1/responses', CLIENT_HEADERS, '', 'TRACE'), [404, 405, 501]],
    ['no key', renderRequest('/v1/responses', { ...CLIENT_HEADERS, authorization: 'Bearer x' }, SMUGGLED), [401]],
    [
      'the models without a key',
      renderRequest('/v1/models', { ...CLIENT_HEADERS, authorization: '' }, '', 'GET'),
      [401],
    ],
    ['a foreign host', renderRequest('/v1/responses', { ...CLIENT_HEADERS, host: 'page.example' }, SMUGGLED), [403]],
    ['a body that is no JSON', renderRequest('/v1/responses', CLIENT_HEADERS, SMUGGLED), [400]],
    ['a body beyond the limit', renderRequest('/v1/responses', CLIENT_HEADERS, SMUGGLED.repeat(1500)), [413]],
    ['no body at all', call(['content-length: 0'], ''), [400, 411]],
    ['an encoded address', withTarget('/v1%2fresponses'), [400, 404]],
    ['an address with bad escapes', withTarget('/v1/%zz'), [400, 404]],
    ['an address with two slashes', withTarget('//v1/responses'), [400, 404]],
    ['an address that names another host', withTarget('//page.example/v1/responses'), [400, 404]],
    ['an address with a slash behind it', withTarget('/v1/responses/'), [404]],
    ['an address beyond ASCII', withTarget('/v1/\u00e4'), [400, 404]],
    ['an address without a slash', withTarget('v1/responses'), [400, 404]],
    ['an address of an account', withTarget('@page.example/v1/responses'), [400, 404]],
  ])('%s', async (_name, text, allowed) => {
    const { answers, calls } = await send(text, 'after-answer');
    expect(answers.length).toBeLessThanOrEqual(1);
    for (const { status } of answers) expect([...allowed]).toContain(status);
    // Nothing but a broken address may be met with silence.
    if (!allowed.includes(400)) expect(answers).toHaveLength(1);
    expect(calls).toBe(0);
  });

  test.each([
    ['a method in lower case', withTarget('/v1/responses', 'post')],
    ['a method that does not exist', withTarget('/v1/responses', 'FROB')],
    ['a tunnel', 'CONNECT 127.0.0.1:1 HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n'],
    ['no host', withLength().replace('host: 127.0.0.1\r\n', '')],
    ['an empty host', withLength().replace('host: 127.0.0.1', 'host:')],
    ['a second host', withLength('host: page.example')],
    ['a second host before ours', withLength().replace('host:', 'host: page.example\r\nhost:')],
    ['a second key', withLength('authorization: Bearer x')],
    ['a second key before ours', withLength().replace('authorization:', 'authorization: Bearer x\r\nauthorization:')],
  ])('%s is not let in', async (_name, text) => {
    door = await openDoor();
    const client = await connectRaw(door.walk.gateway.port);
    client.write(text);
    // Of a tunnel the connection may stay open.
    await client.waitUntil(() => parseAnswers(client.receivedBytes(), false).answers.length > 0);
    client.leave();
    for (const { status } of parseAnswers(client.receivedBytes(), true).answers)
      expect(status).toBeGreaterThanOrEqual(400);
    expect(door.upstream.requests).toHaveLength(0);
  });
});

test('a body of a request that has none is no request either', async () => {
  for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
    const body = 'transfer-encoding' in headers ? chunked(SMUGGLED) : SMUGGLED;
    const { answers } = await send(
      renderRequest('/readyz', { ...CLIENT_HEADERS, ...headers }, body, 'GET'),
      'after-answer',
    );
    expect(answers.map(({ status }) => status)).toEqual([200]);
    await door?.stop();
  }
});

test.each(['/v1/responses', '/v1/models', '/healthz', '/readyz', '/nothing'])('HEAD %s has no body', async (path) => {
  door = await openDoor();
  const headers = { ...CLIENT_HEADERS, connection: 'close' };
  const said = await talk(door.walk.gateway.port, renderRequest(path, headers, '', 'HEAD'), 'at-once');
  expect(said.answers).toHaveLength(1);
  expect(said.answers[0]?.body).toBe('');
});

test.each([
  ['/v1/responses', ['POST']],
  ['/v1/models', ['GET', 'HEAD']],
  ['/healthz', ['GET', 'HEAD']],
  ['/readyz', ['GET', 'HEAD']],
  ['/metrics', ['GET']],
] as const)('%s knows its own methods only', async (path, own) => {
  door = await openDoor();
  const statuses = new Map<string, number>();
  for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
    const response = await fetch(`${door.walk.gateway.url}${path}`, { method, headers: CLIENT_HEADERS });
    await response.arrayBuffer();
    statuses.set(method, response.status);
  }
  for (const [method, status] of statuses) {
    if (!own.some((one) => one === method)) expect([method, status]).toEqual([method, 405]);
    else expect({ method, isKnown: status !== 405 && status < 500 }).toEqual({ method, isKnown: true });
  }
});
