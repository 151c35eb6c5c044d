/** A schema for the answer in the form that the Messages API takes. */
import { asObject, isObject, type JsonObject } from '../read-json.ts';
import { resolveReference } from '../tools/fit-input-schema.ts';

/** Constraints that the decoder behind `output_config.format` rejects by name. */
const UNSUPPORTED = new Set([
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
]);
/** Keywords that it does not know at all: leaving them out would change what the schema means. */
const UNKNOWN = new Set([
  'not',
  'if',
  'then',
  'else',
  'contains',
  'prefixItems',
  'propertyNames',
  'patternProperties',
  'dependentSchemas',
]);
const FORMATS: ReadonlySet<unknown> = new Set(
  'date-time time date duration email hostname uri ipv4 ipv6 uuid'.split(' '),
);
const SCHEMA_MAPS = new Set(['properties', '$defs', 'definitions']);
/** Nobody nests an answer deeper. */
const MAX_NESTING = 64;

/**
 * A schema for `output_config.format`, without what is rejected there; `undefined` if it cannot be said there at all:
 * objects whose keys are not all known, and schemas that refer to themselves.
 */
export function fitOutputSchema(schema: JsonObject): JsonObject | undefined {
  return isRecursive(schema) ? undefined : asObject(fit(schema, 0));
}

function fit(schema: unknown, depth: number): unknown {
  if (typeof schema === 'boolean' || depth > MAX_NESTING) return undefined;
  if (Array.isArray(schema)) {
    const fitted = schema.map((one: unknown) => fit(one, depth + 1));
    return fitted.includes(undefined) ? undefined : fitted;
  }
  if (!isObject(schema)) return schema;
  if (isOpenObject(schema) || Object.keys(schema).some((key) => UNKNOWN.has(key))) return undefined;
  const fitted: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (UNSUPPORTED.has(key) || (key === 'format' && !FORMATS.has(value))) continue;
    const name = key === 'oneOf' ? 'anyOf' : key;
    const inner = fitKeyword(name, value, depth + 1);
    if (inner === undefined) return undefined;
    fitted[name] = inner;
  }
  if (mayBeObject(schema)) fitted['additionalProperties'] = false;
  return fitted;
}

function fitKeyword(name: string, value: unknown, depth: number): unknown {
  if (SCHEMA_MAPS.has(name) && isObject(value)) {
    const entries = Object.entries(value).map(([key, inner]) => [key, fit(inner, depth)] as const);
    return entries.some(([, inner]) => inner === undefined) ? undefined : Object.fromEntries(entries);
  }
  return name === 'items' || name === 'anyOf' || name === 'allOf' ? fit(value, depth) : value;
}

function mayBeObject(schema: JsonObject): boolean {
  const { type } = schema;
  return type === 'object' || (Array.isArray(type) && type.includes('object')) || 'properties' in schema;
}

function isOpenObject(schema: JsonObject): boolean {
  if (!mayBeObject(schema)) return false;
  const extra = schema['additionalProperties'];
  return asObject(schema['properties']) === undefined || (extra !== undefined && extra !== false);
}

/** Follows references from the root; any that leads back to a schema it came through is a circle. */
function isRecursive(root: JsonObject): boolean {
  const done = new Set<unknown>();
  const visit = (schema: unknown, path: readonly unknown[]): boolean => {
    if (typeof schema !== 'object' || schema === null) return false;
    if (path.includes(schema) || path.length > 2 * MAX_NESTING) return true;
    if (done.has(schema)) return false;
    done.add(schema);
    const inner = Array.isArray(schema) ? schema : Object.values(schema);
    const target = isObject(schema) ? resolveAny(schema['$ref'], root) : undefined;
    const next = [...path, schema];
    return inner.some((one) => visit(one, next)) || (target !== undefined && visit(target, next));
  };
  return visit(root, []);
}

function resolveAny(reference: unknown, root: JsonObject): JsonObject | undefined {
  return reference === '#' ? root : resolveReference(reference, root);
}
