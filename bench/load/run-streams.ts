import type { Socket } from 'bun';
import { percentilesOf } from '../measure/statistics.ts';
import type { StreamsJob, StreamsResult } from './messages.ts';
import { type AnswerProgress, findAnswerEnd, startAnswer } from './read-answer.ts';
import { renderRequest } from './render-request.ts';
import { nowMicros, STAMP_DIGITS, STAMP_FIELD } from './time-stamp.ts';

interface Reader {
  answer: AnswerProgress;
  unsent: Buffer | undefined;
  isDone: boolean;
}

export interface RunningStreams {
  /** Resolves when all are open. */
  readonly opened: Promise<{ readonly opened: number; readonly failures: number }>;
  /** Forgets the lags so far. */
  readonly mark: () => void;
  /** Resolves when all have ended by themselves. */
  readonly ended: Promise<StreamsResult>;
}

const STAMP = Buffer.from(STAMP_FIELD);
const OPEN_TICK_MS = 10;

/** Opens many streams and reads, of every piece that arrives, how long ago its first event was sent. */
export function runStreams(job: StreamsJob): RunningStreams {
  const request = renderRequest(job.target, job.shape);
  const opened = Promise.withResolvers<{ readonly opened: number; readonly failures: number }>();
  const ended = Promise.withResolvers<StreamsResult>();
  let lagsMs: number[] = [];
  let answering = 0;
  let failures = 0;
  let remaining = job.streams;

  const finishOne = (reader: Reader, isWhole: boolean): void => {
    if (reader.isDone) return;
    reader.isDone = true;
    if (!isWhole) failures++;
    reportOpened();
    if (--remaining === 0)
      ended.resolve({ opened: answering, failures, sampled: lagsMs.length, lagMs: percentilesOf(lagsMs) });
  };
  const reportOpened = (): void => {
    if (answering + failures >= job.streams) opened.resolve({ opened: answering, failures });
  };
  const socketHandler = {
    open: (socket: Socket<Reader>): void => send(socket, request),
    data: (socket: Socket<Reader>, chunk: Uint8Array): void => {
      const reader = socket.data;
      const isFirst = reader.answer.status === 0;
      const isEnd = findAnswerEnd(reader.answer, chunk);
      if (isFirst && reader.answer.status === 200) {
        answering++;
        reportOpened();
      }
      const lagMs = readLag(chunk);
      if (lagMs !== undefined) lagsMs.push(lagMs);
      if (!isEnd) return;
      finishOne(reader, reader.answer.status === 200);
      socket.end();
    },
    drain: (socket: Socket<Reader>): void => {
      if (socket.data.unsent !== undefined) send(socket, socket.data.unsent);
    },
    close: (socket: Socket<Reader>): void => finishOne(socket.data, false),
  };
  const open = async (): Promise<void> => {
    const data: Reader = { answer: startAnswer(), unsent: undefined, isDone: false };
    try {
      await Bun.connect<Reader>({ hostname: '127.0.0.1', port: job.target.port, data, socket: socketHandler });
    } catch {
      finishOne(data, false);
    }
  };
  let asked = 0;
  const timer = setInterval(() => {
    const perTick = Math.max(1, Math.round((job.opensPerSecond * OPEN_TICK_MS) / 1000));
    for (let index = 0; index < perTick && asked < job.streams; index++, asked++) void open();
    if (asked >= job.streams) clearInterval(timer);
  }, OPEN_TICK_MS);
  const mark = (): void => {
    lagsMs = [];
  };
  return { opened: opened.promise, ended: ended.promise, mark };
}

/** Age of the oldest event in a piece of a stream. */
function readLag(chunk: Uint8Array): number | undefined {
  const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const at = bytes.indexOf(STAMP);
  if (at === -1) return undefined;
  const start = at + STAMP.length;
  const stamp = Number(bytes.toString('latin1', start, start + STAMP_DIGITS));
  return start + STAMP_DIGITS <= bytes.length && stamp > 0 ? (nowMicros() - stamp) / 1000 : undefined;
}

function send(socket: Socket<Reader>, bytes: Buffer): void {
  const written = socket.write(bytes);
  socket.data.unsent = written >= 0 && written < bytes.length ? bytes.subarray(written) : undefined;
}
