/** A start line and 200 fields: more than any client or provider sends. */
export const MAX_HEAD_LINES = 201;

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

/** The fields of a head, whose first line is none. `undefined`: one of them is not a field. */
export function readFields(lines: readonly string[]): FindHeader | undefined {
  const fields = new Map<string, string>();
  for (let index = 1; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    if (!isField(line)) return undefined;
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = trimmedFrom(line, colon + 1);
    const earlier = fields.get(name);
    fields.set(name, earlier === undefined ? value : `${earlier}, ${value}`);
  }
  return (name) => fields.get(name) ?? null;
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
