import { asObjects, asString } from '../read-json.ts';
import type { OtherItem } from './items.ts';
import type { RequestProblem, ResponsesRequest } from './request.ts';

/**
 * What translated lanes do with items that are neither text nor calls. `dropped`: traces of hosted tools whose result
 * stands in the text that followed. `text`: rendered as a user's message. All others are refused.
 */
const OTHER_ITEMS: Readonly<Record<string, 'dropped' | 'text'>> = {
  web_search_call: 'dropped',
  image_generation_call: 'dropped',
  file_search_call: 'dropped',
  code_interpreter_call: 'dropped',
  mcp_list_tools: 'dropped',
  agent_message: 'text',
};

/** The first item that no translated lane can carry: named before anything is sent. */
export function findUnsupportedItem(request: ResponsesRequest): RequestProblem | undefined {
  for (const [at, item] of request.input.entries()) {
    if (item.type !== 'other' || Object.hasOwn(OTHER_ITEMS, item.itemType)) continue;
    const name = /^[\w.-]{1,64}$/.test(item.itemType) ? item.itemType : 'unknown';
    return {
      code: 'TARGET_UNSUPPORTED',
      param: `input[${at}].type`,
      message: `an item of type ${name} cannot be sent to this target`,
    };
  }
  return undefined;
}

/** What is left of an unusual item as text; '' if nothing is. */
export function otherItemText(item: OtherItem): string {
  if (OTHER_ITEMS[item.itemType] !== 'text') return '';
  return asObjects(item.raw['content'])
    .map((part) => asString(part['text']) ?? '')
    .filter((text) => text !== '')
    .join('\n\n');
}
