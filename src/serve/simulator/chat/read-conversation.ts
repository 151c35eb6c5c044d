import { textOfJson } from '../../../core/text-of-json.ts';
import type { Conversation } from '../choose-output.ts';
import { asksForSummary, createProgressCounter } from '../count-progress.ts';
import { type JsonObject, objectsOf, textOf } from '../json.ts';
import type { OfferedTool } from '../render-action.ts';

export interface ChatConversation extends Conversation {
  /** All calls that the model ever made, so that ids can be counted on. */
  readonly callsMade: number;
}

const TOOL_SEARCH = 'tool_search';

/** Reads from a validated request where the conversation stands. */
export function readConversation(body: JsonObject): ChatConversation {
  const messages = objectsOf(body['messages']);
  const last = messages.at(-1);
  const isLocal = last?.['role'] === 'user' && asksForSummary(textOf(last['content']));
  const counter = createProgressCounter();
  const callNames = new Map<string, string>();
  let followsTool = false;
  for (const message of isLocal ? messages.slice(0, -1) : messages) {
    const { role, content } = message;
    if (role === 'tool') {
      if (callNames.get(textOfJson(message['tool_call_id'])) !== TOOL_SEARCH) counter.callOutput();
      followsTool = true;
    } else if (role === 'assistant') {
      for (const call of objectsOf(message['tool_calls'])) {
        callNames.set(textOfJson(call['id']), textOfJson((call['function'] as JsonObject | undefined)?.['name']));
      }
      if (message['tool_calls'] === undefined) counter.assistantText();
    } else if (role === 'user') {
      // Images that a tool answered come in a message of their own, and are no prompt.
      const hasImages = objectsOf(content).some((part) => part['type'] === 'image_url');
      if (!(hasImages && followsTool)) counter.userText(textOf(content));
      followsTool = false;
    }
  }
  return {
    ...counter.progress(),
    tools: readTools(body),
    compaction: isLocal ? 'local' : 'none',
    callsMade: callNames.size,
  };
}

function readTools(body: JsonObject): readonly OfferedTool[] {
  return objectsOf(body['tools']).map((tool) => {
    const name = textOfJson((tool['function'] as JsonObject | undefined)?.['name']);
    return { kind: name === TOOL_SEARCH ? 'tool_search' : 'function', name };
  });
}
