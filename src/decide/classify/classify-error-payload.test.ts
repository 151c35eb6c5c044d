import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { FAILURES, type FailureCode } from '../../core/failures.ts';
import { classifyErrorPayload } from './classify-error-payload.ts';

const classify = (payload: unknown) => classifyErrorPayload({ payload, nowMs: 1_000_000_000_000, capMs: 600_000 });
const failed = (code: string | null, message = 'x') => ({ id: 'resp_1', status: 'failed', error: { code, message } });

const ROWS: readonly (readonly [name: string, payload: unknown, code: FailureCode])[] = [
  ['server_error', failed('server_error'), 'SERVER_ERROR'],
  ['no code', failed(null), 'ERROR_IN_STREAM'],
  ['a code nobody knows', failed('flux_error'), 'ERROR_IN_STREAM'],
  ['rate limit', failed('rate_limit_exceeded', 'Please try again in 1.5s'), 'RATE_LIMITED'],
  ['quota', failed('insufficient_quota'), 'BILLING'],
  ['overloaded', failed('server_is_overloaded'), 'OVERLOADED'],
  ['context', failed('context_length_exceeded'), 'CONTEXT_TOO_LONG'],
  ['policy', failed('bio_policy'), 'CONTENT_REFUSED'],
  ['model', failed('model_not_found'), 'MODEL_NOT_FOUND'],
  ['region', failed('unsupported_country_region_territory'), 'REGION_BLOCKED'],
  ['foreign state', failed('invalid_encrypted_content'), 'FOREIGN_STATE'],
  ['invalid image', failed('invalid_image_format'), 'BAD_REQUEST'],
  ['the whole event', { type: 'response.failed', response: failed('slow_down') }, 'OVERLOADED'],
  ['a flat error event', { type: 'error', code: 'rate_limit_exceeded', message: 'x', param: null }, 'RATE_LIMITED'],
  ['a nested error event', { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, 'OVERLOADED'],
  ['an error event with a status', { type: 'error', status: 529, error: { message: 'x' } }, 'OVERLOADED'],
  ['a bare error event', { type: 'error' }, 'ERROR_IN_STREAM'],
  ["OpenRouter's number", { error: { code: 502, message: 'Provider returned error' } }, 'SERVER_ERROR'],
  [
    "OpenRouter's error_type beside a collapsed code",
    { ...failed('server_error'), error_type: 'model_deprecated' },
    'MODEL_NOT_FOUND',
  ],
  ['a JSON error body', { error: { type: 'invalid_request_error', message: 'bad' } }, 'BAD_REQUEST'],
  ['MiniMax balance', { base_resp: { status_code: 1008, status_msg: 'x' } }, 'BILLING'],
  ['MiniMax rate', { base_resp: { status_code: 1002, status_msg: 'x' } }, 'RATE_LIMITED'],
  ['MiniMax wrong key, a number that is something else at Z.ai', { base_resp: { status_code: 1004 } }, 'UNAUTHORIZED'],
  [
    'incomplete for its filter',
    { status: 'incomplete', incomplete_details: { reason: 'content_filter' } },
    'CONTENT_REFUSED',
  ],
  [
    'incomplete for its length',
    { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } },
    'INCOMPLETE_ANSWER',
  ],
  ['balance in words', { error: { message: 'Your credit balance is too low' } }, 'BILLING'],
  ['a string', 'overloaded', 'OVERLOADED'],
  ['null', null, 'ERROR_IN_STREAM'],
  ['an empty list', [], 'ERROR_IN_STREAM'],
];

describe('an error inside a 200', () => {
  test.each(ROWS)('%s', (_name, payload, code) => {
    const failure = classify(payload);
    expect(failure.code).toBe(code);
    expect(failure.status).toBeUndefined();
  });
});

test('the wait in the text is read', () => {
  expect(classify(failed('rate_limit_exceeded', 'Please try again in 1m2s'))).toEqual({
    code: 'RATE_LIMITED',
    upstreamCode: 'rate_limit_exceeded',
    retryAfterMs: 62_000,
  });
});

test('whatever comes, a known code comes out', () => {
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withNullPrototype: true, withDate: true }), (payload) => {
      const failure = classify(payload);
      expect(Object.hasOwn(FAILURES, failure.code)).toBe(true);
      expect(failure.upstreamCode ?? 'x').toMatch(/^[A-Za-z0-9_.:-]{1,64}$/);
    }),
  );
});
