/** Receives one complete event: `bytes[start, end)`, its blank line included. Valid until the call returns to the reader of the chunk. */
export type FrameSink = (bytes: Buffer, start: number, end: number) => void;

/** Takes what it can of the events that begin at `from`; answers where they end, or `from`. */
export type FrameSkip = (bytes: Buffer, from: number) => number;

const LF = 10;
const CR = 13;
/** As bytes: searching for a string is three times as slow. */
const EMPTY_LINE = Buffer.from('\n\n');
const EMPTY: Buffer = Buffer.alloc(0);

/**
 * Cuts a byte stream into server-sent events without decoding them. Chunk borders do not matter. Frames are views into
 * the chunk they came in, or into a buffer of their own when an event was spread over chunks.
 */
export class FrameScanner {
  private readonly maxEventBytes: number;
  /** Bytes of an event that is not complete yet: `carry[0, carryLength)`. */
  private carry: Buffer = EMPTY;
  private carryLength = 0;

  constructor(maxEventBytes: number) {
    this.maxEventBytes = maxEventBytes;
  }

  /** Bytes of the event in progress. */
  get pendingBytes(): number {
    return this.carryLength;
  }

  /**
   * Hands every event that `chunk` completes to `sink`, but for those that `skip` takes. Returns false when an event
   * exceeds the limit.
   */
  push(chunk: Uint8Array, sink: FrameSink, skip?: FrameSkip): boolean {
    let bytes = chunk instanceof Buffer ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let from = 0;
    let searchFrom = 0;
    if (this.carryLength > 0) {
      const end = this.endOfCarried(bytes);
      if (end > 0) {
        const frame = Buffer.concat([this.carry.subarray(0, this.carryLength), bytes.subarray(0, end)]);
        sink(frame, 0, frame.length);
        from = searchFrom = end;
      } else {
        // A border can lie inside "\r\n\r\n": look again at the last three bytes.
        searchFrom = Math.max(0, this.carryLength - 3);
        bytes = this.append(bytes);
      }
    }
    const rest = scan(bytes, from, searchFrom, sink, skip);
    const isGrowing = bytes.buffer === this.carry.buffer && rest === 0;
    this.carryLength = bytes.length - rest;
    // A copy, so that a few bytes do not keep a whole chunk alive; what is still growing stays where it is.
    if (!isGrowing) this.carry = this.carryLength === 0 ? EMPTY : Buffer.from(bytes.subarray(rest));
    return this.carryLength <= this.maxEventBytes;
  }

  /** The usual case: where the event that earlier chunks began ends in `incoming`; 0 if that takes a closer look. */
  private endOfCarried(incoming: Buffer): number {
    const last = this.carry[this.carryLength - 1];
    if (last === LF && incoming[0] === LF) return 1;
    if (last === CR || incoming[0] === CR || last === LF) return 0;
    const end = findEndLf(incoming, 0);
    return end === -1 || incoming.subarray(0, end).indexOf(CR) !== -1 ? 0 : end;
  }

  /** Grows by doubling so that an event of many chunks costs linear time. */
  private append(incoming: Buffer): Buffer {
    const length = this.carryLength + incoming.length;
    if (this.carry.length < length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(length, this.carry.length * 2));
      this.carry.copy(grown, 0, 0, this.carryLength);
      this.carry = grown;
    }
    incoming.copy(this.carry, this.carryLength);
    return this.carry.subarray(0, length);
  }
}

/** Returns where the unfinished rest begins. */
function scan(bytes: Buffer, begin: number, searchFrom: number, sink: FrameSink, skip?: FrameSkip): number {
  let start = begin;
  let from = searchFrom;
  // Carriage returns never stand inside JSON, so one look tells whether the simple search is enough.
  const isUsual = bytes.indexOf(CR, searchFrom) === -1;
  const findEnd = isUsual ? findEndLf : findEndAny;
  for (;;) {
    if (isUsual && skip !== undefined && from === start) from = start = skip(bytes, start);
    const end = findEnd(bytes, from);
    if (end === -1) return start;
    sink(bytes, start, end);
    start = end;
    from = end;
  }
}

function findEndLf(bytes: Buffer, from: number): number {
  const at = bytes.indexOf(EMPTY_LINE, from);
  return at === -1 ? -1 : at + 2;
}

/** Lines may end in LF, CR LF or CR; an event ends at an empty line. */
function findEndAny(bytes: Buffer, from: number): number {
  let lineStart = -1; // unknown: `from` may lie in mid-line
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte !== LF && byte !== CR) continue;
    let next = at + 1;
    if (byte === CR) {
      if (next === bytes.length) return -1; // an LF may follow in the next chunk
      if (bytes[next] === LF) next++;
    }
    if (at === lineStart) return next;
    lineStart = next;
    at = next - 1;
  }
  return -1;
}
