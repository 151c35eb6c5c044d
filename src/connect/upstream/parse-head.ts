/** What stands before the body of an HTTP/1.1 response, and what it says about the body. */
export interface ResponseHead {
  readonly status: number;
  /** Of a lower-case name; repeated fields joined by a comma. */
  readonly header: (name: string) => string | null;
  /** How the body ends: after so many bytes, with a last chunk, or with the connection. */
  readonly body: number | 'chunked' | 'until-close';
  /** False when the server will close the connection after the body. */
  readonly keepsAlive: boolean;
}

/** A status line and 200 fields: more than any provider sends. */
export const MAX_HEAD_LINES = 201;

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const EDGE_SPACE = /^[\t ]+|[\t ]+$/g;
/** No folding, no space before the colon, no control characters (RFC 9112 §5). */
const FIELD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*$/;

/** Reads the lines of a head, without their line ends. `undefined` when it is not HTTP, or does not say one thing. */
export function parseHead(lines: readonly string[]): ResponseHead | undefined {
  const start = STATUS_LINE.exec(lines[0] ?? '');
  if (start === null || lines.length > MAX_HEAD_LINES) return undefined;
  for (let index = 1; index < lines.length; index += 1) if (!isField(lines[index] ?? '')) return undefined;
  const status = Number(start[2]);
  const isOld = start[1] === '0';
  // Of some twenty fields three or four are ever asked for, so they are looked up and not sorted beforehand.
  const header = (name: string): string | null => findField(lines, name);
  const body = readFraming(status, header, isOld);
  if (body === undefined) return undefined;
  return { status, header, body, keepsAlive: body !== 'until-close' && keepsAlive(header, isOld) };
}

/** Whether `line` may stand in a head or after the last chunk. */
export const isField = (line: string): boolean => FIELD.test(line);

function findField(lines: readonly string[], name: string): string | null {
  let found: string | null = null;
  for (let index = 1; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    if (line[name.length] !== ':' || line.slice(0, name.length).toLowerCase() !== name) continue;
    const value = line.slice(name.length + 1).replace(EDGE_SPACE, '');
    found = found === null ? value : `${found}, ${value}`;
  }
  return found;
}

/** RFC 9112 §6.3. Whatever can be read in two ways is refused: the other reading may be an attacker's. */
function readFraming(status: number, header: ResponseHead['header'], isOld: boolean): ResponseHead['body'] | undefined {
  const coding = header('transfer-encoding');
  const length = header('content-length');
  if (coding !== null && (isOld || length !== null || coding.toLowerCase() !== 'chunked')) return undefined;
  // A repeated content-length has become a list here.
  if (length !== null && !(/^\d{1,16}$/.test(length) && Number.isSafeInteger(Number(length)))) return undefined;
  if (status < 200 || status === 204 || status === 304) return 0;
  if (coding !== null) return 'chunked';
  return length === null ? 'until-close' : Number(length);
}

function keepsAlive(header: ResponseHead['header'], isOld: boolean): boolean {
  const options = header('connection')?.toLowerCase() ?? '';
  return isOld ? /\bkeep-alive\b/.test(options) : !/\bclose\b/.test(options);
}
