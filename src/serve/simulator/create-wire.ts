import { createChatWire } from './chat/answer-chat.ts';
import { CHAT_VENDORS, findChatVendor } from './chat/find-chat-vendor.ts';
import { CONVERSE_WIRE } from './converse/answer-converse.ts';
import { createGeminiWire } from './gemini/answer-gemini.ts';
import { findGeminiVendor, GEMINI_VENDORS } from './gemini/gemini-vendor.ts';
import { createMessagesWire } from './messages/answer-messages.ts';
import { findMessagesVendor, MESSAGES_VENDORS } from './messages/messages-vendor.ts';
import { createResponsesWire } from './responses/answer-responses.ts';
import { findResponsesVendor, RESPONSES_VENDORS } from './responses/responses-vendor.ts';
import type { Wire, WireName } from './wire.ts';

export const WIRE_NAMES: readonly WireName[] = ['responses', 'chat', 'messages', 'gemini', 'converse'];

/** The names that `dialect` can have. */
export const DIALECTS: Readonly<Record<WireName, readonly string[]>> = {
  responses: RESPONSES_VENDORS.map((vendor) => vendor.id),
  chat: CHAT_VENDORS.map((vendor) => vendor.id),
  messages: MESSAGES_VENDORS.map((vendor) => vendor.id),
  gemini: GEMINI_VENDORS.map((vendor) => vendor.id),
  converse: [],
};

const DEFAULT_NAMES: Readonly<Record<WireName, string>> = {
  responses: 'openai',
  chat: 'generic',
  messages: 'anthropic',
  gemini: 'google',
  converse: 'bedrock',
};

/** Throws a RangeError for a dialect that nobody speaks. */
export function createWire(name: WireName, dialect: string | undefined): Wire {
  const wire = findWire(name, dialect ?? DEFAULT_NAMES[name]);
  if (wire !== undefined) return wire;
  const known = DIALECTS[name].length === 0 ? 'none' : DIALECTS[name].join(', ');
  throw new RangeError(`the wire "${name}" has no dialect "${dialect}"; known: ${known}`);
}

export const isDialect = (name: WireName, dialect: string): boolean => findWire(name, dialect) !== undefined;

function findWire(name: WireName, dialect: string): Wire | undefined {
  switch (name) {
    case 'responses': {
      const vendor = findResponsesVendor(dialect);
      return vendor === undefined ? undefined : createResponsesWire(vendor);
    }
    case 'converse':
      return dialect === DEFAULT_NAMES.converse ? CONVERSE_WIRE : undefined;
    case 'chat': {
      const vendor = findChatVendor(dialect);
      return vendor === undefined ? undefined : createChatWire(vendor);
    }
    case 'gemini': {
      const vendor = findGeminiVendor(dialect);
      return vendor === undefined ? undefined : createGeminiWire(vendor);
    }
    case 'messages': {
      const vendor = findMessagesVendor(dialect);
      return vendor === undefined ? undefined : createMessagesWire(vendor);
    }
  }
}

/** Whose account it stands for, if nothing is said of it. */
export const defaultName = (name: WireName, dialect: string | undefined): string => dialect ?? DEFAULT_NAMES[name];
