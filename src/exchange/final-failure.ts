import { describeFailure, type Failure, type FailureCode, failureFacts } from '../core/failures.ts';
import { codexCodeOf } from './client-error.ts';
import type { ClientError } from './walk-types.ts';

export interface TriedTarget {
  readonly targetId: string;
  readonly failure: Failure;
}

/** What the client is told when no target could answer. */
export interface FinalFailure {
  readonly failure: Failure;
  readonly status: number;
  /** JSON body, for when nothing was sent yet. */
  readonly body: string;
  /** Code and text of a `response.failed`, for when the stream has begun. */
  readonly code: string;
  readonly message: string;
}

/** The code under which Codex shows a message as it is, and stops (codex-facts §4.3). */
const FATAL_STREAM_CODE = 'invalid_prompt';

/** The client's own mistake is passed on in the provider's words; everything else names each target and its reason. */
export function finalFailure(
  model: string,
  tried: readonly TriedTarget[],
  clientError: ClientError | undefined,
): FinalFailure {
  const last = tried.at(-1);
  if (last !== undefined && failureFacts(last.failure.code).blame === 'client') {
    const body = clientError?.body ?? encodeError(last.failure.code, describeFailure(last.failure));
    const message = describeFailure(last.failure);
    return {
      failure: last.failure,
      status: clientError?.status ?? failureFacts(last.failure.code).status,
      body,
      code: codexCodeOf(last.failure) ?? FATAL_STREAM_CODE,
      message,
    };
  }
  const isWithdrawn = tried.length > 0 && tried.every((one) => one.failure.code === 'MODEL_NOT_FOUND');
  const code: FailureCode = isWithdrawn ? 'MODEL_NOT_FOUND' : 'ALL_TARGETS_FAILED';
  const reasons = tried.map((one) => `${one.targetId}: ${describeFailure(one.failure)}`).join('; ');
  const message = `Holdfast: no target could answer for ${model}. ${reasons}. See "holdfast explain ${model}".`;
  const status = isWithdrawn ? 404 : failureFacts(code).status;
  return {
    failure: { code },
    status,
    body: encodeError(code, message),
    code: isWithdrawn ? 'model_not_found' : FATAL_STREAM_CODE,
    message,
  };
}

const OPENAI_TYPES: Partial<Record<FailureCode, string>> = {
  BAD_GATEWAY_KEY: 'authentication_error',
  ALL_TARGETS_FAILED: 'gateway_exhausted',
  INTERNAL: 'server_error',
  SHUTTING_DOWN: 'server_error',
  TOO_BUSY: 'server_error',
};

/** An error in OpenAI's shape: what every SDK and Codex can read. */
export function encodeError(code: FailureCode, message: string): string {
  const wireCode = code === 'MODEL_NOT_FOUND' || code === 'NO_ROUTE' ? 'model_not_found' : code.toLowerCase();
  return JSON.stringify({
    error: { message, type: OPENAI_TYPES[code] ?? 'invalid_request_error', param: null, code: wireCode },
  });
}
