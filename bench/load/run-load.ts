import type { Socket } from 'bun';
import { percentilesOf } from '../measure/statistics.ts';
import type { LoadJob, LoadResult } from './messages.ts';
import { type AnswerProgress, findAnswerEnd, startAnswer } from './read-answer.ts';
import { renderRequest } from './render-request.ts';

interface Client {
  answer: AnswerProgress;
  startedMs: number;
  firstByteMs: number;
  /** Of the request, not yet taken by the kernel. */
  unsent: Buffer | undefined;
  isWaiting: boolean;
}

/** As many clients as `concurrency` says, each asking again as soon as it has its answer. */
export function runLoad(job: LoadJob): Promise<LoadResult> {
  const request = renderRequest(job.target, job.shape);
  const { promise, resolve } = Promise.withResolvers<LoadResult>();
  const firstByteMs: number[] = [];
  const lastByteMs: number[] = [];
  const sockets = new Set<Socket<Client>>();
  const startedMs = performance.now();
  let started = 0;
  let failures = 0;
  let running = job.concurrency;

  const next = (socket?: Socket<Client>): void => {
    if (started >= job.requests) {
      socket?.end();
      if (--running === 0) finish();
      return;
    }
    started++;
    const client: Client = {
      answer: startAnswer(),
      startedMs: performance.now(),
      firstByteMs: 0,
      unsent: undefined,
      isWaiting: true,
    };
    if (socket === undefined) void open(client);
    else {
      socket.data = client;
      write(socket, request);
    }
  };
  const fail = (client: Client): void => {
    if (!client.isWaiting) return;
    client.isWaiting = false;
    failures++;
    next();
  };
  const handler = {
    data: (socket: Socket<Client>, chunk: Uint8Array): void => {
      const client = socket.data;
      if (client.firstByteMs === 0) client.firstByteMs = performance.now();
      if (!findAnswerEnd(client.answer, chunk)) return;
      client.isWaiting = false;
      if (client.answer.status === 200) {
        firstByteMs.push(client.firstByteMs - client.startedMs);
        lastByteMs.push(performance.now() - client.startedMs);
      } else failures++;
      if (job.connection === 'kept') next(socket);
      else {
        socket.end();
        next();
      }
    },
    drain: (socket: Socket<Client>): void => flush(socket),
    close: (socket: Socket<Client>): void => {
      sockets.delete(socket);
      fail(socket.data);
    },
  };
  const open = async (client: Client): Promise<void> => {
    try {
      const socket = await Bun.connect<Client>({
        hostname: '127.0.0.1',
        port: job.target.port,
        data: client,
        socket: handler,
      });
      sockets.add(socket);
      write(socket, request);
    } catch {
      fail(client);
    }
  };
  const finish = (): void => {
    const seconds = (performance.now() - startedMs) / 1000;
    resolve({
      requests: lastByteMs.length,
      failures,
      seconds,
      firstByteMs: percentilesOf(firstByteMs),
      lastByteMs: percentilesOf(lastByteMs),
    });
  };
  for (let index = 0; index < job.concurrency; index++) next();
  return promise;
}

function write(socket: Socket<Client>, bytes: Buffer): void {
  const written = socket.write(bytes);
  socket.data.unsent = written >= 0 && written < bytes.length ? bytes.subarray(written) : undefined;
}

function flush(socket: Socket<Client>): void {
  const { unsent } = socket.data;
  if (unsent !== undefined) write(socket, unsent);
}
