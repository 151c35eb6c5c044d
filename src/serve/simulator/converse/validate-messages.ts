import { textOfJson } from '../../../core/text-of-json.ts';
import { isObject, type JsonObject, objectsOf } from '../json.ts';
import { checkThought } from '../thought-signature.ts';
import { CONVERSE_ERRORS, type ConverseError } from './converse-error.ts';
import { isClaude, modelFields } from './model-family.ts';

export interface MessagesRules {
  readonly model: string;
  /** Whose signatures are accepted. */
  readonly domain: string;
}

const BLOCK_KINDS: Readonly<Record<'user' | 'assistant', readonly string[]>> = {
  user: ['text', 'image', 'document', 'video', 'toolResult', 'guardContent', 'cachePoint'],
  assistant: ['text', 'toolUse', 'reasoningContent', 'citationsContent', 'cachePoint'],
};
const ID = /^[a-zA-Z0-9_-]+$/;
const MOST_ID_LENGTH = 64;
const IMAGE_FORMATS = ['png', 'jpeg', 'gif', 'webp'];

interface Message {
  readonly role: 'user' | 'assistant';
  readonly blocks: readonly JsonObject[];
}

export function validateMessages(body: JsonObject, rules: MessagesRules): ConverseError | undefined {
  const { messages: given } = body;
  if (!Array.isArray(given) || given.length === 0) {
    return CONVERSE_ERRORS.constraint('messages', '[]', 'have length greater than or equal to 1');
  }
  const messages: Message[] = [];
  for (const [at, value] of given.entries()) {
    const message = readMessage(value, `messages.${at}`);
    if ('status' in message) return message;
    messages.push(message);
  }
  return checkRoles(messages) ?? checkPairs(messages, body) ?? checkThoughts(messages, body, rules);
}

function readMessage(value: unknown, at: string): Message | ConverseError {
  const { role, content } = isObject(value) ? value : {};
  if (role !== 'user' && role !== 'assistant') {
    return CONVERSE_ERRORS.constraint(`${at}.role`, textOfJson(role), 'satisfy enum value set: [user, assistant]');
  }
  if (!Array.isArray(content) || content.length === 0) return CONVERSE_ERRORS.emptyContent(at);
  for (const [index, block] of content.entries()) {
    const error = checkBlock(block, `${at}.content.${index}`, BLOCK_KINDS[role]);
    if (error !== undefined) return error;
  }
  return { role, blocks: objectsOf(content) };
}

function checkBlock(block: unknown, at: string, kinds: readonly string[]): ConverseError | undefined {
  const [kind, ...more] = isObject(block) ? Object.keys(block) : [];
  if (!isObject(block) || kind === undefined || more.length > 0 || !kinds.includes(kind)) {
    return CONVERSE_ERRORS.blockKind(at);
  }
  const value = block[kind];
  switch (kind) {
    case 'text':
      return typeof value === 'string' && value.trim() !== '' ? undefined : CONVERSE_ERRORS.blankText(at);
    case 'toolUse':
      return checkUse(value, `${at}.toolUse`);
    case 'toolResult':
      return checkResult(value, `${at}.toolResult`);
    case 'image':
      return checkImage(value, at);
    default:
      return isObject(value) ? undefined : CONVERSE_ERRORS.value(`${at}.${kind}`, 'an object');
  }
}

function checkId(id: unknown, at: string): ConverseError | undefined {
  if (typeof id !== 'string' || !ID.test(id)) {
    return CONVERSE_ERRORS.constraint(at, textOfJson(id), 'satisfy regular expression pattern: [a-zA-Z0-9_-]+');
  }
  return id.length > MOST_ID_LENGTH
    ? CONVERSE_ERRORS.constraint(at, id, 'have length less than or equal to 64')
    : undefined;
}

function checkUse(use: unknown, at: string): ConverseError | undefined {
  const { toolUseId, name, input } = isObject(use) ? use : {};
  const badId = checkId(toolUseId, `${at}.toolUseId`) ?? checkId(name, `${at}.name`);
  if (badId !== undefined) return badId;
  return isObject(input) ? undefined : CONVERSE_ERRORS.value(`${at}.input`, 'a JSON object');
}

function checkResult(result: unknown, at: string): ConverseError | undefined {
  const { toolUseId, content, status } = isObject(result) ? result : {};
  const badId = checkId(toolUseId, `${at}.toolUseId`);
  if (badId !== undefined) return badId;
  if (status !== undefined && status !== 'success' && status !== 'error') {
    return CONVERSE_ERRORS.constraint(`${at}.status`, textOfJson(status), 'satisfy enum value set: [success, error]');
  }
  if (!Array.isArray(content)) return CONVERSE_ERRORS.emptyContent(at);
  for (const [index, block] of content.entries()) {
    const error = checkBlock(block, `${at}.content.${index}`, ['text', 'json', 'image', 'document', 'video']);
    if (error !== undefined) return error;
  }
  return undefined;
}

function checkImage(image: unknown, at: string): ConverseError | undefined {
  const { format, source } = isObject(image) ? image : {};
  if (!IMAGE_FORMATS.includes(textOfJson(format))) {
    return CONVERSE_ERRORS.constraint(
      `${at}.image.format`,
      textOfJson(format),
      `satisfy enum value set: ${IMAGE_FORMATS}`,
    );
  }
  const bytes = isObject(source) ? source['bytes'] : undefined;
  return typeof bytes === 'string' && /^[A-Za-z0-9+/]+=*$/.test(bytes) ? undefined : CONVERSE_ERRORS.image(at);
}

function checkRoles(messages: readonly Message[]): ConverseError | undefined {
  if (messages[0]?.role !== 'user') return CONVERSE_ERRORS.firstRole();
  return messages.some(({ role }, at) => at > 0 && messages[at - 1]?.role === role)
    ? CONVERSE_ERRORS.alternate()
    : undefined;
}

const idsOf = (blocks: readonly JsonObject[], kind: 'toolUse' | 'toolResult'): readonly string[] =>
  blocks.flatMap((block) => {
    const value = block[kind];
    return isObject(value) ? [textOfJson(value['toolUseId'])] : [];
  });

/** Each call has its result in the next message, and each result a call before it. */
function checkPairs(messages: readonly Message[], body: JsonObject): ConverseError | undefined {
  let awaited: readonly string[] = [];
  let hasToolBlocks = false;
  for (const [at, { blocks }] of messages.entries()) {
    const path = `messages.${at}.content`;
    const results = idsOf(blocks, 'toolResult');
    const open = awaited.filter((id) => !results.includes(id));
    if (open.length > 0) return CONVERSE_ERRORS.missingResults(path, open.join(', '));
    if (results.length > awaited.length) return CONVERSE_ERRORS.tooManyResults(path);
    awaited = idsOf(blocks, 'toolUse');
    const repeated = awaited.filter((id, index) => awaited.indexOf(id) !== index);
    if (repeated.length > 0) return CONVERSE_ERRORS.repeatedIds(path, repeated.join(', '));
    hasToolBlocks ||= results.length > 0 || awaited.length > 0;
  }
  if (awaited.length > 0)
    return CONVERSE_ERRORS.missingResults(`messages.${messages.length}.content`, awaited.join(', '));
  if (hasToolBlocks && body['toolConfig'] === undefined) return CONVERSE_ERRORS.noTools();
  return messages.at(-1)?.role === 'assistant' ? CONVERSE_ERRORS.prefill() : undefined;
}

function checkThoughts(
  messages: readonly Message[],
  body: JsonObject,
  rules: MessagesRules,
): ConverseError | undefined {
  const { model, domain } = rules;
  for (const [at, { blocks }] of messages.entries()) {
    for (const [index, { reasoningContent: thought }] of blocks.entries()) {
      if (!isObject(thought)) continue;
      const path = `messages.${at}.content.${index}`;
      if (!isClaude(model))
        return CONVERSE_ERRORS.ofModel('This model does not support reasoningContent in its input.');
      const { reasoningText, redactedContent } = thought;
      if (isObject(reasoningText)) {
        const text = textOfJson(reasoningText['text'] ?? '');
        if (checkThought({ domain, text }, reasoningText['signature']) !== 'ok') {
          return CONVERSE_ERRORS.ofModel(`${path}: Invalid \`signature\` in \`thinking\` block`);
        }
      } else if (checkThought({ domain, text: '' }, redactedContent) !== 'ok') {
        return CONVERSE_ERRORS.ofModel(`${path}: Invalid \`data\` in \`redacted_thinking\` block`);
      }
    }
  }
  return checkLoop(messages, body);
}

/** With a budget, what is being worked on began with a thought. */
function checkLoop(messages: readonly Message[], body: JsonObject): ConverseError | undefined {
  const { thinking } = modelFields(body);
  const isLoop = messages.at(-1)?.blocks.some((block) => 'toolResult' in block) === true;
  if (!isObject(thinking) || thinking['type'] !== 'enabled' || !isLoop) return undefined;
  const first = messages.at(-2)?.blocks[0];
  return first === undefined || 'reasoningContent' in first
    ? undefined
    : CONVERSE_ERRORS.ofModel(
        `messages.${messages.length - 2}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found ` +
          'something else. When `thinking` is enabled, a final `assistant` message must start with a thinking block.',
      );
}
