/** An HTTP/1.1 request reader that takes bytes as the network cuts them. */

export interface HttpRequest {
  readonly method: string;
  /** As sent, with query. */
  readonly target: string;
  /** Lower-case names; of a repeated header the last one. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly keepAlive: boolean;
}

export type ReadResult =
  | { readonly kind: 'need-more' }
  /** The client waits for `100 Continue` before it sends the body. Reported once. */
  | { readonly kind: 'expects-continue' }
  | { readonly kind: 'request'; readonly request: HttpRequest }
  /** The connection cannot be used any longer. */
  | { readonly kind: 'invalid'; readonly status: number; readonly message: string };

export interface RequestReader {
  readonly push: (bytes: Uint8Array) => void;
  /** The next whole request, if there is one. */
  readonly next: () => ReadResult;
}

export interface ReadLimits {
  /** Request line and headers. */
  readonly headBytes: number;
  readonly bodyBytes: number;
}

interface Head {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly keepAlive: boolean;
}

type BodyResult = { readonly kind: 'body'; readonly bytes: Uint8Array } | Exclude<ReadResult, { kind: 'request' }>;

const NEED_MORE = { kind: 'need-more' } as const;
const BLANK_LINE = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');
const LONGEST_CHUNK_LINE = 1024;

const invalid = (status: number, message: string) => ({ kind: 'invalid', status, message }) as const;

export function createRequestReader(limits: ReadLimits): RequestReader {
  const input = createByteQueue();
  let head: Head | undefined;
  let readBody: (() => BodyResult) | undefined;
  let mustContinue = false;

  const readHead = (): ReadResult | undefined => {
    const end = input.indexOf(BLANK_LINE);
    if (end > limits.headBytes || (end < 0 && input.length() > limits.headBytes)) {
      return invalid(431, 'the request headers are too large');
    }
    if (end < 0) return NEED_MORE;
    const text = Buffer.from(input.take(end + BLANK_LINE.length)).toString('latin1', 0, end);
    const parsed = parseHead(text);
    if (parsed === undefined) return invalid(400, 'the request is not HTTP/1.1');
    const length = parsed.headers['content-length'];
    if (/(^|,)\s*chunked\s*$/i.test(parsed.headers['transfer-encoding'] ?? '')) {
      readBody = createChunkedReader(input, limits.bodyBytes);
    } else if (length !== undefined && !/^\d{1,15}$/.test(length)) {
      return invalid(400, 'the content length is not a number');
    } else {
      readBody = createLengthReader(input, Number(length ?? 0), limits.bodyBytes);
    }
    mustContinue = parsed.headers['expect']?.toLowerCase() === '100-continue';
    head = parsed;
    return undefined;
  };

  const next = (): ReadResult => {
    if (head === undefined || readBody === undefined) {
      const result = readHead();
      if (result !== undefined) return result;
    }
    if (head === undefined || readBody === undefined) return NEED_MORE;
    const body = readBody();
    if (body.kind === 'need-more' && mustContinue) {
      mustContinue = false;
      return { kind: 'expects-continue' };
    }
    if (body.kind !== 'body') return body;
    const request = { ...head, body: body.bytes };
    head = undefined;
    readBody = undefined;
    return { kind: 'request', request };
  };
  return { push: input.push, next };
}

function parseHead(text: string): Head | undefined {
  const [requestLine = '', ...lines] = text.split('\r\n');
  const match = /^([A-Z]+) (\S+) HTTP\/1\.([01])$/.exec(requestLine);
  if (match === null) return undefined;
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon <= 0) return undefined;
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const connection = headers['connection']?.toLowerCase();
  const keepAlive = match[3] === '1' ? connection !== 'close' : connection === 'keep-alive';
  return { method: match[1] ?? '', target: match[2] ?? '', headers, keepAlive };
}

function createLengthReader(input: ByteQueue, length: number, limit: number): () => BodyResult {
  return () => {
    if (length > limit) return invalid(413, 'the request body is too large');
    return input.length() < length ? NEED_MORE : { kind: 'body', bytes: input.take(length) };
  };
}

function createChunkedReader(input: ByteQueue, limit: number): () => BodyResult {
  const chunks: Uint8Array[] = [];
  let total = 0;
  let chunkLength: number | undefined;
  return () => {
    for (;;) {
      if (chunkLength === undefined) {
        const end = input.indexOf(LINE_END);
        if (end < 0) {
          return input.length() > LONGEST_CHUNK_LINE ? invalid(400, 'a chunk size line is too long') : NEED_MORE;
        }
        const line = Buffer.from(input.take(end + LINE_END.length)).toString('latin1', 0, end);
        const size = /^([0-9a-fA-F]{1,8})\s*(;.*)?$/.exec(line)?.[1];
        if (size === undefined) return invalid(400, 'a chunk size is not a number');
        chunkLength = Number.parseInt(size, 16);
        total += chunkLength;
        if (total > limit) return invalid(413, 'the request body is too large');
      }
      // Trailers are not read: no client of this simulator sends any.
      if (input.length() < chunkLength + LINE_END.length) return NEED_MORE;
      if (chunkLength > 0) chunks.push(input.take(chunkLength));
      input.take(LINE_END.length);
      if (chunkLength === 0) return { kind: 'body', bytes: Buffer.concat(chunks, total) };
      chunkLength = undefined;
    }
  };
}

interface ByteQueue {
  readonly push: (bytes: Uint8Array) => void;
  readonly length: () => number;
  readonly indexOf: (needle: Buffer) => number;
  /** The first `count` bytes, which must be there. */
  readonly take: (count: number) => Uint8Array;
}

/** Joins what has arrived only when somebody looks at it, so that a large body is copied once. */
function createByteQueue(): ByteQueue {
  let parts: Uint8Array[] = [];
  let total = 0;
  const joined = (): Buffer => {
    const [first] = parts;
    if (parts.length === 1 && Buffer.isBuffer(first)) return first;
    const whole = Buffer.concat(parts, total);
    parts = [whole];
    return whole;
  };
  return {
    push: (bytes) => {
      parts.push(bytes);
      total += bytes.length;
    },
    length: () => total,
    indexOf: (needle) => (total < needle.length ? -1 : joined().indexOf(needle)),
    take: (count) => {
      const whole = joined();
      total -= count;
      parts = total === 0 ? [] : [whole.subarray(count)];
      return whole.subarray(0, count);
    },
  };
}
