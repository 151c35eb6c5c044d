import { textOfJson } from '../../../core/text-of-json.ts';
import { isObject, type JsonObject, numberOf, objectsOf, ownValue } from '../json.ts';
import type { Strictness } from '../wire.ts';
import { COMPLAINTS, type Complaint } from './complaint.ts';
import type { MessagesVendor } from './messages-vendor.ts';
import { validateMessages } from './validate-messages.ts';
import { validateTools } from './validate-tools.ts';

export type Validated =
  | { readonly kind: 'valid'; readonly body: JsonObject; readonly model: string }
  | { readonly kind: 'invalid'; readonly complaint: Complaint };

export interface ValidationContext {
  readonly vendor: MessagesVendor;
  readonly strictness: Strictness;
  /** Whose signatures are accepted. */
  readonly domain: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly inputTokens: number;
}

const VERSIONS = ['2023-06-01', '2026-10-21'];
/** More than the largest output of any model. */
const MOST_TOKENS = 128_000;
const LEAST_BUDGET = 1024;
const MOST_CACHE_MARKS = 4;
const BINDING_BETA = 'thinking-binding-controls-2026-08-01';
/** Models whose thoughts are bound to what stood before them, whatever the account. */
const BOUND_MODELS = /(fable|mythos)-5-[12]|-5-5/;

const invalid = (complaint: Complaint): Validated => ({ kind: 'invalid', complaint });

/** Says what Anthropic, or who copied it, would say to this request. */
export function validateRequest(json: unknown, context: ValidationContext): Validated {
  const { vendor, strictness, inputTokens } = context;
  const betas = betasOf(context.headers);
  const unfit = vendor.id === 'anthropic' ? checkHeaders(context.headers, betas, vendor) : undefined;
  if (unfit !== undefined) return invalid(unfit);
  if (!isObject(json)) return invalid(COMPLAINTS.bodyNotJson());
  const model = json['model'];
  if (typeof model !== 'string') return invalid(COMPLAINTS.missing('model'));
  if (strictness.models !== undefined && !strictness.models.includes(model)) return invalid(COMPLAINTS.noModel(model));
  const { contextTokens } = strictness;
  if (contextTokens !== undefined && inputTokens > contextTokens) {
    return invalid(COMPLAINTS.tooLong(inputTokens, contextTokens));
  }
  if (strictness.validate === false) return { kind: 'valid', body: json, model };
  const complaint =
    checkFields(json, vendor, context.headers) ??
    checkThinking(json, betas) ??
    validateTools(json) ??
    validateMessages(json, {
      vendor,
      domain: context.domain,
      bindsThinking: isBound(json, model, betas, strictness),
    }) ??
    checkCacheMarks(json);
  return complaint === undefined ? { kind: 'valid', body: json, model } : invalid(complaint);
}

const betasOf = (headers: Readonly<Record<string, string>>): readonly string[] =>
  (headers['anthropic-beta'] ?? '')
    .split(',')
    .map((beta) => beta.trim())
    .filter((beta) => beta !== '');

function checkHeaders(
  headers: Readonly<Record<string, string>>,
  betas: readonly string[],
  vendor: MessagesVendor,
): Complaint | undefined {
  const version = headers['anthropic-version'];
  if (version === undefined) return COMPLAINTS.noVersion();
  if (!VERSIONS.includes(version)) return COMPLAINTS.version(version);
  const unknown = betas.find((beta) => !vendor.betas.has(beta));
  return unknown === undefined ? undefined : COMPLAINTS.beta(unknown);
}

function checkFields(
  body: JsonObject,
  vendor: MessagesVendor,
  headers: Readonly<Record<string, string>>,
): Complaint | undefined {
  for (const [name, value] of Object.entries(body)) {
    if (!vendor.fields.has(name)) return COMPLAINTS.extra(name);
    if (value === null) return COMPLAINTS.value(name, 'Input should not be null');
  }
  const { max_tokens, stream, temperature, thinking } = body;
  if (max_tokens === undefined) return COMPLAINTS.missing('max_tokens');
  if (!Number.isInteger(max_tokens) || numberOf(max_tokens) < 1) {
    return COMPLAINTS.value('max_tokens', 'Input should be greater than or equal to 1');
  }
  if (numberOf(max_tokens) > MOST_TOKENS) {
    return COMPLAINTS.value(
      'max_tokens',
      `${numberOf(max_tokens)} > ${MOST_TOKENS}, which is the maximum allowed number of output tokens for ${textOfJson(body['model'])}`,
    );
  }
  if (stream !== undefined && typeof stream !== 'boolean') {
    return COMPLAINTS.value('stream', 'Input should be a valid boolean');
  }
  const sampling = ['temperature', 'top_p', 'top_k'].find((name) => body[name] !== undefined);
  if (sampling !== undefined && headers['anthropic-version'] === '2026-10-21') return COMPLAINTS.extra(sampling);
  const isThinking = isObject(thinking) && thinking['type'] !== 'disabled';
  return isThinking && temperature !== undefined && temperature !== 1 ? COMPLAINTS.temperature() : checkSystem(body);
}

function checkSystem({ system }: JsonObject): Complaint | undefined {
  if (system === undefined || typeof system === 'string') return undefined;
  if (!Array.isArray(system)) return COMPLAINTS.value('system', 'Input should be a valid list');
  for (const [at, block] of system.entries()) {
    if (!isObject(block) || block['type'] !== 'text')
      return COMPLAINTS.value(`system.${at}.type`, "Input should be 'text'");
    if (typeof block['text'] !== 'string' || block['text'].trim() === '') return COMPLAINTS.emptyText(`system.${at}`);
  }
  return undefined;
}

const THINKING_FIELDS: Readonly<Record<string, readonly string[]>> = {
  adaptive: ['type', 'display', 'block_binding'],
  enabled: ['type', 'display', 'block_binding', 'budget_tokens'],
  between_tools: ['type', 'display', 'block_binding'],
  disabled: ['type'],
};

function checkThinking(body: JsonObject, betas: readonly string[]): Complaint | undefined {
  const { thinking, tool_choice: choice } = body;
  if (thinking === undefined) return undefined;
  const known = isObject(thinking) ? ownValue(THINKING_FIELDS, textOfJson(thinking['type'])) : undefined;
  if (!isObject(thinking) || known === undefined) {
    return COMPLAINTS.value('thinking.type', "Input should be 'adaptive', 'enabled', 'between_tools' or 'disabled'");
  }
  const allowed = betas.includes(BINDING_BETA) ? known : known.filter((field) => field !== 'block_binding');
  const extra = Object.keys(thinking).find((field) => !allowed.includes(field));
  if (extra !== undefined) return COMPLAINTS.extra(`thinking.${textOfJson(thinking['type'])}.${extra}`);
  const { type, display, budget_tokens: budget } = thinking;
  if (display !== undefined && display !== 'summarized' && display !== 'omitted') {
    return COMPLAINTS.value('thinking.display', "Input should be 'summarized' or 'omitted'");
  }
  if (type === 'enabled') {
    if (!Number.isInteger(budget)) return COMPLAINTS.missing('thinking.enabled.budget_tokens');
    if (numberOf(budget) < LEAST_BUDGET) {
      return COMPLAINTS.value('thinking.enabled.budget_tokens', 'Input should be greater than or equal to 1024');
    }
    if (numberOf(budget) >= numberOf(body['max_tokens'])) {
      return COMPLAINTS.value('max_tokens', '`max_tokens` must be greater than `thinking.budget_tokens`.');
    }
  }
  const isForced = isObject(choice) && (choice['type'] === 'any' || choice['type'] === 'tool');
  return isForced && type !== 'disabled' ? COMPLAINTS.forcedThought() : undefined;
}

/** Whether a thought is refused when something before it has changed. The request may ask to have it left out. */
function isBound(body: JsonObject, model: string, betas: readonly string[], { bindsThinking }: Strictness): boolean {
  if (bindsThinking !== true && !BOUND_MODELS.test(model)) return false;
  const binding = (body['thinking'] as JsonObject | undefined)?.['block_binding'];
  const drops = isObject(binding) && binding['prefix_mismatch_behavior'] === 'drop_block';
  return !(drops && betas.includes(BINDING_BETA));
}

function checkCacheMarks(body: JsonObject): Complaint | undefined {
  const marked = [
    body,
    ...objectsOf(body['tools']),
    ...objectsOf(body['system']),
    ...objectsOf(body['messages']).flatMap((message) =>
      objectsOf(message['content']).flatMap((block) => [block, ...objectsOf(block['content'])]),
    ),
  ].filter((block) => block['cache_control'] !== undefined);
  for (const { cache_control: mark } of marked) {
    const isRight =
      isObject(mark) && mark['type'] === 'ephemeral' && [undefined, '5m', '1h'].some((ttl) => ttl === mark['ttl']);
    if (!isRight) return COMPLAINTS.value('cache_control', "Input tag should be 'ephemeral'");
  }
  return marked.length > MOST_CACHE_MARKS ? COMPLAINTS.cacheBlocks(marked.length) : undefined;
}
