import { asChunk, type EventStream, LAST_CHUNK, STREAM_HEAD } from '../traffic/event-stream.ts';

/** A connection on which a request waits for its answer. */
export interface AnsweredConnection {
  readonly write: (bytes: Buffer) => void;
  readonly end: () => void;
  readonly reset: () => void;
  readonly isOpen: () => boolean;
}

type Fault = (stream: EventStream, connection: AnsweredConnection) => void;

const error = (status: string, code: string, headers = ''): Fault => {
  const body = JSON.stringify({ error: { message: 'simulated', type: 'server_error', param: null, code } });
  const bytes = Buffer.from(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`,
  );
  return (_stream, connection) => connection.write(bytes);
};

/** Every second answer fails, in each of these ways in turn. */
const FAULTS: readonly Fault[] = [
  error('500 Internal Server Error', 'server_error'),
  error('429 Too Many Requests', 'rate_limit_exceeded', 'retry-after-ms: 50\r\n'),
  error('503 Service Unavailable', 'server_is_overloaded'),
  (_stream, connection) => connection.reset(),
  (stream, connection) => sendSome(stream, connection, 0.1, () => connection.reset()),
  (stream, connection) => sendSome(stream, connection, 0.6, () => connection.reset()),
  (stream, connection) => sendSome(stream, connection, 0.9, () => connection.end()),
  // A stall: the gateway's own time limits must end it.
  (stream, connection) => sendSome(stream, connection, 0.3, () => undefined),
  () => undefined,
];

const PIECES = 20;
const PIECE_PAUSE_MS = 10;

let answered = 0;

export function answerFaulty(stream: EventStream, connection: AnsweredConnection): void {
  const turn = answered++;
  const fault = turn % 2 === 0 ? undefined : FAULTS[(turn >> 1) % FAULTS.length];
  if (fault === undefined) sendSome(stream, connection, 1, () => connection.write(LAST_CHUNK));
  else fault(stream, connection);
}

/** Sends a share of the answer in small pieces, over a fifth of a second at most. */
function sendSome(stream: EventStream, connection: AnsweredConnection, share: number, then: () => void): void {
  const events = [...stream.head, ...stream.deltas, ...stream.tail];
  const last = Math.ceil(events.length * share);
  const size = Math.ceil(events.length / PIECES);
  connection.write(STREAM_HEAD);
  let at = 0;
  const step = (): void => {
    if (!connection.isOpen()) return;
    connection.write(Buffer.concat(events.slice(at, Math.min(last, at + size)).map(asChunk)));
    at += size;
    if (at < last) setTimeout(step, PIECE_PAUSE_MS);
    else then();
  };
  step();
}
