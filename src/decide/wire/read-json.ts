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

/** Walks every value of every request for a translated lane, so it makes no lists. */
function isTooDeep(value: unknown, levelsLeft = MAX_NESTING): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levelsLeft === 0) return true;
  if (Array.isArray(value)) return value.some((one) => isTooDeep(one, levelsLeft - 1));
  const object = value as JsonObject;
  for (const key in object) if (isTooDeep(object[key], levelsLeft - 1)) return true;
  return false;
}

/** A table's own entry: a key that came from outside must not find what every object inherits. */
export function ownValue<Value>(table: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
