import { expect, test } from 'bun:test';
import { HOSTILE_VALUES } from './__fixtures__/hostile-json.ts';
import { textOfJson } from './text-of-json.ts';

test.each([
  ['a text', 'as it is', 'as it is'],
  ['a number', 1.5, '1.5'],
  ['a number that was too large', Number.POSITIVE_INFINITY, 'Infinity'],
  ['a truth', true, 'true'],
  ['nothing', null, 'null'],
  ['what is not there', undefined, 'undefined'],
  ['a list', ['a'], '[object Array]'],
  ['an object whose toString cannot be called', { toString: '' }, '[object Object]'],
])('%s', (_, value, text) => expect(textOfJson(value)).toBe(text));

test('whatever may come has a text', () => {
  for (const value of HOSTILE_VALUES) expect(textOfJson(value)).toBeString();
});
