import { textOfJson } from '../../../core/text-of-json.ts';
import { type JsonObject, objectsOf, ownValue } from '../json.ts';
import { OPENAI_ERRORS, type OpenAiError } from './openai-errors.ts';

/** How the id of an item begins, where it has one (openai/codex#33176). */
const PREFIXES: Readonly<Record<string, string>> = {
  message: 'msg',
  reasoning: 'rs',
  function_call: 'fc',
  custom_tool_call: 'ctc',
};
const MOST_LETTERS = 64;

/** Ids as OpenAI gives them, and no longer than it takes them; and no thoughts but its own, which are sealed. */
export function checkItems(body: JsonObject): OpenAiError | undefined {
  for (const [index, item] of objectsOf(body['input']).entries()) {
    const { type, content } = item;
    if (type === 'reasoning' && Array.isArray(content) && content.length > 0) {
      return OPENAI_ERRORS.tooManyEntries(`input[${index}].content`, content.length);
    }
    const prefix = ownValue(PREFIXES, textOfJson(item['type'] ?? 'message'));
    for (const field of ['id', 'call_id']) {
      const id = item[field];
      if (typeof id !== 'string') continue;
      const at = `input[${index}].${field}`;
      if (id.length > MOST_LETTERS) return OPENAI_ERRORS.tooManyLetters(at, MOST_LETTERS, id.length);
      if (field === 'id' && prefix !== undefined && !id.startsWith(prefix)) {
        return OPENAI_ERRORS.idPrefix(at, id, prefix);
      }
    }
  }
  return undefined;
}

/** A description may be left out of a function, but not be empty; a namespace always has one. */
export function checkDescriptions(tools: unknown, at: string): OpenAiError | undefined {
  for (const [index, tool] of objectsOf(tools).entries()) {
    const { description, type } = tool;
    const place = `${at}[${index}].description`;
    if (description === '') return OPENAI_ERRORS.emptyText(place);
    if (type === 'namespace' && description === undefined) return OPENAI_ERRORS.missing(place);
    const inner = checkDescriptions(tool['tools'], `${at}[${index}].tools`);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

const LITE_HEADER = 'x-openai-internal-codex-responses-lite';

export const checkLiteHeader = (headers: Readonly<Record<string, string>>): OpenAiError | undefined =>
  headers[LITE_HEADER] === undefined ? undefined : OPENAI_ERRORS.liteMode();
