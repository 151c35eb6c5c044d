/** What stands before the body of an HTTP/1.1 response, and what it says about the body. */
export interface ResponseHead {
  readonly status: number;
  /** Lower-case names; repeated fields joined by a comma. */
  readonly headers: ReadonlyMap<string, string>;
  /** How the body ends: after so many bytes, with a last chunk, or with the connection. */
  readonly body: number | 'chunked' | 'until-close';
  /** False when the server will close the connection after the body. */
  readonly keepsAlive: boolean;
}

/** A status line and 200 fields: more than any provider sends. */
export const MAX_HEAD_LINES = 201;

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
/** No folding, no space before the colon, no control characters (RFC 9112 §5). */
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*)$/;

/** Reads the lines of a head, without their line ends. `undefined` when it is not HTTP, or does not say one thing. */
export function parseHead(lines: readonly string[]): ResponseHead | undefined {
  const start = STATUS_LINE.exec(lines[0] ?? '');
  if (start === null || lines.length > MAX_HEAD_LINES) return undefined;
  const status = Number(start[2]);
  const headers = new Map<string, string>();
  for (let index = 1; index < lines.length; index += 1) {
    const field = FIELD.exec(lines[index] ?? '');
    if (field === null) return undefined;
    const name = (field[1] ?? '').toLowerCase();
    const value = (field[2] ?? '').trimEnd();
    const earlier = headers.get(name);
    headers.set(name, earlier === undefined ? value : `${earlier}, ${value}`);
  }
  const isOld = start[1] === '0';
  const body = readFraming(status, headers, isOld);
  if (body === undefined) return undefined;
  return { status, headers, body, keepsAlive: body !== 'until-close' && keepsAlive(headers, isOld) };
}

/** Whether `line` may stand after the last chunk. */
export const isField = (line: string): boolean => FIELD.test(line);

/** RFC 9112 §6.3. Whatever can be read in two ways is refused: the other reading may be an attacker's. */
function readFraming(
  status: number,
  headers: ReadonlyMap<string, string>,
  isOld: boolean,
): ResponseHead['body'] | undefined {
  const coding = headers.get('transfer-encoding');
  const length = headers.get('content-length');
  if (coding !== undefined && (isOld || length !== undefined || coding.toLowerCase() !== 'chunked')) return undefined;
  // A repeated content-length has become a list here.
  if (length !== undefined && !(/^\d{1,16}$/.test(length) && Number.isSafeInteger(Number(length)))) return undefined;
  if (status < 200 || status === 204 || status === 304) return 0;
  if (coding !== undefined) return 'chunked';
  return length === undefined ? 'until-close' : Number(length);
}

function keepsAlive(headers: ReadonlyMap<string, string>, isOld: boolean): boolean {
  const options = headers.get('connection')?.toLowerCase() ?? '';
  return isOld ? /\bkeep-alive\b/.test(options) : !/\bclose\b/.test(options);
}
