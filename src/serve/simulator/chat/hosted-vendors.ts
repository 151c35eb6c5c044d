import type { TokenCounts } from '../count-tokens.ts';
import { randomAlphanumeric, randomHex } from '../random.ts';
import type { ChatVendor } from './chat-vendor.ts';
import {
  COMMON_VENDOR,
  EFFORTS,
  FIRST_FIELDS,
  OPENAI_USAGE,
  rateLimitHeaders,
  thinksUnlessDisabled,
  vendorFrom,
  words,
} from './common-vendor.ts';

const TEXT_ONLY = { user: ['text'], system: ['text'], assistant: ['text'], tool: [] };
const SWITCH = { type: ['enabled', 'disabled'] };
const lessOf = (fields: readonly string[], without: string): ReadonlySet<string> => {
  const left = new Set(fields);
  for (const field of words(without)) left.delete(field);
  return left;
};

/** OpenAI's own models behind the older API: their reasoning is not shown. */
const OPENAI = vendorFrom(COMMON_VENDOR, {
  id: 'openai',
  aliases: ['azure'],
  rules: {
    fields: new Set([
      ...lessOf(FIRST_FIELDS, 'max_tokens'),
      ...words(
        'max_completion_tokens metadata store service_tier reasoning_effort verbosity prompt_cache_key ' +
          'safety_identifier modalities audio prediction web_search_options functions function_call',
      ),
    ]),
    values: { reasoning_effort: EFFORTS },
    roles: ['developer', ...COMMON_VENDOR.rules.roles],
    repeats: ['user', 'assistant'],
    parts: {
      user: ['text', 'image_url', 'input_audio', 'file'],
      system: ['text'],
      assistant: ['text', 'refusal'],
      tool: ['text'],
    },
    assistantFields: ['refusal', 'audio', 'function_call'],
    // "string too long. Expected a string with maximum length 40"
    callId: /^.{1,40}$/s,
    parsesArguments: false,
    functionFields: [...COMMON_VENDOR.rules.functionFields, 'strict'],
  },
  speech: {
    reasoning: () => ({ kind: 'none' }),
    first: { role: 'assistant', content: '', refusal: null },
    chunk: { service_tier: 'default', system_fingerprint: 'fp_07871e2ad8' },
  },
  headers: rateLimitHeaders('6ms', '1.2s'),
});

const DEEPSEEK_USAGE = (counts: TokenCounts): object => ({
  prompt_cache_hit_tokens: counts.cached,
  prompt_cache_miss_tokens: counts.input - counts.cached,
});

const DEEPSEEK = vendorFrom(COMMON_VENDOR, {
  id: 'deepseek',
  basePath: '',
  rules: {
    fields: new Set([
      ...lessOf(FIRST_FIELDS, 'parallel_tool_calls n seed user logit_bias'),
      'thinking',
      'reasoning_effort',
    ]),
    values: { reasoning_effort: words('low medium high xhigh max'), 'response_format.type': ['text', 'json_object'] },
    thinking: SWITCH,
    parts: TEXT_ONLY,
    assistantFields: ['reasoning_content', 'prefix'],
    parsesArguments: false,
    callReasoning: 'present',
    thinks: thinksUnlessDisabled,
  },
  speech: {
    first: { role: 'assistant', content: null, reasoning_content: '' },
    idle: { content: null, reasoning_content: null },
    chunk: { system_fingerprint: 'fp_eaab8d114b_prod0820_fp8_kvcache' },
    callId: (random, _name, position) =>
      `call_${String(position % 100).padStart(2, '0')}_${randomAlphanumeric(random, 24)}`,
    usage: 'finish',
    renderUsage: (counts) => ({ ...OPENAI_USAGE(counts), ...DEEPSEEK_USAGE(counts) }),
    comments: ['keep-alive'],
  },
  wordings: {
    'unknown-role': ({ at, name }) => ({
      status: 422,
      message:
        `Failed to deserialize the JSON body into the target type: messages[${at}].role: unknown variant \`${name}\`, ` +
        'expected one of `system`, `user`, `assistant`, `tool` at line 1 column 85',
    }),
    'content-part': ({ at, name }) => ({
      status: 400,
      message: `Failed to deserialize the JSON body into the target type: messages[${at}]: unknown variant \`${name}\`, expected \`text\``,
    }),
    'unknown-field': ({ name }) => ({
      status: 422,
      message: `Failed to deserialize the JSON body into the target type: unknown field \`${name}\``,
    }),
  },
  shape: ({ message, type }) => ({
    error: { message, type: type ?? 'invalid_request_error', param: null, code: 'invalid_request_error' },
  }),
  headers: (random) => [
    ['server', 'openresty'],
    ['x-ds-trace-id', randomHex(random, 32)],
  ],
});

const DASHSCOPE = vendorFrom(COMMON_VENDOR, {
  id: 'dashscope',
  aliases: ['qwen'],
  basePath: '/compatible-mode/v1',
  rules: {
    fields: new Set([
      ...FIRST_FIELDS,
      ...words('enable_thinking thinking_budget max_completion_tokens top_k repetition_penalty enable_search'),
    ]),
    thinks: (body) => body['enable_thinking'] !== false,
    assistantFields: ['reasoning_content', 'partial'],
  },
  speech: {
    first: { role: 'assistant', content: null, reasoning_content: '' },
    idle: { content: null },
    chunk: { system_fingerprint: null },
    callId: (random) => `call_${randomHex(random, 24)}`,
    callPiece: { id: '', type: 'function' },
  },
  shape: ({ message, code }, requestId) => ({
    error: {
      code: code ?? 'invalid_parameter_error',
      param: null,
      message: `<400> InternalError.Algo.InvalidParameter: ${message}`,
      type: 'invalid_request_error',
    },
    id: `chatcmpl-${requestId}`,
    request_id: requestId,
  }),
  headers: (random) => [
    ['server', 'istio-envoy'],
    ['x-request-id', randomHex(random, 32)],
  ],
});

const MINIMAX = vendorFrom(COMMON_VENDOR, {
  id: 'minimax',
  rules: {
    fields: new Set(
      words(
        'model messages stream stream_options max_completion_tokens temperature top_p tools reasoning_split thinking',
      ),
    ),
    thinking: { type: ['adaptive', 'disabled'] },
    systems: 'first',
    repeats: [],
    assistantFields: ['reasoning_details', 'name'],
    thinks: thinksUnlessDisabled,
  },
  speech: {
    reasoning: (body) =>
      body['reasoning_split'] === true
        ? { kind: 'details', format: 'MiniMax-response-v1', signed: false, beside: false }
        : { kind: 'tags' },
    first: { role: 'assistant', content: '', name: 'MiniMax AI', audio_content: '' },
    idle: { role: 'assistant', name: 'MiniMax AI', audio_content: '' },
    chunk: { input_sensitive: false, output_sensitive: false, input_sensitive_type: 0, output_sensitive_type: 0 },
    choice: {},
    calls: 'whole',
    callId: (random, _name, position) =>
      `call_function_${randomAlphanumeric(random, 12).toLowerCase()}_${position + 1}`,
    repeatsSoFar: true,
    repeatsWhole: true,
    failure: (message) => ({ base_resp: { status_code: 1000, status_msg: message } }),
  },
  wordings: {
    'second-system': () => ({ status: 400, message: 'invalid chat setting' }),
    'unknown-role': ({ name }) => ({ status: 400, message: `chat content has invalid message role: ${name}` }),
    'empty-content': () => ({ status: 400, message: 'chat content is empty' }),
    'answers-no-call': () => ({ status: 400, message: 'tool result does not follow tool call' }),
    'call-arguments': ({ name }) => ({
      status: 400,
      message: `invalid function arguments json string, tool_call_id: ${name}`,
    }),
  },
  shape: ({ status, message }, requestId) => ({
    type: 'error',
    error: { type: 'bad_request_error', message: `invalid params, ${message} (2013)`, http_code: String(status) },
    request_id: requestId,
  }),
  headers: (random) => [['trace-id', randomHex(random, 32)]],
});

const KIMI = vendorFrom(COMMON_VENDOR, {
  id: 'moonshot',
  aliases: ['kimi'],
  rules: {
    fields: new Set([
      ...lessOf(FIRST_FIELDS, 'parallel_tool_calls seed logit_bias logprobs top_logprobs user max_tokens'),
      ...words('max_completion_tokens thinking reasoning_effort prompt_cache_key safety_identifier'),
    ]),
    values: {
      reasoning_effort: words('low high max'),
      temperature: [1],
      top_p: [0.95],
      'response_format.type': ['text', 'json_object'],
    },
    thinking: SWITCH,
    assistantFields: ['reasoning_content', 'partial', 'name'],
    callReasoning: 'not-empty',
    thinks: thinksUnlessDisabled,
  },
  speech: {
    chunk: { system_fingerprint: 'fpv0_ff52a3ef' },
    choice: {},
    callId: (_random, name, position) => `functions.${name}:${position}`,
    usage: 'choice',
    renderUsage: (counts) => ({ ...OPENAI_USAGE(counts), cached_tokens: counts.cached }),
  },
  wordings: {
    'reasoning-missing': ({ at }) => ({
      status: 400,
      message: `thinking is enabled but reasoning_content is missing in assistant tool call message at index ${at}`,
    }),
    'wrong-value': ({ name, detail }) => ({ status: 400, message: `invalid ${name}: ${detail}` }),
  },
  shape: ({ message, type }) => ({ error: { message, type: type ?? 'invalid_request_error' } }),
  headers: (random, nowMs) => [
    ['msh-request-id', randomHex(random, 32)],
    ['x-ratelimit-limit', '500'],
    ['x-ratelimit-remaining', '499'],
    ['x-ratelimit-reset', String(Math.ceil(nowMs / 1000) + 1)],
  ],
});

const GLM = vendorFrom(COMMON_VENDOR, {
  id: 'zai',
  aliases: ['glm', 'bigmodel'],
  basePath: '/api/paas/v4',
  rules: {
    fields: new Set(
      words(
        'model messages stream temperature top_p max_tokens tools tool_choice stop response_format thinking ' +
          'reasoning_effort tool_stream do_sample request_id user_id',
      ),
    ),
    values: { tool_choice: ['auto'], 'response_format.type': ['text', 'json_object'] },
    thinking: { ...SWITCH, clear_thinking: [true, false] },
    assistantFields: ['reasoning_content'],
    thinks: thinksUnlessDisabled,
  },
  speech: {
    first: { role: 'assistant', content: '' },
    idle: { role: 'assistant' },
    choice: {},
    calls: 'whole',
    callId: (random) => `call_-${1 + Math.floor(random() * 9)}${String(Math.floor(random() * 1e15)).padStart(15, '0')}`,
    usage: 'finish',
    failure: (message) => ({ error: { code: '1234', message: `Network error, error id: 0, ${message}` } }),
  },
  // It says the same of everything.
  shape: ({ status, message, code }) => ({
    error:
      status === 400
        ? { code: '1214', message: 'The messages parameter is illegal. Please check the documentation.' }
        : { code: code ?? '1000', message },
  }),
  headers: (random) => [['x-log-id', randomHex(random, 24)]],
});

const MISTRAL = vendorFrom(COMMON_VENDOR, {
  id: 'mistral',
  rules: {
    fields: new Set([
      ...lessOf(FIRST_FIELDS, 'stream_options logprobs top_logprobs user seed logit_bias'),
      ...words('random_seed metadata prediction prompt_mode reasoning_effort safe_prompt prompt_cache_key'),
    ]),
    values: { reasoning_effort: ['none', 'high'] },
    systems: 'first',
    allowsUserAfterTool: false,
    allowsNullContent: false,
    parts: { user: ['text', 'image_url'], system: ['text'], assistant: ['text', 'thinking'], tool: ['text'] },
    assistantFields: ['prefix'],
    callId: /^[a-zA-Z0-9]{9}$/,
    functionFields: [...COMMON_VENDOR.rules.functionFields, 'strict'],
  },
  speech: {
    reasoning: () => ({ kind: 'parts' }),
    idle: {},
    choice: {},
    calls: 'finish',
    callId: (random) => randomAlphanumeric(random, 9),
    usage: 'finish',
  },
  wordings: {
    'unknown-field': ({ name }) => ({ status: 422, message: `body.${name}: Extra inputs are not permitted` }),
    'call-id': ({ name }) => ({
      status: 400,
      type: 'invalid_function_call',
      code: '3280',
      message: `Tool call id was ${name} but must be a-z, A-Z, 0-9, with a length of 9.`,
    }),
    'roles-out-of-order': ({ name, detail }) => ({
      status: 400,
      type: 'invalid_request_message_order',
      code: '3230',
      message: `Unexpected role '${name}' after role '${detail}'`,
    }),
    'second-system': () => ({
      status: 400,
      type: 'invalid_request_message_order',
      code: '3230',
      message: "Unexpected role 'system' after role 'user'",
    }),
    'ends-with-assistant': () => ({
      status: 400,
      type: 'invalid_request_message_order',
      code: '3230',
      message: 'Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant',
    }),
    'call-not-answered': () => ({
      status: 400,
      type: 'invalid_request_message_order',
      code: '3230',
      message: 'Not the same number of function calls and responses',
    }),
  },
  shape: ({ status, message, type, code }) =>
    status === 422
      ? { detail: [{ type: 'extra_forbidden', loc: ['body'], msg: message }] }
      : { object: 'error', message, type: type ?? 'invalid_request_error', param: null, code: code ?? null },
  headers: (random) => [
    ['mistral-correlation-id', randomHex(random, 32)],
    ['x-ratelimitbysize-limit-minute', '500000'],
    ['x-ratelimitbysize-remaining-minute', '499000'],
    ['ratelimitbysize-reset', '42'],
  ],
});

const GROQ = vendorFrom(COMMON_VENDOR, {
  id: 'groq',
  basePath: '/openai/v1',
  rules: {
    fields: new Set([
      ...FIRST_FIELDS,
      ...words('max_completion_tokens reasoning_effort reasoning_format include_reasoning service_tier metadata store'),
    ]),
    values: { reasoning_effort: words('none default low medium high') },
    assistantFields: ['reasoning'],
  },
  speech: {
    reasoning: () => ({ kind: 'field', field: 'reasoning' }),
    chunk: { system_fingerprint: 'fp_3d587a02fb' },
    calls: 'whole',
    callId: (random) => `fc_${randomHex(random, 8)}-${randomHex(random, 4)}-${randomHex(random, 12)}`,
    finish: () => ({ x_groq: { id: 'req_01jbd6g2qdfw2adyrt2az8hz4w' } }),
  },
  wordings: {
    'unknown-field': ({ at, name }) => ({
      status: 400,
      message:
        at === undefined
          ? `property '${name}' is unsupported`
          : `'messages.${at}' : for 'role:assistant' the following must be satisfied[('messages.${at}' : property '${name}' is unsupported)]`,
    }),
    'unknown-role': ({ at }) => ({
      status: 400,
      message: `'messages.${at}' : discriminator property 'role' has invalid value`,
    }),
  },
  shape: ({ message, type, code }) => ({
    error: { message, type: type ?? 'invalid_request_error', ...(code === undefined || code === null ? {} : { code }) },
  }),
  headers: rateLimitHeaders('2m59.56s', '7.66s'),
});

const XAI = vendorFrom(COMMON_VENDOR, {
  id: 'xai',
  rules: {
    // Its reasoning models take neither penalties nor stop sequences.
    fields: new Set([
      ...lessOf(FIRST_FIELDS, 'presence_penalty frequency_penalty stop'),
      ...words('max_completion_tokens deferred search_parameters'),
    ]),
    assistantFields: ['reasoning_content'],
  },
  speech: {
    chunk: { system_fingerprint: 'fp_6ca29cf396' },
    choice: {},
    calls: 'whole',
    callId: (random) => `call_${String(Math.floor(random() * 1e8)).padStart(8, '0')}`,
    usage: 'finish',
    // Reasoning stands beside the completion here.
    renderUsage: (counts) => ({ ...OPENAI_USAGE(counts), completion_tokens: counts.output - counts.reasoning }),
  },
  wordings: {
    'unknown-field': ({ name }) => ({ status: 400, message: `Argument not supported on this model: ${name}` }),
    'wrong-key': () => ({ status: 400, message: 'Incorrect API key provided: xa***ey.' }),
  },
  shape: ({ message }) => ({ code: 'Client specified an invalid argument', error: message }),
  headers: rateLimitHeaders('1s', '1s'),
});

const OPENROUTER = vendorFrom(COMMON_VENDOR, {
  id: 'openrouter',
  basePath: '/api/v1',
  rules: {
    fields: new Set([
      ...FIRST_FIELDS,
      ...words(
        'provider reasoning include_reasoning plugins transforms models route usage top_k min_p top_a ' +
          'repetition_penalty verbosity max_completion_tokens session_id metadata reasoning_effort',
      ),
    ]),
    thinking: {
      effort: words('none minimal low medium high xhigh'),
      max_tokens: [],
      exclude: [true, false],
      enabled: [true, false],
    },
    roles: ['developer', ...COMMON_VENDOR.rules.roles],
    parts: { user: ['text', 'image_url', 'file'], system: ['text'], assistant: ['text'], tool: ['text'] },
    assistantFields: ['reasoning', 'reasoning_details'],
    parsesArguments: false,
    functionFields: [...COMMON_VENDOR.rules.functionFields, 'strict'],
  },
  speech: {
    reasoning: () => ({ kind: 'details', format: 'anthropic-claude-v1', signed: true, beside: true }),
    idle: { role: 'assistant' },
    chunk: { provider: 'Anthropic' },
    choice: { logprobs: null, native_finish_reason: null },
    callId: (random) => `toolu_vrtx_01${randomAlphanumeric(random, 22)}`,
    comments: ['OPENROUTER PROCESSING', 'OPENROUTER PROCESSING'],
    failure: (message, code) => ({
      error: { code: code ?? 502, message },
      choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }],
    }),
  },
  shape: ({ status, message }) => ({
    error: {
      message: 'Provider returned error',
      code: status,
      metadata: { raw: JSON.stringify({ error: { message } }), provider_name: 'Anthropic' },
    },
    user_id: 'org_2dAbcd',
  }),
  headers: (random) => [['x-generation-id', `gen-${randomAlphanumeric(random, 20)}`]],
});

export const HOSTED_VENDORS: readonly ChatVendor[] = [
  OPENAI,
  DEEPSEEK,
  DASHSCOPE,
  MINIMAX,
  KIMI,
  GLM,
  MISTRAL,
  GROQ,
  XAI,
  OPENROUTER,
];
