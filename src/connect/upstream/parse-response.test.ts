import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { ResponseParser } from './parse-response.ts';

interface Parsed {
  readonly status: number | undefined;
  readonly body: string;
  readonly outcome: 'complete' | 'corrupt' | 'cut';
  readonly hasExcess: boolean;
  readonly keepsAlive: boolean | undefined;
}

/** Feeds `pieces`, then the end of the connection. */
function parse(pieces: readonly (string | Buffer)[]): Parsed {
  const parser = new ResponseParser();
  let body = '';
  for (const piece of pieces) {
    const bytes = Buffer.from(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece);
    if (parser.push(bytes)) body += bytes.toString('latin1', parser.bodyStart, parser.bodyEnd);
  }
  const isWhole = !parser.isCorrupt && parser.end();
  return {
    status: parser.head?.status,
    body,
    outcome: isWhole ? 'complete' : parser.isCorrupt ? 'corrupt' : 'cut',
    hasExcess: parser.hasExcess,
    keepsAlive: parser.head?.keepsAlive,
  };
}

const head = (...lines: string[]): string => `${['HTTP/1.1 200 OK', ...lines].join('\r\n')}\r\n\r\n`;
const chunked = (...rest: string[]): string => head('transfer-encoding: chunked') + rest.join('');

const GOOD: [string, string, Partial<Parsed>][] = [
  ['a counted body', `${head('content-length: 5')}hello`, { body: 'hello', keepsAlive: true }],
  ['an empty body', head('content-length: 0'), { body: '', keepsAlive: true }],
  ['spaces around a length', `${head('content-length: \t 5 ')}hello`, { body: 'hello' }],
  ['chunks', chunked('5\r\nhello\r\n', '1\r\n \r\n', '5\r\nworld\r\n', '0\r\n\r\n'), { body: 'hello world' }],
  ['chunk sizes in capitals and with zeros', chunked('00A\r\n0123456789\r\n', '000\r\n\r\n'), { body: '0123456789' }],
  ['a chunk size of two digits', chunked(`1f\r\n${'x'.repeat(31)}\r\n`, '0\r\n\r\n'), { body: 'x'.repeat(31) }],
  ['chunk extensions', chunked('5;a=b;c="d e"\r\nhello\r\n', '0;last\r\n\r\n'), { body: 'hello' }],
  ['spaces after a chunk size', chunked('5  \r\nhello\r\n', '0\r\n\r\n'), { body: 'hello' }],
  ['trailers', chunked('5\r\nhello\r\n', '0\r\nx-sum: 1\r\ny: 2\r\n\r\n'), { body: 'hello', keepsAlive: true }],
  ['a body that ends with the connection', `${head()}hello`, { body: 'hello', keepsAlive: false }],
  ['chunked in capitals', head('Transfer-Encoding: CHUNKED').concat('0\r\n\r\n'), { body: '' }],
  ['204 without a body', 'HTTP/1.1 204 No Content\r\n\r\n', { status: 204, body: '', keepsAlive: true }],
  ['304 that tells a length', 'HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n', { status: 304, body: '' }],
  ['no reason', `HTTP/1.1 200\r\ncontent-length: 2\r\n\r\nok`, { status: 200, body: 'ok' }],
  [
    'interim responses',
    `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nlink: x\r\n\r\n${head('content-length: 2')}ok`,
    { status: 200, body: 'ok' },
  ],
  ['connection: close', `${head('content-length: 2', 'Connection: foo, Close')}ok`, { body: 'ok', keepsAlive: false }],
  ['HTTP/1.0', 'HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok', { body: 'ok', keepsAlive: false }],
  [
    'HTTP/1.0 with keep-alive',
    'HTTP/1.0 200 OK\r\nconnection: Keep-Alive\r\ncontent-length: 2\r\n\r\nok',
    { keepsAlive: true },
  ],
  [
    'a second answer that nobody asked for',
    `${head('content-length: 2')}okHTTP/1.1 200 OK`,
    { body: 'ok', hasExcess: true },
  ],
  ['bytes after the last chunk', chunked('0\r\n\r\n', 'x'), { body: '', hasExcess: true }],
];

const CUT: [string, string][] = [
  ['nothing', ''],
  ['half a status line', 'HTTP/1.1 20'],
  ['half a head', 'HTTP/1.1 200 OK\r\ncontent-le'],
  ['only an interim response', 'HTTP/1.1 100 Continue\r\n\r\n'],
  ['less than the length', `${head('content-length: 5')}hell`],
  ['half a chunk', chunked('5\r\nhel')],
  ['no last chunk', chunked('5\r\nhello\r\n')],
  ['half a trailer', chunked('0\r\nx: 1\r\n')],
];

const CORRUPT: [string, string][] = [
  ['another protocol', '220 mail.example.com ready\r\n\r\n'],
  ['another protocol, without line end', 'SSH-2.0'],
  ['HTTP/2', 'HTTP/2.0 200 OK\r\n\r\n'],
  ['HTTP/0.9', '<html>'],
  ['no status', 'HTTP/1.1  OK\r\n\r\n'],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
  ['a status below 100', 'HTTP/1.1 099 OK\r\n\r\n'],
  ['an empty line first', `\r\n${head('content-length: 0')}`],
  ['an upgrade', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n'],
  ['a bare line feed after the status', 'HTTP/1.1 200 OK\ncontent-length: 0\r\n\r\n'],
  ['bare line feeds everywhere', 'HTTP/1.1 200 OK\ncontent-length: 0\n\n'],
  ['a carriage return in a value', head('a: b\rc: d')],
  ['NUL in a value', head('a: b\0c')],
  ['NUL in a name', head('a\0: b')],
  ['a folded line', head('a: b', ' c')],
  ['a space before the colon', head('content-length : 0')],
  ['no colon', head('content-length')],
  ['no name', head(': x')],
  ['a length twice', `${head('content-length: 2', 'content-length: 2')}ok`],
  ['two lengths', `${head('content-length: 2', 'Content-Length: 3')}ok`],
  ['a list of lengths', `${head('content-length: 2, 2')}ok`],
  ['a negative length', head('content-length: -1')],
  ['a length with a sign', head('content-length: +2')],
  ['a length in hex', head('content-length: 0x2')],
  ['an empty length', head('content-length:')],
  ['a length beyond all numbers', head('content-length: 99999999999999999999')],
  ['a length that is not exact as a number', head('content-length: 9007199254740993')],
  ['length and chunks', `${head('content-length: 2', 'transfer-encoding: chunked')}0\r\n\r\n`],
  ['a coding that was not asked for', head('transfer-encoding: gzip, chunked')],
  ['chunked twice', head('transfer-encoding: chunked', 'transfer-encoding: chunked')],
  ['an unknown coding', head('transfer-encoding: identity')],
  ['a coding with a space that is none', head('transfer-encoding: chunked\xa0')],
  ['chunks in HTTP/1.0', 'HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'],
  ['no chunk size', chunked('\r\nhello')],
  ['only an extension', chunked(';a\r\nhello')],
  ['a negative chunk size', chunked('-5\r\nhello\r\n')],
  ['a chunk size with 0x', chunked('0x5\r\nhello\r\n')],
  ['a chunk size beyond all numbers', chunked('fffffffffffffffff\r\n')],
  ['a bare line feed after a chunk size', chunked('5\nhello\r\n')],
  ['a bare line feed in an extension', chunked('5;a\nhello\r\n')],
  ['a carriage return in an extension', chunked('5;a\rb\r\nhello\r\n')],
  ['NUL in an extension', chunked('5;a\0\r\nhello\r\n')],
  ['a chunk longer than announced', chunked('5\r\nhello!\r\n')],
  ['no line end after a chunk', chunked('5\r\nhello0\r\n\r\n')],
  ['a bare line feed after a chunk', chunked('5\r\nhello\n0\r\n\r\n')],
  ['a trailer that is no field', chunked('0\r\nnonsense\r\n\r\n')],
  ['a bare line feed in a trailer', chunked('0\r\na: b\n\r\n')],
  ['more than 200 fields', head(...Array.from({ length: 201 }, () => 'a: b'))],
  ['more than 64 kB of head', head(`a: ${'b'.repeat(65_536)}`)],
  ['more than 64 kB of head without an end', `HTTP/1.1 200 OK\r\na: ${'b'.repeat(65_536)}`],
  ['more than 64 kB of interim responses', `HTTP/1.1 103 E\r\na: ${'b'.repeat(900)}\r\n\r\n`.repeat(80)],
  ['more than 16 kB of trailer', chunked(`0\r\na: ${'b'.repeat(16_384)}\r\n\r\n`)],
  ['more than 64 kB of extensions', chunked(`1;${'e'.repeat(900)}\r\nx\r\n`.repeat(80), '0\r\n\r\n')],
];

describe('responses', () => {
  test.each(GOOD)('%s', (_name, wire, expected) => {
    expect(parse([wire])).toMatchObject({ outcome: 'complete', ...expected });
  });

  test.each(CUT)('cut: %s', (_name, wire) => {
    expect(parse([wire]).outcome).toBe('cut');
  });

  test.each(CORRUPT)('corrupt: %s', (_name, wire) => {
    expect(parse([wire])).toMatchObject({ outcome: 'corrupt' });
  });

  test('what came before the corruption is kept', () => {
    expect(parse([chunked('5\r\nhello\r\nzz')])).toMatchObject({ body: 'hello', outcome: 'corrupt' });
  });

  test('200 fields and 64 kB of head are taken', () => {
    expect(parse([head(...Array.from({ length: 199 }, () => 'a: b'), 'content-length: 0')]).outcome).toBe('complete');
    expect(parse([head(`a: ${'b'.repeat(65_000)}`, 'content-length: 0')]).outcome).toBe('complete');
  });

  test('head, extensions and trailer each have a limit of their own', () => {
    const many = `1;${'e'.repeat(900)}\r\nx\r\n`.repeat(70);
    const wire = `${head(`a: ${'b'.repeat(60_000)}`, 'transfer-encoding: chunked')}${many}0\r\nt: ${'u'.repeat(15_000)}\r\n\r\n`;
    expect(parse([wire])).toMatchObject({ outcome: 'complete', body: 'x'.repeat(70) });
  });

  test('fields are found by name whatever their case, and joined when repeated', () => {
    const parser = new ResponseParser();
    parser.push(Buffer.from(head('X-Id:  a b\t', 'x-ID:c', 'x-id-2: d', 'y: \xe9', 'content-length: 0'), 'latin1'));
    const names = ['x-id', 'x-id-2', 'x-i', 'y', 'z'];
    expect(names.map((name) => parser.head?.header(name))).toEqual(['a b, c', 'd', null, 'é', null]);
  });
});

describe('where the network cuts', () => {
  const all = [...GOOD.map(([, wire]) => wire), ...CUT.map(([, wire]) => wire), ...CORRUPT.map(([, wire]) => wire)];
  const short = all.filter((wire) => wire.length < 400);

  test('at every byte: nothing changes', () => {
    expect(short.length).toBeGreaterThan(60);
    for (const wire of short) {
      const whole = parse([wire]);
      for (let at = 0; at <= wire.length; at += 1) {
        // After corruption nothing is said about the rest.
        expect(parse([wire.slice(0, at), wire.slice(at)])).toEqual(whole);
      }
      expect(parse(wire.split(''))).toEqual(whole);
    }
  });

  test('anywhere, in bodies of any chunks', () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 300, size: 'max' });
    fc.assert(
      fc.property(
        fc.array(bytes, { maxLength: 20, size: 'max' }),
        fc.boolean(),
        fc.array(fc.nat(3000)),
        (chunks, isCounted, cuts) => {
          const body = Buffer.concat(chunks);
          const wire = isCounted
            ? Buffer.concat([Buffer.from(head(`content-length: ${body.length}`)), body])
            : Buffer.concat([
                Buffer.from(head('transfer-encoding: chunked')),
                ...chunks.flatMap((chunk) => [
                  Buffer.from(`${chunk.length.toString(16)}\r\n`),
                  chunk,
                  Buffer.from('\r\n'),
                ]),
                Buffer.from('0\r\n\r\n'),
              ]);
          const at = [0, ...cuts.filter((cut) => cut < wire.length).toSorted((a, b) => a - b), wire.length];
          const pieces = at.slice(1).map((end, index) => wire.subarray(at[index], end));
          expect(parse(pieces)).toMatchObject({ outcome: 'complete', body: body.toString('latin1'), hasExcess: false });
        },
      ),
    );
  });

  test('any bytes at all are read without an exception, and a corrupt answer stays corrupt', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 20 }), (pieces) => {
        const parser = new ResponseParser();
        parser.push(Buffer.from(head('transfer-encoding: chunked')));
        let wasCorrupt = false;
        for (const piece of pieces) {
          const hasBody = parser.push(Buffer.from(piece));
          if (wasCorrupt) expect([hasBody, parser.isCorrupt]).toEqual([false, true]);
          wasCorrupt = parser.isCorrupt;
        }
      }),
    );
  });
});
