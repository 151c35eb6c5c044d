import { shortCallId } from '../wire/hash-text.ts';
import { asString, type JsonObject, ownValue } from '../wire/read-json.ts';
import { ITEM_ID_PREFIXES, MAX_ID_LENGTH } from '../wire/responses/events.ts';

/** Whether OpenAI would refuse the item for its id or its call's: other servers give what ids they like. */
export function hasOddId(item: JsonObject): boolean {
  return isOdd(item) || longCallIdOf(item) !== undefined;
}

/** The item without its id, and its call under the same other id wherever it is named. */
export function withFitIds(item: JsonObject): JsonObject {
  const { id, ...rest } = item;
  const named = isOdd(item) || id === undefined ? rest : item;
  const callId = longCallIdOf(item);
  return callId === undefined ? named : { ...named, call_id: shortCallId(callId, MAX_ID_LENGTH) };
}

function isOdd(item: JsonObject): boolean {
  const id = asString(item['id']);
  if (id === undefined) return false;
  const prefix = ownValue(ITEM_ID_PREFIXES, asString(item['type']) ?? 'message');
  return id.length > MAX_ID_LENGTH || (prefix !== undefined && !id.startsWith(prefix));
}

function longCallIdOf(item: JsonObject): string | undefined {
  const id = asString(item['call_id']);
  return id !== undefined && id.length > MAX_ID_LENGTH ? id : undefined;
}
