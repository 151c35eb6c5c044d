/** Turns of a Responses history as Chat Completions messages (wire-facts §3.1). */
import { hashBase62, shortCallId } from '../hash-text.ts';
import { isObject, type JsonObject, parseJson } from '../read-json.ts';
import type { AssistantPart, PairedCall, Turn } from '../responses/arrange-turns.ts';
import { ABORTED_OUTPUT, compactionSummary, otherItemText } from '../responses/item-support.ts';
import type { CallItem } from '../responses/items.ts';
import type { Result } from '../responses/request.ts';
import { type ToolBridge, wrapInput } from '../tools/bridge-tools.ts';
import type { ChatDialect } from './chat-dialect.ts';
import type { ChatTarget } from './chat-target.ts';
import { assistantText, type ContentRules, encodeContent, encodeOutput } from './encode-content.ts';
import { encodeReasoning } from './encode-reasoning.ts';

export interface ChatMessage extends JsonObject {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
}

export function encodeMessages(
  turns: readonly Turn[],
  target: ChatTarget,
  bridge: ToolBridge,
): Result<readonly ChatMessage[]> {
  const rules = { images: target.images ?? target.dialect.accepts.images, files: target.dialect.accepts.files };
  const messages: ChatMessage[] = [];
  for (const turn of turns) {
    const encoded = encodeTurn(turn, target, bridge, rules);
    if (!encoded.ok) return encoded;
    messages.push(...encoded.value);
  }
  return { ok: true, value: messages };
}

function encodeTurn(
  turn: Turn,
  target: ChatTarget,
  bridge: ToolBridge,
  rules: ContentRules,
): Result<readonly ChatMessage[]> {
  switch (turn.kind) {
    case 'message': {
      const content = encodeContent(turn.item.content, rules, 'content');
      if (!content.ok) return content;
      const role = turn.item.role === 'user' ? 'user' : 'system';
      return messagesOf(content.value.length === 0 ? [] : [{ role, content: content.value }]);
    }
    case 'assistant':
      return encodeAssistant(turn.parts, target, bridge, rules);
    case 'compaction': {
      const summary = compactionSummary(turn.item, target.owner);
      if (!summary.ok) return summary;
      return messagesOf([{ role: 'user', content: summary.value }]);
    }
    case 'other': {
      const text = otherItemText(turn.item);
      return messagesOf(text === '' ? [] : [{ role: 'user', content: text }]);
    }
  }
}

function messagesOf(value: readonly ChatMessage[]): Result<readonly ChatMessage[]> {
  return { ok: true, value };
}

function encodeAssistant(
  parts: readonly AssistantPart[],
  target: ChatTarget,
  bridge: ToolBridge,
  rules: ContentRules,
): Result<readonly ChatMessage[]> {
  const { dialect } = target;
  const calls = parts.filter((part) => part.kind === 'call');
  const reasoning = encodeReasoning(
    parts.flatMap((part) => (part.kind === 'reasoning' ? [part.item] : [])),
    dialect.reasoning,
    target.owner,
    calls.length > 0,
  );
  const said = parts.map((part) => (part.kind === 'text' ? assistantText(part.item.content) : ''));
  const text = reasoning.prefix + [...reasoning.texts, ...said].filter((part) => part !== '').join('\n\n');
  const message: Record<string, unknown> & ChatMessage = {
    role: 'assistant',
    content: assistantContent(text, reasoning.parts, dialect.emptyContent),
    ...reasoning.fields,
  };
  if (calls.length === 0) return messagesOf(text === '' && reasoning.parts.length === 0 ? [] : [message]);

  const callId = (id: string): string => fitCallId(id, dialect.callIds);
  const tool_calls = calls.map((part) => ({
    id: callId(part.callId),
    type: 'function',
    function: encodeCall(part.call, bridge),
  }));
  const outputs = encodeOutputs(calls, callId, rules);
  if (!outputs.ok) return outputs;
  return messagesOf([{ ...message, tool_calls }, ...outputs.value]);
}

function assistantContent(text: string, parts: readonly JsonObject[], empty: null | ''): unknown {
  if (parts.length > 0) return text === '' ? parts : [...parts, { type: 'text', text }];
  return text === '' ? empty : text;
}

/** All tool messages of a turn, then one user message with the images that they could not hold. */
function encodeOutputs(
  calls: readonly PairedCall[],
  callId: (id: string) => string,
  rules: ContentRules,
): Result<readonly ChatMessage[]> {
  const messages: ChatMessage[] = [];
  const images: JsonObject[] = [];
  for (const part of calls) {
    const output = part.output === undefined ? undefined : encodeOutput(part.output, rules, 'output');
    if (output?.ok === false) return output;
    messages.push({ role: 'tool', tool_call_id: callId(part.callId), content: output?.value.text ?? ABORTED_OUTPUT });
    images.push(...(output?.value.images ?? []));
  }
  if (images.length > 0) {
    messages.push({ role: 'user', content: [{ type: 'text', text: 'Images from the tool output:' }, ...images] });
  }
  return messagesOf(messages);
}

function encodeCall(call: CallItem, bridge: ToolBridge): JsonObject {
  switch (call.type) {
    case 'function_call':
      return { name: bridge.flatName(call.name, call.namespace), arguments: jsonObjectText(call.arguments) };
    case 'custom_tool_call':
      return { name: bridge.flatName(call.name, call.namespace), arguments: wrapInput(call.input) };
    case 'tool_search_call':
      return { name: 'tool_search', arguments: JSON.stringify(isObject(call.arguments) ? call.arguments : {}) };
    case 'local_shell_call':
      return { name: 'local_shell', arguments: JSON.stringify(isObject(call.action) ? call.action : {}) };
  }
}

/** Chat templates parse the arguments of earlier calls, and fail on what a model once got wrong. */
function jsonObjectText(text: string): string {
  if (text === '') return '{}';
  return isObject(parseJson(text)) ? text : JSON.stringify({ _raw: text });
}

/** The same id for the same id, always. */
function fitCallId(id: string, rule: ChatDialect['callIds']): string {
  switch (rule) {
    case 'any':
      return id;
    case 'nine':
      return /^[a-zA-Z0-9]{9}$/.test(id) ? id : hashBase62(id, 9);
    case 'forty':
      return shortCallId(id, 40);
  }
}
