import type { Socket } from 'bun';
import type { SoakJob, SoakResult } from './messages.ts';
import { type AnswerProgress, findAnswerEnd, startAnswer } from './read-answer.ts';
import { renderRequest } from './render-request.ts';

interface Visitor {
  answer: AnswerProgress;
  unsent: Buffer;
  /** Goes away after this many bytes of the answer; `Infinity`: stays to its end. */
  leavesAfterBytes: number;
  receivedBytes: number;
  isDone: boolean;
}

export interface RunningSoak {
  /** Lets running requests end and asks no more. */
  readonly stop: () => Promise<SoakResult>;
}

/** Of an answer of about 50 kB, those who leave see between nothing and nearly all. */
const LATEST_LEAVE_BYTES = 45_000;
/** Every fourth of those who leave does so by resetting the connection. */
const RESETS_EVERY = 4;
const RECONNECT_MS = 20;

/** Clients of which every second one leaves in mid-stream. */
export function runSoakLoad(job: SoakJob): RunningSoak {
  const requests = job.shapes.map((shape) => renderRequest(job.target, shape));
  const stopped = Promise.withResolvers<SoakResult>();
  const refused: Record<string, number> = {};
  let [completed, aborted, turn, running, isStopping] = [0, 0, 0, job.concurrency, false];

  const again = (): void => {
    if (!isStopping) return void open();
    if (--running === 0) stopped.resolve({ completed, aborted, refused });
  };
  const finish = (visitor: Visitor, how: 'completed' | 'aborted' | string): void => {
    if (visitor.isDone) return;
    visitor.isDone = true;
    if (how === 'completed') completed++;
    else if (how === 'aborted') aborted++;
    else refused[how] = (refused[how] ?? 0) + 1;
    setTimeout(again, how === 'closed' ? RECONNECT_MS : 0);
  };
  const socketHandler = {
    open: send,
    drain: send,
    data: (socket: Socket<Visitor>, chunk: Uint8Array): void => {
      const visitor = socket.data;
      visitor.receivedBytes += chunk.length;
      const isEnd = findAnswerEnd(visitor.answer, chunk);
      const { status } = visitor.answer;
      if (isEnd) finish(visitor, status === 200 ? 'completed' : String(status));
      else if (visitor.receivedBytes < visitor.leavesAfterBytes) return;
      else finish(visitor, 'aborted');
      if (!isEnd && turn % RESETS_EVERY === 0) socket.terminate();
      else socket.end();
    },
    close: (socket: Socket<Visitor>): void => finish(socket.data, 'closed'),
  };
  const open = async (): Promise<void> => {
    const number = turn++;
    // Multiplied by a large odd number, so that leaving, its moment and the size of the body do not go in step.
    const scattered = Math.imul(number, 0x9e3779b1) >>> 0;
    const leavesAfterBytes = scattered % 2 === 0 ? (scattered >>> 8) % LATEST_LEAVE_BYTES : Number.POSITIVE_INFINITY;
    const unsent = requests[(scattered >>> 4) % requests.length] ?? Buffer.alloc(0);
    const data: Visitor = { answer: startAnswer(), unsent, leavesAfterBytes, receivedBytes: 0, isDone: false };
    try {
      await Bun.connect<Visitor>({ hostname: '127.0.0.1', port: job.target.port, data, socket: socketHandler });
    } catch {
      finish(data, 'closed');
    }
  };
  for (let index = 0; index < job.concurrency; index++) void open();
  return {
    stop: () => {
      isStopping = true;
      return stopped.promise;
    },
  };
}

function send(socket: Socket<Visitor>): void {
  const { unsent } = socket.data;
  if (unsent.length === 0) return;
  const written = socket.write(unsent);
  if (written > 0) socket.data.unsent = unsent.subarray(written);
}
