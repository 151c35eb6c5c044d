/** Output items of a vendor that only knows functions, as Codex needs them (wire-facts §1.6). */
import { type StateOwner, sealState } from '../../continuity/envelope.ts';
import { asNumber, asObjects, asString, type JsonObject, parseJson } from '../read-json.ts';
import { countedIds, ITEM_ID_PREFIXES, MAX_ID_LENGTH } from '../responses/events.ts';
import type { RestoredCall, ToolBridge } from '../tools/bridge-tools.ts';
import { fillContent } from './fill-events.ts';

export interface RestoreOptions {
  readonly bridge: ToolBridge;
  /** Under whose name reasoning is sealed. */
  readonly owner: StateOwner;
  /** Ids of the history: items and calls. The answer must not use them again. */
  readonly usedIds: ReadonlySet<string>;
  /** Unique for the attempt: ids are made of it. */
  readonly seed: string;
}

export interface ItemRestorer {
  /** `index`: the item's output index, where it is known. */
  readonly restore: (item: JsonObject, index: number | undefined, stage: 'added' | 'done') => JsonObject;
  /** The id under which the client knows the item of an event. */
  readonly itemId: (id: string, index: number | undefined) => string;
  /** The item was met before, under this id of the upstream's. */
  readonly isKnown: (id: string | undefined) => boolean;
  /** Some item has another id than the upstream gave it. */
  readonly hasRenamed: () => boolean;
}

const isCallId = (text: string): boolean => text !== '' && text.length <= MAX_ID_LENGTH;

interface Identity {
  readonly id: string;
  /** Only calls have one. */
  readonly callId: string | undefined;
}

interface Known extends Identity {
  readonly index: number | undefined;
  readonly upstreamId: string | undefined;
}

export function createItemRestorer({ bridge, owner, usedIds, seed }: RestoreOptions): ItemRestorer {
  const ids = countedIds(seed);
  const given = new Set<string>();
  const known: Known[] = [];
  let hasRenamed = false;

  // Some vendors give every item of an answer the same id, so an id only counts where there is no index.
  const find = (id: string | undefined, index: number | undefined): Known | undefined =>
    known.find((one) =>
      one.index === undefined || index === undefined ? id !== undefined && one.upstreamId === id : one.index === index,
    );
  const fresh = (wanted: string | undefined, isFit: (id: string) => boolean, prefix: string): string => {
    const isFree = wanted !== undefined && isFit(wanted) && !given.has(wanted) && !usedIds.has(wanted);
    const id = isFree ? wanted : ids(prefix);
    given.add(id);
    return id;
  };
  const identify = (item: JsonObject, type: string, index: number | undefined): Known => {
    const upstreamId = asString(item['id']);
    const found = find(upstreamId, index);
    if (found !== undefined) return found;
    const prefix = ITEM_ID_PREFIXES[type];
    const isFit = (id: string): boolean => id.length <= MAX_ID_LENGTH && id.startsWith(`${prefix}_`);
    const id = prefix === undefined ? (upstreamId ?? ids('item')) : fresh(upstreamId, isFit, prefix);
    if (upstreamId !== undefined && id !== upstreamId) hasRenamed = true;
    const isCall = type === 'function_call' || type === 'custom_tool_call' || type === 'tool_search_call';
    const callId = isCall ? fresh(asString(item['call_id']), isCallId, 'call') : undefined;
    const identity = { index, upstreamId, id, callId };
    known.push(identity);
    return identity;
  };

  return {
    itemId: (id, index) => find(id, index)?.id ?? id,
    isKnown: (id) => id !== undefined && known.some((one) => one.upstreamId === id),
    hasRenamed: () => hasRenamed,
    restore: (item, index, stage) => {
      switch (item['type']) {
        case 'function_call': {
          const call = readCall(item, bridge);
          return restoreCall(item, call, identify(item, CALL_TYPES[call.kind], index), stage);
        }
        case 'custom_tool_call': {
          const { name, namespace } = bridge.originOf(asString(item['name']) ?? '');
          const { id, callId } = identify(item, 'custom_tool_call', index);
          return { ...item, id, call_id: callId, name, ...(namespace === undefined ? {} : { namespace }) };
        }
        case 'reasoning': {
          const { id } = identify(item, 'reasoning', index);
          const shown = { ...item, id, summary: asObjects(item['summary']) };
          return stage === 'added' ? shown : { ...shown, encrypted_content: sealReasoning(item, id, owner) };
        }
        case 'message':
          return {
            ...item,
            id: identify(item, 'message', index).id,
            status: item['status'] ?? (stage === 'added' ? 'in_progress' : 'completed'),
            role: item['role'] ?? 'assistant',
            content: fillContent(item['content']),
          };
        default:
          return item;
      }
    },
  };
}

/** Whose it was travels with it, so that nobody else ever gets it, whatever we remember by then. */
function sealReasoning(item: JsonObject, id: string, owner: StateOwner): string {
  const blob = asString(item['encrypted_content']);
  const upstreamId = asString(item['id']);
  return sealState(owner, {
    ...(blob === undefined || blob === '' ? {} : { blob }),
    ...(upstreamId === undefined || upstreamId === id ? {} : { id: upstreamId }),
  });
}

/** A function call as the call that the client's tool wants. */
function restoreCall(item: JsonObject, call: RestoredCall, identity: Identity, stage: 'added' | 'done'): JsonObject {
  const { kind, name, namespace, text } = call;
  const status = item['status'] ?? (stage === 'added' ? 'in_progress' : 'completed');
  const common = { id: identity.id, status, call_id: identity.callId };
  const named = { name, ...(namespace === undefined ? {} : { namespace }) };
  switch (kind) {
    case 'function': {
      const given = argumentsText(item['arguments']);
      return { ...item, ...common, ...named, arguments: stage === 'added' ? given : text };
    }
    case 'custom':
      return { ...common, type: 'custom_tool_call', ...named, input: stage === 'added' ? '' : text };
    case 'tool_search': {
      // Codex wants the arguments as a value here, unlike a function's.
      const value = stage === 'added' ? {} : (parseJson(text) ?? { query: text });
      return { ...common, type: 'tool_search_call', execution: 'client', arguments: value };
    }
  }
}

function readCall(item: JsonObject, bridge: ToolBridge): RestoredCall {
  const text = argumentsText(item['arguments']);
  const name = asString(item['name']) ?? '';
  const namespace = asString(item['namespace']);
  // A vendor that restores namespaces itself has done the work already.
  return namespace === undefined
    ? bridge.restoreCall(name, text)
    : { kind: 'function', name, namespace, text: text || '{}' };
}

const CALL_TYPES = {
  function: 'function_call',
  custom: 'custom_tool_call',
  tool_search: 'tool_search_call',
} as const;

/** Arguments are text; a vendor that sends them as an object means the same. */
export function argumentsText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}

/** Usage with every field that clients count on: Codex repeats a request whose answer has no `total_tokens`. */
export function restoreUsage(usage: JsonObject): JsonObject {
  const input = asNumber(usage['input_tokens']) ?? 0;
  const output = asNumber(usage['output_tokens']) ?? 0;
  const details = (field: string, ...names: readonly string[]): JsonObject => ({
    ...Object.fromEntries(names.map((name) => [name, 0])),
    ...(typeof usage[field] === 'object' ? (usage[field] as JsonObject | null) : {}),
  });
  return {
    ...usage,
    input_tokens: input,
    input_tokens_details: details('input_tokens_details', 'cached_tokens', 'cache_write_tokens'),
    output_tokens: output,
    output_tokens_details: details('output_tokens_details', 'reasoning_tokens'),
    total_tokens: asNumber(usage['total_tokens']) ?? input + output,
  };
}
