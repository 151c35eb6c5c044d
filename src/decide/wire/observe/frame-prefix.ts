import { isUtf8 } from 'node:buffer';

const LF = 10;
const CR = 13;
const CLOSE_BRACE = 125;

/** Every stream has one or two of the wire's few deltas. Whoever sends others by the hundred only costs himself. */
const MAX_KNOWN = 16;

/**
 * How a delta begins, up to the end of its type. Deltas come by the hundred and begin alike, so the next one is compared
 * rather than read. Streams share them: what all of them use is near the processor.
 */
export class FramePrefix {
  /** Longer than any event's head up to its type. */
  static readonly maxBytes = 256;

  /** Bytes of it. */
  readonly length: number;
  /** Where its JSON starts, from the start of the frame. */
  readonly dataOffset: number;
  /** Where the last event of the last run began. */
  lastStart = 0;

  private readonly plain: Buffer;
  private readonly view: DataView;

  /** The one that is `bytes[start, end)`, 8 to `maxBytes` long, with its JSON from `dataStart` on. */
  static of(bytes: Buffer, start: number, end: number, dataStart: number): FramePrefix {
    for (const one of known) {
      const isSame = one.length === end - start && one.dataOffset === dataStart - start;
      if (isSame && one.plain.compare(bytes, start, end) === 0) return one;
    }
    const made = new FramePrefix(bytes.subarray(start, end), dataStart - start);
    known[oldest] = made;
    oldest = (oldest + 1) % MAX_KNOWN;
    return made;
  }

  private constructor(bytes: Buffer, dataOffset: number) {
    this.length = bytes.length;
    this.dataOffset = dataOffset;
    // A copy, so that a whole network chunk is not kept alive.
    this.plain = Buffer.allocUnsafeSlow(bytes.length);
    bytes.copy(this.plain);
    this.view = new DataView(this.plain.buffer);
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
    if (bytes.indexOf(LF, rest) !== end - 2 || this.plain.compare(bytes, start, rest) !== 0) return false;
    const firstCr = bytes.indexOf(CR, rest);
    // An event begins and ends with ASCII, so it is valid where the whole is.
    return (firstCr === -1 || firstCr >= end) && isUtf8(bytes);
  }

  /** Whether `bytes` has the same at `start`. It must reach that far. */
  matches(bytes: Buffer, start: number): boolean {
    const { view, length } = this;
    const seen = viewOf(bytes);
    // As floating point numbers only because those are the widest that are compared without an allocation, and in the
    // byte order of most machines. The last one reaches back over what was compared: no prefix is shorter than a word.
    const last = length - 8;
    for (let at = 0; at < last; at += 8)
      if (seen.getFloat64(start + at, true) !== view.getFloat64(at, true)) return false;
    return seen.getFloat64(start + last, true) === view.getFloat64(last, true);
  }
}

const known: FramePrefix[] = [];
/** The next one to give its place away. */
let oldest = 0;

let seenBytes: Buffer | undefined;
let seenView: DataView = new DataView(new ArrayBuffer(0));

/** A view is made per network chunk, not per frame. */
function viewOf(bytes: Buffer): DataView {
  if (seenBytes !== bytes) {
    seenBytes = bytes;
    seenView = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  return seenView;
}
