import { textOfJson } from '../../../core/text-of-json.ts';
import { isObject, type JsonObject, objectsOf } from '../json.ts';
import { checkThought } from '../thought-signature.ts';
import { COMPLAINTS, type Complaint } from './complaint.ts';
import { hashPrefix } from './hash-prefix.ts';
import { type MessagesVendor, thinks } from './messages-vendor.ts';

export interface MessagesRules {
  readonly vendor: MessagesVendor;
  /** Whose signatures are accepted. */
  readonly domain: string;
  readonly bindsThinking: boolean;
}

const ASSISTANT_BLOCKS = [
  'text',
  'thinking',
  'redacted_thinking',
  'tool_use',
  'server_tool_use',
  'web_search_tool_result',
];
const BLOCK_FIELDS: Readonly<Record<string, readonly string[]>> = {
  text: ['type', 'text', 'citations', 'cache_control'],
  thinking: ['type', 'thinking', 'signature'],
  redacted_thinking: ['type', 'data'],
  tool_use: ['type', 'id', 'name', 'input', 'caller', 'cache_control'],
  tool_result: ['type', 'tool_use_id', 'content', 'is_error', 'cache_control'],
  image: ['type', 'source', 'cache_control'],
};
const CALL_ID = /^[a-zA-Z0-9_-]+$/;
const CALL_NAME = /^[a-zA-Z0-9_-]{1,64}$/;

type Message = { readonly role: unknown; readonly blocks: readonly JsonObject[] };

export function validateMessages(body: JsonObject, rules: MessagesRules): Complaint | undefined {
  const { messages: given } = body;
  if (!Array.isArray(given) || given.length === 0) return COMPLAINTS.missing('messages');
  const messages: Message[] = [];
  for (const [at, value] of given.entries()) {
    const message = readMessage(value, at, rules.vendor);
    if ('status' in message) return message;
    messages.push(message);
  }
  return checkRoles(messages) ?? checkPairs(messages, body) ?? checkThoughts(messages, body, rules);
}

function readMessage(value: unknown, at: number, vendor: MessagesVendor): Message | Complaint {
  if (!isObject(value)) return COMPLAINTS.value(`messages.${at}`, 'Input should be a valid dictionary');
  const { role, content, ...rest } = value;
  if (role !== 'user' && role !== 'assistant') {
    return COMPLAINTS.value(`messages.${at}.role`, "Input should be 'user' or 'assistant'");
  }
  const extra = Object.keys(rest)[0];
  if (extra !== undefined) return COMPLAINTS.extra(`messages.${at}.${extra}`);
  const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  if (!Array.isArray(blocks) || blocks.length === 0 || content === '') return COMPLAINTS.emptyMessage(at);
  const allowed = role === 'user' ? vendor.userBlocks : ASSISTANT_BLOCKS;
  for (const [index, block] of blocks.entries()) {
    const complaint = checkBlock(block, `messages.${at}.content.${index}`, allowed);
    if (complaint !== undefined) return complaint;
  }
  return { role, blocks: objectsOf(blocks) };
}

function checkBlock(block: unknown, at: string, allowed: readonly string[]): Complaint | undefined {
  const type = isObject(block) ? textOfJson(block['type']) : typeof block;
  if (!isObject(block) || !allowed.includes(type)) {
    return COMPLAINTS.value(at, `Input tag '${type}' found using 'type' does not match any of the expected tags`);
  }
  const extra = Object.keys(block).find((field) => BLOCK_FIELDS[type]?.includes(field) === false);
  if (extra !== undefined) return COMPLAINTS.extra(`${at}.${type}.${extra}`);
  switch (type) {
    case 'text':
      return typeof block['text'] === 'string' && block['text'].trim() !== '' ? undefined : COMPLAINTS.emptyText(at);
    case 'tool_use':
      return checkUse(block, `${at}.tool_use`);
    case 'tool_result':
      return checkResult(block, `${at}.tool_result`);
    case 'image':
      return checkImage(block['source'], `${at}.image.source`);
    case 'thinking':
      return typeof block['thinking'] === 'string' && typeof block['signature'] === 'string'
        ? undefined
        : COMPLAINTS.missing(`${at}.thinking.signature`);
    default:
      return undefined;
  }
}

function checkUse({ id, name, input }: JsonObject, at: string): Complaint | undefined {
  if (typeof id !== 'string' || !CALL_ID.test(id)) {
    return COMPLAINTS.value(`${at}.id`, "String should match pattern '^[a-zA-Z0-9_-]+$'");
  }
  if (typeof name !== 'string' || !CALL_NAME.test(name)) {
    return COMPLAINTS.value(`${at}.name`, "String should match pattern '^[a-zA-Z0-9_-]{1,64}$'");
  }
  return isObject(input) ? undefined : COMPLAINTS.value(`${at}.input`, 'Input should be a valid dictionary');
}

function checkResult({ tool_use_id: id, content, is_error }: JsonObject, at: string): Complaint | undefined {
  if (typeof id !== 'string') return COMPLAINTS.missing(`${at}.tool_use_id`);
  if (is_error !== undefined && typeof is_error !== 'boolean') {
    return COMPLAINTS.value(`${at}.is_error`, 'Input should be a valid boolean');
  }
  if (content === undefined || typeof content === 'string') return undefined;
  if (!Array.isArray(content)) return COMPLAINTS.value(`${at}.content`, 'Input should be a valid list');
  for (const [index, block] of content.entries()) {
    const complaint = checkBlock(block, `${at}.content.${index}`, ['text', 'image', 'document', 'search_result']);
    if (complaint !== undefined) return complaint;
  }
  return undefined;
}

function checkImage(source: unknown, at: string): Complaint | undefined {
  const { type, media_type, data, url } = isObject(source) ? source : {};
  if (type === 'url') return typeof url === 'string' ? undefined : COMPLAINTS.missing(`${at}.url`);
  if (type !== 'base64') return COMPLAINTS.value(at, `Input tag '${textOfJson(type)}' is unknown`);
  if (!/^image\/(jpeg|png|gif|webp)$/.test(textOfJson(media_type))) {
    return COMPLAINTS.value(
      `${at}.base64.media_type`,
      "Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'",
    );
  }
  return typeof data === 'string' && /^[A-Za-z0-9+/]+=*$/.test(data)
    ? undefined
    : COMPLAINTS.value(`${at}.base64`, 'The image was specified using invalid base64 data');
}

function checkRoles(messages: readonly Message[]): Complaint | undefined {
  if (messages[0]?.role !== 'user') return COMPLAINTS.firstRole();
  for (const [at, { role }] of messages.entries()) {
    if (at > 0 && messages[at - 1]?.role === role) return COMPLAINTS.alternate(textOfJson(role));
  }
  return undefined;
}

/** Each call has its result in the next message, ahead of everything else there, and each result a call before it. */
function checkPairs(messages: readonly Message[], body: JsonObject): Complaint | undefined {
  const used = new Set<string>();
  let awaited: string[] = [];
  let hasToolBlocks = false;
  for (const [at, { blocks }] of messages.entries()) {
    const results = blocks.filter((block) => block['type'] === 'tool_result');
    const ids = blocks
      .slice(0, results.length)
      .filter((block) => block['type'] === 'tool_result')
      .map((block) => textOfJson(block['tool_use_id']));
    const open = awaited.filter((id) => !ids.includes(id));
    if (open.length > 0) return COMPLAINTS.noResult(at - 1, open.join(', '));
    for (const [index, { tool_use_id: id }] of results.entries()) {
      if (!awaited.includes(textOfJson(id))) return COMPLAINTS.noUse(`messages.${at}.content.${index}`, textOfJson(id));
    }
    if (new Set(ids).size !== ids.length)
      return COMPLAINTS.value(`messages.${at}`, 'each tool_use must have a single result');
    awaited = [];
    for (const [index, { type, id }] of blocks.entries()) {
      if (type !== 'tool_use') continue;
      if (used.has(textOfJson(id))) return COMPLAINTS.repeatedId(`messages.${at}.content.${index}`);
      used.add(textOfJson(id));
      awaited.push(textOfJson(id));
    }
    hasToolBlocks ||= results.length > 0 || awaited.length > 0;
  }
  if (awaited.length > 0) return COMPLAINTS.noResult(messages.length - 1, awaited.join(', '));
  if (messages.at(-1)?.role === 'assistant') return COMPLAINTS.prefill();
  return hasToolBlocks && objectsOf(body['tools']).length === 0 ? COMPLAINTS.needsTools() : undefined;
}

function checkThoughts(messages: readonly Message[], body: JsonObject, rules: MessagesRules): Complaint | undefined {
  const { vendor, domain, bindsThinking } = rules;
  for (const [at, { blocks }] of messages.entries()) {
    const isLost = blocks.some((block) => block['type'] === 'tool_use') && !blocks.some(isThought);
    if (isLost && vendor.needsThoughtOnCalls && thinks(body, vendor)) return COMPLAINTS.thoughtLost();
    const prefix = hashPrefix(body, at);
    for (const [index, block] of blocks.entries()) {
      if (!vendor.signs || !isThought(block)) continue;
      const path = `messages.${at}.content.${index}`;
      const isRedacted = block['type'] === 'redacted_thinking';
      const text = isRedacted ? '' : textOfJson(block['thinking']);
      const check = checkThought({ domain, text, prefix }, isRedacted ? block['data'] : block['signature']);
      if (check === 'not-issued') return isRedacted ? COMPLAINTS.redacted(path) : COMPLAINTS.signature(path);
      if (check === 'prefix-changed' && bindsThinking) return COMPLAINTS.prefix(path);
    }
  }
  return checkLoop(messages, body);
}

const isThought = (block: JsonObject): boolean => block['type'] === 'thinking' || block['type'] === 'redacted_thinking';

/** With a budget, what is being worked on began with a thought. */
function checkLoop(messages: readonly Message[], body: JsonObject): Complaint | undefined {
  const { thinking } = body;
  const isLoop = messages.at(-1)?.blocks[0]?.['type'] === 'tool_result';
  if (!isObject(thinking) || thinking['type'] !== 'enabled' || !isLoop) return undefined;
  const first = messages.at(-2)?.blocks[0];
  return first === undefined || isThought(first)
    ? undefined
    : COMPLAINTS.noThought(messages.length - 2, textOfJson(first['type']));
}
