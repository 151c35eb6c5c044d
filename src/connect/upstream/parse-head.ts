import { type FindHeader, keepsAlive, readFields, readFraming } from '../../core/http/head-fields.ts';
import type { MessageHead } from '../../core/http/message-parser.ts';

/** What stands before the body of an HTTP/1.1 response. */
export interface ResponseHead extends MessageHead {
  readonly status: number;
  /** Of a lower-case name; repeated fields joined by a comma. */
  readonly header: FindHeader;
  /** False when the server will close the connection after the body. */
  readonly keepsAlive: boolean;
}

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;

/** Reads the lines of a head, without their line ends. `undefined` when it is not HTTP, or does not say one thing. */
export function parseHead(lines: readonly string[]): ResponseHead | undefined {
  const start = STATUS_LINE.exec(lines[0] ?? '');
  if (start === null) return undefined;
  const header = readFields(lines);
  if (header === undefined) return undefined;
  const status = Number(start[2]);
  // 101 would mean another protocol, which nobody asked for.
  if (status === 101) return undefined;
  const isOld = start[1] === '0';
  const framing = readFraming(header, isOld);
  if (framing === 'ambiguous') return undefined;
  const isInterim = status < 200;
  const hasNoBody = isInterim || status === 204 || status === 304;
  const body = hasNoBody ? 0 : (framing ?? 'until-close');
  return { status, isInterim, header, body, keepsAlive: body !== 'until-close' && keepsAlive(header, isOld) };
}
