import { asObject, asObjects, asString, isObject, type JsonObject } from '../read-json.ts';

const COMBINATORS = ['allOf', 'anyOf', 'oneOf'] as const;

/**
 * A tool's parameters with a plain object as their root, which most vendors insist on: no reference, no alternatives.
 * Alternatives become one object with the properties of all; required is what every one of them requires.
 */
export function fitInputSchema(schema: JsonObject): JsonObject {
  const isPlain =
    schema['type'] === 'object' && COMBINATORS.every((name) => !(name in schema)) && schema['$ref'] === undefined;
  if (isPlain) return schema;
  const merged = mergeRoot(schema, schema, 0);
  const { $ref: _ref, allOf: _all, anyOf: _any, oneOf: _one, type: _type, ...rest } = schema;
  return {
    ...rest,
    type: 'object',
    properties: merged.properties,
    ...(merged.required.length === 0 ? {} : { required: merged.required }),
  };
}

interface Merged {
  readonly properties: JsonObject;
  readonly required: readonly string[];
}

/** A schema may refer to itself. */
const MAX_DEPTH = 8;

function mergeRoot(schema: JsonObject, root: JsonObject, depth: number): Merged {
  let properties: JsonObject = asObject(schema['properties']) ?? {};
  let required = strings(schema['required']);
  if (depth >= MAX_DEPTH) return { properties, required };
  const again = (inner: JsonObject): Merged => mergeRoot(inner, root, depth + 1);
  const target = resolveReference(schema['$ref'], root);
  for (const part of [...(target === undefined ? [] : [target]), ...asObjects(schema['allOf'])]) {
    const inner = again(part);
    properties = { ...inner.properties, ...properties };
    required = [...required, ...inner.required];
  }
  for (const name of ['anyOf', 'oneOf']) {
    const options = asObjects(schema[name]).map(again);
    const [first] = options;
    if (first === undefined) continue;
    for (const option of options) properties = { ...option.properties, ...properties };
    required = [...required, ...first.required.filter((key) => options.every((each) => each.required.includes(key)))];
  }
  return { properties, required: [...new Set(required)] };
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}

/** What a reference into the schema itself points at. */
export function resolveReference(reference: unknown, root: JsonObject): JsonObject | undefined {
  const path = asString(reference);
  if (path === undefined || !path.startsWith('#/')) return undefined;
  let found: unknown = root;
  for (const part of path.slice(2).split('/')) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    found = isObject(found) && Object.hasOwn(found, name) ? found[name] : undefined;
  }
  return asObject(found);
}
