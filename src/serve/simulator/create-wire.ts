import { createChatWire } from './chat/answer-chat.ts';
import { CHAT_VENDORS, findChatVendor } from './chat/find-chat-vendor.ts';
import { RESPONSES_WIRE } from './responses/answer-responses.ts';
import type { Wire, WireName } from './wire.ts';

export const WIRE_NAMES = ['responses', 'chat'] as const satisfies readonly WireName[];

/** The names that `dialect` can have. */
export const chatDialects = (): readonly string[] => CHAT_VENDORS.map((vendor) => vendor.id);

/** Throws a RangeError for a dialect that nobody speaks. */
export function createWire(name: WireName, dialect: string | undefined): Wire {
  if (name !== 'chat' && dialect !== undefined) throw new RangeError(`the wire "${name}" has no dialects`);
  if (name === 'responses') return RESPONSES_WIRE;
  const vendor = findChatVendor(dialect ?? 'generic');
  if (vendor === undefined) throw new RangeError(`known dialects: ${chatDialects().join(', ')}`);
  return createChatWire(vendor);
}

/** Whose account it stands for, if nothing is said of it. */
export function defaultName(name: WireName, dialect: string | undefined): string {
  if (name === 'messages') return 'anthropic';
  return name === 'chat' ? (dialect ?? 'generic') : 'openai';
}
