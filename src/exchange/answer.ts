import { type Failure, failureFacts } from '../core/failures.ts';
import type { Target } from '../core/target.ts';
import { decideContinuation } from '../decide/continuity/decide-continuation.ts';
import { ReplySplicer } from '../decide/continuity/splice-reply.ts';
import { stripForeignState } from '../decide/continuity/strip-foreign-state.ts';
import { chooseNextAttempt, type NextAttempt, type Tried } from '../decide/routing/choose-next-attempt.ts';
import { peekRequest, spliceRequest } from '../decide/wire/observe/peek-request.ts';
import { attempt } from './3-attempt.ts';
import { commitJson, commitStream } from './4-commit.ts';
import { AttemptWatch } from './attempt-watch.ts';
import { finalFailure } from './final-failure.ts';
import { recordAttempt } from './record-attempt.ts';
import { ReplyWriter } from './reply-writer.ts';
import type { ClientError, CommitResult, ExchangeDeps, Inbound, Planned, Reply, Trace } from './walk-types.ts';

/** One exchange after planning: everything its attempts share. */
interface Answering {
  readonly planned: Planned;
  readonly trace: Trace;
  readonly deps: ExchangeDeps;
  readonly splicer: ReplySplicer;
  readonly writer: ReplyWriter;
  readonly tried: Tried[];
  /** The body without foreign reasoning, for targets that could not read it. */
  readonly strippedFor: Map<string, Buffer>;
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
  const onClientGone = (): void => writer.clientGone('CLIENT_GONE');
  inbound.signal.addEventListener('abort', onClientGone);
  if (inbound.signal.aborted) onClientGone();
  const state: Answering = {
    planned,
    trace,
    deps,
    splicer,
    writer,
    tried: [],
    strippedFor: new Map(),
    clientError: undefined,
  };
  try {
    let next = chooseNext(state);
    while (next.kind === 'attempt') {
      if (next.backoffMs > 0) await pause(next.backoffMs, deps);
      const startedAtMs = deps.clock.now();
      const result = await attemptOnce(next, state);
      const after = afterAttempt(result, next.attempt.target, startedAtMs, state);
      if (after === undefined) return;
      next = after;
    }
    giveUp(state);
  } finally {
    inbound.signal.removeEventListener('abort', onClientGone);
    writer.finish();
  }
}

function createSplicer(planned: Planned, trace: Trace, deps: ExchangeDeps): ReplySplicer {
  const { request, client } = planned.admitted;
  return new ReplySplicer({
    effects: planned.route.effects,
    maxHeldBytes: deps.settings.server.maxEventBytes,
    checkDeltas: client.kind === 'other',
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

async function attemptOnce(next: Extract<NextAttempt, { kind: 'attempt' }>, state: Answering): Promise<CommitResult> {
  const { planned, trace, deps, splicer, writer } = state;
  const { target } = next.attempt;
  if (writer.isClientGone) return { kind: 'client-gone', failure: { code: writer.goneCode } };
  deps.state.beginAttempt(next, deps.clock.now(), deps.settings);
  const watch = new AttemptWatch(deps.watch, target, deps.clock.monotonic());
  writer.follow(watch);
  const startedMs = deps.clock.monotonic();
  const body = encodeBody(target, state);
  const bytesBefore = trace.responseBytes;
  const opened = await attempt(planned, target, body, watch, deps);
  const headersMs = deps.clock.monotonic() - startedMs;
  let result: CommitResult;
  if (opened.kind === 'failed') {
    result = writer.isClientGone ? { kind: 'client-gone', failure: { code: writer.goneCode } } : opened;
  } else if (planned.admitted.request.stream) {
    result = await commitStream(opened.response, target, splicer, writer, watch, deps);
  } else {
    result = await commitJson(opened.response, target, planned.admitted.request.limitsOutput, writer, watch, deps);
  }
  watch.stop();
  writer.follow(undefined);
  if (opened.kind === 'opened' && result.kind !== 'completed') opened.response.close();
  trace.attempts.push(
    recordAttempt(
      {
        target,
        next,
        result,
        opened,
        startedMs,
        headersMs,
        bytesIn: body.length,
        bytesOut: trace.responseBytes - bytesBefore,
      },
      trace,
      deps,
    ),
  );
  return result;
}

/** The raw lane: the client's own bytes, but for the model's name and what must not travel. */
function encodeBody(target: Target, state: Answering): Buffer {
  const { admitted } = state.planned;
  const stripped = state.strippedFor.get(target.id);
  if (stripped === undefined)
    return spliceRequest(admitted.body, admitted.request, target.model, !target.provider.firstParty);
  const peeked = peekRequest(stripped, false);
  return peeked.kind === 'peeked'
    ? spliceRequest(stripped, peeked.request, target.model, !target.provider.firstParty)
    : stripped;
}

/** What follows an attempt: another one, or `undefined` when the client has its answer. */
function afterAttempt(
  result: CommitResult,
  target: Target,
  startedAtMs: number,
  state: Answering,
): NextAttempt | undefined {
  const { trace, deps, planned, splicer, writer } = state;
  const nowMs = deps.clock.now();
  if (result.kind === 'client-gone') {
    trace.outcome = result.failure.code;
    if (!writer.isStarted) trace.status = failureFacts(result.failure.code).status;
    return undefined;
  }
  if (result.kind === 'completed') {
    trace.outcome = 'ok';
    if (result.usage !== undefined) trace.usage = result.usage;
    deps.state.succeeded(target, planned.admitted, startedAtMs, nowMs, deps.settings);
    return undefined;
  }
  if (canRepeatStripped(result.failure, target, state))
    return { kind: 'attempt', attempt: { target, reason: 'failover' }, backoffMs: 0, cost: 0, isRepeat: true };
  state.clientError = result.clientError;
  noteTried(result.failure, target, state);
  deps.state.failed(target, planned.admitted, result.failure, startedAtMs, nowMs, deps.settings);
  const next = chooseNext(state);
  return continueAfter(result.failure, next, splicer, state);
}

function noteTried(failure: Failure, target: Target, state: Answering): void {
  const index = state.tried.findIndex((one) => one.targetId === target.id);
  const repeats = index === -1 ? 0 : (state.tried[index]?.repeats ?? 0) + 1;
  if (index !== -1) state.tried.splice(index, 1);
  state.tried.push({ targetId: target.id, failure, repeats });
}

/** `invalid_encrypted_content`: once per target, the same request without what that target cannot read. */
function canRepeatStripped(failure: Failure, target: Target, state: Answering): boolean {
  if (failure.code !== 'FOREIGN_STATE' || state.strippedFor.has(target.id)) return false;
  const stripped = stripForeignState(state.planned.admitted.body);
  if (stripped === undefined) return false;
  state.strippedFor.set(target.id, stripped);
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
  const final = finalFailure(planned.admitted.request.model, tried, state.clientError);
  trace.outcome = final.failure.code;
  state.deps.state.gaveUp(planned.admitted);
  if (!writer.isStarted) {
    writer.sendError(final.status, final.body);
    return;
  }
  splicer.fail(final.code, final.message);
  void writer.write(splicer.takeOutput());
}
