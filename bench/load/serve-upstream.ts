/**
 * The provider of the measurements, in a process of its own. It reads no more of a request than where it ends and
 * writes answers that were built before, so that it costs as little as a provider can.
 */
import type { Socket } from 'bun';
import { asChunk, createEventStream, LAST_CHUNK, renderAnswer, STREAM_HEAD } from '../traffic/event-stream.ts';
import { renderLaneAnswer } from '../traffic/lane-answers.ts';
import { answerFaulty } from './answer-faulty.ts';
import type { UpstreamCommand, UpstreamMode, UpstreamReport } from './messages.ts';
import { createPacer, type Feed } from './pace-streams.ts';
import { findRequestEnd, type RequestProgress, startRequest } from './read-request.ts';
import { createStampedDelta } from './stamped-delta.ts';

/** A route of two healthy targets needs two addresses. */
const LISTENERS = 2;

export interface Connection {
  readonly progress: RequestProgress;
  /** Not yet taken by the kernel. */
  unsent: Buffer | undefined;
  /** Waits for its next request. */
  isIdle: boolean;
}

let mode: UpstreamMode = { kind: 'burst', events: 200, echoesTools: false };
let answer = renderAnswer(createEventStream(mode));
let requests = 0;
const connections = new Set<Socket<Connection>>();
const stream = createEventStream({ events: 200, echoesTools: false });
const pacer = createPacer();
const nextStamped = createStampedDelta(stream);
const endless = new Set<Socket<Connection>>();
const LANES = {
  chat: renderLaneAnswer('chat', 200),
  messages: renderLaneAnswer('messages', 200),
  gemini: renderLaneAnswer('gemini', 200),
};
const STREAM_START = Buffer.concat([STREAM_HEAD, ...stream.head.map(asChunk)]);
const PIECES = [STREAM_START, ...stream.deltas.map(asChunk), ...stream.tail.map(asChunk)];

function send(socket: Socket<Connection>, bytes: Buffer): void {
  if (socket.data.unsent !== undefined) {
    socket.data.unsent = Buffer.concat([socket.data.unsent, bytes]);
    return;
  }
  const written = socket.write(bytes);
  if (written >= 0 && written < bytes.length) socket.data.unsent = Buffer.from(bytes.subarray(written));
}

function onRequest(socket: Socket<Connection>): void {
  requests++;
  const { kind } = mode;
  if (kind === 'burst') send(socket, answerFor(socket.data.progress.path));
  else if (kind === 'paced') pacer.add(feedAnswer(socket));
  else if (kind === 'endless') {
    endless.add(socket);
    send(socket, STREAM_START);
    pacer.add(() => feedStamped(socket));
  } else {
    answerFaulty(stream, {
      write: (bytes) => send(socket, bytes),
      end: () => socket.end(),
      reset: () => socket.terminate(),
      isOpen: () => connections.has(socket),
    });
  }
}

/** Each wire has its own address. */
function answerFor(path: string): Buffer {
  if (path.endsWith('/chat/completions')) return LANES.chat;
  if (path.endsWith('/messages')) return LANES.messages;
  return path.includes(':streamGenerateContent') ? LANES.gemini : answer;
}

function forget(socket: Socket<Connection>): void {
  connections.delete(socket);
  endless.delete(socket);
}

/** The head at once, then an event per turn; with the last one the answer is complete. */
function feedAnswer(socket: Socket<Connection>): Feed {
  let at = 0;
  return () => {
    const piece = PIECES[at++];
    if (piece === undefined || !connections.has(socket)) return false;
    send(socket, at === PIECES.length ? Buffer.concat([piece, LAST_CHUNK]) : piece);
    return at < PIECES.length;
  };
}

function feedStamped(socket: Socket<Connection>): boolean {
  if (!endless.has(socket)) return false;
  const bytes = nextStamped();
  // What must wait is kept, and the next stamp goes into the same bytes.
  send(socket, socket.data.unsent === undefined ? bytes : Buffer.from(bytes));
  return true;
}

const listeners = Array.from({ length: LISTENERS }, () =>
  Bun.listen<Connection>({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      open: (socket) => {
        socket.data = { progress: startRequest(), unsent: undefined, isIdle: true };
        connections.add(socket);
      },
      data: (socket, chunk) => {
        socket.data.isIdle = false;
        if (!findRequestEnd(socket.data.progress, chunk)) return;
        socket.data.isIdle = true;
        onRequest(socket);
      },
      drain: (socket) => {
        const { unsent } = socket.data;
        socket.data.unsent = undefined;
        if (unsent !== undefined) send(socket, unsent);
      },
      close: forget,
      error: forget,
    },
  }),
);

function obey(command: UpstreamCommand): void {
  switch (command.kind) {
    case 'mode':
      mode = command.mode;
      if (mode.kind === 'burst') answer = renderAnswer(createEventStream(mode));
      pacer.stop();
      if (mode.kind === 'paced' || mode.kind === 'endless') pacer.start(mode.eventsPerSecond);
      break;
    case 'finish-streams':
      for (const socket of endless) send(socket, Buffer.concat([...stream.tail.map(asChunk), LAST_CHUNK]));
      endless.clear();
      break;
    case 'close-idle':
      for (const socket of connections) if (socket.data.isIdle) socket.end();
      break;
    case 'report':
  }
  report({ kind: 'done', requests, sentEvents: pacer.sentEvents() });
}

const report = (message: UpstreamReport): void => void process.send?.(message);

process.on('message', (command) => obey(command as UpstreamCommand));
process.on('disconnect', () => process.exit(0));
report({ kind: 'listening', ports: listeners.map((listener) => listener.port) });
