import { type FindHeader, keepsAlive, readFields, readFraming } from '../../core/http/head-fields.ts';
import type { HeadReader, MessageHead } from '../../core/http/message-parser.ts';

/** What stands before the body of an HTTP/1.1 request. */
export interface RequestHead extends MessageHead {
  readonly method: string;
  /** Without the query. Percent-encoding is left as it is. */
  readonly path: string;
  /** Behind the question mark; empty when there is none. */
  readonly query: string;
  /** Of a lower-case name; repeated fields joined by a comma. */
  readonly header: FindHeader;
  /** The client speaks HTTP/1.0: it knows no chunks. */
  readonly isOld: boolean;
  /** The client wants to use the connection again. */
  readonly keepsAlive: boolean;
}

/** Visible ASCII only: no space that another reader could take for the end. */
const REQUEST_LINE = /^([A-Z]{1,16}) ([\x21-\x7e]{1,8192}) HTTP\/1\.([01])$/;
const ORIGIN = /^https?:\/\/[^/?#]*/i;
const BEGINNING = /^[A-Z]{0,16}(?: |$)/;

export const REQUESTS: HeadReader<RequestHead> = {
  parse: parseRequestHead,
  isHopeless: (begunLine) => !BEGINNING.test(begunLine),
};

function parseRequestHead(lines: readonly string[]): RequestHead | undefined {
  const start = REQUEST_LINE.exec(lines[0] ?? '');
  if (start === null) return undefined;
  const header = readFields(lines);
  if (header === undefined) return undefined;
  const [, method = '', target = '', minor] = start;
  const isOld = minor === '0';
  const framing = readFraming(header, isOld);
  if (framing === 'ambiguous') return undefined;
  // What a proxy is asked (`http://host/path`) means the same here (RFC 9112 §3.2.2).
  const local = target[0] === '/' ? target : target.replace(ORIGIN, '');
  const queryAt = local.indexOf('?');
  return {
    method,
    path: queryAt === -1 ? local : local.slice(0, queryAt),
    query: queryAt === -1 ? '' : local.slice(queryAt + 1),
    header,
    isOld,
    keepsAlive: keepsAlive(header, isOld),
    body: framing ?? 0,
  };
}
