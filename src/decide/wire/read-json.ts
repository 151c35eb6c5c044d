/** Readers for JSON that somebody else wrote: they answer `undefined` for every other shape, and never throw. */
export interface JsonObject {
  readonly [key: string]: unknown;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function asObject(value: unknown): JsonObject | undefined {
  return isObject(value) ? value : undefined;
}

export function asString(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function asNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function asBoolean(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

/** The objects of an array; anything else in it is skipped. */
export function asObjects(value: unknown): readonly JsonObject[] {
  if (!Array.isArray(value)) return [];
  return value.every(isObject) ? value : value.filter(isObject);
}

/**
 * Deeper than anybody nests. A function that calls itself, `JSON.stringify` among them, gives up at a few times that, and
 * takes seconds for it, in which nobody else is served.
 */
const MAX_NESTING = 5000;

/** Parsed JSON, or `undefined` when the text is not JSON, or nested too deeply to be worked with. */
export function parseJson(text: string): unknown {
  try {
    const value = JSON.parse(text) as unknown;
    // Each level takes two characters at least.
    return text.length > 2 * MAX_NESTING && isTooDeep(value) ? undefined : value;
  } catch {
    return undefined;
  }
}

function isTooDeep(value: unknown): boolean {
  let level: readonly unknown[] = [value];
  for (let depth = 0; depth <= MAX_NESTING; depth += 1) {
    const inner: unknown[] = [];
    for (const one of level) {
      if (typeof one !== 'object' || one === null) continue;
      for (const part of Array.isArray(one) ? one : Object.values(one)) inner.push(part);
    }
    if (inner.length === 0) return false;
    level = inner;
  }
  return true;
}

/** A table's own entry: a key that came from outside must not find what every object inherits. */
export function ownValue<Value>(table: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
