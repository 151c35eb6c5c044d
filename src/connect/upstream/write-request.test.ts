import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { OutgoingRequest, readOrigin } from './write-request.ts';

test.each([
  ['https://api.example.com/v1', 'https://api.example.com:443', 'api.example.com', 443, 'api.example.com', '/v1'],
  ['https://api.example.com:443', 'https://api.example.com:443', 'api.example.com', 443, 'api.example.com', ''],
  ['http://api.example.com/', 'http://api.example.com:80', 'api.example.com', 80, 'api.example.com', ''],
  [
    'https://API.example.com:8443/a/b',
    'https://api.example.com:8443',
    'api.example.com',
    8443,
    'api.example.com:8443',
    '/a/b',
  ],
  ['http://[::1]:8000/v1', 'http://[::1]:8000', '::1', 8000, '[::1]:8000', '/v1'],
  ['https://[2001:db8::1]', 'https://[2001:db8::1]:443', '2001:db8::1', 443, '[2001:db8::1]', ''],
])('%s', (baseUrl, key, hostname, port, host, basePath) => {
  expect(readOrigin(baseUrl)).toEqual({ key, hostname, port, host, basePath, isTls: baseUrl.startsWith('https') });
});

test('a request in parts goes out as one, however much the socket takes at a time', () => {
  const part = fc.uint8Array({ maxLength: 90 });
  const sizes = fc.array(fc.nat(120), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(
      fc.nat(100),
      fc.array(part, { maxLength: 5 }),
      sizes,
      fc.nat(60),
      (headBytes, parts, taken, detachAt) => {
        const head = 'h'.repeat(headBytes);
        const whole = Buffer.concat([Buffer.from(head), ...parts]);
        const outgoing = new OutgoingRequest(head, parts, Buffer.alloc(64));
        const arrived: Buffer[] = [];
        let calls = 0;
        const write = (bytes: Uint8Array, offset: number, length: number): number => {
          const count = Math.min(length, taken[calls++ % taken.length] ?? 0);
          arrived.push(Buffer.from(bytes.subarray(offset, offset + count)));
          return count;
        };
        for (let round = 0; round < 30_000 && !outgoing.isSent; round += 1) {
          outgoing.send(write);
          if (round !== detachAt) continue;
          outgoing.detach();
          for (const one of parts) one.fill(0);
        }
        const isStuck = taken.every((size) => size === 0) && whole.length > 0;
        expect(outgoing.isSent).toBe(!isStuck);
        if (!isStuck) expect(Buffer.concat(arrived)).toEqual(whole);
      },
    ),
    { numRuns: 500 },
  );
});

test('a body that was given back too soon is an error, and not a loop without end', () => {
  const body = Buffer.allocUnsafeSlow(200);
  const outgoing = new OutgoingRequest('head', [body], Buffer.alloc(64));
  const written: number[] = [];
  outgoing.send((_bytes, _offset, length) => {
    written.push(length);
    return written.length === 1 ? length : 0;
  });
  body.buffer.transfer(0);
  let calls = 0;
  const write = (): number => {
    calls += 1;
    if (calls > 10) throw new Error('a loop');
    return 0;
  };
  expect(() => outgoing.send(write)).toThrow('given back');
});
