/** Makes a list of messages one that a vendor's rules on roles accept. */
import type { JsonObject } from '../read-json.ts';
import { GO_ON_TEXT } from '../responses/item-support.ts';
import type { ChatDialect } from './chat-dialect.ts';
import type { ChatMessage } from './encode-messages.ts';

/** After `end_turn:false` the history ends with what the assistant said so far (wire-facts §3.4). */
const GO_ON: ChatMessage = { role: 'user', content: GO_ON_TEXT };
const ACKNOWLEDGED: ChatMessage = { role: 'assistant', content: 'Understood.' };

export function fitRoles(messages: readonly ChatMessage[], roles: ChatDialect['roles']): readonly ChatMessage[] {
  let fitted = messages;
  if (roles.systems === 'one') fitted = mergeSystems(fitted);
  fitted = separateAssistants(beginWithUser(fitted));
  if (roles.users === 'merge') fitted = mergeUsers(fitted);
  if (roles.userAfterTool === 'answered') fitted = answerTools(fitted);
  const last = fitted.at(-1);
  return last?.role === 'user' || last?.role === 'tool' ? fitted : [...fitted, GO_ON];
}

function mergeSystems(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const systems = messages.filter((message) => message.role === 'system');
  if (systems.length === 0) return messages;
  const content = systems.map((message) => textOf(message['content'])).join('\n\n');
  return [{ role: 'system', content }, ...messages.filter((message) => message.role !== 'system')];
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  return contentParts(content)
    .map((part) => (typeof part['text'] === 'string' ? part['text'] : ''))
    .join('\n\n');
}

function beginWithUser(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const first = messages.findIndex((message) => message.role !== 'system');
  if (first < 0 || messages[first]?.role !== 'assistant') return messages;
  return messages.toSpliced(first, 0, GO_ON);
}

/** Two assistant turns touch when what stood between them was moved or empty. */
function separateAssistants(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  return messages.flatMap((message, at) =>
    message.role === 'assistant' && messages[at - 1]?.role === 'assistant' ? [GO_ON, message] : [message],
  );
}

function mergeUsers(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const merged: ChatMessage[] = [];
  for (const message of messages) {
    const last = merged.at(-1);
    if (message.role === 'user' && last?.role === 'user') {
      merged[merged.length - 1] = { role: 'user', content: joinContents(last['content'], message['content']) };
    } else merged.push(message);
  }
  return merged;
}

function joinContents(left: unknown, right: unknown): unknown {
  if (typeof left === 'string' && typeof right === 'string') return `${left}\n\n${right}`;
  return [...contentParts(left), ...contentParts(right)];
}

function contentParts(content: unknown): readonly JsonObject[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return Array.isArray(content) ? (content as readonly JsonObject[]) : [];
}

function answerTools(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  return messages.flatMap((message, at) =>
    message.role === 'user' && messages[at - 1]?.role === 'tool' ? [ACKNOWLEDGED, message] : [message],
  );
}
