import { textOfJson } from '../../../core/text-of-json.ts';
import { isObject, type JsonObject, objectsOf, parseJson } from '../json.ts';
import type { ChatRules } from './chat-vendor.ts';
import { checkDetails } from './check-details.ts';
import type { Refusal } from './refusal.ts';

const FUNCTION_NAME = /^[a-zA-Z0-9_-]{1,64}$/;
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  system: ['role', 'content', 'name'],
  developer: ['role', 'content', 'name'],
  user: ['role', 'content', 'name'],
  assistant: ['role', 'content', 'tool_calls'],
  tool: ['role', 'content', 'tool_call_id', 'name'],
};

/** What is read of a conversation, message by message. */
interface State {
  readonly rules: ChatRules;
  readonly domain: string;
  readonly thinks: boolean;
  readonly usedIds: Set<string>;
  /** Calls of the message before that have no answer yet, and where they were made. */
  awaited: readonly string[];
  awaitedFrom: number;
  before: string | undefined;
}

export function validateMessages(body: JsonObject, rules: ChatRules, domain: string): Refusal | undefined {
  const messages = body['messages'];
  if (!Array.isArray(messages) || messages.length === 0 || objectsOf(messages).length !== messages.length) {
    return { kind: 'missing-field', name: 'messages' };
  }
  const state: State = {
    rules,
    domain,
    thinks: rules.thinks(body),
    usedIds: new Set(),
    awaited: [],
    awaitedFrom: 0,
    before: undefined,
  };
  for (const [at, message] of objectsOf(messages).entries()) {
    const role = textOfJson(message['role']);
    const refusal =
      checkRole(message, at, state) ?? checkPairing(message, at, state) ?? checkMessage(message, at, state);
    if (refusal !== undefined) return refusal;
    state.before = role;
  }
  if (state.awaited.length > 0) return notAnswered(state);
  if (state.before === 'assistant') return { kind: 'ends-with-assistant', at: messages.length - 1 };
  return state.before === 'user' || state.before === 'tool'
    ? undefined
    : { kind: 'empty-content', at: messages.length - 1 };
}

function checkRole(message: JsonObject, at: number, { rules, before }: State): Refusal | undefined {
  const role = textOfJson(message['role']);
  if (!rules.roles.includes(role)) return { kind: 'unknown-role', at, name: role };
  const isSystem = role === 'system' || role === 'developer';
  if (isSystem) return rules.systems === 'first' && at > 0 ? { kind: 'second-system', at } : undefined;
  const outOfOrder: Refusal = { kind: 'roles-out-of-order', at, name: role, detail: before ?? 'nothing' };
  const isFirst = before === undefined || before === 'system' || before === 'developer';
  if (role === 'assistant' && isFirst && at === 0) return outOfOrder;
  if (role === before && role !== 'tool' && !rules.repeats.some((repeated) => repeated === role)) return outOfOrder;
  return role === 'user' && before === 'tool' && !rules.allowsUserAfterTool ? outOfOrder : undefined;
}

const notAnswered = ({ awaited, awaitedFrom }: State): Refusal => ({
  kind: 'call-not-answered',
  at: awaitedFrom,
  name: awaited.join(', '),
});

/** Each call is answered by exactly one of the messages directly after it. */
function checkPairing(message: JsonObject, at: number, state: State): Refusal | undefined {
  if (message['role'] !== 'tool') return state.awaited.length > 0 ? notAnswered(state) : undefined;
  const id = message['tool_call_id'];
  if (typeof id !== 'string') return { kind: 'missing-field', name: `messages[${at}].tool_call_id` };
  if (!state.awaited.includes(id)) return { kind: 'answers-no-call', at, name: id };
  state.awaited = state.awaited.filter((other) => other !== id);
  return undefined;
}

function checkMessage(message: JsonObject, at: number, state: State): Refusal | undefined {
  const { rules } = state;
  const role = textOfJson(message['role']);
  const known = [...(FIELDS[role] ?? []), ...(role === 'assistant' ? rules.assistantFields : [])];
  const surplus = Object.keys(message).find((field) => !known.includes(field));
  if (surplus !== undefined) return { kind: 'unknown-field', at, name: surplus };
  if (role !== 'assistant') return checkContent(message['content'], role, at, rules);
  return checkAssistant(message, at, state);
}

function checkAssistant(message: JsonObject, at: number, state: State): Refusal | undefined {
  const { rules, domain, thinks } = state;
  const calls = message['tool_calls'];
  if (calls === undefined) return checkContent(message['content'], 'assistant', at, rules);
  if (!Array.isArray(calls) || calls.length === 0) {
    return { kind: 'wrong-value', name: `messages[${at}].tool_calls`, detail: 'expected an array of calls' };
  }
  for (const call of calls) {
    const refusal = checkCall(call, at, state);
    if (refusal !== undefined) return refusal;
  }
  state.awaited = objectsOf(calls).map((call) => textOfJson(call['id']));
  state.awaitedFrom = at;
  const content = message['content'];
  const isEmpty = content === '' || content === null || content === undefined;
  if (isEmpty && content !== '' && !rules.allowsNullContent) return { kind: 'empty-content', at };
  const reasoning = message['reasoning_content'];
  const isMissing = typeof reasoning !== 'string' || (rules.callReasoning === 'not-empty' && reasoning.trim() === '');
  if (thinks && rules.callReasoning !== 'free' && isMissing) return { kind: 'reasoning-missing', at };
  return (
    (isEmpty ? undefined : checkContent(content, 'assistant', at, rules)) ??
    (checkDetails(message['reasoning_details'], domain) ? undefined : { kind: 'reasoning-altered', at })
  );
}

function checkCall(call: unknown, at: number, { rules, usedIds }: State): Refusal | undefined {
  const { id, type, function: called } = isObject(call) ? call : {};
  if (typeof id !== 'string' || !rules.callId.test(id)) return { kind: 'call-id', at, name: textOfJson(id) };
  if (usedIds.has(id)) return { kind: 'repeated-call-id', at, name: id };
  usedIds.add(id);
  if (type !== 'function' || !isObject(called))
    return { kind: 'missing-field', name: `messages[${at}].tool_calls.function` };
  if (!FUNCTION_NAME.test(textOfJson(called['name'])))
    return { kind: 'tool-name', at, name: textOfJson(called['name']) };
  const text = called['arguments'];
  if (typeof text !== 'string') return { kind: 'missing-field', name: `messages[${at}].tool_calls.function.arguments` };
  return rules.parsesArguments && !isObject(parseJson(text)) ? { kind: 'call-arguments', at, name: id } : undefined;
}

function checkContent(content: unknown, role: string, at: number, rules: ChatRules): Refusal | undefined {
  if (typeof content === 'string') return content === '' ? { kind: 'empty-content', at } : undefined;
  if (!Array.isArray(content) || content.length === 0) return { kind: 'empty-content', at };
  const allowed = rules.parts[role === 'developer' ? 'system' : role] ?? [];
  for (const part of content) {
    const type = isObject(part) ? textOfJson(part['type']) : typeof part;
    if (!allowed.includes(type)) return { kind: 'content-part', at, name: type };
    if (type === 'text' && (part['text'] === '' || typeof part['text'] !== 'string'))
      return { kind: 'empty-content', at };
  }
  return undefined;
}
