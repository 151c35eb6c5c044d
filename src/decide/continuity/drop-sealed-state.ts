import { hashBase62 } from '../wire/hash-text.ts';
import { asObject, asString, isObject, type JsonObject, parseJson } from '../wire/read-json.ts';
import { isEnvelope, isPortable, openPortable } from './envelope.ts';
import { hasOddId, withFitIds } from './fit-ids.ts';

export type CleanedRequest =
  /** There is nothing to drop. */
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'cleaned'; readonly body: Buffer }
  /** The history before a compaction is sealed for somebody else: without it a model would not know what it is doing. */
  | { readonly kind: 'unreadable' };

/** Stands for all ids in a conversation that OpenAI would not take back. */
const ODD_IDS = 'ids of another form';

/** A request without the sealed items that `isForeign` names: what people can read of them stays, as text. */
export function dropSealedState(body: Buffer, isForeign: IsForeign): CleanedRequest {
  const request = asObject(parseJson(body.toString('utf8')));
  const input = request?.['input'];
  if (request === undefined || !Array.isArray(input)) return { kind: 'unchanged' };
  const kept: unknown[] = [];
  let isChanged = false;
  for (const item of input) {
    const readable = isObject(item) ? readableItem(item, isForeign) : [item];
    if (readable === 'unreadable') return { kind: 'unreadable' };
    isChanged ||= readable[0] !== item;
    kept.push(...readable);
  }
  if (!isChanged) return { kind: 'unchanged' };
  return { kind: 'cleaned', body: Buffer.from(JSON.stringify({ ...request, input: kept })) };
}

/** Whether the target cannot read the sealed text. */
export type IsForeign = (blob: string, itemType: 'reasoning' | 'compaction') => boolean;

/** What a target is told that speaks the Responses API itself: the item, or what people can read of it. */
export function readableItem(item: JsonObject, isForeign: IsForeign): readonly JsonObject[] | 'unreadable' {
  const sealed = stateOf(item);
  const type = item['type'] === 'compaction' ? 'compaction' : 'reasoning';
  // Our own envelopes are for us to read.
  if (sealed === undefined || !(isEnvelope(sealed) || isForeign(sealed, type))) {
    return [hasOddId(item) && isForeign(ODD_IDS, 'reasoning') ? withFitIds(item) : item];
  }
  if (type === 'reasoning') {
    // Who thinks aloud has no summary of it.
    const text = readTexts(item['summary']) || readTexts(item['content']);
    return text === '' ? [] : [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] }];
  }
  const summary = asString(openPortable(sealed)?.['summary']);
  if (summary === undefined) return 'unreadable';
  return [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: summary }] }];
}

/** What of a request could be told as text to a target that has refused it sealed, in order. */
export function listSealedState(body: Buffer): readonly string[] {
  const input = asObject(parseJson(body.toString('utf8')))?.['input'];
  if (!Array.isArray(input)) return [];
  const odd = input.some((item) => isObject(item) && hasOddId(item)) ? [ODD_IDS] : [];
  const sealedState = input.flatMap((item) => {
    const sealed = isObject(item) ? stateOf(item) : undefined;
    if (sealed === undefined) return [];
    return isObject(item) && item['type'] === 'compaction' && !isPortable(sealed) ? [] : [sealed];
  });
  return [...sealedState, ...odd];
}

/** What one is told from another by: the sealed text, or a hash of what was thought aloud, which OpenAI refuses as well. */
function stateOf(item: JsonObject): string | undefined {
  const sealed = asString(item['encrypted_content']);
  if (sealed !== undefined || item['type'] !== 'reasoning') return sealed;
  const aloud = readTexts(item['content']);
  return aloud === '' ? undefined : `aloud ${hashBase62(aloud, 9)}`;
}

function readTexts(parts: unknown): string {
  if (!Array.isArray(parts)) return '';
  return parts
    .map((part) => (isObject(part) && typeof part['text'] === 'string' ? part['text'] : ''))
    .filter((text) => text !== '')
    .join('\n');
}
