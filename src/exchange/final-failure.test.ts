import { describe, expect, test } from 'bun:test';
import type { Failure } from '../core/failures.ts';
import { answerError, finalFailure } from './final-failure.ts';

const tried = (...failures: readonly Failure[]) =>
  failures.map((failure, index) => ({ targetId: `p${index + 1}/m`, failure }));
const errorOf = (body: string) => JSON.parse(body).error;

describe('when no target could answer', () => {
  const failures = tried({ code: 'IDLE_TIMEOUT' }, { code: 'RATE_LIMITED', status: 429, retryAfterMs: 2500 });

  test('the message names each target and its reason', () => {
    const { message } = finalFailure('m', failures, undefined, 'other');
    expect(message).toContain('p1/m: the stream stalled; p2/m: rate limited (status 429, retry in 3 s).');
  });

  test.each([
    ['codex', 400, 'invalid_prompt', 'invalid_prompt'],
    ['other', 400, 'all_targets_failed', 'server_error'],
  ] as const)('%s gets what is final for it', (client, status, bodyCode, streamCode) => {
    const final = finalFailure('m', failures, undefined, client);
    expect({ status: final.status, code: final.code, failure: final.failure.code }).toEqual({
      status,
      code: streamCode,
      failure: 'ALL_TARGETS_FAILED',
    });
    expect(errorOf(final.body)).toEqual({
      message: final.message,
      type: 'gateway_exhausted',
      param: null,
      code: bodyCode,
    });
  });

  test.each([
    ['codex', 400, 'invalid_prompt', 'invalid_prompt'],
    ['other', 429, 'rate_limit_exceeded', 'rate_limit_exceeded'],
  ] as const)('rate limits everywhere are said so to %s', (client, status, bodyCode, streamCode) => {
    const final = finalFailure('m', tried({ code: 'RATE_LIMITED' }, { code: 'RATE_LIMITED' }), undefined, client);
    expect(final).toMatchObject({ status, code: streamCode, failure: { code: 'ALL_TARGETS_FAILED' } });
    expect(errorOf(final.body)).toMatchObject({ type: 'gateway_exhausted', code: bodyCode });
  });

  test.each([
    ['codex', 400, 'invalid_prompt'],
    ['other', 404, 'model_not_found'],
  ] as const)('a model that is gone everywhere is said so to %s', (client, status, code) => {
    const final = finalFailure('m', tried({ code: 'MODEL_NOT_FOUND' }, { code: 'MODEL_NOT_FOUND' }), undefined, client);
    expect({ status: final.status, code: errorOf(final.body).code }).toEqual({ status, code });
    expect(final.failure.code).toBe('MODEL_NOT_FOUND');
  });
});

describe("the client's own mistake", () => {
  const words = { status: 422, body: '{"error":{"message":"Invalid value","code":"invalid_value"}}' };

  test.each([
    ['codex', 400],
    ['other', 422],
  ] as const)('reaches %s in the words of the provider', (client, status) => {
    const final = finalFailure('m', tried({ code: 'BAD_REQUEST', status: 422 }), words, client);
    expect({ status: final.status, body: final.body }).toEqual({ status, body: words.body });
  });

  test('keeps the code for which Codex has a text of its own', () => {
    expect(finalFailure('m', tried({ code: 'CONTEXT_TOO_LONG' }), undefined, 'codex').code).toBe(
      'context_length_exceeded',
    );
  });
});

test.each([
  ['NO_ROUTE', 'codex', 400, 'invalid_prompt'],
  ['NO_ROUTE', 'other', 404, 'model_not_found'],
  ['BODY_TOO_LARGE', 'codex', 400, 'invalid_prompt'],
  ['BODY_TOO_LARGE', 'other', 413, 'body_too_large'],
  ['INTERNAL', 'codex', 500, 'internal'],
] as const)('%s is answered to %s with %d', (code, client, status, wireCode) => {
  const answer = answerError(code, 'text', client);
  expect({ status: answer.status, code: errorOf(answer.body).code }).toEqual({ status, code: wireCode });
});
