import type { Strictness } from '../wire.ts';
import { OPENAI_ERRORS, type OpenAiError } from './openai-errors.ts';
import { itemsOf, type JsonObject } from './read-conversation.ts';
import { openState } from './state-blob.ts';

/** Top-level fields of the public API. */
const KNOWN_FIELDS = new Set(
  (
    'access_programs background context_management conversation image include input instructions max_output_tokens ' +
    'max_tool_calls metadata model moderation parallel_tool_calls previous_response_id prompt prompt_cache_key ' +
    'prompt_cache_options prompt_cache_retention reasoning safety_identifier service_tier store stream stream_options ' +
    'temperature text tool_choice tools top_logprobs top_p truncation user'
  ).split(' '),
);
/** What only OpenAI's own client may send. */
const FIRST_PARTY_FIELDS = new Set(['client_metadata']);
const FIRST_PARTY_ITEM_FIELD = 'internal_chat_message_metadata_passthrough';

const ITEM_TYPES = new Set(
  (
    'message reasoning function_call function_call_output custom_tool_call custom_tool_call_output tool_search_call ' +
    'tool_search_output additional_tools local_shell_call local_shell_call_output shell_call shell_call_output ' +
    'apply_patch_call apply_patch_call_output web_search_call compaction compaction_trigger file_search_call ' +
    'computer_call computer_call_output code_interpreter_call image_generation_call mcp_list_tools mcp_call ' +
    'mcp_approval_request mcp_approval_response program program_output configuration_update item_reference ' +
    'agent_message'
  ).split(' '),
);

const TOOL_TYPES = new Set(
  (
    'function custom namespace tool_search web_search image_generation mcp file_search code_interpreter shell ' +
    'local_shell apply_patch computer computer_use_preview'
  ).split(' '),
);

/** The two kinds of call whose output comes back in the next request. */
const CALLS = [
  { call: 'function_call', output: 'function_call_output', words: 'function call' },
  { call: 'custom_tool_call', output: 'custom_tool_call_output', words: 'custom tool call' },
] as const;

export type Validated =
  | { readonly kind: 'valid'; readonly body: JsonObject; readonly model: string }
  | { readonly kind: 'invalid'; readonly error: OpenAiError };

const invalid = (error: OpenAiError): Validated => ({ kind: 'invalid', error });

/** Says what OpenAI would say to this request. `domain` is who issued the state that this vendor can read. */
export function validateRequest(json: unknown, strictness: Strictness, domain: string): Validated {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return invalid(OPENAI_ERRORS.bodyNotJson());
  const body = json as JsonObject;
  const model = body['model'];
  if (model === undefined || model === null) return invalid(OPENAI_ERRORS.missing('model'));
  if (typeof model !== 'string') return invalid(OPENAI_ERRORS.wrongType('model', 'a string'));
  if (strictness.models !== undefined && !strictness.models.includes(model)) {
    return invalid(OPENAI_ERRORS.noModel(model));
  }
  const error =
    strictness.validate === false ? undefined : (checkFields(body, strictness) ?? checkInput(body, strictness, domain));
  return error === undefined ? { kind: 'valid', body, model } : invalid(error);
}

function checkFields(body: JsonObject, strictness: Strictness): OpenAiError | undefined {
  for (const field of Object.keys(body)) {
    const isFirstParty = strictness.firstParty === true && FIRST_PARTY_FIELDS.has(field);
    if (!KNOWN_FIELDS.has(field) && !isFirstParty) return OPENAI_ERRORS.unknown(field);
  }
  if (body['stream'] !== undefined && body['stream'] !== null && typeof body['stream'] !== 'boolean') {
    return OPENAI_ERRORS.wrongType('stream', 'a boolean');
  }
  if (body['background'] === true) return OPENAI_ERRORS.unsupported('background');
  const tools = body['tools'] ?? [];
  if (!Array.isArray(tools)) return OPENAI_ERRORS.wrongType('tools', 'an array');
  return checkTools(tools, 'tools');
}

function checkTools(tools: readonly unknown[], path: string): OpenAiError | undefined {
  for (const [index, tool] of tools.entries()) {
    const { type, name, tools: inner } = (tool ?? {}) as JsonObject;
    const at = `${path}[${index}]`;
    if (typeof type !== 'string') return OPENAI_ERRORS.missing(`${at}.type`);
    if (!TOOL_TYPES.has(type)) return OPENAI_ERRORS.wrongValue(`${at}.type`, type);
    const needsName = type === 'function' || type === 'custom' || type === 'namespace';
    if (needsName && (typeof name !== 'string' || name === '')) return OPENAI_ERRORS.missing(`${at}.name`);
    if (needsName && !/^[a-zA-Z0-9_-]{1,128}$/.test(String(name))) {
      return OPENAI_ERRORS.wrongValue(`${at}.name`, String(name).slice(0, 128));
    }
    const nested = type === 'namespace' && Array.isArray(inner) ? checkTools(inner, `${at}.tools`) : undefined;
    if (nested !== undefined) return nested;
  }
  return undefined;
}

function checkInput(body: JsonObject, strictness: Strictness, domain: string): OpenAiError | undefined {
  const input = body['input'];
  if (input === undefined || typeof input === 'string') return undefined;
  if (!Array.isArray(input)) return OPENAI_ERRORS.wrongType('input', 'a string or an array of items');
  const ids = new Set<string>();
  for (const [index, value] of input.entries()) {
    if (typeof value !== 'object' || value === null) {
      return OPENAI_ERRORS.wrongType(`input[${index}]`, 'an object');
    }
    const error = checkItem(value as JsonObject, `input[${index}]`, strictness, domain);
    if (error !== undefined) return error;
    const id = (value as JsonObject)['id'];
    if (typeof id !== 'string') continue;
    if (ids.has(id)) return OPENAI_ERRORS.duplicateItem(id);
    ids.add(id);
  }
  const items = itemsOf(input);
  return checkPairs(items) ?? (strictness.reasoningNeedsFollower === true ? checkFollowers(items) : undefined);
}

function checkItem(item: JsonObject, at: string, strictness: Strictness, domain: string): OpenAiError | undefined {
  const type = item['type'] ?? (item['role'] === undefined ? undefined : 'message');
  if (type === undefined) return OPENAI_ERRORS.missing(`${at}.type`);
  if (typeof type !== 'string' || !ITEM_TYPES.has(type)) return OPENAI_ERRORS.wrongValue(`${at}.type`, String(type));
  if (FIRST_PARTY_ITEM_FIELD in item && strictness.firstParty !== true) {
    return OPENAI_ERRORS.unknown(`${at}.${FIRST_PARTY_ITEM_FIELD}`);
  }
  if (type === 'message') {
    if (!/^(user|assistant|system|developer)$/.test(String(item['role']))) {
      return OPENAI_ERRORS.wrongValue(`${at}.role`, String(item['role']));
    }
    if (item['content'] === undefined || item['content'] === null) return OPENAI_ERRORS.missing(`${at}.content`);
  }
  if ((type === 'reasoning' || type === 'compaction') && typeof item['encrypted_content'] === 'string') {
    return checkState(item, item['encrypted_content'], domain);
  }
  for (const { call, output } of CALLS) {
    if (type !== call && type !== output) continue;
    if (typeof item['call_id'] !== 'string') return OPENAI_ERRORS.missing(`${at}.call_id`);
    const field = type === output ? 'output' : call === 'function_call' ? 'arguments' : 'input';
    const isText = typeof item[field] === 'string' || (field === 'output' && Array.isArray(item[field]));
    if (!isText) return OPENAI_ERRORS.missing(`${at}.${field}`);
    if (type === call && typeof item['name'] !== 'string') return OPENAI_ERRORS.missing(`${at}.name`);
  }
  return undefined;
}

function checkState(item: JsonObject, content: string, domain: string): OpenAiError | undefined {
  const state = openState(content);
  const isOurs = state !== undefined && state.domain === domain;
  const isMoved = item['id'] !== undefined && item['id'] !== state?.itemId;
  return isOurs && !isMoved ? undefined : OPENAI_ERRORS.foreignState(content.slice(0, 12));
}

/** Every call has exactly one output, after it, and every output has a call. */
function checkPairs(items: readonly JsonObject[]): OpenAiError | undefined {
  for (const { call, output, words } of CALLS) {
    const open = new Set<string>();
    const known = new Set<string>();
    for (const item of items) {
      const callId = String(item['call_id']);
      if (item['type'] === call) {
        open.add(callId);
        known.add(callId);
      } else if (item['type'] === output && !known.has(callId)) {
        return OPENAI_ERRORS.noCallFor(`${words} output`, callId);
      } else if (item['type'] === output) open.delete(callId);
    }
    const [unanswered] = open;
    if (unanswered !== undefined) return OPENAI_ERRORS.noOutputFor(words, unanswered);
  }
  return undefined;
}

function checkFollowers(items: readonly JsonObject[]): OpenAiError | undefined {
  const follows = new Set(['message', 'reasoning', ...CALLS.map((kind) => kind.call), 'tool_search_call']);
  for (const [index, item] of items.entries()) {
    if (item['type'] !== 'reasoning') continue;
    const next = items[index + 1];
    const isFollowed = next !== undefined && follows.has(String(next['type'] ?? 'message')) && next['role'] !== 'user';
    if (!isFollowed) return OPENAI_ERRORS.reasoningAlone(String(item['id']));
  }
  return undefined;
}
