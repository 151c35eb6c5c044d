/**
 * What a Responses request carries in `input` (wire-facts §2.3). The types are loose: an object keeps every field that
 * is not listed here. Items are typed by `readItem`, once, at the edge.
 */
import { asObjects, asString, isObject, type JsonObject } from '../read-json.ts';

export interface MessageItem extends JsonObject {
  readonly type: 'message';
  readonly role: 'user' | 'assistant' | 'system' | 'developer';
  /** A plain string was turned into one part. */
  readonly content: readonly ContentPart[];
  readonly phase?: unknown;
}

/** `input_text`, `output_text`, `input_image`, `input_file`, `refusal`, or what comes after them. */
export interface ContentPart extends JsonObject {
  readonly type: string;
}

export interface ReasoningItem extends JsonObject {
  readonly type: 'reasoning';
  readonly encrypted_content?: unknown;
}

export interface FunctionCallItem extends JsonObject {
  readonly type: 'function_call';
  readonly call_id: string;
  readonly name: string;
  readonly namespace?: string;
  readonly arguments: string;
}

export interface CustomToolCallItem extends JsonObject {
  readonly type: 'custom_tool_call';
  readonly call_id: string;
  readonly name: string;
  readonly namespace?: string;
  readonly input: string;
}

export interface ToolSearchCallItem extends JsonObject {
  readonly type: 'tool_search_call';
  /** Null for searches that OpenAI ran itself. */
  readonly call_id: string | null;
  readonly arguments: unknown;
}

export interface LocalShellCallItem extends JsonObject {
  readonly type: 'local_shell_call';
  readonly call_id: string;
  readonly action: unknown;
}

/** The result of any kind of call but a tool search. */
export interface CallOutputItem extends JsonObject {
  readonly type: 'function_call_output' | 'custom_tool_call_output' | 'local_shell_call_output';
  readonly call_id: string;
  /** A plain string was turned into one part. */
  readonly output: readonly ContentPart[];
}

export interface ToolSearchOutputItem extends JsonObject {
  readonly type: 'tool_search_output';
  readonly call_id: string | null;
  readonly tools: readonly JsonObject[];
}

export interface AdditionalToolsItem extends JsonObject {
  readonly type: 'additional_tools';
  readonly tools: readonly JsonObject[];
}

export interface CompactionItem extends JsonObject {
  readonly type: 'compaction';
  readonly encrypted_content?: unknown;
}

/** An item that needs no reading, or one that nobody told us about: `itemType` says which. */
export interface OtherItem {
  readonly type: 'other';
  readonly itemType: string;
  readonly raw: JsonObject;
}

export type CallItem = FunctionCallItem | CustomToolCallItem | ToolSearchCallItem | LocalShellCallItem;
export type OutputItem = CallOutputItem | ToolSearchOutputItem;
export type Item =
  | MessageItem
  | ReasoningItem
  | CallItem
  | OutputItem
  | AdditionalToolsItem
  | CompactionItem
  | OtherItem;

/** The typed item, or the name of the field that makes it unreadable. */
export type ReadItem = { readonly item: Item } | { readonly badField: string };

const ROLES = new Set(['user', 'assistant', 'system', 'developer']);

export function readItem(raw: JsonObject): ReadItem {
  // The short form of a message has no type.
  const itemType = asString(raw['type']) ?? ('role' in raw ? 'message' : undefined);
  switch (itemType) {
    case undefined:
      return { badField: 'type' };
    case 'message': {
      const role = asString(raw['role']);
      if (role === undefined || !ROLES.has(role)) return { badField: 'role' };
      const content = readContent(raw['content']);
      return content === undefined ? { badField: 'content' } : typed<MessageItem>(raw, { type: 'message', content });
    }
    case 'function_call':
      return withStrings(raw, ['call_id', 'name', 'arguments']);
    case 'custom_tool_call':
      return withStrings(raw, ['call_id', 'name', 'input']);
    case 'local_shell_call':
      return withStrings(raw, ['call_id']);
    case 'function_call_output':
    case 'custom_tool_call_output':
    case 'local_shell_call_output': {
      if (typeof raw['call_id'] !== 'string') return { badField: 'call_id' };
      const output = readContent(raw['output']);
      return output === undefined ? { badField: 'output' } : typed<CallOutputItem>(raw, { output });
    }
    case 'tool_search_call':
      return typed<ToolSearchCallItem>(raw, { call_id: asString(raw['call_id']) ?? null });
    case 'tool_search_output':
      return typed<ToolSearchOutputItem>(raw, {
        call_id: asString(raw['call_id']) ?? null,
        tools: asObjects(raw['tools']),
      });
    case 'additional_tools':
      return typed<AdditionalToolsItem>(raw, { tools: asObjects(raw['tools']) });
    case 'reasoning':
    case 'compaction':
      return typed<ReasoningItem | CompactionItem>(raw, {});
    default:
      return { item: { type: 'other', itemType, raw } };
  }
}

/** The text of a reasoning item that people can read: its summary, else its open content; '' if it has none. */
export function readableReasoning(item: ReasoningItem): string {
  const summary = joinTexts(item['summary']);
  return summary !== '' ? summary : joinTexts(item['content']);
}

/** Somebody else's thoughts are only context: the head says what they were about. */
const MAX_FOREIGN_LENGTH = 2000;

/** What another model is told of a reasoning item: one text, or none. */
export function foreignReasoning(item: ReasoningItem): readonly string[] {
  const text = readableReasoning(item);
  if (text === '') return [];
  // Half a character at the cut would make the whole request invalid for some vendors.
  return [text.length > MAX_FOREIGN_LENGTH ? `${text.slice(0, MAX_FOREIGN_LENGTH).toWellFormed()}…` : text];
}

function joinTexts(parts: unknown): string {
  return asObjects(parts)
    .map((part) => asString(part['text']) ?? '')
    .filter((text) => text !== '')
    .join('\n\n');
}

function readContent(value: unknown): readonly ContentPart[] | undefined {
  if (typeof value === 'string') return [{ type: 'input_text', text: value }];
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) return undefined;
  return value.every((part: unknown) => isObject(part) && typeof part['type'] === 'string')
    ? (value as readonly ContentPart[])
    : undefined;
}

function withStrings(raw: JsonObject, fields: readonly string[]): ReadItem {
  const badField = fields.find((field) => typeof raw[field] !== 'string');
  if (badField !== undefined) return { badField };
  if (raw['namespace'] !== undefined && typeof raw['namespace'] !== 'string') {
    const { namespace: _unusable, ...rest } = raw;
    return typed<Item>(rest, {});
  }
  return typed<Item>(raw, {});
}

/** The one place where checked JSON becomes a type. The object itself is kept when nothing had to be normalised. */
function typed<T extends Item>(raw: JsonObject, normalised: Partial<T>): { readonly item: T } {
  for (const key in normalised) {
    if (raw[key] !== normalised[key]) return { item: { ...raw, ...normalised } as unknown as T };
  }
  return { item: raw as unknown as T };
}
