/** A start line and 200 fields: more than any client or provider sends. */
export const MAX_HEAD_LINES = 201;

const COLON = 58;
/** Makes an ASCII letter lower case. */
const LOWER_CASE = 32;
/** No folding, no space before the colon, no control characters (RFC 9112 §5). */
const FIELD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*$/;
/** Bytes above 0xff are excluded too: cut to eight bits, some of them are line ends. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** The value of a field by its lower-case name; repeated fields joined by a comma. */
export type FindHeader = (name: string) => string | null;

/** Whether `line` may stand in a head or after the last chunk. */
export const isField = (line: string): boolean => FIELD.test(line);

/** Whether a header can hold this text. */
export const isFieldValue = (text: string): boolean => VALUE.test(text);

/** Of some twenty fields few are ever asked for, so they are looked up and not sorted beforehand. `name`: lower case. */
export function findField(lines: readonly string[], name: string): string | null {
  const { length } = name;
  const first = name.charCodeAt(0);
  let found: string | null = null;
  for (let index = 1; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    // The first letter's case does not matter; the colon tells most of the others apart.
    if (line.charCodeAt(length) !== COLON || (line.charCodeAt(0) | LOWER_CASE) !== (first | LOWER_CASE)) continue;
    const given = line.slice(0, length);
    if (given !== name && given.toLowerCase() !== name) continue;
    const value = trimmedFrom(line, length + 1);
    found = found === null ? value : `${found}, ${value}`;
  }
  return found;
}

function trimmedFrom(line: string, from: number): string {
  let start = from;
  let end = line.length;
  while (start < end && isBlank(line.charCodeAt(start))) start += 1;
  while (end > start && isBlank(line.charCodeAt(end - 1))) end -= 1;
  return line.slice(start, end);
}

const isBlank = (code: number): boolean => code === 32 || code === 9;

/**
 * What the fields say of a body's end (RFC 9112 §6.3); `undefined` for nothing. Whatever can be read in two ways is
 * refused ('ambiguous'): the other reading may be an attacker's.
 */
export function readFraming(header: FindHeader, isOld: boolean): number | 'chunked' | 'ambiguous' | undefined {
  const coding = header('transfer-encoding');
  const length = header('content-length');
  if (coding !== null && (isOld || length !== null || coding.toLowerCase() !== 'chunked')) return 'ambiguous';
  // A repeated content-length has become a list here.
  if (length !== null && !(/^\d{1,16}$/.test(length) && Number.isSafeInteger(Number(length)))) return 'ambiguous';
  if (coding !== null) return 'chunked';
  return length === null ? undefined : Number(length);
}

/** Whether the connection outlives the message. `isOld`: HTTP/1.0. */
export function keepsAlive(header: FindHeader, isOld: boolean): boolean {
  const options = header('connection')?.toLowerCase() ?? '';
  return isOld ? /\bkeep-alive\b/.test(options) : !/\bclose\b/.test(options);
}
