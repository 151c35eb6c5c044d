import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { editDistance, nearestName } from './nearest-name.ts';

test.each([
  ['lisen', 'listen'],
  ['baseUrl', 'base_url'],
  ['base-url', 'base_url'],
  ['timeout', 'timeout_ms'],
  ['azure', undefined],
  ['x', undefined],
  ['', undefined],
])('of a set of keys, "%s" probably means %p', (name, expected) => {
  expect(nearestName(name, ['listen', 'base_url', 'key', 'timeout_ms'])).toBe(expected);
});

test.each([
  ['', '', 0],
  ['abc', '', 3],
  ['kitten', 'sitting', 3],
  ['ab', 'ba', 1],
])('from "%s" to "%s" it takes %d edits', (left, right, distance) => expect(editDistance(left, right)).toBe(distance));

test('the distance is symmetric and never more than the longer name', () => {
  const name = fc.string({ maxLength: 12 });
  fc.assert(
    fc.property(name, name, (left, right) => {
      expect(editDistance(left, right)).toBe(editDistance(right, left));
      expect(editDistance(left, right)).toBeLessThanOrEqual(Math.max(left.length, right.length));
      expect(editDistance(left, right) === 0).toBe(left === right);
    }),
  );
});
