/**
 * Most events of a stream differ in nothing but a few words. Once one is understood, the text before and after its
 * words is enough to know the next: no JSON has to be parsed for it, which is most of what decoding costs.
 */
import { isObject, type JsonObject, parseJson } from './read-json.ts';

/** Where a wire keeps the words of an event. */
export interface TextShape<Place> {
  /** The one text of an event that says nothing else; `key` is the field that holds it. */
  readonly find: (
    event: JsonObject,
  ) => { readonly place: Place; readonly key: string; readonly text: string } | undefined;
  /** What stands at a place. */
  readonly read: (event: JsonObject, place: Place) => unknown;
}

export interface TextTemplate<Place> {
  /** The text at `place()` if `data` has the learnt shape, else undefined: then `data` has to be parsed. */
  readonly match: (data: string) => string | undefined;
  /** Only after a match. */
  readonly place: () => Place | undefined;
  /** Takes an event that did not match, with what it parsed to. */
  readonly learn: (data: string, event: JsonObject) => void;
}

/** Words that came together are told as one: a model's answer comes by the hundred words, and few at a time are told. */
export class GatheredText<Out> {
  private readonly tell: (text: string) => readonly Out[];
  private text: string | undefined;

  /** `tell` is called when no more comes behind the words. */
  constructor(tell: (text: string) => readonly Out[]) {
    this.tell = tell;
  }

  add(text: string): void {
    this.text = this.text === undefined ? text : this.text + text;
  }

  /** What the words make, and behind it `next`. */
  before(next: () => readonly Out[]): readonly Out[] {
    const { text } = this;
    if (text === undefined) return next();
    this.text = undefined;
    return [...this.tell(text), ...next()];
  }
}

/** A vendor that puts something new into every event is not learnt again and again. */
const MAX_MISSES = 8;
const PROBE = 'f7d1c0a4';
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON does not allow them in a string
const NOT_PLAIN = /["\\\u0000-\u001f]/;

export function createTextTemplate<Place>(shape: TextShape<Place>): TextTemplate<Place> {
  let before = '';
  let after = '';
  let place: Place | undefined;
  let isLearnt = false;
  let misses = 0;
  return {
    place: () => place,
    match: (data) => {
      if (!isLearnt || data.length < before.length + after.length) return undefined;
      if (!data.startsWith(before) || !data.endsWith(after)) return undefined;
      const text = data.slice(before.length, data.length - after.length);
      const unescaped = NOT_PLAIN.test(text) ? parseJson(`"${text}"`) : text;
      if (typeof unescaped !== 'string') return undefined;
      misses = 0;
      return unescaped;
    },
    learn: (data, event) => {
      if (misses >= MAX_MISSES) return;
      misses += 1;
      isLearnt = false;
      const found = shape.find(event);
      if (found === undefined) return;
      const cut = cutAround(data, found.key, found.text, (probe) => shape.read(probe, found.place));
      if (cut === undefined) return;
      place = found.place;
      before = cut.before;
      after = cut.after;
      isLearnt = true;
    },
  };
}

function cutAround(
  data: string,
  field: string,
  text: string,
  read: (event: JsonObject) => unknown,
): { readonly before: string; readonly after: string } | undefined {
  for (const key of [`"${field}":"`, `"${field}": "`]) {
    const whole = key + JSON.stringify(text).slice(1);
    const at = data.indexOf(whole);
    if (at < 0 || at !== data.lastIndexOf(whole)) continue;
    const before = data.slice(0, at + key.length);
    const after = data.slice(at + whole.length - 1);
    // Proof that this is the place: another text there is another text in the event.
    const probe = parseJson(before + PROBE + after);
    if (isObject(probe) && read(probe) === PROBE) return { before, after };
  }
  return undefined;
}

/** Fields that say nothing. */
export function isNothing(value: unknown): boolean {
  return value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
}
