import { randomAlphanumeric, randomHex } from '../random.ts';
import type { ChatVendor } from './chat-vendor.ts';
import { COMMON_VENDOR, FIRST_FIELDS, vendorFrom, words } from './common-vendor.ts';

/** Self-hosted servers: the model's chat template decides, and the common ones are strict about roles. */
const LOCAL = vendorFrom(COMMON_VENDOR, {
  id: 'local',
  rules: { systems: 'first', repeats: [] },
  speech: { choice: {} },
  wordings: {
    'roles-out-of-order': () => ({
      status: 400,
      message: 'Conversation roles must alternate user/assistant/user/assistant/...',
    }),
    'second-system': () => ({ status: 400, message: 'System message must be at the beginning.' }),
  },
});

const VLLM = vendorFrom(LOCAL, {
  id: 'vllm',
  rules: {
    fields: new Set([
      ...FIRST_FIELDS,
      ...words(
        'max_completion_tokens reasoning_effort chat_template_kwargs top_k min_p repetition_penalty min_tokens ' +
          'add_generation_prompt continue_final_message include_reasoning structured_outputs',
      ),
    ]),
    values: { reasoning_effort: words('low medium high') },
    assistantFields: ['reasoning', 'reasoning_content'],
  },
  speech: {
    reasoning: () => ({ kind: 'field', field: 'reasoning' }),
    callId: (random) => `chatcmpl-tool-${randomHex(random, 32)}`,
    choice: { logprobs: null, token_ids: null },
  },
  shape: ({ status, message }) => ({ error: { message, type: 'BadRequestError', param: null, code: status } }),
});

const SGLANG = vendorFrom(LOCAL, {
  id: 'sglang',
  rules: {
    fields: new Set([
      ...FIRST_FIELDS,
      ...words('max_completion_tokens reasoning_effort chat_template_kwargs top_k min_p separate_reasoning'),
    ]),
    values: { reasoning_effort: words('low medium high') },
    assistantFields: ['reasoning_content'],
  },
  speech: {
    first: { role: 'assistant', content: '', reasoning_content: null, tool_calls: null },
    idle: { role: null, content: null, reasoning_content: null, tool_calls: null },
    choice: { logprobs: null, matched_stop: null },
    callId: (random) => `call_${randomHex(random, 24)}`,
  },
  shape: ({ status, message }) => ({ object: 'error', message, type: 'BadRequestError', param: null, code: status }),
});

const LLAMA_CPP = vendorFrom(LOCAL, {
  id: 'llamacpp',
  aliases: ['llama.cpp'],
  rules: {
    fields: new Set([
      ...FIRST_FIELDS,
      ...words('top_k min_p repeat_penalty grammar json_schema cache_prompt chat_template_kwargs reasoning_format'),
    ]),
    assistantFields: ['reasoning_content'],
  },
  speech: {
    first: { role: 'assistant', content: null },
    chunk: { system_fingerprint: 'b7120-4dca015b7' },
    callId: (random) => randomAlphanumeric(random, 32),
    finish: () => ({ timings: { prompt_n: 1, predicted_n: 12, predicted_per_second: 41.5 } }),
  },
  shape: ({ status, message, type }) => ({ error: { code: status, message, type: type ?? 'invalid_request_error' } }),
  headers: () => [['server', 'llama.cpp']],
});

const LM_STUDIO = vendorFrom(LOCAL, {
  id: 'lmstudio',
  rules: {
    fields: new Set(
      words(
        'model messages stream stream_options tools tool_choice temperature top_p top_k max_tokens stop ' +
          'presence_penalty frequency_penalty logit_bias repeat_penalty seed response_format user',
      ),
    ),
    assistantFields: ['reasoning_content'],
  },
  speech: {
    chunk: { system_fingerprint: 'qwen3-coder-30b' },
    callId: (random) => String(100_000_000 + Math.floor(random() * 899_999_999)),
  },
  shape: ({ message }) => ({ error: message }),
  headers: () => [['x-powered-by', 'Express']],
});

const OLLAMA = vendorFrom(LOCAL, {
  id: 'ollama',
  rules: {
    fields: new Set(
      words(
        'model messages stream stream_options tools temperature top_p max_tokens stop presence_penalty ' +
          'frequency_penalty seed response_format reasoning_effort reasoning logprobs top_logprobs user',
      ),
    ),
    values: { reasoning_effort: words('none low medium high') },
    assistantFields: ['reasoning'],
  },
  speech: {
    reasoning: () => ({ kind: 'field', field: 'reasoning' }),
    idle: { role: 'assistant', content: '' },
    chunk: { system_fingerprint: 'fp_ollama' },
    calls: 'whole',
    callId: (random) => `call_${randomAlphanumeric(random, 8).toLowerCase()}`,
  },
  headers: () => [],
});

export const LOCAL_VENDORS: readonly ChatVendor[] = [VLLM, SGLANG, LLAMA_CPP, LM_STUDIO, OLLAMA];
