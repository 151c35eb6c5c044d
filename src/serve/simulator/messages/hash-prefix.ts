import { isObject, type JsonObject, objectsOf } from '../json.ts';
import { shortHash } from '../thought-signature.ts';

/** Hash of the system prompt, the tools and the first `count` messages. Marks for the cache are no part of it. */
export function hashPrefix(body: JsonObject, count: number): string {
  const messages = objectsOf(body['messages']).slice(0, count);
  const said = messages.map((message) => [message['role'], asBlocks(message['content'])]);
  return shortHash(JSON.stringify([asBlocks(body['system']), body['tools'], said], withoutMarks));
}

const asBlocks = (content: unknown): unknown =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : content;

function withoutMarks(_key: string, value: unknown): unknown {
  if (!isObject(value) || !('cache_control' in value)) return value;
  const { cache_control: _, ...rest } = value;
  return rest;
}
