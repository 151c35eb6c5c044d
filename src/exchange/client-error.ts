import { type Failure, failureFacts } from '../core/failures.ts';
import { asObject, asString, parseJson } from '../decide/wire/read-json.ts';
import type { ClientError } from './walk-types.ts';

/** A provider's answer to the client's own mistake, in OpenAI's error shape; other failures are not the client's to read. */
export function readClientError(failure: Failure, bodyText: string): ClientError | undefined {
  if (failureFacts(failure.code).blame !== 'client') return undefined;
  const payload = asObject(parseJson(bodyText));
  return clientErrorOf(failure, payload ?? {});
}

/** The same from a parsed error, e.g. of a `response.failed` event. */
export function clientErrorOf(failure: Failure, payload: Readonly<Record<string, unknown>>): ClientError {
  const response = asObject(payload['response']);
  const error = asObject(response?.['error']) ?? asObject(payload['error']) ?? payload;
  const { status, text } = failureFacts(failure.code);
  const message = asString(error['message']) ?? text;
  const body = {
    error: {
      message,
      type: asString(error['type']) ?? 'invalid_request_error',
      param: asString(error['param']) ?? null,
      code: codexCodeOf(failure) ?? asString(error['code']) ?? null,
    },
  };
  return {
    status: failure.status !== undefined && failure.status >= 400 && failure.status < 500 ? failure.status : status,
    body: JSON.stringify(body),
  };
}

/** Codes for which Codex has a text of its own (wire-facts §1.8). */
export function codexCodeOf(failure: Failure): string | undefined {
  if (failure.code === 'CONTEXT_TOO_LONG') return 'context_length_exceeded';
  if (failure.code === 'CONTENT_REFUSED') return failure.upstreamCode ?? 'content_policy_violation';
  return undefined;
}
