/** Finds the end of an HTTP answer as cheaply as possible, so that the load generator is never what is measured. */
export interface AnswerProgress {
  /** Of the head, while it is not complete. */
  head: Buffer | undefined;
  /** 0: the head is not complete. */
  status: number;
  /** -1: the body is chunked. */
  remainingBytes: number;
  /** The last bytes of a chunked body so far. */
  tail: Buffer;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const BODY_END = Buffer.from('\r\n0\r\n\r\n');
const STATUS = /^HTTP\/1\.[01] (\d{3})/;
const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i;
const CHUNKED = /\r\ntransfer-encoding: *chunked/i;
const NOTHING = Buffer.alloc(0);

export const startAnswer = (): AnswerProgress => ({ head: undefined, status: 0, remainingBytes: 0, tail: NOTHING });

/** True when `chunk` completes the answer. Throws when it is not HTTP. */
export function findAnswerEnd(progress: AnswerProgress, chunk: Uint8Array): boolean {
  const part = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const body = progress.status === 0 ? readHead(progress, part) : part;
  if (body === undefined) return false;
  if (progress.remainingBytes >= 0) {
    progress.remainingBytes -= body.length;
    return progress.remainingBytes <= 0;
  }
  const { tail } = progress;
  if (body.length >= BODY_END.length) {
    progress.tail = body.subarray(body.length - BODY_END.length);
  } else {
    const joined = Buffer.concat([tail, body]);
    progress.tail = joined.subarray(Math.max(0, joined.length - BODY_END.length));
  }
  return progress.tail.equals(BODY_END);
}

/** What of the body stands behind the head, or `undefined` while the head is not complete. */
function readHead(progress: AnswerProgress, part: Buffer): Buffer | undefined {
  const bytes = progress.head === undefined ? part : Buffer.concat([progress.head, part]);
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd === -1) {
    progress.head = bytes;
    return undefined;
  }
  const head = bytes.toString('latin1', 0, headEnd);
  const status = STATUS.exec(head)?.[1];
  const length = CONTENT_LENGTH.exec(head)?.[1];
  if (status === undefined || (length === undefined && !CHUNKED.test(head))) {
    throw new Error('An answer without status or length.');
  }
  progress.head = undefined;
  progress.status = Number(status);
  progress.remainingBytes = length === undefined ? -1 : Number(length);
  return bytes.subarray(headEnd + HEAD_END.length);
}

/** The body of a whole chunked or sized answer, for a check of what is otherwise only counted. */
export function decodeBody(answer: Buffer): Buffer {
  const headEnd = answer.indexOf(HEAD_END);
  const head = answer.toString('latin1', 0, headEnd);
  let at = headEnd + HEAD_END.length;
  if (!CHUNKED.test(head)) return answer.subarray(at);
  const parts: Buffer[] = [];
  for (;;) {
    const lineEnd = answer.indexOf('\r\n', at);
    const size = Number.parseInt(answer.toString('latin1', at, lineEnd), 16);
    if (!(size > 0)) return Buffer.concat(parts);
    parts.push(answer.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}
