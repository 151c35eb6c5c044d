import { textOfJson } from '../../../core/text-of-json.ts';
import { isObject, type JsonObject, objectsOf, ownValue, parseJson } from '../json.ts';
import { OPENAI_ERRORS, type OpenAiError } from './openai-errors.ts';
import type { ResponsesRules } from './responses-vendor.ts';

/** Fields of the items as they began: nothing of what Codex and OpenAI have added since. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  message: ['type', 'id', 'role', 'content', 'status'],
  reasoning: ['type', 'id', 'summary', 'content', 'encrypted_content', 'status'],
  function_call: ['type', 'id', 'call_id', 'name', 'arguments', 'status'],
  function_call_output: ['type', 'id', 'call_id', 'output', 'status'],
  custom_tool_call: ['type', 'id', 'call_id', 'name', 'input', 'status'],
  custom_tool_call_output: ['type', 'id', 'call_id', 'output', 'status'],
};
const REASONING_FIELDS = ['effort', 'summary'];
const TOOL_FIELDS: Readonly<Record<string, readonly string[]>> = {
  function: ['type', 'name', 'description', 'parameters', 'strict'],
  custom: ['type', 'name', 'description', 'format'],
};
const INPUT_PARTS = ['input_text', 'input_image', 'input_file'];

/** What a server says that took the API over when it was new, where OpenAI's own would not mind. */
export function checkFirstForm(body: JsonObject, rules: ResponsesRules): OpenAiError | undefined {
  const { reasoning, text } = body;
  const surplus = surplusOf(reasoning, REASONING_FIELDS) ?? surplusOf(text, ['format']);
  if (surplus !== undefined) return OPENAI_ERRORS.unknown(`${isObject(reasoning) ? 'reasoning' : 'text'}.${surplus}`);
  return checkTools(body) ?? checkItems(body, rules);
}

const surplusOf = (value: unknown, known: readonly string[] | undefined): string | undefined =>
  isObject(value) && known !== undefined ? Object.keys(value).find((field) => !known.includes(field)) : undefined;

function checkTools(body: JsonObject): OpenAiError | undefined {
  const { tools, tool_choice: choice } = body;
  if (tools === undefined) {
    const lonely = ['tool_choice', 'parallel_tool_calls'].find((name) => body[name] !== undefined);
    return lonely === undefined ? undefined : OPENAI_ERRORS.withoutTools(lonely);
  }
  if (objectsOf(tools).length === 0) return OPENAI_ERRORS.wrongType('tools', 'at least one tool');
  const names = new Set<unknown>();
  for (const [at, tool] of objectsOf(tools).entries()) {
    const type = textOfJson(tool['type']);
    const surplus = surplusOf(tool, ownValue(TOOL_FIELDS, type));
    if (surplus !== undefined) return OPENAI_ERRORS.unknown(`tools[${at}].${surplus}`);
    if (tool['external_web_access'] !== undefined) return OPENAI_ERRORS.unknown(`tools[${at}].external_web_access`);
    if (tool['name'] === undefined) continue;
    if (textOfJson(tool['name']).length > 64) return OPENAI_ERRORS.tooManyLetters(`tools[${at}].name`, 64);
    if (names.has(tool['name'])) return OPENAI_ERRORS.wrongValue(`tools[${at}].name`, textOfJson(tool['name']));
    names.add(tool['name']);
    const parameters = tool['parameters'];
    if (type === 'function' && (!isObject(parameters) || parameters['type'] !== 'object')) {
      return OPENAI_ERRORS.wrongType(`tools[${at}].parameters`, 'the schema of an object');
    }
  }
  const named = isObject(choice) ? choice['name'] : undefined;
  return named === undefined || names.has(named)
    ? undefined
    : OPENAI_ERRORS.wrongValue('tool_choice', textOfJson(named));
}

function checkItems(body: JsonObject, rules: ResponsesRules): OpenAiError | undefined {
  const items = objectsOf(body['input']);
  const open = new Set<unknown>();
  for (const [index, item] of items.entries()) {
    const at = `input[${index}]`;
    const type = textOfJson(item['type'] ?? 'message');
    const surplus = surplusOf(item, ownValue(FIELDS, type));
    if (surplus !== undefined) return OPENAI_ERRORS.unknown(`${at}.${surplus}`);
    const error = checkItem(item, type, at, rules);
    if (error !== undefined) return error;
    if (type.endsWith('_call')) open.add(item['call_id']);
    else if (type.endsWith('_output')) open.delete(item['call_id']);
    else if (item['role'] === 'user' && open.size > 0)
      return OPENAI_ERRORS.noOutputFor('function call', [...open].map(textOfJson).join());
  }
  return rules.isTemplate ? checkTemplate(items) : undefined;
}

function checkItem(item: JsonObject, type: string, at: string, rules: ResponsesRules): OpenAiError | undefined {
  switch (type) {
    case 'message':
      return checkMessage(item, at);
    case 'reasoning': {
      const { content } = item;
      if (content !== undefined && !Array.isArray(content)) return OPENAI_ERRORS.wrongType(`${at}.content`, 'a list');
      const isBare = rules.reasoningNeedsContent && objectsOf(content).length === 0;
      return isBare ? OPENAI_ERRORS.missing(`${at}.content`) : undefined;
    }
    case 'function_call':
      return isObject(parseJson(textOfJson(item['arguments'])))
        ? undefined
        : OPENAI_ERRORS.wrongType(`${at}.arguments`, 'the JSON of an object');
    case 'function_call_output':
    case 'custom_tool_call_output':
      return rules.textOutputs && typeof item['output'] !== 'string'
        ? OPENAI_ERRORS.wrongType(`${at}.output`, 'a string')
        : undefined;
    default:
      return undefined;
  }
}

/** An answer of before is told by its id and status from what a user says. */
function checkMessage(item: JsonObject, at: string): OpenAiError | undefined {
  const isAnswer = item['role'] === 'assistant';
  const { content } = item;
  if (typeof content === 'string' && content !== '' && !isAnswer) return undefined;
  if (!Array.isArray(content) || content.length === 0)
    return OPENAI_ERRORS.wrongType(`${at}.content`, 'a list of parts');
  for (const [index, part] of objectsOf(content).entries()) {
    const type = textOfJson(part['type']);
    const known = isAnswer ? ['output_text'] : INPUT_PARTS;
    if (!known.includes(type)) return OPENAI_ERRORS.wrongValue(`${at}.content[${index}].type`, type);
    if (part['detail'] === 'original') return OPENAI_ERRORS.wrongValue(`${at}.content[${index}].detail`, 'original');
  }
  const missing = isAnswer ? ['id', 'status'].find((field) => item[field] === undefined) : undefined;
  return missing === undefined ? undefined : OPENAI_ERRORS.missing(`${at}.${missing}`);
}

/** The template has a place for `instructions`, and takes turns from there. */
function checkTemplate(items: readonly JsonObject[]): OpenAiError | undefined {
  for (const [at, { role }] of items.entries()) {
    if (role === 'system' || role === 'developer')
      return OPENAI_ERRORS.template('System message must be at the beginning.');
    if (role === 'user' && items[at - 1]?.['role'] === 'user') {
      return OPENAI_ERRORS.template('Conversation roles must alternate user/assistant/user/assistant/...');
    }
  }
  const last = items.at(-1);
  const isAsked = last === undefined || last['role'] === 'user' || textOfJson(last['type']).endsWith('_output');
  return isAsked ? undefined : OPENAI_ERRORS.template('Cannot continue a message of the assistant.');
}
