import { expect, test } from 'bun:test';
import { encodeEvent } from './encode-event.ts';

test('is what AWS documents: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html', () => {
  const bytes = Buffer.from(encodeEvent({ ':message-type': 'event' }, '{}'));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  expect(view.getUint32(0)).toBe(bytes.length);
  expect(view.getUint32(4)).toBe(1 + ':message-type'.length + 1 + 2 + 'event'.length);
  expect(view.getUint32(8)).toBe(Bun.hash.crc32(bytes.subarray(0, 8)));
  expect(bytes.subarray(12, 12 + view.getUint32(4)).toString('latin1')).toBe('\x0d:message-type\x07\x00\x05event');
  expect(bytes.subarray(12 + view.getUint32(4), -4).toString()).toBe('{}');
  expect(view.getUint32(bytes.length - 4)).toBe(Bun.hash.crc32(bytes.subarray(0, -4)));
});

/** The empty message of the AWS SDKs' own test vectors. */
test('an event without headers and payload', () => {
  expect(Buffer.from(encodeEvent({}, '')).toString('hex')).toBe('000000100000000005c248eb7d98c8ff');
});
