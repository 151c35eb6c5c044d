import { asObject, asObjects, type JsonObject } from '../read-json.ts';
import { createTextTemplate, isNothing, type TextShape, type TextTemplate } from '../text-template.ts';

export type TextField = 'content' | 'reasoning_content' | 'reasoning';

const FIELDS: readonly TextField[] = ['content', 'reasoning_content', 'reasoning'];

/** Chunks of Chat Completions that hold words and nothing else. */
export function createDeltaTemplate(): TextTemplate<TextField> {
  return createTextTemplate({
    find: onlyText,
    read: (chunk, field) => asObject(asObjects(chunk['choices'])[0]?.['delta'])?.[field],
  });
}

/** The one text of a chunk that says nothing else. */
function onlyText(chunk: JsonObject): ReturnType<TextShape<TextField>['find']> {
  const choices = asObjects(chunk['choices']);
  const [choice] = choices;
  const delta = asObject(choice?.['delta']);
  if (choice === undefined || choices.length !== 1 || delta === undefined || (choice['index'] ?? 0) !== 0)
    return undefined;
  const isQuiet = (object: JsonObject, allowed: readonly string[]): boolean =>
    Object.entries(object).every(([key, value]) => allowed.includes(key) || isNothing(value));
  if (!isQuiet(choice, ['index', 'delta'])) return undefined;
  if (!isQuiet(chunk, ['choices', 'id', 'object', 'created', 'model', 'system_fingerprint', 'provider']))
    return undefined;
  const field = FIELDS.find((name) => !isNothing(delta[name]));
  const text = field === undefined ? undefined : delta[field];
  if (field === undefined || typeof text !== 'string' || !isQuiet(delta, ['role', field])) return undefined;
  return { place: field, key: field, text };
}
