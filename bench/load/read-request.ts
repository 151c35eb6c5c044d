/** Finds the end of an HTTP request; reads nothing else of it but the path. */
export interface RequestProgress {
  /** Of the head, while it is not complete. */
  head: Buffer | undefined;
  remainingBodyBytes: number;
  /** Of the last request whose head is complete, with its query. */
  path: string;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i;

export const startRequest = (): RequestProgress => ({ head: undefined, remainingBodyBytes: 0, path: '' });

/** True when `chunk` completes a request. Requests are not pipelined, and their length is always told. */
export function findRequestEnd(progress: RequestProgress, chunk: Uint8Array): boolean {
  if (progress.remainingBodyBytes > 0) {
    progress.remainingBodyBytes -= chunk.length;
    return progress.remainingBodyBytes <= 0;
  }
  const part = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const bytes = progress.head === undefined ? part : Buffer.concat([progress.head, part]);
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd === -1) {
    progress.head = bytes;
    return false;
  }
  progress.head = undefined;
  const head = bytes.toString('latin1', 0, headEnd);
  progress.path = head.slice(head.indexOf(' ') + 1, head.indexOf(' HTTP/'));
  const length = CONTENT_LENGTH.exec(head)?.[1];
  if (length === undefined) throw new Error('A request without content-length reached the upstream.');
  progress.remainingBodyBytes = Number(length) - (bytes.length - headEnd - HEAD_END.length);
  return progress.remainingBodyBytes <= 0;
}
