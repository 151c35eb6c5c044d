/** Turns of a Responses history as Messages (wire-facts §3.4): two roles that alternate, results right after calls. */
import { hashBase62 } from '../hash-text.ts';
import { asString, isObject, type JsonObject, parseJson } from '../read-json.ts';
import type { AssistantPart, Turn } from '../responses/arrange-turns.ts';
import { compactionSummary, GO_ON_TEXT, otherItemText } from '../responses/item-support.ts';
import type { CallItem, MessageItem } from '../responses/items.ts';
import type { Result } from '../responses/request.ts';
import type { ToolBridge } from '../tools/bridge-tools.ts';
import { type ContentRules, encodeContent, encodeToolResult, textBlocks } from './encode-content.ts';
import { openBlocks } from './encode-thinking.ts';
import type { MessagesTarget } from './messages-target.ts';

export interface Message extends JsonObject {
  readonly role: 'user' | 'assistant';
  readonly content: readonly JsonObject[];
}

export interface EncodedTurns {
  readonly system: readonly JsonObject[];
  /** Begins and ends with a user's message. */
  readonly messages: readonly Message[];
  /** The last one had to be made up, since the assistant spoke last. */
  readonly endsWithGoOn: boolean;
}

export interface TurnOptions {
  readonly target: MessagesTarget;
  readonly bridge: ToolBridge;
  readonly rules: ContentRules;
  /** Thinking of the target's own goes back. */
  readonly keepsThinking: boolean;
}

const GO_ON: JsonObject = { type: 'text', text: GO_ON_TEXT };
const NOTHING: Result<undefined> = { ok: true, value: undefined };

export function encodeTurns(turns: readonly Turn[], options: TurnOptions): Result<EncodedTurns> {
  const system: JsonObject[] = [];
  const drafts = createDrafts();
  for (const turn of afterResults(turns)) {
    const isHead = drafts.lastRole() === undefined;
    const added = isHead && isPlainInstruction(turn) ? addSystem(turn.item, system) : addTurn(turn, options, drafts);
    if (!added.ok) return added;
  }
  const endsWithGoOn = drafts.lastRole() === 'assistant';
  if (drafts.lastRole() !== 'user') drafts.add('user', [GO_ON]);
  return { ok: true, value: { system, messages: drafts.messages, endsWithGoOn } };
}

/**
 * What was said between a call and its output goes behind the output: the call had been thought about without it, and
 * everything before thinking has to stay as it was.
 */
function afterResults(turns: readonly Turn[]): readonly Turn[] {
  const ordered: Turn[] = [];
  const held: Turn[] = [];
  for (const turn of turns) {
    if (turn.kind === 'message' && turn.isMoved) {
      held.push(turn);
      continue;
    }
    ordered.push(turn);
    if (turn.kind === 'assistant') ordered.push(...held.splice(0));
  }
  return [...ordered, ...held];
}

/** Messages that grow: what follows in the same role goes into the same message. */
interface Drafts {
  readonly messages: readonly Message[];
  readonly lastRole: () => Message['role'] | undefined;
  readonly add: (role: Message['role'], blocks: readonly JsonObject[]) => void;
}

function createDrafts(): Drafts {
  const messages: { readonly role: Message['role']; readonly content: JsonObject[] }[] = [];
  return {
    messages,
    lastRole: () => messages.at(-1)?.role,
    add: (role, blocks) => {
      if (blocks.length === 0) return;
      const last = messages.at(-1);
      if (last?.role === role) {
        last.content.push(...blocks);
        return;
      }
      if (last === undefined && role === 'assistant') messages.push({ role: 'user', content: [GO_ON] });
      messages.push({ role, content: [...blocks] });
    },
  };
}

/** What stands before everything else. Later instructions stay where they are, or every cached prefix would break. */
function isPlainInstruction(turn: Turn): turn is { readonly kind: 'message'; readonly item: MessageItem } {
  return (
    turn.kind === 'message' &&
    turn.item.role !== 'user' &&
    turn.item.content.every((part) => typeof part['text'] === 'string')
  );
}

function addSystem(item: MessageItem, system: JsonObject[]): Result<undefined> {
  system.push(...textBlocks(item.content.map((part) => asString(part['text']) ?? '').join('\n\n')));
  return NOTHING;
}

function addTurn(turn: Turn, options: TurnOptions, drafts: Drafts): Result<undefined> {
  switch (turn.kind) {
    case 'message': {
      const content = encodeContent(turn.item.content, options.rules, 'content');
      if (!content.ok) return content;
      drafts.add('user', turn.item.role === 'user' ? content.value : asInstruction(content.value));
      return NOTHING;
    }
    case 'assistant':
      return addAssistant(turn.parts, options, drafts);
    case 'compaction': {
      const summary = compactionSummary(turn.item, options.target.owner);
      if (!summary.ok) return summary;
      drafts.add('user', textBlocks(summary.value));
      return NOTHING;
    }
    case 'other':
      drafts.add('user', textBlocks(otherItemText(turn.item)));
      return NOTHING;
  }
}

/** The one text of an instruction in a tag of its own, so that it is not taken for the user's words. */
function asInstruction(blocks: readonly JsonObject[]): readonly JsonObject[] {
  return blocks.map((block) =>
    block['type'] === 'text'
      ? { type: 'text', text: `<developer>\n${asString(block['text']) ?? ''}\n</developer>` }
      : block,
  );
}

function addAssistant(parts: readonly AssistantPart[], options: TurnOptions, drafts: Drafts): Result<undefined> {
  const { target, bridge, rules, keepsThinking } = options;
  const calls: JsonObject[] = [];
  const results: JsonObject[] = [];
  for (const part of parts) {
    switch (part.kind) {
      case 'reasoning': {
        const { blocks, texts, isAfterGoOn } = openBlocks(part.item, target);
        if (isAfterGoOn && drafts.lastRole() === 'assistant') drafts.add('user', [GO_ON]);
        if (keepsThinking) drafts.add('assistant', blocks);
        drafts.add('assistant', texts.flatMap(textBlocks));
        break;
      }
      case 'text':
        drafts.add('assistant', assistantBlocks(part.item));
        break;
      case 'call': {
        const id = safeCallId(part.callId);
        const result = encodeToolResult(id, part.output, rules);
        if (!result.ok) return result;
        calls.push({ type: 'tool_use', id, ...encodeCall(part.call, bridge) });
        results.push(result.value);
        break;
      }
    }
  }
  drafts.add('assistant', calls);
  drafts.add('user', results);
  return NOTHING;
}

/** Refusals count as text. */
function assistantBlocks(item: MessageItem): readonly JsonObject[] {
  return textBlocks(item.content.map((part) => asString(part['text']) ?? asString(part['refusal']) ?? '').join(''));
}

function encodeCall(call: CallItem, bridge: ToolBridge): { readonly name: string; readonly input: JsonObject } {
  switch (call.type) {
    case 'function_call':
      return { name: bridge.flatName(call.name, call.namespace), input: argumentsObject(call.arguments) };
    case 'custom_tool_call':
      return { name: bridge.flatName(call.name, call.namespace), input: { input: call.input } };
    case 'tool_search_call':
      return { name: 'tool_search', input: isObject(call.arguments) ? call.arguments : {} };
    case 'local_shell_call':
      return { name: 'local_shell', input: isObject(call.action) ? call.action : {} };
  }
}

/** The arguments of a call as an object, whatever the model wrote. */
export function argumentsObject(text: string): JsonObject {
  if (text === '') return {};
  const parsed = parseJson(text);
  return isObject(parsed) ? parsed : { _raw: text };
}

/** The same id for the same id, always, in the letters that the API takes. */
function safeCallId(id: string): string {
  return /^[a-zA-Z0-9_-]+$/.test(id) ? id : `${id.replace(/[^a-zA-Z0-9_-]/g, '_')}_${hashBase62(id, 8)}`;
}
