import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { JsonObject } from '../read-json.ts';
import { fitInputSchema, fitOutputSchema } from './fit-schema.ts';

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

describe('a schema for the answer', () => {
  const closed = { additionalProperties: false };
  const node = { type: 'object', properties: { next: { $ref: '#/$defs/node' } } };

  test.each<readonly [string, JsonObject, JsonObject | undefined]>([
    [
      'is closed at every object',
      { ...a, properties: { a } },
      { ...a, properties: { a: { ...a, ...closed } }, ...closed },
    ],
    [
      'loses constraints that are not known there',
      {
        type: 'object',
        properties: { n: { type: 'integer', minimum: 1 }, s: { ...text, format: 'phone', pattern: 'x' } },
      },
      { type: 'object', properties: { n: { type: 'integer' }, s: text }, ...closed },
    ],
    [
      'keeps a property that is called like a constraint',
      { type: 'object', properties: { pattern: text, not: text } },
      { type: 'object', properties: { pattern: text, not: text }, ...closed },
    ],
    [
      'has anyOf for oneOf',
      { type: 'object', properties: { x: { oneOf: [text, { type: 'null' }] } } },
      { type: 'object', properties: { x: { anyOf: [text, { type: 'null' }] } }, ...closed },
    ],
    [
      'keeps definitions',
      { type: 'object', properties: { x: { $ref: '#/$defs/a' } }, $defs: { a } },
      { type: 'object', properties: { x: { $ref: '#/$defs/a' } }, $defs: { a: { ...a, ...closed } }, ...closed },
    ],
    ['cannot hold keys that are not known', { type: 'object', additionalProperties: text }, undefined],
    ['cannot hold just any object', { type: 'object', properties: { x: { type: 'object' } } }, undefined],
    ['cannot refer to itself', { ...node, $defs: { node } }, undefined],
    ['cannot refer to its root', { type: 'object', properties: { x: { $ref: '#' } } }, undefined],
    ['cannot say no', { type: 'object', properties: { x: { not: text } } }, undefined],
    ['cannot say just anything', { type: 'object', properties: { x: true } }, undefined],
  ])('%s', (_name, schema, fitted) => {
    expect(fitOutputSchema(schema)).toEqual(fitted);
  });

  test('that is nested without end is answered', () => {
    let deep: JsonObject = text;
    for (let depth = 0; depth < 500; depth += 1) deep = { type: 'array', items: deep };
    expect(fitOutputSchema({ type: 'object', properties: { deep } })).toBeUndefined();
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
        fitOutputSchema(schema);
      },
    ),
  );
});
