import type { Progress } from '../choose-step.ts';
import type { OfferedTool } from '../render-action.ts';
import { openState } from './state-blob.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export interface Conversation extends Progress {
  readonly tools: readonly OfferedTool[];
  /** The client asks for the history to be summed up instead of for the next step. */
  readonly compaction: 'none' | 'local' | 'remote';
}

const CALL_OUTPUTS = new Set(['function_call_output', 'custom_tool_call_output']);
/** Codex adds messages of its own in the user's name; each is wrapped in a tag or has a fixed start. */
const NOT_A_PROMPT = /^\s*(<([a-z_-]+)[\s>][\s\S]*<\/\2>\s*$|# AGENTS\.md instructions)/;
const LOCAL_COMPACTION = /CONTEXT CHECKPOINT COMPACTION/;
/** Written into the summaries that a simulator makes, so that a compacted conversation goes on where it was. */
const PROGRESS_NOTE = /\[simulated progress: (\d+) calls\]/;

export const compactionSummary = (callsAnswered: number): string =>
  `The task is under way; what was done so far is in the working folder. [simulated progress: ${callsAnswered} calls]`;

/** Reads from a validated request where the conversation stands. */
export function readConversation(body: JsonObject): Conversation {
  const input = typeof body['input'] === 'string' ? [] : itemsOf(body['input']);
  const last = input.at(-1);
  const isLocal = last !== undefined && isUserMessage(last) && LOCAL_COMPACTION.test(textOf(last));
  const history = isLocal ? input.slice(0, -1) : input;
  let prompts = 0;
  let callsAnswered = 0;
  let trailingMessages = 0;
  for (const item of history) {
    const note = progressNote(item);
    if (note !== undefined) {
      callsAnswered = note;
      trailingMessages = 0;
    } else if (isUserMessage(item)) {
      if (NOT_A_PROMPT.test(textOf(item))) continue;
      prompts += 1;
      callsAnswered = 0;
      trailingMessages = 0;
    } else if (CALL_OUTPUTS.has(String(item['type']))) {
      callsAnswered += 1;
      trailingMessages = 0;
    } else if (item['type'] === 'message' && item['role'] === 'assistant') trailingMessages += 1;
  }
  return {
    turn: Math.max(0, prompts - 1),
    callsAnswered,
    trailingMessages,
    tools: readTools(body, input),
    compaction: last?.['type'] === 'compaction_trigger' ? 'remote' : isLocal ? 'local' : 'none',
  };
}

function progressNote(item: JsonObject): number | undefined {
  if (item['type'] === 'compaction') return openState(String(item['encrypted_content']))?.callsAnswered;
  if (!isUserMessage(item)) return undefined;
  const note = PROGRESS_NOTE.exec(textOf(item))?.[1];
  return note === undefined ? undefined : Number(note);
}

function readTools(body: JsonObject, input: readonly JsonObject[]): readonly OfferedTool[] {
  const tools: OfferedTool[] = [];
  collectTools(itemsOf(body['tools']), undefined, tools);
  for (const item of input) {
    if (item['type'] === 'additional_tools' || item['type'] === 'tool_search_output') {
      collectTools(itemsOf(item['tools']), undefined, tools);
    }
  }
  return tools;
}

function collectTools(list: readonly JsonObject[], namespace: string | undefined, tools: OfferedTool[]): void {
  for (const tool of list) {
    const name = String(tool['name'] ?? '');
    if (tool['type'] === 'namespace') collectTools(itemsOf(tool['tools']), name, tools);
    else if (tool['type'] === 'function' || tool['type'] === 'custom') {
      tools.push({ kind: tool['type'], name, ...(namespace === undefined ? {} : { namespace }) });
    } else if (tool['type'] === 'tool_search') tools.push({ kind: 'tool_search', name: 'tool_search' });
  }
}

const isUserMessage = (item: JsonObject): boolean =>
  item['role'] === 'user' && (item['type'] ?? 'message') === 'message';

function textOf(item: JsonObject): string {
  const content = item['content'];
  if (typeof content === 'string') return content;
  return itemsOf(content)
    .map((part) => (typeof part['text'] === 'string' ? part['text'] : ''))
    .join('');
}

export function itemsOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'object' && item !== null) : [];
}
