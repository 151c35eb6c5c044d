/**
 * A text for a value that came as JSON, and never an exception: `String(value)` and templates ask an object for its own
 * `toString`, and in `{"toString":""}` that cannot be called. What is in an object or a list is not told.
 * `npm run check` finds where something unknown is made into text without it.
 */
export function textOfJson(value: unknown): string {
  return typeof value === 'object' && value !== null ? Object.prototype.toString.call(value) : String(value);
}
