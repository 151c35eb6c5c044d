import { classifyErrorPayload } from '../decide/classify/classify-error-payload.ts';
import type { SpliceStep } from '../decide/continuity/splice-reply.ts';
import { readUsage } from '../decide/wire/observe/read-usage.ts';
import { isObject } from '../decide/wire/read-json.ts';
import type { UpstreamFailure } from '../decide/wire/responses/events.ts';
import type { AttemptWatch } from './attempt-watch.ts';
import { clientErrorOf } from './client-error.ts';
import type { ReplyWriter } from './reply-writer.ts';
import type { CommitResult, ExchangeDeps } from './walk-types.ts';

/** The attempt was ended from our side. */
export function failedBy(watch: AttemptWatch, writer: ReplyWriter): CommitResult {
  if (writer.isClientGone) return { kind: 'client-gone', failure: { code: writer.goneCode } };
  const code = watch.expired ?? 'INTERNAL';
  return code === 'CLIENT_GONE' ? { kind: 'client-gone', failure: { code } } : { kind: 'failed', failure: { code } };
}

/** `undefined`: the answer goes on. */
export function resultOf(step: SpliceStep, deps: ExchangeDeps): CommitResult | undefined {
  switch (step.kind) {
    case 'more':
      return undefined;
    case 'completed': {
      const usage = readUsage(step.terminal);
      return usage === undefined ? { kind: 'completed' } : { kind: 'completed', usage };
    }
    case 'failed':
      return step.payload === undefined || step.code !== 'ERROR_IN_STREAM'
        ? { kind: 'failed', failure: { code: step.code } }
        : failedByPayload(step.payload, deps);
  }
}

/** An error that a provider put into words. */
export function failedByPayload(payload: Readonly<Record<string, unknown>>, deps: ExchangeDeps): CommitResult {
  const failure = classifyErrorPayload({ payload, nowMs: deps.clock.now(), capMs: deps.settings.health.maxHintMs });
  return { kind: 'failed', failure, clientError: clientErrorOf(failure, payload) };
}

/** A codec's failure; the body that reported it is classified by what it says. */
export function stepOf({ code, body }: UpstreamFailure): SpliceStep {
  return isObject(body) && code === 'ERROR_IN_STREAM'
    ? { kind: 'failed', code: 'ERROR_IN_STREAM', payload: body }
    : { kind: 'failed', code };
}
