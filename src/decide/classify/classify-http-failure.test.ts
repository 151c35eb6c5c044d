import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { FAILURES, type FailureCode } from '../../core/failures.ts';
import { classifyHttpFailure } from './classify-http-failure.ts';

const nowMs = Date.UTC(2026, 10, 22, 12, 0, 0);

const classify = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  classifyHttpFailure({
    status,
    header: (name) => headers[name] ?? null,
    bodyText: typeof body === 'string' ? body : JSON.stringify(body),
    nowMs,
    capMs: 600_000,
  });

const openai = (message: string, code: string | null = null, type = 'invalid_request_error') => ({
  error: { message, type, param: null, code },
});
const anthropic = (type: string, message: string, details?: unknown) => ({
  type: 'error',
  error: { type, message, details },
  request_id: 'req_1',
});
const gemini = (code: number, status: string, message: string, details: unknown[] = []) => ({
  error: { code, status, message, details },
});

type Row = readonly [name: string, status: number, body: unknown, code: FailureCode];

const BY_STATUS: readonly Row[] = [
  ['a redirect', 302, '', 'REDIRECTED'],
  ['a permanent redirect with a body', 308, '<html>moved</html>', 'REDIRECTED'],
  ['a plain 400', 400, openai("Invalid type for 'input': expected an array."), 'BAD_REQUEST'],
  ['a 400 that is a page of a front door', 400, '<html><body>400 Bad Request</body></html>', 'TARGET_UNSUPPORTED'],
  ['a 400 without a word', 400, '', 'TARGET_UNSUPPORTED'],
  ['401', 401, '', 'UNAUTHORIZED'],
  ['402', 402, openai('Insufficient Balance'), 'BILLING'],
  ['403', 403, '', 'FORBIDDEN'],
  ['a bare 404', 404, '', 'NOT_FOUND'],
  ["a framework's 404", 404, { detail: 'Not Found' }, 'NOT_FOUND'],
  ['a 404 page', 404, '<!DOCTYPE html><html><title>Not found</title></html>', 'MODEL_NOT_FOUND'],
  ['405', 405, '', 'UNEXPECTED_STATUS'],
  ['408', 408, '', 'UPSTREAM_TIMEOUT'],
  ['409', 409, '', 'CONFLICT'],
  ['410', 410, '', 'MODEL_NOT_FOUND'],
  ['412 at Fireworks', 412, { error: 'account suspended' }, 'ACCOUNT_SUSPENDED'],
  ['413', 413, '<html>too large</html>', 'TARGET_UNSUPPORTED'],
  ['422', 422, { detail: 'unprocessable' }, 'BAD_REQUEST'],
  ['424 at Bedrock', 424, { message: 'the model failed' }, 'SERVER_ERROR'],
  ['429 without a body', 429, '', 'RATE_LIMITED'],
  ['451', 451, '', 'REGION_BLOCKED'],
  ['498 at Groq', 498, openai('busy', 'capacity_exceeded'), 'OVERLOADED'],
  ['500', 500, 'oops', 'SERVER_ERROR'],
  ['501', 501, '', 'SERVER_ERROR'],
  ['502 with a page', 502, '<html>Bad gateway</html>', 'SERVER_ERROR'],
  ['503', 503, '', 'SERVER_ERROR'],
  ['504', 504, '', 'UPSTREAM_TIMEOUT'],
  ['524 at Cloudflare', 524, '<html>', 'UPSTREAM_TIMEOUT'],
  ['529', 529, anthropic('overloaded_error', 'Overloaded'), 'OVERLOADED'],
  ['a 204', 204, '', 'UNEXPECTED_STATUS'],
  ['a 418', 418, '', 'UNEXPECTED_STATUS'],
];

const BY_CODE: readonly Row[] = [
  ['rate limit', 429, openai('Rate limit reached for gpt', 'rate_limit_exceeded', 'tokens'), 'RATE_LIMITED'],
  ['quota', 429, openai('You exceeded your current quota', 'insufficient_quota', 'insufficient_quota'), 'BILLING'],
  ['quota by type only', 429, openai('x', 'credit_balance_exhausted', 'insufficient_quota'), 'BILLING'],
  ['plan limit', 429, { error: { type: 'usage_limit_reached', resets_at: 1 } }, 'BILLING'],
  ['overloaded', 503, openai('x', 'server_is_overloaded', 'server_error'), 'OVERLOADED'],
  ['slow down', 503, openai('x', 'slow_down'), 'OVERLOADED'],
  ['region', 403, openai('x', 'unsupported_country_region_territory', 'request_forbidden'), 'REGION_BLOCKED'],
  ['withdrawn model', 404, openai('The model `gpt-5.5` does not exist', 'model_not_found'), 'MODEL_NOT_FOUND'],
  ['withdrawn at Anthropic', 404, anthropic('not_found_error', 'model: claude'), 'MODEL_NOT_FOUND'],
  ['not_found_error without a model', 404, anthropic('not_found_error', 'Not found'), 'MODEL_NOT_FOUND'],
  ['no such deployment', 404, { error: { code: 'DeploymentNotFound', message: 'x' } }, 'MODEL_NOT_FOUND'],
  ['model not pulled', 404, { error: 'model "llama3" not found, try pulling it first' }, 'MODEL_NOT_FOUND'],
  ['context', 400, openai('Too long', 'context_length_exceeded'), 'CONTEXT_TOO_LONG'],
  ['foreign state', 400, openai('x', 'invalid_encrypted_content'), 'FOREIGN_STATE'],
  [
    'thoughts that can be read, where they must be sealed',
    400,
    openai(
      "Invalid 'input[2].content': array too long. Expected an array with maximum length 0",
      'array_above_max_length',
    ),
    'FOREIGN_STATE',
  ],
  ...[
    "Invalid 'input[66].id': 'item_df7e40c3f04fc8ade5c3800e'. Expected an ID that begins with 'rs'.",
    "Invalid 'input[1943].id': string too long. Expected a string with maximum length 64",
    "Invalid 'input[5].call_id': string too long. Expected a string with maximum length 64",
  ].map((message) => [message, 400, openai(message, 'invalid_id'), 'FOREIGN_STATE'] as const),
  [
    'a list that is too long',
    400,
    openai("Invalid 'tools': array too long. Expected an array with maximum length 128", 'array_above_max_length'),
    'BAD_REQUEST',
  ],
  ['refused content', 400, openai('x', 'cyber_policy'), 'CONTENT_REFUSED'],
  [
    'Azure content filter',
    400,
    { error: { code: 'content_filter', message: 'x', innererror: { code: 'ResponsibleAIPolicyViolation' } } },
    'CONTENT_REFUSED',
  ],
  ['unknown parameter', 400, openai("Unknown parameter: 'x'.", 'unknown_parameter'), 'TARGET_UNSUPPORTED'],
  ['unsupported effort', 400, openai('x', 'unsupported_value'), 'TARGET_UNSUPPORTED'],
  ['call badly written', 400, openai('Failed to call a function', 'tool_use_failed'), 'SERVER_ERROR'],
  ['spend limit', 429, anthropic('rate_limit_error', 'x', { error_code: 'enforced_spend_limit_reached' }), 'BILLING'],
  ['ramp limit', 429, anthropic('rate_limit_error', 'x', { error_code: 'ramp_limit_exceeded' }), 'RATE_LIMITED'],
  ['on hold', 403, anthropic('permission_error', 'x', { error_code: 'organization_on_hold' }), 'ACCOUNT_SUSPENDED'],
  ['billing error', 402, anthropic('billing_error', 'x'), 'BILLING'],
  ['no permission', 403, anthropic('permission_error', 'x'), 'FORBIDDEN'],
  ['Anthropic timeout', 504, anthropic('timeout_error', 'x'), 'UPSTREAM_TIMEOUT'],
  ['exhausted', 429, gemini(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota'), 'RATE_LIMITED'],
  ['region at Gemini', 400, gemini(400, 'FAILED_PRECONDITION', 'x'), 'REGION_BLOCKED'],
  ['bad argument', 400, gemini(400, 'INVALID_ARGUMENT', 'x'), 'BAD_REQUEST'],
  [
    'wrong key at Gemini',
    400,
    gemini(400, 'INVALID_ARGUMENT', 'x', [{ '@type': 'ErrorInfo', reason: 'API_KEY_INVALID' }]),
    'UNAUTHORIZED',
  ],
  ['Gemini in a list', 429, [gemini(429, 'RESOURCE_EXHAUSTED', 'x')], 'RATE_LIMITED'],
  ['unavailable', 503, gemini(503, 'UNAVAILABLE', 'x'), 'OVERLOADED'],
  ['deadline', 504, gemini(504, 'DEADLINE_EXCEEDED', 'x'), 'UPSTREAM_TIMEOUT'],
  [
    'in-flight budget at OpenRouter',
    402,
    { error: { code: 402, message: 'x', metadata: { limit_source: 'openrouter_in_flight_budget' } } },
    'RATE_LIMITED',
  ],
  ['no credit at OpenRouter', 402, { error: { code: 402, message: 'x', metadata: {} } }, 'BILLING'],
  [
    'deprecated at OpenRouter',
    400,
    { error: { code: 400, message: 'x' }, error_type: 'model_deprecated' },
    'MODEL_NOT_FOUND',
  ],
  [
    'capacity at OpenRouter',
    503,
    { error: { code: 503, message: 'x', availability: { code: 'capacity_exhausted' } } },
    'OVERLOADED',
  ],
  ['Kimi engine', 429, openai('x', null, 'engine_overloaded_error'), 'OVERLOADED'],
  ['Kimi quota', 429, openai('x', null, 'exceeded_current_quota_error'), 'BILLING'],
  ['Z.ai arrears', 429, { error: { code: '1113', message: 'recharge' } }, 'BILLING'],
  ['Z.ai locked', 429, { error: { code: '1112', message: 'locked' } }, 'ACCOUNT_SUSPENDED'],
  ['Z.ai concurrency', 429, { error: { code: '1302', message: 'x' } }, 'RATE_LIMITED'],
  [
    'Z.ai arrears in the shape of Anthropic',
    429,
    anthropic('rate_limit_error', '[1113][Insufficient balance]'),
    'BILLING',
  ],
  ['Z.ai sensitive', 400, { error: { code: '1301', message: 'x' } }, 'CONTENT_REFUSED'],
  [
    'Mistral rate limit, whose number means something else at Z.ai',
    429,
    { object: 'error', message: 'x', type: 'rate_limit', code: '1300' },
    'RATE_LIMITED',
  ],
  ['DashScope arrears', 400, { code: 'Arrearage', message: 'x' }, 'BILLING'],
  ['DashScope throttle', 429, { code: 'Throttling.RateQuota', message: 'x' }, 'RATE_LIMITED'],
  ['DashScope inspection', 400, { code: 'DataInspectionFailed', message: 'x' }, 'CONTENT_REFUSED'],
  ['MiniMax with a status', 400, { base_resp: { status_code: 1008, status_msg: 'x' } }, 'BILLING'],
  [
    'pydantic on an extra field',
    422,
    { detail: [{ type: 'extra_forbidden', loc: ['body', 'x'], msg: 'Extra inputs are not permitted' }] },
    'TARGET_UNSUPPORTED',
  ],
];

const BY_TEXT: readonly Row[] = [
  ['credit too low', 400, anthropic('invalid_request_error', 'Your credit balance is too low to access'), 'BILLING'],
  [
    'usage limit',
    400,
    anthropic(
      'invalid_request_error',
      'You have reached your specified API usage limits. You will regain access on 2026-12-01',
    ),
    'BILLING',
  ],
  [
    'organisation disabled',
    400,
    anthropic('invalid_request_error', 'This organization has been disabled.'),
    'ACCOUNT_SUSPENDED',
  ],
  [
    'location',
    400,
    gemini(400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.'),
    'REGION_BLOCKED',
  ],
  ['billing off at Gemini', 400, gemini(400, 'FAILED_PRECONDITION', 'Billing is disabled for this project'), 'BILLING'],
  [
    'key at xAI',
    400,
    { code: 'Client specified an invalid argument', error: 'Incorrect API key provided: xx' },
    'UNAUTHORIZED',
  ],
  ['country in words', 403, openai('Country, region, or territory not supported'), 'REGION_BLOCKED'],
  [
    'context at Together',
    403,
    openai('Input is too long: this exceeds the maximum context length'),
    'CONTEXT_TOO_LONG',
  ],
  [
    'prompt too long',
    400,
    anthropic('invalid_request_error', 'prompt is too long: 250000 tokens > 200000 maximum'),
    'CONTEXT_TOO_LONG',
  ],
  ['vLLM context', 400, openai("This model's maximum context length is 32768 tokens."), 'CONTEXT_TOO_LONG'],
  [
    'moderation at OpenRouter',
    403,
    { error: { code: 403, message: 'Input was flagged by moderation' } },
    'CONTENT_REFUSED',
  ],
  ['state in words', 400, openai('The encrypted content for item rs_1 could not be verified.'), 'FOREIGN_STATE'],
  [
    'thinking signature',
    400,
    anthropic('invalid_request_error', 'Invalid `signature` in `thinking` block'),
    'FOREIGN_STATE',
  ],
  [
    'serde on a tool type',
    422,
    'Failed to deserialize: unknown variant `custom`, expected `function`',
    'TARGET_UNSUPPORTED',
  ],
  [
    'tool type in words',
    400,
    openai("Invalid value: 'custom'. Supported values are: 'function'."),
    'TARGET_UNSUPPORTED',
  ],
  [
    'parameter of another model',
    400,
    openai("'reasoning.effort' is not supported with this model."),
    'TARGET_UNSUPPORTED',
  ],
  [
    'no endpoint with tools',
    404,
    { error: { code: 404, message: 'No endpoints found that support tool use.' } },
    'TARGET_UNSUPPORTED',
  ],
  ['model in a 400', 400, openai('The model gpt-9 does not exist or you do not have access to it.'), 'MODEL_NOT_FOUND'],
  ['account blocked', 403, { code: 'denied', error: 'Your team has been blocked.' }, 'ACCOUNT_SUSPENDED'],
  ['Kimi terminated', 403, openai('Access terminated'), 'ACCOUNT_SUSPENDED'],
  ['Kimi balance', 403, openai('insufficient balance'), 'BILLING'],
  ['overloaded in a 500', 500, { error: 'The engine is currently overloaded' }, 'OVERLOADED'],
  ['a 404 that names the model', 404, { message: 'Model foo.' }, 'MODEL_NOT_FOUND'],
];

describe('by status', () => {
  test.each(BY_STATUS)('%s', (_name, status, body, code) => {
    const failure = classify(status, body);
    expect(failure).toMatchObject({ code, status });
  });
});
describe('by code', () => {
  test.each(BY_CODE)('%s', (_name, status, body, code) => expect(classify(status, body).code).toBe(code));
});
describe('by wording', () => {
  test.each(BY_TEXT)('%s', (_name, status, body, code) => expect(classify(status, body).code).toBe(code));
});

test("Amazon's error type stands in a header", () => {
  const failure = classify(400, { message: 'slow' }, { 'x-amzn-errortype': 'ThrottlingException:http://x/' });
  expect(failure).toEqual({ code: 'RATE_LIMITED', status: 400, upstreamCode: 'ThrottlingException' });
});

test('the hint travels with the failure, capped', () => {
  const headers = { 'retry-after': '3600' };
  expect(classify(503, openai('x', 'slow_down'), headers).retryAfterMs).toBe(600_000);
});

test('limit headers are a hint only when a limit was hit', () => {
  const headers = { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '30s' };
  expect(classify(429, '', headers).retryAfterMs).toBe(30_000);
  expect(classify(500, '', headers).retryAfterMs).toBeUndefined();
});

test("a client's fault carries no wait", () => {
  expect(classify(400, openai('bad'), { 'retry-after': '5' }).retryAfterMs).toBeUndefined();
});

test('a page is not read for its wording', () => {
  const page = '<html><body>Our credit balance is too low, and the country is not supported</body></html>';
  expect(classify(403, page).code).toBe('FORBIDDEN');
});

test('an upstream code is shown only if it is one', () => {
  expect(classify(400, openai('x', 'my secret prompt')).upstreamCode).toBe('invalid_request_error');
  expect(classify(400, { error: { code: 'x'.repeat(65), message: 'x' } }).upstreamCode).toBeUndefined();
  expect(classify(429, { error: { code: 429, message: 'x' } }).upstreamCode).toBeUndefined();
});

test('whatever comes, a known code comes out, and no word of the body', () => {
  const secret = 'PROMPT zebra';
  const body = fc.oneof(
    fc.string(),
    fc.json(),
    fc.jsonValue().map((value) => JSON.stringify({ error: value })),
    fc
      .constantFrom('message', 'code', 'type', 'param', 'status')
      .map((key) =>
        JSON.stringify({ error: { [key]: secret, message: secret }, detail: [{ msg: secret, type: secret }] }),
      ),
  );
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 999 }), body, (status, bodyText) => {
      const failure = classify(status, bodyText);
      expect(Object.hasOwn(FAILURES, failure.code)).toBe(true);
      expect(failure.upstreamCode ?? 'x').toMatch(/^[A-Za-z0-9_.:-]{1,64}$/);
      expect(JSON.stringify(failure)).not.toContain('zebra');
    }),
  );
});

test('a hostile body of 64 kB is read in no time', () => {
  const bodies = [
    'model '.repeat(11_000),
    'a'.repeat(65_000),
    `{"error":{"message":"${'try again in 1s'.repeat(4000)}`,
    'country '.repeat(8000),
  ];
  const started = performance.now();
  // A few milliseconds each; an expression that goes back over them takes minutes.
  for (const body of bodies) for (const status of [400, 403, 404, 429]) classify(status, body);
  expect(performance.now() - started).toBeLessThan(30_000);
});
