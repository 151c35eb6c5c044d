import { describeFailure, type Failure, type FailureCode, failureFacts } from '../core/failures.ts';
import type { ClientKind } from '../decide/continuity/client-kind.ts';
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

/**
 * The code under which Codex shows a message word for word and stops. Tried with a `response.failed` against the CLI
 * 0.125.0, 0.134.0, 0.142.3, 0.161.0 and 0.169.0: this is the only one that does so in all of them. 0.169.0 knows more
 * such codes (`model_not_found`, `access_program_not_enabled`, `inference_hook_denied`), which the older ones repeat five
 * times; `server_is_overloaded`, `policy_capacity_unavailable` and the quota codes are final and replace our text by
 * Codex's own; every other code (`server_error`, one of ours) is repeated. In an HTTP 400, which is final whatever its
 * code, it makes 0.161.0 and later show the message alone instead of the raw JSON. The `type` beside it stays ours.
 */
const CODEX_FINAL_CODE = 'invalid_prompt';

/** The client's own mistake is passed on in the provider's words; everything else names each target and its reason. */
export function finalFailure(
  model: string,
  tried: readonly TriedTarget[],
  clientError: ClientError | undefined,
  client: ClientKind['kind'],
): FinalFailure {
  const last = tried.at(-1);
  if (last !== undefined && failureFacts(last.failure.code).blame === 'client') {
    const message = describeFailure(last.failure);
    const own = answerError(last.failure.code, message, client);
    return {
      failure: last.failure,
      status: clientError === undefined ? own.status : statusFor(client, clientError.status),
      body: clientError?.body ?? own.body,
      code: codexCodeOf(last.failure) ?? streamCode(last.failure.code, client),
      message,
    };
  }
  const isAlways = (wanted: FailureCode): boolean =>
    tried.length > 0 && tried.every((one) => one.failure.code === wanted);
  const isWithdrawn = isAlways('MODEL_NOT_FOUND');
  const code: FailureCode = isWithdrawn ? 'MODEL_NOT_FOUND' : 'ALL_TARGETS_FAILED';
  const reasons = tried.map((one) => `${one.targetId}: ${describeFailure(one.failure)}`).join('; ');
  const message = `Holdfast: no target could answer for ${model}. ${reasons}. See "holdfast explain ${model}".`;
  // SDKs have a type for it, and wait a moment before they repeat it; Codex gets what is final for it.
  if (client === 'other' && isAlways('RATE_LIMITED')) {
    const own = { status: 429, body: encodeError('RATE_LIMITED', message), code: streamCode('RATE_LIMITED', client) };
    return { failure: { code }, ...own, message };
  }
  const answer = answerError(code, message, client, isWithdrawn ? 404 : undefined);
  return { failure: { code }, ...answer, code: streamCode(code, client), message };
}

/** An error of ours as an HTTP answer. `status` default: that of the failure table. */
export function answerError(
  code: FailureCode,
  message: string,
  client: ClientKind['kind'],
  status: number = failureFacts(code).status,
): { readonly status: number; readonly body: string } {
  const own = statusFor(client, status);
  return { status: own, body: encodeError(code, message, client === 'codex' && own === 400) };
}

/** Codex repeats all of 401 to 422 for seven seconds, a 404 only before 0.169.0; a 400 is final in every version. */
const statusFor = (client: ClientKind['kind'], status: number): number =>
  client === 'codex' && status > 400 && status < 499 ? 400 : status;

const wireCode = (code: FailureCode): string => WIRE_CODES[code] ?? code.toLowerCase();

const WIRE_CODES: Partial<Record<FailureCode, string>> = {
  MODEL_NOT_FOUND: 'model_not_found',
  NO_ROUTE: 'model_not_found',
  RATE_LIMITED: 'rate_limit_exceeded',
};

/** In a stream the schema knows a few codes only; the message says the rest. */
function streamCode(code: FailureCode, client: ClientKind['kind']): string {
  if (client === 'codex' || failureFacts(code).blame === 'client') return CODEX_FINAL_CODE;
  return code === 'RATE_LIMITED' ? 'rate_limit_exceeded' : 'server_error';
}

const OPENAI_TYPES: Partial<Record<FailureCode, string>> = {
  BAD_GATEWAY_KEY: 'authentication_error',
  ALL_TARGETS_FAILED: 'gateway_exhausted',
  RATE_LIMITED: 'gateway_exhausted',
  INTERNAL: 'server_error',
  SHUTTING_DOWN: 'server_error',
  TOO_BUSY: 'server_error',
};

/** An error in OpenAI's shape: what every SDK and Codex can read. `isFinalForCodex`: it is to show the message alone. */
export function encodeError(code: FailureCode, message: string, isFinalForCodex = false): string {
  const type = OPENAI_TYPES[code] ?? 'invalid_request_error';
  return JSON.stringify({
    error: { message, type, param: null, code: isFinalForCodex ? CODEX_FINAL_CODE : wireCode(code) },
  });
}
