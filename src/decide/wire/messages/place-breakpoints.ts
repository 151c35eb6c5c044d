import type { JsonObject } from '../read-json.ts';
import type { Message } from './encode-turns.ts';

export interface Cacheable {
  readonly tools: readonly JsonObject[];
  readonly system: readonly JsonObject[];
  readonly messages: readonly Message[];
}

const EPHEMERAL = { type: 'ephemeral' };

/**
 * The four places up to which a provider caches (wire-facts §3.4): all tools, all of the system prompt, and the last
 * two user turns: what this request adds, and what the one before it had.
 */
export function placeBreakpoints({ tools, system, messages }: Cacheable): Cacheable {
  let left = 2;
  const marked: Message[] = [];
  for (const message of messages.toReversed()) {
    const isMarked = message.role === 'user' && left > 0;
    if (isMarked) left -= 1;
    marked.push(isMarked ? { ...message, content: markLast(message.content) } : message);
  }
  return { tools: markLast(tools), system: markLast(system), messages: marked.reverse() };
}

function markLast(blocks: readonly JsonObject[]): readonly JsonObject[] {
  return blocks.map((block, at) => (at === blocks.length - 1 ? { ...block, cache_control: EPHEMERAL } : block));
}
