import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { formatDuration, parseDuration } from './parse-duration.ts';

test.each([
  ['200ms', 200],
  ['5s', 5_000],
  ['5 s', 5_000],
  ['1.5m', 90_000],
  ['2h', 7_200_000],
  ['30d', 2_592_000_000],
  ['0s', 0],
  ['0.4ms', 0],
])('%s is %d ms', (text, ms) => expect(parseDuration(text)).toBe(ms));

test.each([
  '',
  '5',
  's',
  '-1s',
  '+1s',
  '1e3s',
  '5S',
  '5  s',
  ' 5s',
  '5s ',
  '1h30m',
  '.5s',
  '5.s',
  'Infinitys',
  '9999999999s',
  '٥s',
])('"%s" is not a duration', (text) => expect(parseDuration(text)).toBeUndefined());

test.each([
  [0, '0ms'],
  [200, '200ms'],
  [5_000, '5s'],
  [90_000, '90s'],
  [1_800_000, '30m'],
  [86_400_000, '1d'],
])('%d ms is written %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

test('what is written is read back the same', () => {
  fc.assert(fc.property(fc.nat(999_999_999), (ms) => expect(parseDuration(formatDuration(ms))).toBe(ms)));
});
