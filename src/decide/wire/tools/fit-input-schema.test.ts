import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { JsonObject } from '../read-json.ts';
import { fitInputSchema } from './fit-input-schema.ts';

const text = { type: 'string' };
const a = { type: 'object', properties: { a: text, both: text }, required: ['a', 'both'] };
const b = { type: 'object', properties: { b: text, both: text }, required: ['b', 'both'] };

describe("a tool's parameters", () => {
  test.each<readonly [string, JsonObject, JsonObject]>([
    ['a plain object stays the object it is', a, a],
    ['nothing is an object without properties', {}, { type: 'object', properties: {} }],
    [
      'a type list is an object',
      { type: ['object', 'null'], properties: { a: text } },
      { type: 'object', properties: { a: text } },
    ],
    [
      'alternatives become one object that requires what all of them do',
      { anyOf: [a, b], description: 'x' },
      { description: 'x', type: 'object', properties: { b: text, both: text, a: text }, required: ['both'] },
    ],
    [
      'everything of allOf is required',
      { type: 'object', allOf: [a, b] },
      { type: 'object', properties: { b: text, both: text, a: text }, required: ['a', 'both', 'b'] },
    ],
    [
      'a reference is followed, and its definitions stay',
      { $ref: '#/$defs/a', $defs: { a } },
      { $defs: { a }, type: 'object', properties: { a: text, both: text }, required: ['a', 'both'] },
    ],
    [
      'a reference to itself ends',
      { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/a' } } },
      { $defs: { a: { $ref: '#/$defs/a' } }, type: 'object', properties: {} },
    ],
    ['an inherited name is no definition', { $ref: '#/constructor' }, { type: 'object', properties: {} }],
  ])('%s', (_name, schema, fitted) => {
    expect(fitInputSchema(schema)).toEqual(fitted);
  });
});

test('any schema is answered with an object', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.constantFrom('type', 'anyOf', 'allOf', '$ref', 'properties', 'items', 'required'),
        fc.jsonValue(),
      ),
      (schema) => {
        expect(fitInputSchema(schema)['type']).toBe('object');
      },
    ),
  );
});
