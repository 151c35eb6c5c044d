/** Tool calls out of interleaved deltas (wire-facts §3.2 `delta.tool_calls`). */
import { asNumber, asObject, asString, type JsonObject } from '../read-json.ts';
import type { CallWriter, WrittenCall } from '../responses/write-calls.ts';

export interface CallTracker {
  readonly add: (entry: JsonObject) => void;
  readonly hasCalls: () => boolean;
  /** False when a call never got a name, or there were absurdly many: the answer cannot be run as a whole. */
  readonly areComplete: () => boolean;
  /** Writes the done events of the call that has this output index, if it is one of ours. */
  readonly close: (item: number) => void;
}

const MAX_CALLS = 512;

interface Slot {
  readonly index: number | undefined;
  upstreamId: string | undefined;
  /** What came before the name. */
  early: string;
  /** Once the name is known. */
  call: WrittenCall | undefined;
}

export function createCallTracker(writer: CallWriter): CallTracker {
  const slots: Slot[] = [];
  return {
    add: (entry) => {
      if (slots.length > MAX_CALLS) return;
      const detail = asObject(entry['function']) ?? asObject(entry['custom']) ?? entry;
      const name = (asString(detail['name']) ?? '').trim();
      const id = asString(entry['id']) || undefined;
      const slot = findSlot(slots, asNumber(entry['index']), id, name);
      slot.upstreamId ??= id;
      const piece = argumentsPiece(detail['arguments'] ?? detail['input']);
      // Some vendors say the name again with every piece: the first one counts.
      if (slot.call === undefined && name !== '') {
        slot.call = writer.open(name, slot.upstreamId);
        slot.call.push(slot.early + piece);
      } else if (slot.call === undefined) slot.early += piece;
      else slot.call.push(piece);
    },
    hasCalls: () => slots.length > 0,
    areComplete: () => slots.length <= MAX_CALLS && slots.every((slot) => slot.call !== undefined),
    close: (item) => slots.find((slot) => slot.call?.item === item)?.call?.close(),
  };
}

/** The call an entry continues, or a new one. */
function findSlot(slots: Slot[], index: number | undefined, id: string | undefined, name: string): Slot {
  const known =
    index === undefined ? findWithoutIndex(slots, id, name) : slots.findLast((slot) => slot.index === index);
  // Some vendors give every parallel call the same index: another id and a name mean another call.
  const isOther = known?.upstreamId !== undefined && id !== undefined && id !== known.upstreamId && name !== '';
  if (known !== undefined && !isOther) return known;
  const slot: Slot = { index, upstreamId: undefined, early: '', call: undefined };
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
