import type { JsonObject } from '../wire/read-json.ts';

interface OpenItem {
  readonly item: JsonObject;
  /** What the client was shown of its text. */
  text: string;
}

/**
 * Items of which the client has seen the beginning. Codex forgets them by itself; a client that keeps strict accounts
 * (the official SDK: "Cannot complete response with unfinished output items") is told that they ended incomplete.
 */
export class OpenItems {
  private readonly items = new Map<number, OpenItem>();

  begun(index: number, item: JsonObject): void {
    this.items.set(index, { item, text: '' });
  }

  ended(index: number): void {
    this.items.delete(index);
  }

  /** A delta of the item at `index`. */
  noteDelta(index: number, event: JsonObject): void {
    const open = this.items.get(index);
    if (open !== undefined && event['type'] === 'response.output_text.delta' && typeof event['delta'] === 'string')
      open.text += event['delta'];
  }

  /** The events that end them, without their numbers. Empties the list. */
  takeEndings(): readonly JsonObject[] {
    const endings = [...this.items].map(([output_index, open]) => ({
      type: 'response.output_item.done',
      output_index,
      item: endedItem(open),
    }));
    this.items.clear();
    return endings;
  }
}

function endedItem({ item, text }: OpenItem): JsonObject {
  const { encrypted_content: _unfinished, ...rest } = item;
  const ended = { ...rest, status: 'incomplete' };
  if (item['type'] !== 'message') return ended;
  const part = { type: 'output_text', annotations: [], logprobs: [], text };
  return { ...ended, content: text === '' ? [] : [part] };
}

/** The item's place in the answer, if the event names one. */
export const indexOf = (event: JsonObject): number | undefined =>
  typeof event['output_index'] === 'number' ? event['output_index'] : undefined;

/** The same item under another id. */
export const withId = (item: JsonObject, rename: (id: string) => string): JsonObject =>
  typeof item['id'] === 'string' ? { ...item, id: rename(item['id']) } : item;
