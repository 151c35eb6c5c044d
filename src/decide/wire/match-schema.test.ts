import { expect, test } from 'bun:test';
import { matchesSchema } from './match-schema.ts';

const person = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    age: { type: ['integer', 'null'] },
    kind: { enum: ['a', 'b'] },
    friends: { type: 'array', items: { $ref: '#' } },
  },
  required: ['name'],
  additionalProperties: false,
};

test.each([
  ['a whole object', { name: 'x', age: 3, kind: 'a', friends: [{ name: 'y' }] }, true],
  ['a nullable field', { name: 'x', age: null }, true],
  ['a missing required field', { age: 3 }, false],
  ['a field of the wrong type', { name: 1 }, false],
  ['a field nobody asked for', { name: 'x', more: 1 }, false],
  ['a value outside the enum', { name: 'x', kind: 'c' }, false],
  ['an error deep inside', { name: 'x', friends: [{ name: 'y', friends: [{}] }] }, false],
  ['another type', [], false],
  ['an inherited name is not a field', JSON.parse('{"name":"x","toString":1}'), false],
] as const)('%s', (_name, value, matches) => {
  expect(matchesSchema(value, person)).toBe(matches);
});

test('alternatives, constants and definitions', () => {
  const schema = { anyOf: [{ const: 1 }, { $ref: '#/$defs/text' }], $defs: { text: { type: 'string' } } };
  expect([1, 'x', 2].map((value) => matchesSchema(value, schema))).toEqual([true, true, false]);
});

test('a schema without end, and references that lead nowhere, stop', () => {
  expect(matchesSchema({}, { $ref: '#' })).toBe(true);
  expect(matchesSchema({}, { $ref: '#/nowhere' })).toBe(true);
  expect(matchesSchema({}, { allOf: [{ $ref: '#' }, { $ref: '#' }] })).toBe(true);
});
