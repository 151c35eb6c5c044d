import type { JsonObject } from '../read-json.ts';
import { EFFORTS_UP_TO_XHIGH } from '../responses/efforts.ts';
import { FUNCTIONS_ONLY } from '../tools/tool-contract.ts';
import type { ChatDialect, EffortRule, SamplingField } from './chat-dialect.ts';

const ALL_SAMPLING: readonly SamplingField[] = [
  'temperature',
  'top_p',
  'presence_penalty',
  'frequency_penalty',
  'top_logprobs',
  'user',
];

/** One field for every effort; what the vendor does not know is said as its nearest. */
function effortField(models: readonly string[], field: string, names: readonly string[]): EffortRule {
  const [none, minimal, low, medium, high, xhigh, max] = names;
  const pairs = { none, minimal, low, medium, high, xhigh, max, ultra: max };
  const fields: Record<string, JsonObject> = {};
  for (const [effort, name] of Object.entries(pairs))
    if (name !== undefined && name !== '') fields[effort] = { [field]: name };
  return { models, fields };
}

const thinking = (type: string): JsonObject => ({ thinking: { type } });

/** Any server that calls itself compatible: only what the API had from the start. */
const GENERIC: ChatDialect = {
  id: 'generic',
  aliases: [],
  roles: { systems: 'many', users: 'keep', userAfterTool: 'allowed' },
  callIds: 'any',
  emptyContent: null,
  maxTokensField: 'max_tokens',
  accepts: {
    sampling: ALL_SAMPLING,
    parallelToolCalls: true,
    usageOption: true,
    strictTools: false,
    toolChoice: 'any',
    responseFormat: 'json_schema',
    images: true,
    files: false,
  },
  effort: [],
  reasoning: { echo: false, fields: [], foreignSummary: 'text' },
  cacheKey: 'drop',
  serviceTiers: {},
  extra: {},
  repeatsText: false,
  tools: FUNCTIONS_ONLY,
};

/** OpenAI's own Chat Completions. */
const OPENAI: ChatDialect = {
  ...GENERIC,
  id: 'openai',
  aliases: ['azure'],
  callIds: 'forty',
  maxTokensField: 'max_completion_tokens',
  accepts: { ...GENERIC.accepts, strictTools: true, files: true },
  effort: [effortField([], 'reasoning_effort', ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'xhigh'])],
  cacheKey: 'field',
  serviceTiers: { auto: 'auto', default: 'default', flex: 'flex', priority: 'priority' },
};

const DEEPSEEK: ChatDialect = {
  ...GENERIC,
  id: 'deepseek',
  // Its API refuses a request with an image anywhere in it.
  accepts: { ...GENERIC.accepts, parallelToolCalls: false, responseFormat: 'json_object', images: false },
  effort: [
    {
      models: [],
      fields: {
        none: thinking('disabled'),
        ...effortField([], 'reasoning_effort', ['', 'low', 'low', 'high', 'high', 'high', 'max']).fields,
      },
    },
  ],
  // A turn with calls and no reasoning_content is a 400; an empty one will do.
  reasoning: { echo: true, fields: ['reasoning_content'], placeholder: '', foreignSummary: 'fields' },
};

const QWEN: ChatDialect = {
  ...GENERIC,
  id: 'dashscope',
  aliases: ['qwen'],
  // Which models think by default differs, and those that cannot refuse to be told to.
  effort: [{ models: [], fields: { none: { enable_thinking: false } } }],
};

const MINIMAX: ChatDialect = {
  ...GENERIC,
  id: 'minimax',
  roles: { systems: 'one', users: 'merge', userAfterTool: 'allowed' },
  maxTokensField: 'max_completion_tokens',
  accepts: {
    ...GENERIC.accepts,
    sampling: ['temperature', 'top_p'],
    parallelToolCalls: false,
    toolChoice: 'auto',
    responseFormat: 'json_object',
  },
  effort: [
    {
      models: ['m3'],
      fields: {
        none: thinking('disabled'),
        minimal: thinking('adaptive'),
        low: thinking('adaptive'),
        medium: thinking('adaptive'),
        high: thinking('adaptive'),
        xhigh: thinking('adaptive'),
        max: thinking('adaptive'),
        ultra: thinking('adaptive'),
      },
    },
  ],
  reasoning: { echo: true, fields: [], foreignSummary: 'text' },
  extra: { reasoning_split: true },
  repeatsText: true,
};

const KIMI: ChatDialect = {
  ...GENERIC,
  id: 'moonshot',
  aliases: ['kimi'],
  maxTokensField: 'max_completion_tokens',
  accepts: { ...GENERIC.accepts, sampling: ['user'], parallelToolCalls: false, responseFormat: 'json_object' },
  // K2 models take no effort. Thinking is never switched off: the coding host would quietly serve an older model.
  effort: [effortField(['k3'], 'reasoning_effort', ['low', 'low', 'low', 'high', 'high', 'max', 'max'])],
  reasoning: {
    echo: true,
    fields: ['reasoning_content'],
    placeholder: '(not recorded)',
    foreignSummary: 'fields',
  },
  cacheKey: 'field',
};

const GLM: ChatDialect = {
  ...GENERIC,
  id: 'zai',
  aliases: ['glm', 'bigmodel'],
  accepts: {
    ...GENERIC.accepts,
    sampling: ['temperature', 'top_p'],
    parallelToolCalls: false,
    usageOption: false,
    toolChoice: 'auto',
    responseFormat: 'json_object',
  },
  effort: [
    effortField(['glm-5.2', 'glm-5.3'], 'reasoning_effort', ['low', 'low', 'low', 'high', 'high', 'max', 'max']),
    { models: ['glm-4', 'glm-5'], fields: { none: thinking('disabled') } },
  ],
  // Interleaved thinking has to come back unmodified with the tool results.
  reasoning: { echo: true, fields: ['reasoning_content'], foreignSummary: 'text' },
  extra: { thinking: { type: 'enabled', clear_thinking: false } },
};

const MISTRAL: ChatDialect = {
  ...GENERIC,
  id: 'mistral',
  roles: { systems: 'one', users: 'keep', userAfterTool: 'answered' },
  callIds: 'nine',
  emptyContent: '',
  accepts: {
    ...GENERIC.accepts,
    sampling: ['temperature', 'top_p', 'presence_penalty', 'frequency_penalty'],
    usageOption: false,
    strictTools: true,
  },
  effort: [
    effortField(['mistral-small-latest', 'mistral-small-26'], 'reasoning_effort', [
      'none',
      'high',
      'high',
      'high',
      'high',
      'high',
      'high',
    ]),
  ],
  reasoning: { echo: true, fields: [], foreignSummary: 'text' },
  cacheKey: 'field',
};

const GROQ: ChatDialect = {
  ...GENERIC,
  id: 'groq',
  maxTokensField: 'max_completion_tokens',
  accepts: { ...GENERIC.accepts, sampling: ['temperature', 'top_p', 'user'] },
  effort: [
    effortField(['gpt-oss'], 'reasoning_effort', ['low', 'low', 'low', 'medium', 'high', 'high', 'high']),
    effortField(['qwen3'], 'reasoning_effort', [
      'none',
      'default',
      'default',
      'default',
      'default',
      'default',
      'default',
    ]),
  ],
  serviceTiers: { auto: 'auto', default: 'on_demand', flex: 'flex' },
};

const XAI: ChatDialect = {
  ...GENERIC,
  id: 'xai',
  accepts: { ...GENERIC.accepts, sampling: ['temperature', 'top_p', 'user'] },
  cacheKey: { header: 'x-grok-conv-id' },
};

const OPENROUTER: ChatDialect = {
  ...GENERIC,
  id: 'openrouter',
  accepts: { ...GENERIC.accepts, strictTools: true, files: true },
  effort: [
    {
      models: [],
      fields: Object.fromEntries(
        Object.entries(EFFORTS_UP_TO_XHIGH).map(([effort, name]) => [effort, { reasoning: { effort: name } }]),
      ),
    },
  ],
  // reasoning_details go back unmodified and in order; a bare text is for models that send no details.
  reasoning: { echo: true, fields: ['reasoning'], foreignSummary: 'text' },
};

/** Self-hosted: chat templates are strict about roles, and thinking is whatever the model's template makes of it. */
const LOCAL: ChatDialect = {
  ...GENERIC,
  id: 'local',
  roles: { systems: 'one', users: 'merge', userAfterTool: 'allowed' },
};

const VLLM: ChatDialect = {
  ...LOCAL,
  id: 'vllm',
  effort: [effortField([], 'reasoning_effort', ['', 'low', 'low', 'medium', 'high', 'high', 'high'])],
  // Renamed between versions: the old field is not read any more, the new one was not known before.
  reasoning: { echo: true, fields: ['reasoning', 'reasoning_content'], foreignSummary: 'fields' },
};

const SGLANG: ChatDialect = {
  ...LOCAL,
  id: 'sglang',
  effort: [effortField([], 'reasoning_effort', ['', 'low', 'low', 'medium', 'high', 'high', 'high'])],
  reasoning: { echo: true, fields: ['reasoning_content'], foreignSummary: 'fields' },
};

const LLAMA_CPP: ChatDialect = {
  ...LOCAL,
  id: 'llamacpp',
  aliases: ['llama.cpp'],
  reasoning: { echo: true, fields: ['reasoning_content'], foreignSummary: 'fields' },
};

const LM_STUDIO: ChatDialect = {
  ...LOCAL,
  id: 'lmstudio',
  accepts: { ...LOCAL.accepts, parallelToolCalls: false },
};

const OLLAMA: ChatDialect = {
  ...LOCAL,
  id: 'ollama',
  accepts: { ...LOCAL.accepts, parallelToolCalls: false, toolChoice: 'auto' },
  reasoning: { echo: true, fields: ['reasoning'], foreignSummary: 'fields' },
};

export const CHAT_DIALECTS: readonly ChatDialect[] = [
  GENERIC,
  OPENAI,
  DEEPSEEK,
  QWEN,
  MINIMAX,
  KIMI,
  GLM,
  MISTRAL,
  GROQ,
  XAI,
  OPENROUTER,
  VLLM,
  SGLANG,
  LLAMA_CPP,
  LM_STUDIO,
  OLLAMA,
];

/** The generic one for a name that has no quirks on this wire. */
export function findChatDialect(name: string | undefined): ChatDialect {
  if (name === undefined) return GENERIC;
  return CHAT_DIALECTS.find(({ id, aliases }) => id === name || aliases.includes(name)) ?? GENERIC;
}
