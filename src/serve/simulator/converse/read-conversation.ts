import { textOfJson } from '../../../core/text-of-json.ts';
import type { Conversation } from '../choose-output.ts';
import { asksForSummary, createProgressCounter } from '../count-progress.ts';
import { isObject, type JsonObject, objectsOf } from '../json.ts';
import type { OfferedTool } from '../render-action.ts';

const TOOL_SEARCH = 'tool_search';
/** Where tools must not be called, Bedrock takes no calls either: a client has to tell of them, and a model can read it. */
const TOLD_OUTPUT = /^\[output of ([\w-]+)\]/;

/** Reads from a validated request where the conversation stands. */
export function readConversation(body: JsonObject): Conversation {
  const blocks = objectsOf(body['messages'])
    .flatMap((message) => objectsOf(message['content']).map((block) => ({ block, isUser: message['role'] === 'user' })))
    .filter(({ block }) => block['cachePoint'] === undefined);
  const last = blocks.at(-1);
  const isLocal = last?.isUser === true && asksForSummary(textOfJson(last.block['text'] ?? ''));
  const counter = createProgressCounter();
  const names = new Map<unknown, unknown>();
  for (const { block, isUser } of isLocal ? blocks.slice(0, -1) : blocks) {
    const { text, toolUse, toolResult } = block;
    if (typeof text === 'string') {
      const told = TOLD_OUTPUT.exec(text)?.[1];
      if (!isUser) counter.assistantText();
      else if (told === undefined) counter.userText(text);
      else if (told !== TOOL_SEARCH) counter.callOutput();
    } else if (isObject(toolUse)) names.set(toolUse['toolUseId'], toolUse['name']);
    else if (isObject(toolResult) && names.get(toolResult['toolUseId']) !== TOOL_SEARCH) counter.callOutput();
  }
  return { ...counter.progress(), tools: readTools(body['toolConfig']), compaction: isLocal ? 'local' : 'none' };
}

function readTools(config: unknown): readonly OfferedTool[] {
  return objectsOf(isObject(config) ? config['tools'] : undefined).flatMap(({ toolSpec }) => {
    if (!isObject(toolSpec)) return [];
    const name = textOfJson(toolSpec['name']);
    return [{ kind: name === TOOL_SEARCH ? 'tool_search' : 'function', name }];
  });
}
