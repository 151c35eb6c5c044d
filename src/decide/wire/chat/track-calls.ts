/** Tool calls out of interleaved deltas (wire-facts §3.2 `delta.tool_calls`). */
import { asNumber, asObject, asString, type JsonObject } from '../read-json.ts';
import type { IdSource } from '../responses/events.ts';
import type { ResponseWriter } from '../responses/response-writer.ts';
import type { ToolBridge } from '../tools/bridge-tools.ts';

export interface CallTracker {
  readonly add: (entry: JsonObject) => void;
  readonly hasCalls: () => boolean;
  /** False when a call never got a name: it cannot be run, and the answer is not whole. */
  readonly areComplete: () => boolean;
  /** Writes the done events of the call that has this output index, if it is one of ours. */
  readonly close: (item: number) => void;
}

interface Slot {
  readonly index: number | undefined;
  upstreamId: string | undefined;
  name: string;
  text: string;
  /** Output index once the name is known. */
  item: number | undefined;
  /** Function arguments are written as they come; a custom tool's input only makes sense as a whole. */
  isStreamed: boolean;
}

export function createCallTracker(
  writer: ResponseWriter,
  bridge: ToolBridge,
  ids: IdSource,
  usedCallIds: ReadonlySet<string>,
): CallTracker {
  const slots: Slot[] = [];
  const givenIds = new Set<string>();

  const open = (slot: Slot): void => {
    const origin = bridge.originOf(slot.name);
    slot.isStreamed = origin.kind === 'function';
    slot.item = writer.openCall({ ...origin, callId: freshId(slot.upstreamId) });
    if (slot.isStreamed && slot.text !== '') writer.argumentsDelta(slot.item, slot.text);
  };
  // Codex runs two calls of one id twice, and some vendors count from call_0 in every answer.
  const freshId = (wanted: string | undefined): string => {
    const isFree = wanted !== undefined && !givenIds.has(wanted) && !usedCallIds.has(wanted);
    const id = isFree ? wanted : ids('call');
    givenIds.add(id);
    return id;
  };

  return {
    add: (entry) => {
      const detail = asObject(entry['function']) ?? asObject(entry['custom']) ?? entry;
      const name = (asString(detail['name']) ?? '').trim();
      const id = asString(entry['id']) || undefined;
      const slot = findSlot(slots, asNumber(entry['index']), id, name);
      slot.upstreamId ??= id;
      const piece = argumentsPiece(detail['arguments'] ?? detail['input']);
      slot.text += piece;
      // Some vendors say the name again with every piece: the first one counts.
      if (slot.item === undefined && name !== '') {
        slot.name = name;
        open(slot);
      } else if (slot.item !== undefined && slot.isStreamed && piece !== '') {
        writer.argumentsDelta(slot.item, piece);
      }
    },
    hasCalls: () => slots.length > 0,
    areComplete: () => slots.every((slot) => slot.item !== undefined),
    close: (item) => {
      const slot = slots.find((candidate) => candidate.item === item);
      if (slot === undefined) return;
      if (!slot.isStreamed) writer.argumentsDelta(item, bridge.restoreCall(slot.name, slot.text).text);
      else if (slot.text === '') writer.argumentsDelta(item, '{}');
      writer.closeItem(item);
    },
  };
}

/** The call an entry continues, or a new one. */
function findSlot(slots: Slot[], index: number | undefined, id: string | undefined, name: string): Slot {
  const known =
    index === undefined ? findWithoutIndex(slots, id, name) : slots.findLast((slot) => slot.index === index);
  // Some vendors give every parallel call the same index: another id and a name mean another call.
  const isOther = known?.upstreamId !== undefined && id !== undefined && id !== known.upstreamId && name !== '';
  if (known !== undefined && !isOther) return known;
  const slot: Slot = { index, upstreamId: undefined, name: '', text: '', item: undefined, isStreamed: true };
  slots.push(slot);
  return slot;
}

function findWithoutIndex(slots: readonly Slot[], id: string | undefined, name: string): Slot | undefined {
  const sameId = id === undefined ? undefined : slots.findLast((slot) => slot.upstreamId === id);
  return sameId ?? (name === '' ? slots.at(-1) : undefined);
}

/** Arguments are text; a vendor that sends them as an object sends them whole. */
function argumentsPiece(value: unknown): string {
  if (typeof value === 'string') return value;
  return asObject(value) === undefined ? '' : JSON.stringify(value);
}
