import type { Clock, UpstreamResponse } from '../core/ports.ts';
import type { ReplySplicer, SpliceStep } from '../decide/continuity/splice-reply.ts';
import type { AttemptChoice } from '../decide/routing/choose-next-attempt.ts';
import { classifyFrame, createFrameView, type FrameKind } from '../decide/wire/observe/classify-frame.ts';
import { FrameScanner } from '../decide/wire/sse/frame-scanner.ts';
import { createDecoder } from './decode-events.ts';
import type { EncodedRequest } from './encode-for-lane.ts';
import type { RunningAttempt } from './record-attempt.ts';
import type { AttemptResult } from './walk-types.ts';

export interface HedgeDeps {
  readonly clock: Clock;
  readonly maxEventBytes: number;
  /** One that writes to nobody: tells what of another wire's answer would be of use. */
  readonly createSplicer: () => ReplySplicer;
  /** Whom to ask as well; `undefined`: nobody. */
  readonly choose: (runningTargetId: string) => AttemptChoice | undefined;
  readonly start: (next: AttemptChoice) => RunningAttempt;
  /** Ends the slower one. */
  readonly lose: (running: RunningAttempt) => Promise<void>;
}

const NOT_YET: ReadonlySet<FrameKind> = new Set(['lifecycle', 'comment', 'sentinel', 'unknown']);
const BAD: ReadonlySet<FrameKind> = new Set(['failed', 'error', 'garbage']);

/**
 * When `first` says nothing useful for `afterMs`, a second target is asked too, and whichever is useful first goes on.
 * What it said meanwhile is kept and read again.
 */
export async function raceHedge(first: RunningAttempt, afterMs: number, deps: HedgeDeps): Promise<RunningAttempt> {
  const firstUseful = untilUseful(first, deps);
  const { promise: late, resolve } = Promise.withResolvers<'late'>();
  const cancel = deps.clock.after(afterMs, () => resolve('late'));
  const outcome = await Promise.race([firstUseful, late]);
  cancel();
  if (outcome !== 'late') return first;
  const next = deps.choose(first.target.id);
  if (next === undefined) {
    await firstUseful;
    return first;
  }
  const second = deps.start(next);
  const winner = await firstGood([
    [first, firstUseful],
    [second, untilUseful(second, deps)],
  ]);
  void deps.lose(winner === first ? second : first);
  return winner;
}

/** The first to be useful; when none is, the one that failed last. */
async function firstGood(entries: readonly (readonly [RunningAttempt, Promise<boolean>])[]): Promise<RunningAttempt> {
  const { promise, resolve } = Promise.withResolvers<RunningAttempt>();
  let open = entries.length;
  for (const [running, useful] of entries) {
    void useful.then((isUseful) => {
      open -= 1;
      if (isUseful || open === 0) resolve(running);
    });
  }
  return await promise;
}

/** Resolves true at the first useful event, false when there is none. */
async function untilUseful(running: RunningAttempt, deps: HedgeDeps): Promise<boolean> {
  const opened = await running.opened;
  if (opened.kind === 'failed') return false;
  const { response } = opened;
  const chunks: Uint8Array[] = [];
  let error: unknown;
  let isUseful = false;
  try {
    const judge = running.codec === undefined ? judgeEvents() : judgeTranslated(running.codec, deps.createSplicer());
    isUseful = await readUntilUseful(response, judge, chunks, deps.maxEventBytes);
  } catch (cause) {
    error = cause;
  }
  running.opened = Promise.resolve<AttemptResult>({ kind: 'opened', response: replay(response, chunks, error) });
  return isUseful;
}

/** Decides whether an answer is of use, from its events. */
interface Judge {
  readonly push: (bytes: Buffer, start: number, end: number) => void;
  /** Asked behind every chunk; `undefined`: nothing can be said yet. */
  readonly verdict: () => 'useful' | 'bad' | undefined;
}

/** Of Responses events. */
function judgeEvents(): Judge {
  const view = createFrameView();
  let verdict: 'useful' | 'bad' | undefined;
  return {
    push: (bytes, start, end) => {
      classifyFrame(bytes, start, end, view);
      if (!NOT_YET.has(view.kind)) verdict ??= BAD.has(view.kind) ? 'bad' : 'useful';
    },
    verdict: () => verdict,
  };
}

/** Of another wire's events: by what they are translated to. */
function judgeTranslated(codec: NonNullable<EncodedRequest['codec']>, splicer: ReplySplicer): Judge {
  const decoder = createDecoder(codec, splicer);
  let step: SpliceStep = { kind: 'more' };
  return {
    push: (bytes, start, end) => {
      if (step.kind === 'more') step = decoder.push(bytes, start, end, true);
    },
    verdict: () => {
      if (step.kind === 'more') step = decoder.flush();
      if (splicer.sawUseful || step.kind === 'completed') return 'useful';
      return step.kind === 'more' ? undefined : 'bad';
    },
  };
}

async function readUntilUseful(
  response: UpstreamResponse,
  judge: Judge,
  chunks: Uint8Array[],
  maxEventBytes: number,
): Promise<boolean> {
  const scanner = new FrameScanner(maxEventBytes);
  for (;;) {
    const chunk = await response.read();
    if (chunk === undefined) return false;
    chunks.push(chunk);
    const fits = scanner.push(chunk, judge.push);
    const verdict = judge.verdict();
    if (verdict !== undefined || !fits) return verdict === 'useful';
  }
}

/** The same response with what was already read of it. */
function replay(response: UpstreamResponse, chunks: readonly Uint8Array[], error: unknown): UpstreamResponse {
  let next = 0;
  return {
    status: response.status,
    header: response.header,
    close: response.close,
    read: async () => {
      const chunk = chunks[next];
      if (chunk === undefined && error === undefined) return await response.read();
      if (chunk === undefined) throw error;
      next += 1;
      return chunk;
    },
  };
}
