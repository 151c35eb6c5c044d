import type { Random } from '../../../core/ports.ts';
import type { HeaderLine } from '../answer.ts';
import type { TokenCounts } from '../count-tokens.ts';
import type { JsonObject } from '../json.ts';
import { randomAlphanumeric, randomHex } from '../random.ts';
import type { ChatRules, ChatSpeech, ChatVendor } from './chat-vendor.ts';
import type { Complaint } from './refusal.ts';

export const words = (text: string): readonly string[] => text.split(' ');

/** What Chat Completions had from the start. */
export const FIRST_FIELDS = words(
  'model messages stream stream_options tools tool_choice parallel_tool_calls temperature top_p presence_penalty ' +
    'frequency_penalty logprobs top_logprobs n stop seed user max_tokens response_format logit_bias',
);

export const EFFORTS = words('none minimal low medium high xhigh max');

const isSwitchedOff = (body: JsonObject): boolean =>
  (body['thinking'] as JsonObject | null | undefined)?.['type'] === 'disabled';

/** A model that thinks unless `thinking.type` is `disabled`. */
export const thinksUnlessDisabled = (body: JsonObject): boolean => !isSwitchedOff(body);

export const OPENAI_USAGE = (counts: TokenCounts): JsonObject => ({
  prompt_tokens: counts.input,
  completion_tokens: counts.output,
  total_tokens: counts.input + counts.output,
  prompt_tokens_details: { cached_tokens: counts.cached },
  completion_tokens_details: { reasoning_tokens: counts.reasoning },
});

/** `{error:{message,type,param,code}}`, which most use. */
const OPENAI_SHAPE = ({ message, type, param, code }: Complaint): object => ({
  error: { message, type: type ?? 'invalid_request_error', param: param ?? null, code: code ?? null },
});

const COMMON_RULES: ChatRules = {
  fields: new Set(FIRST_FIELDS),
  values: {},
  thinking: {},
  roles: ['system', 'user', 'assistant', 'tool'],
  systems: 'many',
  repeats: ['user'],
  allowsUserAfterTool: true,
  allowsNullContent: true,
  parts: { user: ['text', 'image_url'], system: ['text'], assistant: ['text'], tool: [] },
  assistantFields: [],
  callId: /^.+$/s,
  parsesArguments: true,
  callReasoning: 'free',
  thinks: () => true,
  functionFields: ['name', 'description', 'parameters'],
};

const COMMON_SPEECH: ChatSpeech = {
  reasoning: () => ({ kind: 'field', field: 'reasoning_content' }),
  first: { role: 'assistant', content: '' },
  idle: {},
  chunk: {},
  choice: { logprobs: null },
  calls: 'pieces',
  callId: (random) => `call_${randomAlphanumeric(random, 24)}`,
  callPiece: {},
  usage: 'asked',
  renderUsage: OPENAI_USAGE,
  finish: () => ({}),
  repeatsSoFar: false,
  repeatsWhole: false,
  comments: [],
};

/** What most vendors have in common. */
export const COMMON_VENDOR: ChatVendor = {
  id: 'common',
  aliases: [],
  basePath: '/v1',
  rules: COMMON_RULES,
  speech: COMMON_SPEECH,
  wordings: {},
  shape: OPENAI_SHAPE,
  headers: () => [['server', 'uvicorn']],
};

interface VendorChanges extends Partial<Omit<ChatVendor, 'rules' | 'speech'>> {
  readonly id: string;
  readonly rules?: Partial<ChatRules>;
  readonly speech?: Partial<ChatSpeech>;
}

/** A vendor that differs from `from` in what is given. */
export function vendorFrom(from: ChatVendor, changes: VendorChanges): ChatVendor {
  return {
    ...from,
    aliases: [],
    ...changes,
    rules: { ...from.rules, ...changes.rules },
    speech: { ...from.speech, ...changes.speech },
  };
}

/** A server that calls itself compatible, and thinks aloud in its answers for want of a place for it. */
export const GENERIC_VENDOR = vendorFrom(COMMON_VENDOR, {
  id: 'generic',
  speech: { reasoning: () => ({ kind: 'tags' }) },
});

/** OpenAI's and Groq's limit headers; resets are Go durations. */
export const rateLimitHeaders =
  (resetRequests: string, resetTokens: string) =>
  (random: Random): readonly HeaderLine[] => [
    ['x-request-id', `req_${randomHex(random, 32)}`],
    ['x-ratelimit-limit-requests', '10000'],
    ['x-ratelimit-limit-tokens', '30000000'],
    ['x-ratelimit-remaining-requests', String(9_900 + Math.floor(random() * 99))],
    ['x-ratelimit-remaining-tokens', String(29_000_000 + Math.floor(random() * 900_000))],
    ['x-ratelimit-reset-requests', resetRequests],
    ['x-ratelimit-reset-tokens', resetTokens],
  ];
