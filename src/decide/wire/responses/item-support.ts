import { openState, type StateOwner } from '../../continuity/envelope.ts';
import { asObjects, asString } from '../read-json.ts';
import type { CompactionItem, OtherItem, ToolSearchOutputItem } from './items.ts';
import { type RequestProblem, type ResponsesRequest, type Result, refuse } from './request.ts';

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
  // Codex's note of a new effort, which the request's own `reasoning` has too.
  configuration_update: 'dropped',
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

/** Output of a call that was never answered: what Codex itself says of a call that was stopped. */
export const ABORTED_OUTPUT = 'aborted';

/** A user's message that makes a model go on, where a history may not end with what it said itself. */
export const GO_ON_TEXT = 'Continue.';

/** The tools themselves are offered with the request: see `bridgeTools`. */
export function toolSearchText(output: ToolSearchOutputItem): string {
  return `Found ${output.tools.length} tools. They can be called now.`;
}

/** The summary inside a compaction item; without it a model would go on as if nothing had happened before. */
export function compactionSummary(item: CompactionItem, owner: StateOwner): Result<string> {
  const opened = openState(item.encrypted_content, owner);
  const summary = opened.kind === 'foreign' ? undefined : asString(opened.payload['summary']);
  return summary === undefined
    ? refuse('TARGET_UNSUPPORTED', 'input', 'the compacted history can only be read by the provider that made it')
    : { ok: true, value: summary };
}
