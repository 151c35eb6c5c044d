import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { JsonObject } from '../read-json.ts';
import { fitOutputSchema } from './fit-schema.ts';

const text = { type: 'string' };
const a = { type: 'object', properties: { a: text, both: text }, required: ['a', 'both'] };

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

test('any schema is answered', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.constantFrom('type', 'anyOf', 'allOf', '$ref', 'properties', 'items', 'required'),
        fc.jsonValue(),
      ),
      (schema) => {
        fitOutputSchema(schema);
      },
    ),
  );
});
