/** An answer as it stood on the wire, interim ones (1xx) left out. */
export interface WireAnswer {
  readonly version: string;
  readonly status: number;
  /** Names in lower case; of repeated ones the last. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** False when the connection ended in the middle of it, or it goes on. */
  readonly isComplete: boolean;
}

export interface WireAnswers {
  readonly answers: readonly WireAnswer[];
  /** Bytes after the last answer that begin none. */
  readonly rest: string;
}

const HEAD = /^(HTTP\/\d\.\d) (\d{3})[^\r\n]*\r\n((?:[^\r\n:]+:[^\r\n]*\r\n)*)\r\n/;

/** Reads what a server sent over one connection, strictly: whatever is not an answer is left as `rest`. */
export function parseAnswers(bytes: Buffer, hasEnded: boolean, headOnly = false): WireAnswers {
  const answers: WireAnswer[] = [];
  // One character per byte, so that lengths hold.
  let text = bytes.toString('latin1');
  for (;;) {
    const match = HEAD.exec(text);
    if (match === null) return { answers, rest: text };
    const [head = '', version = '', status = '', lines = ''] = match;
    const headers = new Map(lines.split('\r\n').map((line) => splitHeader(line)));
    const body = takeBody(text.slice(head.length), Number(status), headers, hasEnded, headOnly);
    text = body.rest;
    if (Number(status) >= 200) {
      const decoded = Buffer.from(body.body, 'latin1').toString();
      answers.push({ version, status: Number(status), headers, body: decoded, isComplete: body.isComplete });
    }
    if (!body.isComplete) return { answers, rest: text };
  }
}

interface TakenBody {
  readonly body: string;
  readonly rest: string;
  readonly isComplete: boolean;
}

function takeBody(
  text: string,
  status: number,
  headers: ReadonlyMap<string, string>,
  hasEnded: boolean,
  headOnly: boolean,
): TakenBody {
  if (status < 200 || status === 204 || status === 304 || headOnly) return { body: '', rest: text, isComplete: true };
  if (headers.get('transfer-encoding') === 'chunked') return takeChunks(text);
  const length = headers.get('content-length');
  if (length === undefined) return { body: text, rest: '', isComplete: hasEnded };
  const size = Number(length);
  return { body: text.slice(0, size), rest: text.slice(size), isComplete: text.length >= size };
}

function takeChunks(text: string): TakenBody {
  let body = '';
  let at = 0;
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at);
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    const dataEnd = lineEnd + 2 + size;
    if (lineEnd === -1 || Number.isNaN(size) || text.length < dataEnd + 2) return { body, rest: '', isComplete: false };
    if (text.slice(dataEnd, dataEnd + 2) !== '\r\n') return { body, rest: text.slice(at), isComplete: false };
    body += text.slice(lineEnd + 2, dataEnd);
    at = dataEnd + 2;
    if (size === 0) return { body, rest: text.slice(at), isComplete: true };
  }
}

function splitHeader(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}
