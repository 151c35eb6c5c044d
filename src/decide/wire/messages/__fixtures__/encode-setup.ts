import type { JsonObject } from '../../read-json.ts';
import { readRequest } from '../../responses/request.ts';
import { findMessagesDialect } from '../dialects.ts';
import { type EncodedMessagesRequest, encodeMessagesRequest } from '../encode-request.ts';
import type { Message } from '../encode-turns.ts';
import type { MessagesTarget } from '../messages-target.ts';

/** The model's own host, as a strict server for it expects. */
export function targetFor(model: string): MessagesTarget {
  const dialect = model.startsWith('claude') ? 'anthropic' : model.startsWith('deepseek') ? 'deepseek' : 'generic';
  return { dialect: findMessagesDialect(dialect), model, owner: { domain: dialect, model, wire: 'messages' } };
}

export function encode(body: unknown, target: MessagesTarget): EncodedMessagesRequest {
  const request = readRequest(body);
  if (!request.ok) throw new Error(request.problem.message);
  const encoded = encodeMessagesRequest(request.value, target, true);
  if (!encoded.ok) throw new Error(`${encoded.problem.param}: ${encoded.problem.message}`);
  return encoded.value;
}

export function messagesOf(body: JsonObject): readonly Message[] {
  return body['messages'] as readonly Message[];
}

/** Cache marks move with every request; nothing else before the new part may change. */
export function withoutMarks<T>(value: T): T {
  return JSON.parse(JSON.stringify(value, (key, inner) => (key === 'cache_control' ? undefined : inner)));
}
