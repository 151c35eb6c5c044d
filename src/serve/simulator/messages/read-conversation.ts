import { textOfJson } from '../../../core/text-of-json.ts';
import type { Conversation } from '../choose-output.ts';
import { asksForSummary, createProgressCounter } from '../count-progress.ts';
import { type JsonObject, objectsOf } from '../json.ts';
import type { OfferedTool } from '../render-action.ts';

const TOOL_SEARCH = 'tool_search';

/** Reads from a validated request where the conversation stands. A message may hold several of the user's texts. */
export function readConversation(body: JsonObject): Conversation {
  const blocks = objectsOf(body['messages']).flatMap((message) =>
    blocksOf(message['content']).map((block) => ({ block, isUser: message['role'] === 'user' })),
  );
  const last = blocks.at(-1);
  const isLocal = last?.isUser === true && asksForSummary(textOfJson(last.block['text'] ?? ''));
  const counter = createProgressCounter();
  const callNames = new Map<unknown, unknown>();
  for (const { block, isUser } of isLocal ? blocks.slice(0, -1) : blocks) {
    switch (block['type']) {
      case 'text':
        if (isUser) counter.userText(textOfJson(block['text']));
        else counter.assistantText();
        break;
      case 'tool_use':
        callNames.set(block['id'], block['name']);
        break;
      case 'tool_result':
        if (callNames.get(block['tool_use_id']) !== TOOL_SEARCH) counter.callOutput();
        break;
    }
  }
  return { ...counter.progress(), tools: readTools(body), compaction: isLocal ? 'local' : 'none' };
}

const blocksOf = (content: unknown): readonly JsonObject[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : objectsOf(content);

function readTools(body: JsonObject): readonly OfferedTool[] {
  const own = objectsOf(body['tools']).filter((tool) => tool['input_schema'] !== undefined);
  return own.map((tool) => {
    const name = textOfJson(tool['name']);
    return { kind: name === TOOL_SEARCH ? 'tool_search' : 'function', name };
  });
}
