import type { JsonObject } from '../read-json.ts';

/** Asks for structured output where a vendor cannot be made to give it; whether it did is checked by us. */
export function schemaPrompt(schema: JsonObject): string {
  return `${JSON_ONLY}\n${JSON.stringify(schema)}`;
}

const JSON_ONLY =
  'Your final answer must be one JSON object, with no other text around it, that matches this JSON Schema:';
