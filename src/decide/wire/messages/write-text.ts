import { asString, type JsonObject } from '../read-json.ts';
import type { CloseDetails, ResponseWriter } from '../responses/response-writer.ts';

/** The message of an answer. Text blocks that follow each other are one text: a citation begins a new block. */
export interface TextWriter {
  readonly write: (piece: string) => void;
  /** Length of the text so far of the message that is open. */
  readonly length: () => number;
  /** What was written since `from` rests on `citation`. */
  readonly cite: (citation: JsonObject, from: number) => void;
  readonly closeText: (details: CloseDetails) => void;
  /** Output index of the message that is open. */
  readonly openText: () => number | undefined;
  readonly hasText: () => boolean;
  /** All text so far; only collected when asked for. */
  readonly wholeText: () => string;
}

export function createTextWriter(writer: ResponseWriter, collectText: boolean): TextWriter {
  let item: number | undefined;
  let length = 0;
  /** White space before a message's first word: nothing, if no word follows. */
  let space = '';
  let wholeText = '';
  let hasText = false;
  return {
    write: (piece) => {
      if (piece === '') return;
      if (item === undefined && piece.trim() === '') {
        space += piece;
        return;
      }
      const shown = space === '' ? piece : space + piece;
      space = '';
      hasText = true;
      length += shown.length;
      if (collectText) wholeText += shown;
      item ??= writer.openMessage();
      writer.textDelta(item, shown);
    },
    length: () => length,
    cite: (citation, from) => {
      const url = asString(citation['url']) ?? asString(citation['source']);
      if (item === undefined || url === undefined || length === from) return;
      const title = asString(citation['title']) ?? '';
      writer.annotation(item, { type: 'url_citation', url, title, start_index: from, end_index: length });
    },
    closeText: (details) => {
      if (item !== undefined) writer.closeItem(item, details);
      item = undefined;
      length = 0;
      space = '';
    },
    openText: () => item,
    hasText: () => hasText,
    wholeText: () => wholeText,
  };
}
