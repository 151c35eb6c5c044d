import { isUtf8 } from 'node:buffer';

const LF = 10;
const CR = 13;
const CLOSE_BRACE = 125;

/**
 * How the last delta of a stream began, up to the end of its type. Deltas come by the hundred and begin alike, so the
 * next one is compared, eight bytes at a time, rather than read.
 */
export class FramePrefix {
  /** Longer than any event's head up to its type. */
  static readonly maxBytes = 256;

  /** Bytes that are remembered. */
  length = 0;
  /** Where its JSON starts, from the start of the frame. */
  dataOffset = 0;
  /** Where the last event of the last run began. */
  lastStart = 0;

  /** A copy, so that a stream does not keep a whole network chunk alive. */
  private readonly plain = Buffer.allocUnsafeSlow(FramePrefix.maxBytes);
  private readonly known = new DataView(this.plain.buffer);
  /** Of the buffer that frames are looked up in: a view is made per network chunk, not per frame. */
  private bytes: Buffer | undefined;
  private view: DataView = this.known;

  /** At most `maxBytes`. */
  remember(bytes: Buffer, start: number, end: number, dataStart: number): void {
    for (let at = start; at < end; at++) this.plain[at - start] = bytes[at] ?? 0;
    this.length = end - start;
    this.dataOffset = dataStart - start;
  }

  /** Where the events that begin so, one behind the other from `from` on, end in `bytes`; `from` when there is none. */
  endOfRun(bytes: Buffer, from: number): number {
    let at = from;
    // Behind the prefix at least the closing brace and the empty line, as in every usual frame.
    while (at + this.length + 3 <= bytes.length && this.matches(bytes, at)) {
      const lineEnd = bytes.indexOf(LF, at + this.length);
      if (lineEnd === -1 || bytes[lineEnd - 1] !== CLOSE_BRACE || bytes[lineEnd + 1] !== LF) break;
      this.lastStart = at;
      at = lineEnd + 2;
    }
    return at;
  }

  /**
   * Whether `bytes[start, end)` is one event that begins so, and valid: the usual chunk of a stream. The machine's own
   * searches take no view, and four of them are cheaper than one loop.
   */
  isWholeFrame(bytes: Buffer, start: number, end: number): boolean {
    const rest = start + this.length;
    if (end - 3 < rest || bytes[end - 3] !== CLOSE_BRACE || bytes[end - 1] !== LF) return false;
    if (bytes.indexOf(LF, rest) !== end - 2 || bytes.compare(this.plain, 0, this.length, start, rest) !== 0)
      return false;
    const firstCr = bytes.indexOf(CR, rest);
    // An event begins and ends with ASCII, so it is valid where the whole is.
    return (firstCr === -1 || firstCr >= end) && isUtf8(bytes);
  }

  /** Whether `bytes` has the same at `start`. It must reach that far. */
  matches(bytes: Buffer, start: number): boolean {
    if (this.bytes !== bytes) {
      this.bytes = bytes;
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    const { known, view, length } = this;
    let at = 0;
    // As floating point numbers only because those are the widest that are compared without an allocation.
    for (; at + 8 <= length; at += 8) if (view.getFloat64(start + at) !== known.getFloat64(at)) return false;
    for (; at < length; at++) if (view.getUint8(start + at) !== known.getUint8(at)) return false;
    return true;
  }
}
