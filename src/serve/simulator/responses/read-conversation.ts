import { textOfJson } from '../../../core/text-of-json.ts';
import type { Conversation } from '../choose-output.ts';
import { asksForSummary, createProgressCounter } from '../count-progress.ts';
import { type JsonObject, objectsOf, textOf } from '../json.ts';
import type { OfferedTool } from '../render-action.ts';
import { openState } from '../state-blob.ts';

const CALL_OUTPUTS = new Set(['function_call_output', 'custom_tool_call_output']);

/** Reads from a validated request where the conversation stands. */
export function readConversation(body: JsonObject): Conversation {
  const input = typeof body['input'] === 'string' ? [] : objectsOf(body['input']);
  const last = input.at(-1);
  const isLocal = last !== undefined && isUserMessage(last) && asksForSummary(textOf(last['content']));
  const counter = createProgressCounter();
  for (const item of isLocal ? input.slice(0, -1) : input) {
    if (item['type'] === 'compaction') {
      const callsAnswered = openState(textOfJson(item['encrypted_content']))?.callsAnswered;
      if (callsAnswered !== undefined) counter.compacted(callsAnswered);
    } else if (isUserMessage(item)) counter.userText(textOf(item['content']));
    else if (CALL_OUTPUTS.has(textOfJson(item['type']))) counter.callOutput();
    else if (item['type'] === 'message' && item['role'] === 'assistant') counter.assistantText();
  }
  return {
    ...counter.progress(),
    tools: readTools(body, input),
    compaction: last?.['type'] === 'compaction_trigger' ? 'remote' : isLocal ? 'local' : 'none',
  };
}

function readTools(body: JsonObject, input: readonly JsonObject[]): readonly OfferedTool[] {
  const tools: OfferedTool[] = [];
  collectTools(objectsOf(body['tools']), undefined, tools);
  for (const item of input) {
    if (item['type'] === 'additional_tools' || item['type'] === 'tool_search_output') {
      collectTools(objectsOf(item['tools']), undefined, tools);
    }
  }
  return tools;
}

function collectTools(list: readonly JsonObject[], namespace: string | undefined, tools: OfferedTool[]): void {
  for (const tool of list) {
    const name = textOfJson(tool['name'] ?? '');
    if (tool['type'] === 'namespace') collectTools(objectsOf(tool['tools']), name, tools);
    else if (tool['type'] === 'function' || tool['type'] === 'custom') {
      tools.push({ kind: tool['type'], name, ...(namespace === undefined ? {} : { namespace }) });
    } else if (tool['type'] === 'tool_search') tools.push({ kind: 'tool_search', name: 'tool_search' });
  }
}

const isUserMessage = (item: JsonObject): boolean =>
  item['role'] === 'user' && (item['type'] ?? 'message') === 'message';
