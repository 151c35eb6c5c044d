import { lengthOf } from '../../core/length-of.ts';

const CR = 13;
const LF = 10;
const CRLF = Buffer.from([CR, LF]);
/** Ends a body of chunks. */
export const LAST_CHUNK = Buffer.from('0\r\n\r\n');
const LAST_END = Buffer.concat([CRLF, LAST_CHUNK]);
/** A size of eight digits, its line end, and what is behind the chunk. */
const CHUNK_FRAME_BYTES = 10 + LAST_END.length;
const HEX = Buffer.from('0123456789abcdef');

/** Puts the parts one behind the other into `into`. Answers where they end, `undefined` when they do not fit. */
export function joinInto(into: Buffer, parts: readonly Uint8Array[]): number | undefined {
  return lengthOf(parts) > into.length ? undefined : fill(into, 0, parts);
}

/**
 * The same for one chunk of a body (never an empty one: that would end the body), behind `head` if there is one, and
 * before the last chunk if `isLast`. `length`: of all parts.
 */
export function joinChunkInto(
  into: Buffer,
  head: Uint8Array | undefined,
  parts: readonly Uint8Array[],
  length: number,
  isLast: boolean,
): number | undefined {
  let at = head?.length ?? 0;
  if (at + length + CHUNK_FRAME_BYTES > into.length) return undefined;
  if (head !== undefined) into.set(head, 0);
  at = fill(into, writeSize(into, at, length), parts);
  const end = isLast ? LAST_END : CRLF;
  into.set(end, at);
  return at + end.length;
}

/** What `joinChunkInto` would have joined. */
export function chunkParts(parts: readonly Uint8Array[], length: number, isLast: boolean): readonly Uint8Array[] {
  const size = Buffer.from(`${length.toString(16)}\r\n`, 'latin1');
  return [size, ...parts, isLast ? LAST_END : CRLF];
}

function fill(into: Buffer, from: number, parts: readonly Uint8Array[]): number {
  let at = from;
  for (const part of parts) {
    into.set(part, at);
    at += part.length;
  }
  return at;
}

/** The line before a chunk. Answers where it ends. */
function writeSize(into: Buffer, from: number, size: number): number {
  let at = from;
  let shift = 28;
  while (shift > 0 && size >>> shift === 0) shift -= 4;
  for (; shift >= 0; shift -= 4) into[at++] = HEX[(size >>> shift) & 15] ?? 0;
  into[at] = CR;
  into[at + 1] = LF;
  return at + 2;
}
