/**
 * Most chunks of a stream differ in nothing but a few words. Once one is understood, the text before and after its
 * words is enough to know the next: no JSON has to be parsed for it, which is most of what decoding costs.
 */
import { asObject, asObjects, isObject, type JsonObject, parseJson } from '../read-json.ts';

export type TextField = 'content' | 'reasoning_content' | 'reasoning';

export interface DeltaTemplate {
  /** The text of `field()` if `data` has the learnt shape, else undefined: then `data` has to be parsed. */
  readonly match: (data: string) => string | undefined;
  readonly field: () => TextField;
  /** Takes a chunk that did not match, with what it parsed to. */
  readonly learn: (data: string, chunk: JsonObject) => void;
}

const FIELDS: readonly TextField[] = ['content', 'reasoning_content', 'reasoning'];
/** A vendor that puts something new into every chunk is not learnt again and again. */
const MAX_MISSES = 8;
const PROBE = 'f7d1c0a4';
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON does not allow them in a string
const NOT_PLAIN = /["\\\u0000-\u001f]/;

export function createDeltaTemplate(): DeltaTemplate {
  let before = '';
  let after = '';
  let field: TextField = 'content';
  let isLearnt = false;
  let misses = 0;
  return {
    field: () => field,
    match: (data) => {
      if (!isLearnt || data.length < before.length + after.length) return undefined;
      if (!data.startsWith(before) || !data.endsWith(after)) return undefined;
      const text = data.slice(before.length, data.length - after.length);
      const unescaped = NOT_PLAIN.test(text) ? parseJson(`"${text}"`) : text;
      if (typeof unescaped !== 'string') return undefined;
      misses = 0;
      return unescaped;
    },
    learn: (data, chunk) => {
      if (misses >= MAX_MISSES) return;
      misses += 1;
      isLearnt = false;
      const found = onlyText(chunk);
      const cut = found === undefined ? undefined : cutAround(data, found.field, found.text);
      if (found === undefined || cut === undefined) return;
      field = found.field;
      before = cut.before;
      after = cut.after;
      isLearnt = true;
    },
  };
}

/** The one text of a chunk that says nothing else. */
function onlyText(chunk: JsonObject): { readonly field: TextField; readonly text: string } | undefined {
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
  return { field, text };
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
}

function cutAround(
  data: string,
  field: TextField,
  text: string,
): { readonly before: string; readonly after: string } | undefined {
  for (const key of [`"${field}":"`, `"${field}": "`]) {
    const whole = key + JSON.stringify(text).slice(1);
    const at = data.indexOf(whole);
    if (at < 0 || at !== data.lastIndexOf(whole)) continue;
    const before = data.slice(0, at + key.length);
    const after = data.slice(at + whole.length - 1);
    // Proof that this is the place: another text there is another text in the delta.
    const probe = parseJson(before + PROBE + after);
    const delta = asObject(asObjects(isObject(probe) ? probe['choices'] : undefined)[0]?.['delta']);
    if (delta?.[field] === PROBE) return { before, after };
  }
  return undefined;
}
