import { asObject, asObjects, asString, isObject, type JsonObject } from './read-json.ts';

/**
 * Whether a value has the shape that a JSON Schema asks for: the keywords that structured output uses (type, enum,
 * const, properties, required, additionalProperties, items, anyOf, oneOf, allOf, local $ref). Others count as met.
 */
export function matchesSchema(value: unknown, schema: JsonObject): boolean {
  return matches(value, schema, schema, { left: MAX_STEPS });
}

/** A schema may refer to itself without end; what was not looked at by then counts as met. */
const MAX_STEPS = 5000;

function matches(value: unknown, schema: unknown, root: JsonObject, steps: { left: number }): boolean {
  if (schema === true || !isObject(schema)) return schema !== false;
  steps.left -= 1;
  if (steps.left < 0) return true;
  const again = (inner: unknown, of: unknown): boolean => matches(inner, of, root, steps);
  const reference = asString(schema['$ref']);
  if (reference !== undefined && !again(value, resolve(reference, root))) return false;
  if (schema['type'] !== undefined && !hasType(value, schema['type'])) return false;
  if (Array.isArray(schema['enum']) && !schema['enum'].some((one) => Bun.deepEquals(one, value))) return false;
  if ('const' in schema && !Bun.deepEquals(schema['const'], value)) return false;
  if (!asObjects(schema['allOf']).every((one) => again(value, one))) return false;
  for (const keyword of ['anyOf', 'oneOf']) {
    const options = asObjects(schema[keyword]);
    if (options.length > 0 && !options.some((one) => again(value, one))) return false;
  }
  if (Array.isArray(value)) return value.every((item) => again(item, schema['items'] ?? true));
  return !isObject(value) || matchesProperties(value, schema, again);
}

function matchesProperties(
  value: JsonObject,
  schema: JsonObject,
  again: (inner: unknown, of: unknown) => boolean,
): boolean {
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  if (!required.every((name) => typeof name !== 'string' || Object.hasOwn(value, name))) return false;
  const properties = asObject(schema['properties']) ?? {};
  return Object.entries(value).every(([name, inner]) =>
    again(inner, Object.hasOwn(properties, name) ? properties[name] : (schema['additionalProperties'] ?? true)),
  );
}

function hasType(value: unknown, type: unknown): boolean {
  if (Array.isArray(type)) return type.some((one) => hasType(value, one));
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isObject(value);
    case 'integer':
      return Number.isInteger(value);
    case 'string':
    case 'number':
    case 'boolean':
      return typeof value === type;
    default:
      return true;
  }
}

function resolve(reference: string, root: JsonObject): unknown {
  if (!reference.startsWith('#')) return true;
  let found: unknown = root;
  for (const part of reference.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (!isObject(found) || !Object.hasOwn(found, name)) return true;
    found = found[name];
  }
  return found;
}
