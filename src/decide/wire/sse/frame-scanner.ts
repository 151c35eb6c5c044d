/** Receives one complete event: `bytes[start, end)`, its blank line included. Valid until the call returns to the reader of the chunk. */
export type FrameSink = (bytes: Buffer, start: number, end: number) => void;

const LF = 10;
const CR = 13;
/** As bytes: searching for a string is three times as slow. */
const EMPTY_LINE = Buffer.from('\n\n');

/**
 * Cuts a byte stream into server-sent events without decoding them. Chunk borders do not matter. Frames are views into
 * the chunk they came in, or into a buffer of their own when an event was spread over chunks.
 */
export class FrameScanner {
  private readonly maxEventBytes: number;
  /** Bytes of an event that is not complete yet: `carry[0, carryLength)`. */
  private carry: Buffer = Buffer.alloc(0);
  private carryLength = 0;

  constructor(maxEventBytes: number) {
    this.maxEventBytes = maxEventBytes;
  }

  /** Bytes of the event in progress. */
  get pendingBytes(): number {
    return this.carryLength;
  }

  /** Hands every event that `chunk` completes to `sink`. Returns false when an event exceeds the limit. */
  push(chunk: Uint8Array, sink: FrameSink): boolean {
    const incoming = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let bytes = incoming;
    let searchFrom = 0;
    if (this.carryLength > 0) {
      // A border can lie inside "\r\n\r\n": look again at the last three bytes.
      searchFrom = Math.max(0, this.carryLength - 3);
      bytes = this.append(incoming);
    }
    const rest = scan(bytes, searchFrom, sink);
    const restLength = bytes.length - rest;
    if (bytes === incoming || rest > 0) {
      this.carry = restLength === 0 ? this.carry : Buffer.from(bytes.subarray(rest));
      if (bytes !== incoming && restLength === 0) this.carry = Buffer.alloc(0); // its bytes now belong to the frames
    }
    this.carryLength = restLength;
    return restLength <= this.maxEventBytes;
  }

  /** Grows by doubling so that an event of many chunks costs linear time. */
  private append(incoming: Buffer): Buffer {
    const length = this.carryLength + incoming.length;
    if (this.carry.length < length) {
      const grown = Buffer.allocUnsafe(Math.max(length, this.carry.length * 2));
      this.carry.copy(grown, 0, 0, this.carryLength);
      this.carry = grown;
    }
    incoming.copy(this.carry, this.carryLength);
    return this.carry.subarray(0, length);
  }
}

/** Returns where the unfinished rest begins. */
function scan(bytes: Buffer, searchFrom: number, sink: FrameSink): number {
  let start = 0;
  let from = searchFrom;
  // Carriage returns never stand inside JSON, so one look tells whether the simple search is enough.
  const findEnd = bytes.indexOf(CR, searchFrom) === -1 ? findEndLf : findEndAny;
  for (;;) {
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
