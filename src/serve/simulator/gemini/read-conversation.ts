import { textOfJson } from '../../../core/text-of-json.ts';
import type { Conversation } from '../choose-output.ts';
import { asksForSummary, createProgressCounter } from '../count-progress.ts';
import { type JsonObject, objectsOf } from '../json.ts';
import type { OfferedTool } from '../render-action.ts';

const TOOL_SEARCH = 'tool_search';

/** Reads from a validated request where the conversation stands. */
export function readConversation(body: JsonObject): Conversation {
  const parts = objectsOf(body['contents']).flatMap((content) =>
    objectsOf(content['parts']).map((part) => ({ part, isUser: content['role'] === 'user' })),
  );
  const last = parts.at(-1);
  const isLocal = last?.isUser === true && asksForSummary(textOfJson(last.part['text'] ?? ''));
  const counter = createProgressCounter();
  for (const { part, isUser } of isLocal ? parts.slice(0, -1) : parts) {
    const { text, thought, functionResponse: response } = part;
    if (response !== undefined) {
      if ((response as JsonObject)['name'] !== TOOL_SEARCH) counter.callOutput();
    } else if (typeof text === 'string' && text !== '' && thought !== true) {
      if (isUser) counter.userText(text);
      else counter.assistantText();
    }
  }
  return { ...counter.progress(), tools: readTools(body), compaction: isLocal ? 'local' : 'none' };
}

function readTools(body: JsonObject): readonly OfferedTool[] {
  return objectsOf(body['tools'])
    .flatMap((tool) => objectsOf(tool['functionDeclarations']))
    .map((declaration) => {
      const name = textOfJson(declaration['name']);
      return { kind: name === TOOL_SEARCH ? 'tool_search' : 'function', name };
    });
}
