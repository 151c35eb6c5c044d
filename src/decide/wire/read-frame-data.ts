import { isAscii } from 'node:buffer';

const CR = 13;
const LETTER_E = 101;
const USUAL = 'data: ';

/**
 * The data of server-sent events as text, for codecs that read it themselves. Nothing of it is parsed: that would cost a
 * second time what decoding costs.
 */
export class FrameDataReader {
  /** The chunk that the last event stood in. */
  private bytes: Buffer | undefined;
  /** All of it, if a byte is a character there: cut up by the hundred, text costs less than bytes made into text. */
  private text: string | undefined;

  /** Of the event `bytes[start, end)`; undefined for a comment. `bytes` must not change until `forget`. */
  read(bytes: Buffer, start: number, end: number): string | undefined {
    if (bytes !== this.bytes) {
      this.bytes = bytes;
      const isOneOfMany = end - start < bytes.length / 2;
      this.text = isOneOfMany && isAscii(bytes) ? bytes.toString('latin1') : undefined;
    }
    if (this.text !== undefined) return dataOf(this.text, start, end);
    const frame = bytes.toString('utf8', start, end);
    return dataOf(frame, 0, frame.length);
  }

  /** The chunk is read. */
  forget(): void {
    this.bytes = undefined;
    this.text = undefined;
  }
}

function dataOf(text: string, start: number, end: number): string | undefined {
  // An `event:` line says nothing that the data does not.
  const line = text.charCodeAt(start) === LETTER_E ? text.indexOf('\n', start) + 1 : start;
  const from = line + USUAL.length;
  if (from <= end && text.startsWith(USUAL, line)) {
    const lineEnd = text.indexOf('\n', from);
    if (lineEnd === end - 2 && text.charCodeAt(lineEnd - 1) !== CR) return text.slice(from, lineEnd);
  }
  return joinDataLines(text.slice(start, end));
}

/** The standard's rule: several data lines are one text, joined by line feeds; one space after the colon is not part of it. */
function joinDataLines(frame: string): string | undefined {
  const lines = frame.split(/\r\n|\n|\r/).filter((line) => line === 'data' || line.startsWith('data:'));
  if (lines.length === 0) return undefined;
  return lines.map((line) => line.slice(line[5] === ' ' ? 6 : 5)).join('\n');
}
