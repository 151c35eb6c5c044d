import type { Random } from '../../../core/ports.ts';
import type { HeaderLine } from '../answer.ts';
import type { ChatVendor } from '../chat/chat-vendor.ts';
import { COMMON_VENDOR } from '../chat/common-vendor.ts';
import { findChatVendor } from '../chat/find-chat-vendor.ts';
import { randomHex } from '../random.ts';
import { ITEM_TYPES, REQUEST_FIELDS, TOOL_TYPES } from './known-fields.ts';

/**
 * One vendor's Responses API, as data: what it refuses and how it shows what its model thought. Written down from what
 * vendors document and answer, and deliberately not from the gateway's own table of dialects: each is the other's test.
 */
export interface ResponsesVendor {
  /** As in `dialect = "…"` of a provider. */
  readonly id: string;
  readonly aliases: readonly string[];
  /** What follows the host, before `/responses`. */
  readonly basePath: string;
  readonly rules: ResponsesRules;
  /**
   * `sealed`: a summary, and `encrypted_content` that only it can read. `open`: as text in `content`. `plain`: a summary,
   * and what it calls encrypted is the thought itself.
   */
  readonly reasoning: 'sealed' | 'open' | 'plain';
  /** The JSON around a complaint. */
  readonly shape: ChatVendor['shape'];
  /** Besides `date` and `content-type`. */
  readonly headers: (random: Random, nowMs: number, account: string) => readonly HeaderLine[];
}

/** What a request may hold. Some vendors overlook what they do not know; to send it is a mistake, so here none does. */
export interface ResponsesRules {
  /** Fields of the body. */
  readonly fields: ReadonlySet<string>;
  readonly toolTypes: ReadonlySet<string>;
  readonly itemTypes: ReadonlySet<string>;
  /** Of `reasoning.effort`. Absent: any. */
  readonly efforts?: readonly string[];
  /**
   * `openai`: it runs OpenAI's own API, where ids have a prefix and a length. `first`: it knows items as they began, and
   * wants each of them whole.
   */
  readonly items: 'openai' | 'first';
  readonly takesDeveloper: boolean;
  /** The history becomes a chat template: users do not repeat themselves, and the assistant is not the last. */
  readonly isTemplate: boolean;
  /** Tool outputs are texts. */
  readonly textOutputs: boolean;
  /** Reasoning without open content is an error. */
  readonly reasoningNeedsContent: boolean;
  /** Only `auto`: a call cannot be forced or forbidden. */
  readonly forcesCalls: boolean;
  /** Nothing is kept, and to ask for it is an error. */
  readonly storeMustBeFalse: boolean;
  /** Every tool says what it is for (openai/codex#37380). */
  readonly needsDescriptions: boolean;
  /** Only what the lite mode of Codex can have, if its header is there (openai/codex#31870). */
  readonly checksLiteHeader: boolean;
  readonly maxTools?: number;
}

const words = (text: string): readonly string[] => text.split(' ');
const without = (from: ReadonlySet<string>, names: string): ReadonlySet<string> => {
  const left = new Set(from);
  for (const name of words(names)) left.delete(name);
  return left;
};

function openAiHeaders(random: Random, _nowMs: number, account: string): readonly HeaderLine[] {
  const requestsLeft = 9_900 + Math.floor(random() * 99);
  const tokensLeft = 29_000_000 + Math.floor(random() * 900_000);
  return [
    ['server', 'cloudflare'],
    ['openai-version', '2020-10-01'],
    ['openai-organization', `org-${account.replaceAll(/[^a-zA-Z0-9-]/g, '-')}`],
    ['openai-processing-ms', String(40 + Math.floor(random() * 400))],
    ['x-request-id', `req_${randomHex(random, 32)}`],
    ['x-ratelimit-limit-requests', '10000'],
    ['x-ratelimit-limit-tokens', '30000000'],
    ['x-ratelimit-remaining-requests', String(requestsLeft)],
    ['x-ratelimit-remaining-tokens', String(tokensLeft)],
    ['x-ratelimit-reset-requests', '6ms'],
    ['x-ratelimit-reset-tokens', '1.2s'],
  ];
}

const OPENAI: ResponsesVendor = {
  id: 'openai',
  aliases: [],
  basePath: '/v1',
  rules: {
    fields: REQUEST_FIELDS,
    toolTypes: TOOL_TYPES,
    itemTypes: ITEM_TYPES,
    items: 'openai',
    takesDeveloper: true,
    isTemplate: false,
    textOutputs: false,
    reasoningNeedsContent: false,
    forcesCalls: true,
    storeMustBeFalse: false,
    needsDescriptions: false,
    checksLiteHeader: false,
  },
  reasoning: 'sealed',
  shape: COMMON_VENDOR.shape,
  headers: openAiHeaders,
};

interface VendorChanges extends Partial<Omit<ResponsesVendor, 'rules'>> {
  readonly id: string;
  readonly rules?: Partial<ResponsesRules>;
}

/** A vendor that differs from `from` in what is given; it complains as it does in Chat Completions. */
function vendorFrom(from: ResponsesVendor, changes: VendorChanges): ResponsesVendor {
  const { shape, headers } = findChatVendor(changes.id) ?? from;
  return { ...from, aliases: [], shape, headers, ...changes, rules: { ...from.rules, ...changes.rules } };
}

const OPENAI_EFFORTS = words('none minimal low medium high xhigh max');

const AZURE = vendorFrom(OPENAI, {
  id: 'azure',
  basePath: '/openai/v1',
  rules: { efforts: OPENAI_EFFORTS, needsDescriptions: true, checksLiteHeader: true },
});

/** OpenAI's models at Amazon: tools are looked for at the top level only. */
const BEDROCK_MANTLE = vendorFrom(OPENAI, {
  id: 'bedrock-mantle',
  rules: { efforts: OPENAI_EFFORTS, itemTypes: without(ITEM_TYPES, 'additional_tools') },
});

/** The runtime host runs no tools of its own. */
const BEDROCK = vendorFrom(BEDROCK_MANTLE, {
  id: 'bedrock',
  basePath: '/openai/v1',
  rules: { toolTypes: new Set(words('function custom namespace tool_search')) },
});

const FIRST_ITEMS = words('message reasoning function_call function_call_output');
const LOW_TO_HIGH = words('low medium high');

/** The API as it began: messages, reasoning, functions. */
const FIRST_FIELDS = new Set(
  words(
    'model input instructions tools tool_choice parallel_tool_calls stream store text reasoning include metadata ' +
      'temperature top_p max_output_tokens',
  ),
);
const GENERIC = vendorFrom(OPENAI, {
  id: 'generic',
  rules: {
    fields: FIRST_FIELDS,
    toolTypes: new Set(['function']),
    itemTypes: new Set(FIRST_ITEMS),
    efforts: LOW_TO_HIGH,
    items: 'first',
  },
  headers: () => [],
});
const adding = (names: string): ReadonlySet<string> => new Set([...FIRST_FIELDS, ...words(names)]);

const OPENROUTER = vendorFrom(GENERIC, {
  id: 'openrouter',
  basePath: '/api/v1',
  rules: {
    fields: adding('prompt_cache_key service_tier max_tool_calls user safety_identifier provider plugins models'),
    efforts: words('none minimal low medium high xhigh'),
    storeMustBeFalse: true,
  },
});

const XAI = vendorFrom(GENERIC, {
  id: 'xai',
  rules: {
    fields: adding('prompt_cache_key max_tool_calls user logprobs top_logprobs search_parameters'),
    toolTypes: new Set(words('function web_search x_search image_generation file_search code_interpreter mcp shell')),
    maxTools: 200,
  },
});

/** https://api-docs.deepseek.com/guides/responses_api */
const DEEPSEEK = vendorFrom(GENERIC, {
  id: 'deepseek',
  basePath: '',
  rules: {
    toolTypes: new Set(words('function custom web_search')),
    itemTypes: new Set([...FIRST_ITEMS, ...words('custom_tool_call custom_tool_call_output')]),
    efforts: words('low medium high max'),
  },
  reasoning: 'open',
});

const DASHSCOPE = vendorFrom(GENERIC, {
  id: 'dashscope',
  aliases: ['qwen'],
  basePath: '/compatible-mode/v1',
  rules: { efforts: words('none minimal low medium high') },
});

const TOGETHER = vendorFrom(GENERIC, { id: 'together', rules: { fields: without(FIRST_FIELDS, 'store') } });

/** It keeps what it answers unless it is told not to. */
const FIREWORKS = vendorFrom(GENERIC, {
  id: 'fireworks',
  basePath: '/inference/v1',
  rules: { fields: adding('service_tier max_tool_calls user'), storeMustBeFalse: true },
});

const GROQ = vendorFrom(GENERIC, {
  id: 'groq',
  basePath: '/openai/v1',
  rules: { fields: adding('user service_tier'), takesDeveloper: false },
});

const HUGGING_FACE = vendorFrom(GENERIC, { id: 'huggingface', aliases: ['hf'] });

const DATABRICKS = vendorFrom(GENERIC, {
  id: 'databricks',
  basePath: '/serving-endpoints',
  shape: ({ message }) => ({ error_code: 'BAD_REQUEST', message }),
});

const CLOUDFLARE = vendorFrom(TOGETHER, {
  id: 'cloudflare',
  basePath: '/client/v4/accounts/simulated/ai/v1',
  rules: { takesDeveloper: false },
  shape: ({ message }) => ({ result: {}, success: false, errors: [{ message, code: 5006 }], messages: [] }),
});

/** Self-hosted servers: what the model's chat template cannot say is an error. */
const TEMPLATE: Partial<ResponsesRules> = { isTemplate: true, takesDeveloper: false };

/** M3. */
const MINIMAX = vendorFrom(GENERIC, {
  id: 'minimax',
  rules: { ...TEMPLATE, efforts: words('none low medium high'), forcesCalls: false },
  reasoning: 'open',
});

const OLLAMA = vendorFrom(GENERIC, {
  id: 'ollama',
  rules: { ...TEMPLATE, efforts: words('none low medium high'), forcesCalls: false },
  reasoning: 'plain',
});
const LM_STUDIO = vendorFrom(GENERIC, { id: 'lmstudio', rules: TEMPLATE });
const VLLM = vendorFrom(GENERIC, { id: 'vllm', rules: TEMPLATE, reasoning: 'open' });
const SGLANG = vendorFrom(GENERIC, { id: 'sglang', rules: TEMPLATE, reasoning: 'open' });

/** ggml-org/llama.cpp#23465 */
const LLAMA_CPP = vendorFrom(GENERIC, {
  id: 'llamacpp',
  aliases: ['llama.cpp'],
  rules: { ...TEMPLATE, textOutputs: true, reasoningNeedsContent: true },
  reasoning: 'open',
});

export const RESPONSES_VENDORS: readonly ResponsesVendor[] = [
  OPENAI,
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

export const findResponsesVendor = (name: string): ResponsesVendor | undefined =>
  RESPONSES_VENDORS.find(({ id, aliases }) => id === name || aliases.includes(name));
