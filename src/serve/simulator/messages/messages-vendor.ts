import type { JsonObject } from '../json.ts';

/** Who serves Messages, as data. Anthropic itself is exact; those who copied its API take less and check less. */
export interface MessagesVendor {
  /** As in `dialect = "…"` of a provider. */
  readonly id: string;
  readonly aliases: readonly string[];
  /** What follows the host, before `/messages`. */
  readonly basePath: string;
  /** Thinking is signed, and comes back as it was or not at all. */
  readonly signs: boolean;
  /** A turn with calls must say what was thought before, while the model thinks. */
  readonly needsThoughtOnCalls: boolean;
  /** Fields of the body besides the first ones. */
  readonly fields: ReadonlySet<string>;
  readonly betas: ReadonlySet<string>;
  /** Block types that a user may send. */
  readonly userBlocks: readonly string[];
  /** Whether the model thinks although the request does not ask for it. */
  readonly thinksUnasked: boolean;
  readonly wrap: (type: string, message: string, requestId: string) => object;
}

const words = (text: string): readonly string[] => text.split(' ');

const FIRST_FIELDS = words(
  'model messages max_tokens system tools tool_choice stop_sequences stream temperature top_k top_p metadata thinking',
);

const ANTHROPIC: MessagesVendor = {
  id: 'anthropic',
  aliases: ['claude'],
  basePath: '/v1',
  signs: true,
  needsThoughtOnCalls: false,
  fields: new Set([
    ...FIRST_FIELDS,
    ...words('output_config service_tier inference_geo container context_management mcp_servers cache_control speed'),
  ]),
  betas: new Set(
    words(
      'interleaved-thinking-2025-05-14 context-1m-2025-08-07 output-128k-2025-02-19 effort-2025-11-24 ' +
        'token-efficient-tools-2025-02-19 fine-grained-tool-streaming-2025-05-14 context-management-2025-06-27 ' +
        'prompt-caching-2024-07-31 extended-cache-ttl-2025-04-11 structured-outputs-2025-11-13 ' +
        'thinking-binding-controls-2026-08-01 server-side-fallback-2026-07-01 mcp-client-2025-11-20',
    ),
  ),
  userBlocks: ['text', 'image', 'document', 'tool_result', 'search_result'],
  thinksUnasked: false,
  wrap: (type, message, request_id) => ({ type: 'error', error: { type, message }, request_id }),
};

/** A server that calls itself compatible: what the API had from the start. */
const GENERIC: MessagesVendor = {
  ...ANTHROPIC,
  id: 'generic',
  aliases: [],
  signs: false,
  fields: new Set(FIRST_FIELDS),
  betas: new Set(),
  userBlocks: ['text', 'tool_result', 'image'],
  thinksUnasked: true,
};

/** https://api-docs.deepseek.com/guides/anthropic_api */
const DEEPSEEK: MessagesVendor = {
  ...ANTHROPIC,
  id: 'deepseek',
  aliases: [],
  basePath: '/anthropic/v1',
  signs: false,
  needsThoughtOnCalls: true,
  fields: new Set([...FIRST_FIELDS, 'output_config']),
  betas: new Set(),
  userBlocks: ['text', 'tool_result'],
  thinksUnasked: true,
  wrap: (type, message) => ({ error: { message, type, param: null, code: 'invalid_request_error' } }),
};

const MINIMAX: MessagesVendor = {
  ...GENERIC,
  id: 'minimax',
  basePath: '/anthropic/v1',
  wrap: (type, message, request_id) => ({
    type: 'error',
    error: { type, message: `invalid params, ${message} (2013)` },
    request_id,
  }),
};

const KIMI: MessagesVendor = {
  ...GENERIC,
  id: 'moonshot',
  aliases: ['kimi'],
  basePath: '/anthropic/v1',
  fields: new Set([...FIRST_FIELDS, 'output_config']),
  wrap: (type, message) => ({ error: { type, message }, type: 'error' }),
};

export const MESSAGES_VENDORS: readonly MessagesVendor[] = [ANTHROPIC, GENERIC, DEEPSEEK, MINIMAX, KIMI];

export const findMessagesVendor = (name: string): MessagesVendor | undefined =>
  MESSAGES_VENDORS.find(({ id, aliases }) => id === name || aliases.includes(name));

/** Whether the answer may begin with a thought. */
export function thinks(body: JsonObject, vendor: MessagesVendor): boolean {
  const type = (body['thinking'] as JsonObject | null | undefined)?.['type'];
  return type === undefined ? vendor.thinksUnasked : type !== 'disabled';
}
