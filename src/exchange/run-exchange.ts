import { type Failure, GatewayError } from '../core/failures.ts';
import { readClientKind } from '../decide/continuity/client-kind.ts';
import { admit } from './1-admit.ts';
import { plan } from './2-plan.ts';
import { settle } from './5-settle.ts';
import { answer } from './answer.ts';
import { answerError } from './final-failure.ts';
import type { ExchangeDeps, Inbound, Reply, Trace } from './walk-types.ts';

/** The walk of one request: bytes in → admit → plan → attempt ⟲ → commit → bytes out → settle. Never throws. */
export async function runExchange(inbound: Inbound, reply: Reply, deps: ExchangeDeps): Promise<void> {
  const trace = startTrace(deps);
  try {
    trace.admitted = await admit(inbound, deps);
    trace.planned = plan(trace.admitted, deps);
    await answer(trace.planned, inbound, reply, trace, deps); // attempts and commits until one target has answered
  } catch (error) {
    refuse(error, inbound, reply, trace, deps);
  } finally {
    settle(trace, deps);
    trace.admitted?.body.end();
  }
}

function startTrace(deps: ExchangeDeps): Trace {
  return {
    id: deps.newId(),
    startedAtMs: deps.clock.now(),
    startedMonotonicMs: deps.clock.monotonic(),
    attempts: [],
    outcome: 'INTERNAL',
    status: 500,
    responseBytes: 0,
  };
}

/** Refused before any target was asked, or a defect of ours: both end in an answer, never in silence. */
function refuse(error: unknown, inbound: Inbound, reply: Reply, trace: Trace, deps: ExchangeDeps): void {
  const failure: Failure = error instanceof GatewayError ? error.failure : { code: 'INTERNAL' };
  if (!(error instanceof GatewayError)) deps.log.warn('internal-error', { id: trace.id, where: whereOf(error) });
  trace.outcome = failure.code;
  if (reply.isStarted) {
    reply.end();
    return;
  }
  const message =
    error instanceof GatewayError
      ? error.message
      : `The gateway failed. Its log names the place under the id ${trace.id}.`;
  const client = readClientKind(inbound.header('user-agent'), inbound.header('originator'));
  const { status, body } = answerError(failure.code, message, client.kind);
  trace.status = status;
  reply.send(status, { 'content-type': 'application/json', 'x-holdfast-request-id': trace.id }, body);
}

/** The place of a defect without its message, which could hold content. */
function whereOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return `${error.name} ${
    error.stack
      ?.split('\n')
      .find((line) => line.includes('/src/'))
      ?.trim() ?? ''
  }`;
}
