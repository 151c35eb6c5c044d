import { type Failure, type FailureCode, failureFacts } from '../core/failures.ts';
import { lengthOf } from '../core/length-of.ts';
import type { Target } from '../core/target.ts';
import { decideContinuation } from '../decide/continuity/decide-continuation.ts';
import { listSealedState } from '../decide/continuity/drop-sealed-state.ts';
import { noteRefused } from '../decide/continuity/provenance.ts';
import { ReplySplicer } from '../decide/continuity/splice-reply.ts';
import { chooseHedge } from '../decide/routing/choose-hedge.ts';
import {
  type AttemptChoice,
  chooseNextAttempt,
  type NextAttempt,
  type Tried,
} from '../decide/routing/choose-next-attempt.ts';
import { attempt } from './3-attempt.ts';
import { commitJson, commitStream } from './4-commit.ts';
import { AttemptWatch } from './attempt-watch.ts';
import { encodeForLane } from './encode-for-lane.ts';
import { finalFailure } from './final-failure.ts';
import { type HedgeDeps, raceHedge } from './hedge.ts';
import { type RunningAttempt, recordAttempt } from './record-attempt.ts';
import { ReplyWriter } from './reply-writer.ts';
import type {
  AttemptResult,
  ClientError,
  CommitResult,
  ExchangeDeps,
  Inbound,
  Planned,
  Reply,
  Trace,
} from './walk-types.ts';

/** One exchange after planning: everything its attempts share. */
interface Answering {
  readonly planned: Planned;
  readonly trace: Trace;
  readonly deps: ExchangeDeps;
  readonly splicer: ReplySplicer;
  readonly writer: ReplyWriter;
  readonly tried: Tried[];
  /** Targets that could not read the conversation's sealed state. */
  readonly refusedState: Set<string>;
  clientError: ClientError | undefined;
}

/** Attempts and commits until one target has answered, continued by the rules of design §6. */
export async function answer(
  planned: Planned,
  inbound: Inbound,
  reply: Reply,
  trace: Trace,
  deps: ExchangeDeps,
): Promise<void> {
  const splicer = createSplicer(planned, trace, deps);
  const writer = new ReplyWriter(reply, trace, planned.admitted.request.stream, deps, () => {
    splicer.keepAlive();
    void writer.write(splicer.takeOutput());
  });
  inbound.onGone(() => writer.clientGone('CLIENT_GONE'));
  const state: Answering = {
    planned,
    trace,
    deps,
    splicer,
    writer,
    tried: [],
    refusedState: new Set(),
    clientError: undefined,
  };
  try {
    let next = chooseNext(state);
    while (next.kind === 'attempt') {
      if (next.backoffMs > 0) await pause(next.backoffMs, deps);
      if (writer.isClientGone) {
        clientGone(writer.goneCode, state);
        return;
      }
      const ended = await attemptOnce(next, state);
      const after = afterAttempt(ended, state);
      if (after === undefined) return;
      next = after;
    }
    giveUp(state);
  } finally {
    writer.finish();
  }
}

function createSplicer(planned: Planned, trace: Trace, deps: ExchangeDeps): ReplySplicer {
  const { request, client } = planned.admitted;
  return new ReplySplicer({
    effects: planned.route.effects,
    maxHeldBytes: deps.settings.server.maxEventBytes,
    isStrict: client.kind === 'other',
    allowsIncomplete: request.limitsOutput,
    responseId: `resp_${trace.id}`,
    model: request.model,
    createdAt: Math.floor(trace.startedAtMs / 1000),
  });
}

function chooseNext(state: Answering): NextAttempt {
  const { planned, deps, tried } = state;
  return chooseNextAttempt({
    plan: planned,
    tried,
    health: deps.state.health,
    budget: deps.state.budget,
    nowMs: deps.clock.now(),
    retry: deps.settings.retry,
    pick: deps.random(),
  });
}

const pause = (ms: number, deps: ExchangeDeps): Promise<void> =>
  new Promise((resolve) => void deps.clock.after(ms, resolve));

interface EndedAttempt {
  readonly result: CommitResult;
  readonly target: Target;
  /** Wall clock. */
  readonly startedAtMs: number;
}

async function attemptOnce(next: AttemptChoice, state: Answering): Promise<EndedAttempt> {
  const { planned, deps, writer } = state;
  const { request } = planned.admitted;
  const hedgeAfterMs = request.stream ? deps.settings.retry.hedgeAfterMs : 0;
  const first = startAttempt(next, state);
  const running = hedgeAfterMs === 0 ? first : await raceHedge(first, hedgeAfterMs, hedgeDeps(state));
  const opened = await running.opened;
  try {
    const result = await commit(running, opened, state);
    endAttempt(running, opened, result, state);
    return { result, target: running.target, startedAtMs: running.startedAtMs };
  } catch (error) {
    // A defect of ours must not leave the call and its deadlines behind.
    running.watch.end('INTERNAL');
    running.watch.stop();
    writer.unfollow(running.watch);
    throw error;
  }
}

async function commit(running: RunningAttempt, opened: AttemptResult, state: Answering): Promise<CommitResult> {
  const { planned, deps, splicer, writer } = state;
  const { request } = planned.admitted;
  if (opened.kind === 'failed')
    return writer.isClientGone ? { kind: 'client-gone', failure: { code: writer.goneCode } } : opened;
  const { response } = opened;
  const { target, watch, codec } = running;
  return request.stream
    ? await commitStream(response, target, planned.admitted, codec, splicer, writer, watch, deps)
    : await commitJson(response, target, request.limitsOutput, codec, writer, watch, deps);
}

/** Sends the request to a target; `opened` resolves at response headers. */
function startAttempt(next: AttemptChoice, state: Answering): RunningAttempt {
  const { planned, trace, deps, writer } = state;
  const { target } = next.attempt;
  deps.state.beginAttempt(next, deps.clock.now(), deps.settings);
  const watch = new AttemptWatch(deps.watch, target, deps.clock);
  writer.follow(watch);
  const encoded = encodeForLane(
    {
      target,
      admitted: planned.admitted,
      body: planned.admitted.body.read(),
      route: planned.route,
      hasRefusedState: state.refusedState.has(target.id),
      onLength: lengthRule(state),
      seed: `${trace.id}${trace.attempts.length + 1}`,
    },
    deps,
  );
  const isEncoded = encoded.kind === 'encoded';
  const running: RunningAttempt = {
    target,
    next,
    watch,
    lane: encoded.lane,
    bytesIn: isEncoded ? lengthOf(encoded.body) : 0,
    codec: isEncoded ? encoded.codec : undefined,
    droppedTools: isEncoded ? (encoded.droppedTools ?? []) : [],
    bytesBefore: writer.writtenBytes,
    startedAtMs: deps.clock.now(),
    startedMs: deps.clock.monotonic(),
    headersMs: 0,
    opened: (isEncoded ? attempt(planned, target, encoded, watch, deps) : Promise.resolve(encoded)).then((opened) => {
      running.headersMs = deps.clock.monotonic() - running.startedMs;
      return opened;
    }),
  };
  return running;
}

/** An answer that ran into its limit is continued for a client that asks again by itself, a few times per turn. */
function lengthRule({ planned, deps }: Answering): 'continue' | 'incomplete' {
  const { client, request, turnId } = planned.admitted;
  const canContinue = client.honoursEndTurn && !request.limitsOutput;
  return canContinue && deps.state.continuationsOf(turnId) < deps.settings.retry.continuationsPerTurn
    ? 'continue'
    : 'incomplete';
}

function endAttempt(running: RunningAttempt, opened: AttemptResult, result: CommitResult, state: Answering): void {
  const { trace, deps, writer } = state;
  running.watch.stop();
  writer.unfollow(running.watch);
  if (opened.kind === 'opened' && result.kind !== 'completed') opened.response.close();
  const bytesOut = writer.writtenBytes - running.bytesBefore;
  trace.attempts.push(recordAttempt(running, opened, result, bytesOut, trace, deps));
}

function hedgeDeps(state: Answering): HedgeDeps {
  const { planned, trace, deps } = state;
  return {
    clock: deps.clock,
    maxEventBytes: deps.settings.server.maxEventBytes,
    createSplicer: () => createSplicer(planned, trace, deps),
    choose: (first) => chooseHedge(planned, state.tried, first, deps.state.health, deps.state.budget, deps.clock.now()),
    start: (next) => startAttempt(next, state),
    lose: async (running) => {
      running.watch.end('HEDGE_LOST');
      const opened = await running.opened;
      endAttempt(running, opened, { kind: 'failed', failure: { code: 'HEDGE_LOST' } }, state);
    },
  };
}

/** What follows an attempt: another one, or `undefined` when the client has its answer. */
function afterAttempt(ended: EndedAttempt, state: Answering): NextAttempt | undefined {
  const { result, target, startedAtMs } = ended;
  const { trace, deps, planned, splicer } = state;
  const nowMs = deps.clock.now();
  if (result.kind === 'client-gone') {
    clientGone(result.failure.code, state);
    return undefined;
  }
  if (result.kind === 'completed') {
    trace.outcome = 'ok';
    if (result.usage !== undefined) trace.usage = result.usage;
    deps.state.succeeded(target, planned.admitted, startedAtMs, nowMs, deps.settings);
    return undefined;
  }
  if (canRepeatWithoutState(result.failure, target, state))
    return { kind: 'attempt', attempt: { target, reason: 'failover' }, backoffMs: 0, cost: 0, isRepeat: true };
  state.clientError = result.clientError;
  noteTried(result.failure, target, state);
  deps.state.failed(target, planned.admitted, result.failure, startedAtMs, nowMs, deps.settings);
  const next = chooseNext(state);
  return continueAfter(result.failure, next, splicer, state);
}

function clientGone(code: FailureCode, { trace, writer }: Answering): void {
  trace.outcome = code;
  if (!writer.isStarted) trace.status = failureFacts(code).status;
}

function noteTried(failure: Failure, target: Target, state: Answering): void {
  const index = state.tried.findIndex((one) => one.targetId === target.id);
  const repeats = index === -1 ? 0 : (state.tried[index]?.repeats ?? 0) + 1;
  if (index !== -1) state.tried.splice(index, 1);
  state.tried.push({ targetId: target.id, failure, repeats });
}

/** `invalid_encrypted_content`: once per target, the same request without what that target cannot read. */
function canRepeatWithoutState(failure: Failure, target: Target, state: Answering): boolean {
  if (failure.code !== 'FOREIGN_STATE' || state.refusedState.has(target.id)) return false;
  const { admitted } = state.planned;
  const { stateDomain } = target.provider;
  const blobs = listSealedState(admitted.body.read());
  if (blobs.length === 0) return false;
  state.refusedState.add(target.id);
  noteRefused(state.deps.state.provenance, admitted.sessionId, blobs, stateDomain);
  return true;
}

function continueAfter(
  failure: Failure,
  next: NextAttempt,
  splicer: ReplySplicer,
  state: Answering,
): NextAttempt | undefined {
  const { planned, deps, trace, writer } = state;
  const { admitted } = planned;
  const continuation = decideContinuation({
    forwarded: splicer.forwarded,
    client: admitted.client,
    canReplay: next.kind === 'attempt',
    continuations: deps.state.continuationsOf(admitted.turnId),
    maxContinuations: failureFacts(failure.code).retry === 'never' ? 0 : deps.settings.retry.continuationsPerTurn,
  });
  switch (continuation) {
    case 'replay':
      return next;
    case 'fail':
      return { kind: 'give-up' };
    case 'complete':
    case 'end-turn':
      splicer.complete(continuation === 'complete');
      void writer.write(splicer.takeOutput());
      break;
    case 'cut':
      break; // closing without `completed` is the message
  }
  trace.outcome = 'continued';
  deps.state.noteContinuation(admitted.turnId);
  return undefined;
}

function giveUp(state: Answering): void {
  const { planned, trace, splicer, writer, tried } = state;
  const { request, client } = planned.admitted;
  const final = finalFailure(request.model, tried, state.clientError, client.kind);
  trace.outcome = final.failure.code;
  state.deps.state.gaveUp(planned.admitted);
  if (!writer.isStarted) {
    writer.sendError(final.status, final.body);
    return;
  }
  splicer.fail(final.code, final.message);
  void writer.write(splicer.takeOutput());
}
