import type { Failure } from '../../core/failures.ts';
import { failureOfStatus, knownFailure, toFailure } from './name-failure.ts';
import type { HeaderReader } from './parse-retry-after.ts';
import { readErrorDetails } from './read-error-details.ts';

const NO_HEADERS: HeaderReader = () => null;

/**
 * What an error inside HTTP 200 means: a failed response, an `error` event, a JSON error body, MiniMax's `base_resp`.
 * The status stays absent: there was none that told.
 */
export function classifyErrorPayload(input: {
  /** Parsed JSON. */
  readonly payload: unknown;
  readonly nowMs: number;
  readonly capMs: number;
}): Failure {
  const { payload, nowMs, capMs } = input;
  const details = readErrorDetails(payload);
  const inner = details.innerStatus;
  const code =
    knownFailure(details, inner ?? 400, false) ??
    (inner === undefined ? 'ERROR_IN_STREAM' : failureOfStatus(inner, details, false));
  return toFailure({ code, status: undefined, details, header: NO_HEADERS, nowMs, capMs });
}
