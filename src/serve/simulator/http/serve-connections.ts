import type { Socket } from 'bun';
import type { Clock } from '../../../core/ports.ts';
import { createRequestReader, type HttpRequest, type RequestReader } from './read-request.ts';
import type { SendStep, Transmission } from './transmission.ts';

/** What became of a transmission, filled in while it goes on. */
export interface TransmissionLog {
  bytesSent: number;
  /** The client left before the last byte was sent. */
  abortedByClient: boolean;
  isFinished: boolean;
}

export interface Exchange {
  readonly transmission: Transmission;
  readonly log: TransmissionLog;
  /** Called once nothing more is sent. */
  readonly onFinished?: () => void;
}

export interface ConnectionHandlers {
  /** Steps to play as soon as a client has connected, before it has said anything. */
  readonly onConnect: () => readonly SendStep[];
  readonly onRequest: (request: HttpRequest, remoteAddress: string) => Exchange;
}

export interface ListenOptions {
  readonly hostname: string;
  readonly port: number;
  readonly tls?: { readonly cert: string; readonly key: string };
}

export interface Listener {
  readonly port: number;
  /** Closes every connection. */
  readonly stop: () => void;
}

interface Connection {
  readonly reader: RequestReader;
  readonly waitForDrain: () => Promise<void>;
  readonly drained: () => void;
  readonly closed: () => void;
  readonly isClosed: () => boolean;
  isBusy: boolean;
  /** Lets go of what the current transmission waits for. */
  breakOff: (() => void) | undefined;
}

const LIMITS = { headBytes: 65_536, bodyBytes: 256 * 1024 * 1024 };
const CONTINUE = new TextEncoder().encode('HTTP/1.1 100 Continue\r\n\r\n');
/** Bytes that are still on their way would be thrown away by a reset. */
const RESET_DELAY_MS = 2;

/** A raw HTTP/1.1 server: the only way to have every byte, pause and broken connection under control. */
export function serveConnections(options: ListenOptions, handlers: ConnectionHandlers, clock: Clock): Listener {
  const open = new Set<Socket<Connection>>();
  const listener = Bun.listen<Connection>({
    hostname: options.hostname,
    port: options.port,
    ...(options.tls === undefined ? {} : { tls: { cert: options.tls.cert, key: options.tls.key } }),
    socket: {
      open(socket) {
        socket.data = createConnection();
        open.add(socket);
        const steps = handlers.onConnect();
        if (steps.length > 0) void playOnConnect(socket, steps, handlers, clock);
      },
      data(socket, bytes) {
        socket.data.reader.push(bytes);
        if (!socket.data.isBusy) void handleRequests(socket, handlers, clock);
      },
      drain(socket) {
        socket.data.drained();
      },
      close(socket) {
        open.delete(socket);
        (socket.data as Connection | undefined)?.closed();
      },
      error(socket) {
        open.delete(socket);
        // A TLS handshake that fails never came to `open`.
        (socket.data as Connection | undefined)?.closed();
      },
    },
  });
  return {
    port: listener.port,
    stop: () => {
      listener.stop(true);
      for (const socket of open) socket.terminate();
    },
  };
}

const createLog = (): TransmissionLog => ({ bytesSent: 0, abortedByClient: false, isFinished: false });

function createConnection(): Connection {
  let drain = Promise.withResolvers<void>();
  let isClosed = false;
  const connection: Connection = {
    reader: createRequestReader(LIMITS),
    waitForDrain: () => drain.promise,
    drained: () => {
      drain.resolve();
      drain = Promise.withResolvers<void>();
    },
    closed: () => {
      isClosed = true;
      drain.resolve();
      connection.breakOff?.();
    },
    isClosed: () => isClosed,
    isBusy: false,
    breakOff: undefined,
  };
  return connection;
}

/** Whatever the client says meanwhile waits until the steps are played. */
async function playOnConnect(
  socket: Socket<Connection>,
  steps: readonly SendStep[],
  handlers: ConnectionHandlers,
  clock: Clock,
): Promise<void> {
  socket.data.isBusy = true;
  await send(socket, { transmission: { steps }, log: createLog() }, true, clock);
  await handleRequests(socket, handlers, clock);
}

/** One request after the other, as long as whole ones are there. */
async function handleRequests(socket: Socket<Connection>, handlers: ConnectionHandlers, clock: Clock): Promise<void> {
  const connection = socket.data;
  connection.isBusy = true;
  while (!connection.isClosed()) {
    const result = connection.reader.next();
    if (result.kind === 'need-more') break;
    if (result.kind === 'expects-continue') {
      socket.write(CONTINUE);
      continue;
    }
    if (result.kind === 'invalid') {
      socket.end(`HTTP/1.1 ${result.status} ${result.message}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const exchange = handlers.onRequest(result.request, socket.remoteAddress);
    await send(socket, exchange, result.request.keepAlive, clock);
  }
  connection.isBusy = false;
}

/** Lets go of whatever a transmission waits for. */
interface Break {
  readonly happened: Promise<void>;
  readonly hasHappened: () => boolean;
  readonly trigger: () => void;
}

function createBreak(): Break {
  const { promise, resolve } = Promise.withResolvers<void>();
  let isBroken = false;
  return {
    happened: promise,
    hasHappened: () => isBroken,
    trigger: () => {
      isBroken = true;
      resolve();
    },
  };
}

async function send(
  socket: Socket<Connection>,
  { transmission, log, onFinished }: Exchange,
  keepAlive: boolean,
  clock: Clock,
): Promise<void> {
  const connection = socket.data;
  const { steps, interrupt } = transmission;
  let isInterrupted = false;
  const playSteps = async (list: readonly SendStep[], interruptAfterMs?: number): Promise<boolean> => {
    const broken = createBreak();
    connection.breakOff = broken.trigger;
    if (connection.isClosed()) broken.trigger();
    const cancel =
      interruptAfterMs === undefined
        ? undefined
        : clock.after(interruptAfterMs, () => {
            isInterrupted = true;
            broken.trigger();
          });
    for (const step of list) {
      if (broken.hasHappened()) break;
      await playStep(step, socket, log, broken, clock);
    }
    cancel?.();
    connection.breakOff = undefined;
    return !broken.hasHappened();
  };
  let isComplete = await playSteps(steps, interrupt?.afterMs);
  if (isInterrupted && interrupt !== undefined) isComplete = await playSteps(interrupt.steps);
  log.isFinished = isComplete;
  log.abortedByClient = !isComplete;
  onFinished?.();
  if (!keepAlive && !connection.isClosed()) socket.end();
}

async function playStep(
  step: SendStep,
  socket: Socket<Connection>,
  log: TransmissionLog,
  broken: Break,
  clock: Clock,
): Promise<void> {
  switch (step.kind) {
    case 'send':
      return await sendBytes(step.bytes, socket, log, broken);
    case 'send-repeatedly':
      for (let count = 0; count < step.times && !broken.hasHappened(); count += 1) {
        await sendBytes(step.bytes, socket, log, broken);
      }
      return;
    case 'wait':
      return await pause(step.ms, broken, clock);
    case 'stall':
      return await broken.happened;
    case 'close':
      socket.end();
      return;
    case 'reset':
      await pause(RESET_DELAY_MS, broken, clock);
      if (!socket.data.isClosed()) socket.terminate();
      return;
  }
}

async function sendBytes(
  bytes: Uint8Array,
  socket: Socket<Connection>,
  log: TransmissionLog,
  broken: Break,
): Promise<void> {
  let rest = bytes;
  while (rest.length > 0 && !broken.hasHappened()) {
    const sent = socket.write(rest);
    if (sent > 0) {
      log.bytesSent += sent;
      rest = rest.subarray(sent);
    }
    if (rest.length > 0) await Promise.race([socket.data.waitForDrain(), broken.happened]);
  }
}

async function pause(ms: number, broken: Break, clock: Clock): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = clock.after(ms, resolve);
  await Promise.race([promise, broken.happened]);
  cancel();
}
