import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { createRequestReader, type ReadResult } from './read-request.ts';

const LIMITS = { headBytes: 1000, bodyBytes: 5000 };
const WITH_LENGTH = 'POST /v1/responses?x=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n{"a":"\u00fc"} \r';
const CHUNKED = 'POST /p HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\na;note=1\r\n0123456789\r\n0\r\n\r\n';
const NO_BODY = 'GET /v1/models HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n';
const PIPELINE = Buffer.from(WITH_LENGTH + CHUNKED + NO_BODY);

/** What a reader makes of bytes that arrive in these pieces, up to the first result that is not a request. */
function readAll(pieces: readonly Uint8Array[], limits = LIMITS): readonly ReadResult[] {
  const reader = createRequestReader(limits);
  const results: ReadResult[] = [];
  for (const piece of pieces) {
    reader.push(piece);
    for (let result = reader.next(); result.kind !== 'need-more'; result = reader.next()) {
      results.push(result);
      if (result.kind === 'invalid') return results;
    }
  }
  return results;
}

const describeResult = (result: ReadResult): string =>
  result.kind === 'request'
    ? `${result.request.method} ${result.request.target} ${Buffer.from(result.request.body)} ${result.request.keepAlive}`
    : result.kind === 'invalid'
      ? `invalid ${result.status}`
      : result.kind;

test('requests that follow each other on one connection are read with their bodies', () => {
  expect(readAll([PIPELINE]).map(describeResult)).toEqual([
    'POST /v1/responses?x=1 {"a":"\u00fc"} \r true',
    'POST /p abc0123456789 true',
    'GET /v1/models  false',
  ]);
});

test('where the network cuts the bytes changes nothing', () => {
  const whole = readAll([PIPELINE]).map(describeResult);
  fc.assert(
    fc.property(fc.array(fc.nat(PIPELINE.length)), (cuts) => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), PIPELINE.length];
      const pieces = at.slice(1).map((end, index) => PIPELINE.subarray(at[index], end));
      expect(readAll(pieces).map(describeResult)).toEqual(whole);
    }),
  );
});

test('a client that waits for 100 Continue is told so once, and not when the body is already there', () => {
  const head = 'POST /p HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n';
  const late = readAll([head, 'o', 'k'].map((text) => Buffer.from(text)));
  expect(late.map(describeResult)).toEqual(['expects-continue', 'POST /p ok true']);
  expect(readAll([Buffer.from(`${head}ok`)]).map(describeResult)).toEqual(['POST /p ok true']);
});

describe('what cannot be read is refused with the right status', () => {
  test.each([
    ['something that is not HTTP', 'hello\r\n\r\n', 400],
    ['another version', 'GET / HTTP/2\r\n\r\n', 400],
    ['a header without a colon', 'GET / HTTP/1.1\r\nbroken\r\n\r\n', 400],
    ['a length that is not a number', 'GET / HTTP/1.1\r\ncontent-length: -1\r\n\r\n', 400],
    ['a body that is too large', 'POST / HTTP/1.1\r\ncontent-length: 5001\r\n\r\n', 413],
    ['a chunked body that is too large', 'POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1389\r\n', 413],
    ['a chunk size that is not a number', 'POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n', 400],
    ['an endless chunk size line', `POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n${'1'.repeat(2000)}`, 400],
    ['headers that are too large', `GET / HTTP/1.1\r\nx: ${'y'.repeat(1000)}\r\n\r\n`, 431],
    ['headers that never end', 'GET / HTTP/1.1\r\nx: '.padEnd(1100, 'y'), 431],
  ])('%s', (_, text, status) => {
    expect(readAll([Buffer.from(text)]).map(describeResult)).toEqual([`invalid ${status}`]);
  });
});

test('no bytes at all make it throw', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.string().map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(fc.array(bytes), (pieces) => {
      expect(() => readAll([Buffer.from('POST / HTTP/1.1\r\n'), ...pieces])).not.toThrow();
    }),
  );
});
