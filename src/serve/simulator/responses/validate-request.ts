import { textOfJson } from '../../../core/text-of-json.ts';
import { type JsonObject, objectsOf } from '../json.ts';
import { openState } from '../state-blob.ts';
import type { Strictness } from '../wire.ts';
import { checkFirstForm } from './check-first-form.ts';
import { checkDescriptions, checkItems, checkLiteHeader } from './check-openai-form.ts';
import { FIRST_PARTY_FIELDS, FIRST_PARTY_ITEM_FIELD, ITEM_FIELDS } from './known-fields.ts';
import { OPENAI_ERRORS, type OpenAiError } from './openai-errors.ts';
import type { ResponsesVendor } from './responses-vendor.ts';

/** The two kinds of call whose output comes back in the next request. */
const CALLS = [
  { call: 'function_call', output: 'function_call_output', words: 'function call' },
  { call: 'custom_tool_call', output: 'custom_tool_call_output', words: 'custom tool call' },
] as const;

export type Validated =
  | { readonly kind: 'valid'; readonly body: JsonObject; readonly model: string }
  | { readonly kind: 'invalid'; readonly error: OpenAiError };

export interface ValidationContext {
  readonly vendor: ResponsesVendor;
  readonly strictness: Strictness;
  /** Who issued the state that this vendor can read. */
  readonly domain: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly inputTokens: number;
}

const invalid = (error: OpenAiError): Validated => ({ kind: 'invalid', error });

/** Says what the vendor would say to this request. */
export function validateRequest(json: unknown, context: ValidationContext): Validated {
  const { strictness, inputTokens } = context;
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return invalid(OPENAI_ERRORS.bodyNotJson());
  const body = json as JsonObject;
  const model = body['model'];
  if (model === undefined || model === null) return invalid(OPENAI_ERRORS.missing('model'));
  if (typeof model !== 'string') return invalid(OPENAI_ERRORS.wrongType('model', 'a string'));
  if (strictness.models !== undefined && !strictness.models.includes(model)) {
    return invalid(OPENAI_ERRORS.noModel(model));
  }
  if (strictness.contextTokens !== undefined && inputTokens > strictness.contextTokens) {
    return invalid(OPENAI_ERRORS.tooLong());
  }
  const error =
    strictness.validate === false
      ? undefined
      : (checkFields(body, context) ?? checkInput(body, context) ?? checkForm(body, context));
  return error === undefined ? { kind: 'valid', body, model } : invalid(error);
}

const FORMATS: readonly unknown[] = ['text', 'json_object', 'json_schema'];

function checkFields(body: JsonObject, context: ValidationContext): OpenAiError | undefined {
  const { strictness, vendor } = context;
  const { fields, efforts, storeMustBeFalse, forcesCalls, maxTools = Number.POSITIVE_INFINITY } = vendor.rules;
  for (const field of Object.keys(body)) {
    const isFirstParty = strictness.firstParty === true && FIRST_PARTY_FIELDS.has(field);
    if (!fields.has(field) && !isFirstParty) return OPENAI_ERRORS.unknown(field);
  }
  if (body['stream'] !== undefined && body['stream'] !== null && typeof body['stream'] !== 'boolean') {
    return OPENAI_ERRORS.wrongType('stream', 'a boolean');
  }
  if (body['background'] === true) return OPENAI_ERRORS.unsupported('background');
  const format = (body['text'] as { format?: { type?: unknown } } | null | undefined)?.format?.type ?? 'text';
  if (!FORMATS.includes(format)) return OPENAI_ERRORS.wrongValue('text.format.type', textOfJson(format).slice(0, 64));
  const tools = body['tools'] ?? [];
  if (!Array.isArray(tools)) return OPENAI_ERRORS.wrongType('tools', 'an array');
  if (tools.length > maxTools) return OPENAI_ERRORS.wrongType('tools', `at most ${maxTools} tools`);
  const effort = (body['reasoning'] as JsonObject | null | undefined)?.['effort'] ?? undefined;
  if (effort !== undefined && efforts?.includes(textOfJson(effort)) === false) {
    return OPENAI_ERRORS.wrongValue('reasoning.effort', textOfJson(effort).slice(0, 64));
  }
  if (storeMustBeFalse && body['store'] !== false) return OPENAI_ERRORS.unsupported('store');
  if (!forcesCalls && (body['tool_choice'] ?? 'auto') !== 'auto') return OPENAI_ERRORS.unsupported('tool_choice');
  return checkTools(tools, 'tools', context);
}

/** What goes beyond the API itself: how exact this vendor is about what it holds. */
function checkForm(body: JsonObject, { vendor, headers }: ValidationContext): OpenAiError | undefined {
  const { rules } = vendor;
  if (rules.items === 'first') return checkFirstForm(body, rules);
  const lite = rules.checksLiteHeader ? checkLiteHeader(headers) : undefined;
  return lite ?? (rules.needsDescriptions ? checkAllDescriptions(body) : undefined) ?? checkItems(body);
}

function checkAllDescriptions(body: JsonObject): OpenAiError | undefined {
  const topLevel = checkDescriptions(body['tools'], 'tools');
  if (topLevel !== undefined) return topLevel;
  for (const [index, item] of objectsOf(body['input']).entries()) {
    const error = checkDescriptions(item['tools'], `input[${index}].tools`);
    if (error !== undefined) return error;
  }
  return undefined;
}

function checkTools(tools: readonly unknown[], path: string, context: ValidationContext): OpenAiError | undefined {
  const { strictness, vendor } = context;
  for (const [index, tool] of tools.entries()) {
    const { type, name, tools: inner } = (tool ?? {}) as JsonObject;
    const at = `${path}[${index}]`;
    if (typeof type !== 'string') return OPENAI_ERRORS.missing(`${at}.type`);
    if (!vendor.rules.toolTypes.has(type) || strictness.toolTypes?.includes(type) === false) {
      return OPENAI_ERRORS.wrongValue(`${at}.type`, type);
    }
    const needsName = type === 'function' || type === 'custom' || type === 'namespace';
    if (needsName && (typeof name !== 'string' || name === '')) return OPENAI_ERRORS.missing(`${at}.name`);
    if (needsName && !/^[a-zA-Z0-9_-]{1,128}$/.test(textOfJson(name))) {
      return OPENAI_ERRORS.wrongValue(`${at}.name`, textOfJson(name).slice(0, 128));
    }
    const nested = type === 'namespace' && Array.isArray(inner) ? checkTools(inner, `${at}.tools`, context) : undefined;
    if (nested !== undefined) return nested;
  }
  return undefined;
}

function checkInput(body: JsonObject, context: ValidationContext): OpenAiError | undefined {
  const input = body['input'];
  if (input === undefined || typeof input === 'string') return undefined;
  if (!Array.isArray(input)) return OPENAI_ERRORS.wrongType('input', 'a string or an array of items');
  const ids = new Set<string>();
  for (const [index, value] of input.entries()) {
    if (typeof value !== 'object' || value === null) {
      return OPENAI_ERRORS.wrongType(`input[${index}]`, 'an object');
    }
    const error = checkItem(value as JsonObject, `input[${index}]`, context);
    if (error !== undefined) return error;
    const id = (value as JsonObject)['id'];
    if (typeof id !== 'string') continue;
    if (ids.has(id)) return OPENAI_ERRORS.duplicateItem(id);
    ids.add(id);
  }
  const items = objectsOf(input);
  return checkPairs(items) ?? (context.strictness.reasoningNeedsFollower === true ? checkFollowers(items) : undefined);
}

function checkItem(item: JsonObject, at: string, context: ValidationContext): OpenAiError | undefined {
  const { strictness, vendor, domain } = context;
  const { itemTypes, takesDeveloper } = vendor.rules;
  const type = item['type'] ?? (item['role'] === undefined ? undefined : 'message');
  if (type === undefined) return OPENAI_ERRORS.missing(`${at}.type`);
  if (typeof type !== 'string' || !itemTypes.has(type) || strictness.itemTypes?.includes(type) === false) {
    return OPENAI_ERRORS.wrongValue(`${at}.type`, textOfJson(type));
  }
  for (const field of Object.keys(item)) {
    const isFirstParty = field === FIRST_PARTY_ITEM_FIELD && strictness.firstParty === true;
    if (!isFirstParty && ITEM_FIELDS[type]?.has(field) === false) return OPENAI_ERRORS.unknown(`${at}.${field}`);
  }
  if (type === 'message') {
    const isKnown = /^(user|assistant|system|developer)$/.test(textOfJson(item['role']));
    if (!isKnown || (item['role'] === 'developer' && !takesDeveloper)) {
      return OPENAI_ERRORS.wrongValue(`${at}.role`, textOfJson(item['role']));
    }
    if (item['content'] === undefined || item['content'] === null) return OPENAI_ERRORS.missing(`${at}.content`);
  }
  if ((type === 'reasoning' || type === 'compaction') && typeof item['encrypted_content'] === 'string') {
    return vendor.reasoning === 'sealed'
      ? checkState(item, item['encrypted_content'], domain)
      : checkPlain(item['encrypted_content'], vendor);
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

/** What cannot be read here would reach the model as it is. */
const checkPlain = (content: string, { reasoning }: ResponsesVendor): OpenAiError | undefined =>
  reasoning === 'open' || /^(gAAAA|hf1)/.test(content) ? OPENAI_ERRORS.foreignState(content.slice(0, 12)) : undefined;

/** Every call has exactly one output, after it, and every output has a call. */
function checkPairs(items: readonly JsonObject[]): OpenAiError | undefined {
  for (const { call, output, words } of CALLS) {
    const open = new Set<string>();
    const known = new Set<string>();
    for (const item of items) {
      const callId = textOfJson(item['call_id']);
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
    const isFollowed =
      next !== undefined && follows.has(textOfJson(next['type'] ?? 'message')) && next['role'] !== 'user';
    if (!isFollowed) return OPENAI_ERRORS.reasoningAlone(textOfJson(item['id']));
  }
  return undefined;
}
