/**
 * The provider of the measurements, in a process of its own. It reads no more of a request than where it ends and
 * writes answers that were built before, so that it costs as little as a provider can.
 */
import type { Socket } from 'bun';
import { asChunk, createEventStream, LAST_CHUNK, renderAnswer, STREAM_HEAD } from '../traffic/event-stream.ts';
import { answerFaulty } from './answer-faulty.ts';
import type { UpstreamCommand, UpstreamMode, UpstreamReport } from './messages.ts';
import { createPacer } from './pace-streams.ts';
import { findRequestEnd, type RequestProgress, startRequest } from './read-request.ts';

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
const pacer = createPacer(stream);

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
  if (kind === 'burst') send(socket, answer);
  else if (kind === 'paced') {
    send(socket, Buffer.concat([STREAM_HEAD, ...stream.head.map(asChunk)]));
    pacer.add({ write: (bytes) => send(socket, bytes), backlog: () => socket.data.unsent !== undefined });
  } else {
    answerFaulty(stream, {
      write: (bytes) => send(socket, bytes),
      end: () => socket.end(),
      reset: () => socket.terminate(),
      isOpen: () => connections.has(socket),
    });
  }
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
      close: (socket) => void connections.delete(socket),
      error: (socket) => void connections.delete(socket),
    },
  }),
);

function obey(command: UpstreamCommand): void {
  switch (command.kind) {
    case 'mode':
      mode = command.mode;
      if (mode.kind === 'burst') answer = renderAnswer(createEventStream(mode));
      pacer.stop();
      if (mode.kind === 'paced') pacer.start(mode.eventsPerSecond);
      break;
    case 'finish-streams':
      pacer.finish(Buffer.concat([...stream.tail.map(asChunk), LAST_CHUNK]));
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
