const LF = 10;
const CR = 13;
/** Chunks of up to a megabyte are nothing special. */
export const MAX_USUAL_DIGITS = 5;

/**
 * Where the content of a chunk begins that fills `bytes` with its frame; it ends before the last two bytes. -1: `bytes` is
 * something else, or the last chunk of a body, or a longer one than usual. Only for bytes that begin where a chunk does.
 */
export function startOfOnlyChunk(bytes: Buffer): number {
  let size = 0;
  let at = 0;
  for (; at < MAX_USUAL_DIGITS; at += 1) {
    const digit = hexDigit(bytes[at] ?? 0);
    if (digit === -1) break;
    size = size * 16 + digit;
  }
  const start = at + 2;
  const end = start + size;
  if (size === 0 || end + 2 !== bytes.length) return -1;
  if (bytes[at] !== CR || bytes[at + 1] !== LF || bytes[end] !== CR || bytes[end + 1] !== LF) return -1;
  return start;
}

/** The value of a hexadecimal digit, -1 for another byte. */
export function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
