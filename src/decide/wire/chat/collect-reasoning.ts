/** Reasoning out of the places where chat vendors put it (wire-facts §3.2), to be shown and to be kept. */
import { asNumber, asObject, asObjects, asString, type JsonObject } from '../read-json.ts';
import type { ReasoningPayload } from './encode-reasoning.ts';
import { createRepetitionFilter } from './undo-repetition.ts';

export interface ReasoningCollector {
  /** Takes a delta's reasoning fields; answers the text to show, '' if there is none. */
  readonly take: (delta: JsonObject) => string;
  /** Takes a `thinking` part of an array content; answers the text to show. */
  readonly takePart: (part: JsonObject) => string;
  /** True when something was taken that has to be kept, shown or not. */
  readonly hasState: () => boolean;
  /** What came since the last call, to be sealed. `rawTags` is what stood in tags at the head of the content. */
  readonly finish: (rawTags: string) => ReasoningPayload;
}

export function createReasoningCollector(repeatsText: boolean): ReasoningCollector {
  let details: JsonObject[] = [];
  let parts: JsonObject[] = [];
  const unrepeated = repeatsText ? createRepetitionFilter() : undefined;

  const takeDetails = (delta: JsonObject): string => {
    let shown = '';
    for (const entry of asObjects(delta['reasoning_details'])) {
      const text = asString(entry['text']);
      const fresh = text !== undefined && unrepeated !== undefined ? { ...entry, text: unrepeated(text) } : entry;
      addDetail(details, fresh);
      shown += asString(fresh['text']) ?? asString(fresh['summary']) ?? '';
    }
    return shown;
  };
  return {
    take: (delta) => {
      const fromDetails = delta['reasoning_details'] === undefined ? '' : takeDetails(delta);
      return textOf(delta['reasoning_content']) || textOf(delta['reasoning']) || fromDetails;
    },
    takePart: (part) => {
      const text = partText(part);
      const last = asObjects(parts.at(-1)?.['thinking'])[0];
      if (last === undefined) parts.push(thinkingPart(text));
      else parts[parts.length - 1] = thinkingPart((asString(last['text']) ?? '') + text);
      return text;
    },
    hasState: () => details.length > 0,
    finish: (rawTags) => {
      const payload: ReasoningPayload =
        details.length > 0
          ? { form: 'details', details }
          : parts.length > 0
            ? { form: 'parts', parts }
            : rawTags !== ''
              ? { form: 'tags', text: rawTags }
              : { form: 'summary' };
      details = [];
      parts = [];
      return payload;
    },
  };
}

/** OpenRouter's order of merging: pieces of one detail follow each other; anything else begins a new one. */
function addDetail(details: JsonObject[], entry: JsonObject): void {
  const last = details.at(-1);
  const continues =
    last !== undefined &&
    last['type'] === entry['type'] &&
    asNumber(last['index']) === asNumber(entry['index']) &&
    (asString(entry['text']) !== undefined || asString(entry['summary']) !== undefined || 'signature' in entry) &&
    entry['data'] === undefined;
  if (last === undefined || !continues) {
    details.push(entry);
    return;
  }
  const merged: Record<string, unknown> = { ...last };
  for (const [key, value] of Object.entries(entry)) {
    const before = merged[key];
    if (value === null || value === undefined) continue;
    const isText = (key === 'text' || key === 'summary') && typeof before === 'string' && typeof value === 'string';
    merged[key] = isText ? before + value : value;
  }
  details[details.length - 1] = merged;
}

function thinkingPart(text: string): JsonObject {
  return { type: 'thinking', thinking: [{ type: 'text', text }], closed: true };
}

function partText(part: JsonObject): string {
  const { thinking } = part;
  if (typeof thinking === 'string') return thinking;
  return asObjects(thinking)
    .map((piece) => asString(piece['text']) ?? '')
    .join('');
}

/** A string, or an object that holds one. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const object = asObject(value);
  if (object === undefined) return '';
  return asString(object['text']) ?? asString(object['content']) ?? asString(object['summary']) ?? '';
}
