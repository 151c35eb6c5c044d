/** A Responses history in those items that every vendor of the API knows: messages, reasoning, functions. */
import type { IsForeign } from '../../continuity/drop-sealed-state.ts';
import { openState, type StateOwner } from '../../continuity/envelope.ts';
import { hashBase62 } from '../hash-text.ts';
import { asObjects, asString, isObject, type JsonObject, parseJson } from '../read-json.ts';
import type { AssistantPart, PairedCall, Turn } from '../responses/arrange-turns.ts';
import {
  ABORTED_OUTPUT,
  compactionSummary,
  GO_ON_TEXT,
  otherItemText,
  toolSearchText,
} from '../responses/item-support.ts';
import {
  type CallItem,
  type ContentPart,
  foreignReasoning,
  type MessageItem,
  type ReasoningItem,
} from '../responses/items.ts';
import { type Result, refuse } from '../responses/request.ts';
import { type ToolBridge, wrapInput } from '../tools/bridge-tools.ts';
import type { PortableRules } from './responses-dialect.ts';

export interface HistoryTarget {
  readonly rules: PortableRules;
  readonly bridge: ToolBridge;
  readonly owner: StateOwner;
  /** Custom tools are sent as such, under their flat names. */
  readonly hasCustomTools: boolean;
  /** The target is known not to be able to read it. */
  readonly isForeign: IsForeign;
}

export interface PortableHistory {
  readonly items: readonly JsonObject[];
  /** Developer and system messages, if they do not stand among the items. */
  readonly instructions: readonly string[];
}

export function portableHistory(turns: readonly Turn[], target: HistoryTarget): Result<PortableHistory> {
  const items: JsonObject[] = [];
  const instructions: string[] = [];
  for (const [at, turn] of turns.entries()) {
    if (turn.kind === 'message' && turn.item.role !== 'user' && target.rules.developer === 'instructions') {
      instructions.push(textOf(turn.item.content));
      continue;
    }
    const rendered = renderTurn(turn, at, target);
    if (!rendered.ok) return rendered;
    items.push(...rendered.value);
  }
  const merged = target.rules.users === 'merge' ? mergeUsers(items) : items;
  const last = merged.at(-1);
  const endsWithAssistant = last?.['role'] === 'assistant' || last?.['type'] === 'reasoning';
  if (target.rules.lastTurn === 'user' && (endsWithAssistant || last === undefined))
    merged.push(userMessage(GO_ON_TEXT));
  return { ok: true, value: { items: merged, instructions: instructions.filter((text) => text !== '') } };
}

function renderTurn(turn: Turn, at: number, target: HistoryTarget): Result<readonly JsonObject[]> {
  switch (turn.kind) {
    case 'message':
      return renderMessage(turn.item, target);
    case 'assistant':
      return renderAssistant(turn.parts, at, target);
    case 'compaction': {
      const summary = compactionSummary(turn.item, target.owner);
      return summary.ok ? of([userMessage(summary.value)]) : summary;
    }
    case 'other': {
      const text = otherItemText(turn.item);
      return of(text === '' ? [] : [userMessage(text)]);
    }
  }
}

const of = (value: readonly JsonObject[]): Result<readonly JsonObject[]> => ({ ok: true, value });

function userMessage(text: string): JsonObject {
  return { type: 'message', role: 'user', content: [{ type: 'input_text', text }] };
}

function renderMessage(item: MessageItem, { rules }: HistoryTarget): Result<readonly JsonObject[]> {
  const content = inputParts(item.content);
  if (!content.ok) return content;
  if (content.value.length === 0) return of([]);
  const role = item.role === 'user' || rules.developer === 'developer' ? item.role : 'system';
  return of([{ type: 'message', role, content: content.value }]);
}

function inputParts(parts: readonly ContentPart[]): Result<readonly JsonObject[]> {
  const rendered: JsonObject[] = [];
  for (const part of parts) {
    switch (part.type) {
      case 'input_text':
      case 'output_text':
      case 'text':
      case 'refusal': {
        const text = asString(part['text']) ?? asString(part['refusal']) ?? '';
        if (text !== '') rendered.push({ type: 'input_text', text });
        break;
      }
      case 'input_image':
        rendered.push(inputImage(part));
        break;
      case 'input_file':
        rendered.push(part);
        break;
      default:
        return refuse('TARGET_UNSUPPORTED', 'input', 'a content part of a type that this target does not take');
    }
  }
  return { ok: true, value: rendered };
}

/** Codex says "original", which only OpenAI knows. */
function inputImage(part: ContentPart): JsonObject {
  return { ...part, detail: part['detail'] === 'low' || part['detail'] === 'auto' ? part['detail'] : 'high' };
}

/** Reasoning, text and calls in their order, then the outputs, as Codex itself has them. */
function renderAssistant(
  parts: readonly AssistantPart[],
  at: number,
  target: HistoryTarget,
): Result<readonly JsonObject[]> {
  const items: JsonObject[] = [];
  const calls: PairedCall[] = [];
  for (const [index, part] of parts.entries()) {
    switch (part.kind) {
      case 'reasoning':
        items.push(...renderReasoning(part.item, `${at}.${index}`, target));
        break;
      case 'text': {
        const text = textOf(part.item.content);
        if (text !== '') items.push(assistantMessage(text, asString(part.item['id']), `${at}.${index}`));
        break;
      }
      case 'call':
        items.push(renderCall(part, target));
        calls.push(part);
    }
  }
  const outputs = renderOutputs(calls, target);
  return outputs.ok ? of([...items, ...outputs.value]) : outputs;
}

/** Strict servers want an assistant's message whole, with an id. The same one each time, since prompts are cached. */
function assistantMessage(text: string, id: string | undefined, place: string): JsonObject {
  return {
    type: 'message',
    id: id?.startsWith('msg_') ? id : `msg_${hashBase62(`${place}:${text}`, 9)}`,
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'output_text', text, annotations: [] }],
  };
}

/** The target's own goes back as it came; of anybody else's only what people can read, as text. */
function renderReasoning(item: ReasoningItem, place: string, target: HistoryTarget): readonly JsonObject[] {
  const sealed = asString(item.encrypted_content);
  const opened =
    sealed === undefined || target.isForeign(sealed, 'reasoning') ? undefined : openState(sealed, target.owner);
  if (opened?.kind !== 'own') return foreignReasoning(item).map((text) => assistantMessage(text, undefined, place));
  const base = {
    type: 'reasoning',
    id: asString(opened.payload['id']) ?? asString(item['id']) ?? `rs_${hashBase62(place, 9)}`,
    summary: asObjects(item['summary']),
  };
  const content = asObjects(item['content']);
  switch (target.rules.reasoning) {
    case 'sealed': {
      const blob = asString(opened.payload['blob']);
      return blob === undefined ? [] : [{ ...base, encrypted_content: blob }];
    }
    case 'open':
      return content.length === 0 ? [] : [{ ...base, content }];
    case 'none':
      return [];
  }
}

function renderCall({ call, callId }: PairedCall, target: HistoryTarget): JsonObject {
  const name = callName(call, target.bridge);
  if (call.type === 'custom_tool_call' && target.hasCustomTools) {
    return { type: 'custom_tool_call', call_id: callId, name, input: call.input };
  }
  return { type: 'function_call', call_id: callId, name, arguments: callArguments(call) };
}

function callName(call: CallItem, bridge: ToolBridge): string {
  switch (call.type) {
    case 'function_call':
    case 'custom_tool_call':
      return bridge.flatName(call.name, call.namespace);
    case 'tool_search_call':
      return 'tool_search';
    case 'local_shell_call':
      return 'local_shell';
  }
}

/** Servers parse the arguments of earlier calls, and fail on what a model once got wrong. */
function callArguments(call: CallItem): string {
  switch (call.type) {
    case 'function_call':
      if (call.arguments === '') return '{}';
      return isObject(parseJson(call.arguments)) ? call.arguments : JSON.stringify({ _raw: call.arguments });
    case 'custom_tool_call':
      return wrapInput(call.input);
    case 'tool_search_call':
      return JSON.stringify(isObject(call.arguments) ? call.arguments : {});
    case 'local_shell_call':
      return JSON.stringify(isObject(call.action) ? call.action : {});
  }
}

const IMAGE_FOLLOWS = '[An image, shown in the next message.]';

function renderOutputs(calls: readonly PairedCall[], target: HistoryTarget): Result<readonly JsonObject[]> {
  const outputs: JsonObject[] = [];
  const images: JsonObject[] = [];
  for (const { call, callId, output } of calls) {
    const isCustom = call.type === 'custom_tool_call' && target.hasCustomTools;
    const type = isCustom ? 'custom_tool_call_output' : 'function_call_output';
    if (output === undefined || output.type === 'tool_search_output') {
      const text = output === undefined ? ABORTED_OUTPUT : toolSearchText(output);
      outputs.push({ type, call_id: callId, output: text });
      continue;
    }
    const parts = inputParts(output.output);
    if (!parts.ok) return parts;
    if (target.rules.outputs === 'parts' && parts.value.length > 1) {
      outputs.push({ type, call_id: callId, output: parts.value });
      continue;
    }
    const shown = parts.value.filter((part) => part['type'] !== 'input_text');
    const texts = parts.value.map((part) => asString(part['text']) ?? IMAGE_FOLLOWS);
    outputs.push({ type, call_id: callId, output: texts.join('\n') || '(no output)' });
    images.push(...shown);
  }
  if (images.length === 0) return of(outputs);
  const content = [{ type: 'input_text', text: 'Images from the tool output:' }, ...images];
  return of([...outputs, { type: 'message', role: 'user', content }]);
}

function mergeUsers(items: readonly JsonObject[]): JsonObject[] {
  const merged: JsonObject[] = [];
  for (const item of items) {
    const last = merged.at(-1);
    if (item['role'] === 'user' && last?.['role'] === 'user') {
      merged[merged.length - 1] = { ...last, content: [...asObjects(last['content']), ...asObjects(item['content'])] };
    } else merged.push(item);
  }
  return merged;
}

function textOf(parts: readonly ContentPart[]): string {
  return parts.map((part) => asString(part['text']) ?? asString(part['refusal']) ?? '').join('');
}
