import type { ForeignAnswer } from './fault.ts';

/** Error answers as vendors really give them (bodies, headers, statuses), by the fault's name. */

const json = (status: number, body: object, headers: Readonly<Record<string, string>> = {}): ForeignAnswer => ({
  status,
  headers: { 'content-type': 'application/json', 'x-request-id': 'req_5f1c0e9a7b8d4c3e9f2a6b1d', ...headers },
  body: JSON.stringify(body),
});

const openAi = (
  status: number,
  type: string,
  code: string | null,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): ForeignAnswer => json(status, { error: { message, type, param: null, code } }, headers);

const anthropic = (status: number, type: string, message: string, headers: Readonly<Record<string, string>> = {}) =>
  json(status, { type: 'error', error: { type, message }, request_id: 'req_011CZk2m8V' }, headers);

const html = (status: number, title: string, text: string): ForeignAnswer => ({
  status,
  headers: { 'content-type': 'text/html; charset=utf-8', server: 'cloudflare' },
  body: `<!DOCTYPE html>\n<html><head><title>${title}</title></head>\n<body><center><h1>${text}</h1></center></body></html>\n`,
});

const RATE_LIMIT_TEXT = 'Rate limit reached for requests per min (RPM): Limit 500, Used 500, Requested 1.';
const rateLimited = (text: string, headers: Readonly<Record<string, string>>): ForeignAnswer =>
  openAi(429, 'requests', 'rate_limit_exceeded', `${RATE_LIMIT_TEXT}${text}`, {
    'x-ratelimit-limit-requests': '500',
    'x-ratelimit-remaining-requests': '0',
    'x-ratelimit-reset-requests': '120ms',
    ...headers,
  });

export interface VendorAnswer {
  readonly summary: string;
  /** Seconds of a wait, where the answer has one. */
  readonly defaultSeconds?: number;
  readonly create: (seconds: number) => ForeignAnswer;
}

const fixed = (summary: string, answer: ForeignAnswer): VendorAnswer => ({ summary, create: () => answer });
const waiting = (
  summary: string,
  defaultSeconds: number,
  create: (seconds: number) => ForeignAnswer,
): VendorAnswer => ({
  summary,
  defaultSeconds,
  create,
});

const OVERLOADED_TEXT = 'Our servers are currently overloaded. Please try again later.';
const RETIRED_MODEL = 'The model `gpt-5.5` does not exist or you do not have access to it.';

export const VENDOR_ANSWERS = {
  // 400, and yet not the client's fault.
  'hidden-billing-400': fixed(
    'Anthropic: 400 whose text says the credit is used up',
    anthropic(
      400,
      'invalid_request_error',
      'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
    ),
  ),
  'hidden-spend-limit-400': fixed(
    'Anthropic: 400 whose text says the spend limit is reached',
    anthropic(
      400,
      'invalid_request_error',
      'You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.',
    ),
  ),
  'hidden-region-400': fixed(
    'Gemini: 400 FAILED_PRECONDITION for a region that is not served',
    json(400, {
      error: { code: 400, message: 'User location is not supported for the API use.', status: 'FAILED_PRECONDITION' },
    }),
  ),
  'hidden-wrong-key-400': fixed(
    'xAI: 400 for a wrong key',
    json(400, {
      code: 'Client specified an invalid argument',
      error: 'Incorrect API key provided: xa***ey. You can obtain an API key from https://console.x.ai.',
    }),
  ),
  'hidden-tool-failure-400': fixed(
    'Groq: 400 because the model itself made a broken call',
    json(400, {
      error: {
        message: "Failed to call a function. Please adjust your prompt. See 'failed_generation' for more details.",
        type: 'invalid_request_error',
        code: 'tool_use_failed',
        failed_generation: '<function=exec_command{"cmd": "ls"',
      },
    }),
  ),
  'hidden-arrearage-400': fixed(
    'DashScope: 400 because the account is in arrears',
    openAi(400, 'Arrearage', 'Arrearage', 'Access denied, please make sure your account is in good standing.'),
  ),
  'foreign-state-400': fixed(
    'OpenAI: 400 for reasoning state that another vendor issued',
    openAi(
      400,
      'invalid_request_error',
      'invalid_encrypted_content',
      'The encrypted content gAAA...xQ== could not be verified. Reason: Encrypted content could not be decrypted or parsed.',
    ),
  ),
  // 400, and the client's own.
  'bad-request-400': fixed(
    "OpenAI: 400, the client's own fault",
    openAi(400, 'invalid_request_error', 'invalid_value', "Invalid value: 'banana'."),
  ),
  'context-too-long-400': fixed(
    'OpenAI: 400, the conversation is too long',
    openAi(
      400,
      'invalid_request_error',
      'context_length_exceeded',
      'Your input exceeds the context window of this model. Please adjust your input and try again.',
    ),
  ),
  'content-refused-400': fixed(
    'Azure: 400 from its content filter',
    json(400, {
      error: {
        message: "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
        type: null,
        param: 'prompt',
        code: 'content_filter',
        status: 400,
        innererror: { code: 'ResponsibleAIPolicyViolation' },
      },
    }),
  ),
  // Keys, money, law.
  'unauthorized-401': fixed(
    'OpenAI: 401, wrong key',
    openAi(401, 'invalid_request_error', 'invalid_api_key', 'Incorrect API key provided.'),
  ),
  'payment-required-402': fixed(
    'DeepSeek: 402, no balance',
    openAi(402, 'unknown_error', 'invalid_request_error', 'Insufficient Balance'),
  ),
  'region-blocked-403': fixed(
    'OpenAI: 403, country or region not supported',
    openAi(
      403,
      'request_forbidden',
      'unsupported_country_region_territory',
      'Country, region, or territory not supported',
    ),
  ),
  'forbidden-html-403': fixed('403 with an HTML page', html(403, '403 Forbidden', '403 Forbidden')),
  'account-suspended-412': fixed(
    'Fireworks: 412, account suspended',
    openAi(412, 'invalid_request_error', 'PRECONDITION_FAILED', 'Account is suspended, possibly due to a spend limit.'),
  ),
  // A model that is gone.
  'model-withdrawn': fixed(
    'OpenAI: 404 model_not_found',
    openAi(404, 'invalid_request_error', 'model_not_found', RETIRED_MODEL),
  ),
  'model-withdrawn-not-found-error': fixed(
    'Anthropic: 404 not_found_error',
    anthropic(404, 'not_found_error', 'model: claude-fable-5-1'),
  ),
  'model-withdrawn-html': fixed('404 with an HTML page', html(404, '404 Not Found', '404 Not Found')),
  'deployment-not-found': fixed(
    'Azure: 404 DeploymentNotFound',
    json(404, {
      error: { code: 'DeploymentNotFound', message: 'The API deployment for this resource does not exist.' },
    }),
  ),
  'model-retired-bedrock': fixed(
    'Bedrock: 404 ResourceNotFoundException',
    json(
      404,
      { message: 'This model version has reached the end of its life.' },
      { 'x-amzn-errortype': 'ResourceNotFoundException:http://internal.amazon.com/coral/com.amazon.bedrock/' },
    ),
  ),
  // Short-lived.
  'request-timeout-408': fixed('408', openAi(408, 'timeout', null, 'Request timed out.')),
  'conflict-409': fixed('409', openAi(409, 'conflict', null, 'Another request holds the lock.')),
  'rate-limited-integer-wait': waiting('429 with retry-after in whole seconds', 3, (seconds) =>
    rateLimited(` Please try again in ${seconds}s.`, { 'retry-after': String(Math.ceil(seconds)) }),
  ),
  'rate-limited-float-wait': waiting('429 with retry-after as a decimal number', 2.5, (seconds) =>
    rateLimited('', { 'retry-after': String(seconds) }),
  ),
  'rate-limited-date-wait': waiting('429 with retry-after as an HTTP date', 5, (seconds) =>
    rateLimited('', { 'retry-after': `{httpDate+${seconds}}` }),
  ),
  'rate-limited-ms-wait': waiting('429 with retry-after-ms only', 2, (seconds) =>
    rateLimited('', { 'retry-after-ms': String(Math.round(seconds * 1000)) }),
  ),
  'rate-limited-text-wait': waiting('429 that names the wait only in its text', 2.5, (seconds) =>
    rateLimited(` Please try again in ${seconds}s. Visit https://platform.openai.com/account/rate-limits.`, {}),
  ),
  'rate-limited-reset-header': waiting('429 with an Anthropic reset time', 4, (seconds) =>
    anthropic(429, 'rate_limit_error', 'This request would exceed your rate limit of 50,000 input tokens per minute.', {
      'anthropic-ratelimit-input-tokens-remaining': '0',
      'anthropic-ratelimit-input-tokens-reset': `{rfc3339+${seconds}}`,
    }),
  ),
  'rate-limited-protobuf-wait': waiting('Gemini: 429 with a retry delay in its body', 34, (seconds) =>
    json(429, {
      error: {
        code: 429,
        message: 'Resource has been exhausted (e.g. check quota).',
        status: 'RESOURCE_EXHAUSTED',
        details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${seconds}s` }],
      },
    }),
  ),
  'rate-limited-epoch-wait': waiting('OpenRouter: 429 with a reset time in ms since 1970', 6, (seconds) =>
    json(
      429,
      { error: { code: 429, message: 'Rate limit exceeded: limit_rpm', metadata: {} } },
      {
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': `{epochMs+${seconds}}`,
      },
    ),
  ),
  'rate-limited-no-wait': fixed(
    '429 that says nothing of a wait',
    openAi(429, 'requests', 'rate_limit_exceeded', 'Rate limit reached.'),
  ),
  'insufficient-quota': fixed(
    'OpenAI: 429 insufficient_quota',
    openAi(
      429,
      'insufficient_quota',
      'insufficient_quota',
      'You exceeded your current quota, please check your plan and billing details.',
    ),
  ),
  'quota-exceeded-kimi': fixed(
    'Kimi: 429 that means the money is gone',
    openAi(429, 'exceeded_current_quota_error', null, 'Your account is not active, current balance: 0.'),
  ),
  'balance-exhausted-zai': fixed(
    'Z.ai: 429 whose inner code means the money is gone',
    json(429, { error: { code: '1113', message: 'Insufficient balance or no resource package. Please recharge.' } }),
  ),
  'capacity-498': fixed(
    'Groq: 498, flex capacity exceeded',
    openAi(498, 'server_error', 'capacity_exceeded', 'Flex tier capacity exceeded.'),
  ),
  // Broken.
  'server-error-500': fixed(
    'OpenAI: 500',
    openAi(
      500,
      'server_error',
      'server_error',
      'The server had an error while processing your request. Sorry about that!',
    ),
  ),
  'bad-gateway-502': fixed('502 with an HTML page', html(502, '502 Bad Gateway', '502 Bad Gateway')),
  'unavailable-503': fixed('503 with an empty body', { status: 503, headers: {}, body: '' }),
  'server-overloaded-503': fixed(
    'OpenAI: 503 server_is_overloaded',
    openAi(503, 'service_unavailable_error', 'server_is_overloaded', OVERLOADED_TEXT),
  ),
  'slow-down-503': fixed(
    'OpenAI: 503 slow_down',
    openAi(503, 'service_unavailable_error', 'slow_down', 'Your requests grow too fast. Please slow down.'),
  ),
  'long-wait-503': waiting('503 with a retry-after of an hour', 3600, (seconds) =>
    openAi(503, 'service_unavailable_error', null, OVERLOADED_TEXT, { 'retry-after': String(seconds) }),
  ),
  'gateway-timeout-504': fixed('504 with an HTML page', html(504, '504 Gateway Time-out', '504 Gateway Time-out')),
  'overloaded-529': fixed('Anthropic: 529 overloaded_error', anthropic(529, 'overloaded_error', 'Overloaded')),
  // 200, and yet no answer.
  'html-200': fixed('200 with an HTML page', html(200, 'Sign in', 'Sign in to your network')),
  'json-error-200': fixed(
    '200 with a JSON error',
    openAi(200, 'server_error', 'server_error', 'The upstream model could not be reached.'),
  ),
  'base-resp-200': fixed(
    'MiniMax: 200 whose body holds a status code',
    json(200, { base_resp: { status_code: 1002, status_msg: 'rate limit exceeded(RPM)' } }),
  ),
  'empty-200': fixed('200 with an empty event stream', {
    status: 200,
    headers: { 'content-type': 'text/event-stream' },
    body: '',
  }),
  'no-content-204': fixed('204', { status: 204, headers: {}, body: '' }),
  'redirect-307': fixed('307 to another host', {
    status: 307,
    headers: { location: 'http://elsewhere.invalid/v1/responses' },
    body: '',
  }),
} as const satisfies Readonly<Record<string, VendorAnswer>>;
