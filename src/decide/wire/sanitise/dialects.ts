import { METADATA, type PeekedRequest } from '../observe/peek-request.ts';
import { FUNCTIONS_ONLY, type ToolContract } from '../tools/tool-contract.ts';
import type { EffortRule, PortableRules, ResponsesDialect } from './responses-dialect.ts';

const efforts = (names: readonly string[], models: readonly string[] = []): EffortRule => ({ models, names });

const OPENAI_EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;
const THREE = efforts(['low', 'medium', 'high']);

const ALL_NATIVE: ToolContract = {
  handling: {
    function: 'native',
    custom: 'native',
    namespace: 'native',
    tool_search: 'native',
    web_search: 'native',
    image_generation: 'native',
  },
  other: 'native',
  maxNameLength: 64,
};

/** What Codex adds for OpenAI alone, and our own envelopes: nobody else may see either. */
const NEVER_RAW = marks('"internal_chat_message_metadata_passthrough"', '"hf1_metadata');

/** No dialect is stated: somebody's address that speaks the API as OpenAI does. */
const COMPATIBLE: ResponsesDialect = {
  id: 'compatible',
  aliases: [],
  marks: NEVER_RAW,
  tools: ALL_NATIVE,
  additionalTools: 'native',
  effort: [efforts([...OPENAI_EFFORTS, 'ultra'])],
};

/** The header of lite mode is not forwarded (`forward-headers.ts`); apart from it two values are refused. */
const AZURE: ResponsesDialect = {
  ...COMPATIBLE,
  id: 'azure',
  marks: [...NEVER_RAW, ...marks('"ultra"', '"description":""')],
  effort: [efforts(OPENAI_EFFORTS)],
  refusesEmptyDescriptions: true,
  compacts: true,
};

/** OpenAI's models behind bedrock-mantle. */
const BEDROCK_MANTLE: ResponsesDialect = {
  ...COMPATIBLE,
  id: 'bedrock-mantle',
  effort: AZURE.effort,
  marks: [...NEVER_RAW, ...marks('"ultra"', '"additional_tools"')],
  additionalTools: 'hoisted',
};

/** The runtime host runs no tools of its own. */
const BEDROCK: ResponsesDialect = {
  ...BEDROCK_MANTLE,
  id: 'bedrock',
  marks: [...NEVER_RAW, ...marks('"ultra"', '"additional_tools"', '"web_search', '"image_generation"')],
  tools: {
    ...ALL_NATIVE,
    handling: { ...ALL_NATIVE.handling, web_search: 'dropped', image_generation: 'dropped' },
    other: 'refused',
  },
};

const PORTABLE: PortableRules = {
  fields: ['parallel_tool_calls', 'store', 'temperature', 'top_p', 'max_output_tokens', 'metadata'],
  developer: 'system',
  users: 'keep',
  outputs: 'text',
  reasoning: 'none',
  toolChoice: 'any',
  lastTurn: 'user',
  hostedFields: [],
};

/** Any server that is said to have quirks: only what the API had from the start. */
const GENERIC: ResponsesDialect = {
  id: 'generic',
  aliases: [],
  tools: FUNCTIONS_ONLY,
  additionalTools: 'hoisted',
  effort: [THREE],
  portable: PORTABLE,
};

/** Functions, or its own `openrouter:…` tools; null contents are refused (openai/codex#12114, #18307, #32318). */
const OPENROUTER: ResponsesDialect = {
  ...GENERIC,
  id: 'openrouter',
  effort: [efforts(['none', 'minimal', 'low', 'medium', 'high', 'xhigh'])],
  portable: {
    ...PORTABLE,
    fields: [...PORTABLE.fields, 'prompt_cache_key', 'service_tier', 'max_tool_calls', 'user'],
    developer: 'developer',
    reasoning: 'sealed',
    lastTurn: 'any',
  },
};

/** Its search is always live: asked for cached results only, it is left out. */
const XAI: ResponsesDialect = {
  ...GENERIC,
  id: 'xai',
  tools: { ...FUNCTIONS_ONLY, handling: { ...FUNCTIONS_ONLY.handling, web_search: 'native' } },
  maxTools: 200,
  effort: [efforts([], ['grok-build', 'grok-composer']), THREE],
  portable: {
    ...PORTABLE,
    fields: [...PORTABLE.fields, 'prompt_cache_key', 'max_tool_calls', 'user'],
    developer: 'developer',
    reasoning: 'sealed',
    lastTurn: 'any',
    hostedFields: ['filters'],
  },
};

/** https://api-docs.deepseek.com/guides/responses_api: custom tools and search are its own. */
const DEEPSEEK: ResponsesDialect = {
  ...GENERIC,
  id: 'deepseek',
  tools: { ...FUNCTIONS_ONLY, handling: { ...FUNCTIONS_ONLY.handling, custom: 'native', web_search: 'native' } },
  effort: [efforts(['low', 'medium', 'high', 'max'])],
  portable: { ...PORTABLE, developer: 'developer', reasoning: 'open' },
};

const DASHSCOPE: ResponsesDialect = {
  ...GENERIC,
  id: 'dashscope',
  aliases: ['qwen'],
  effort: [efforts(['none', 'minimal', 'low', 'medium', 'high'])],
};

/** M3: functions only, so no freeform patch. */
const MINIMAX: ResponsesDialect = {
  ...GENERIC,
  id: 'minimax',
  effort: [efforts(['none', 'low', 'medium', 'high'])],
  portable: { ...PORTABLE, developer: 'instructions', users: 'merge', reasoning: 'open', toolChoice: 'auto' },
};

/** Keeps nothing between requests, and does not know `store`. */
const TOGETHER: ResponsesDialect = {
  ...GENERIC,
  id: 'together',
  portable: { ...PORTABLE, fields: PORTABLE.fields.filter((field) => field !== 'store') },
};

/** Keeps answers unless told not to: `store` is always sent as false. */
const FIREWORKS: ResponsesDialect = {
  ...GENERIC,
  id: 'fireworks',
  portable: { ...PORTABLE, fields: [...PORTABLE.fields, 'service_tier', 'max_tool_calls', 'user'] },
};

const GROQ: ResponsesDialect = {
  ...GENERIC,
  id: 'groq',
  portable: { ...PORTABLE, fields: [...PORTABLE.fields, 'user'] },
};

const HUGGING_FACE: ResponsesDialect = { ...GENERIC, id: 'huggingface', aliases: ['hf'] };

/** A passthrough for OpenAI's models, a translation for others: what both take. */
const DATABRICKS: ResponsesDialect = {
  ...GENERIC,
  id: 'databricks',
  portable: { ...PORTABLE, developer: 'developer', reasoning: 'sealed' },
};

/** gpt-oss only. */
const CLOUDFLARE: ResponsesDialect = {
  ...TOGETHER,
  id: 'cloudflare',
};

/** Self-hosted: the request ends in a chat template, which is strict about roles. */
const LOCAL: PortableRules = { ...PORTABLE, developer: 'instructions', users: 'merge' };

/** What it calls encrypted is the model's thinking in plain text; `tool_choice` is ignored. */
const OLLAMA: ResponsesDialect = {
  ...GENERIC,
  id: 'ollama',
  effort: [efforts(['none', 'low', 'medium', 'high'])],
  portable: { ...LOCAL, reasoning: 'sealed', toolChoice: 'auto' },
};

const LM_STUDIO: ResponsesDialect = { ...GENERIC, id: 'lmstudio', portable: LOCAL };

const VLLM: ResponsesDialect = { ...GENERIC, id: 'vllm', portable: { ...LOCAL, reasoning: 'open' } };

/** Effort "max" has crashed a stream there (sgl-project/sglang#33633). */
const SGLANG: ResponsesDialect = { ...GENERIC, id: 'sglang', portable: { ...LOCAL, reasoning: 'open' } };

/** Reasoning without open content is an error, and so is a tool output with an image (ggml-org/llama.cpp#23465). */
const LLAMA_CPP: ResponsesDialect = {
  ...GENERIC,
  id: 'llamacpp',
  aliases: ['llama.cpp'],
  portable: { ...LOCAL, reasoning: 'open' },
};

export const RESPONSES_DIALECTS: readonly ResponsesDialect[] = [
  COMPATIBLE,
  AZURE,
  BEDROCK,
  BEDROCK_MANTLE,
  GENERIC,
  OPENROUTER,
  XAI,
  DEEPSEEK,
  DASHSCOPE,
  MINIMAX,
  TOGETHER,
  FIREWORKS,
  GROQ,
  HUGGING_FACE,
  DATABRICKS,
  CLOUDFLARE,
  OLLAMA,
  LM_STUDIO,
  VLLM,
  SGLANG,
  LLAMA_CPP,
];

/** The generic one for a name that has no entry: who names a dialect says that there are quirks. */
export function findResponsesDialect(name: string | undefined): ResponsesDialect {
  if (name === undefined) return COMPATIBLE;
  return RESPONSES_DIALECTS.find(({ id, aliases }) => id === name || aliases.includes(name)) ?? GENERIC;
}

/** What a request has to be adapted to, or `undefined`: then it stays in the raw lane. Nothing is parsed. */
export function adaptationFor(
  dialect: string | undefined,
  body: Buffer,
  { mayMentionMetadata }: Pick<PeekedRequest, 'mayMentionMetadata'>,
): ResponsesDialect | undefined {
  const found = findResponsesDialect(dialect);
  const isThere = (mark: Buffer): boolean => (mayMentionMetadata || !mark.includes(METADATA)) && body.includes(mark);
  return found.marks === undefined || found.marks.some(isThere) ? found : undefined;
}

function marks(...texts: readonly string[]): readonly Buffer[] {
  return texts.map((text) => Buffer.from(text));
}
