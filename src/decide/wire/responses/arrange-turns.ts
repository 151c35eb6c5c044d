/**
 * A Responses history as the turns that every other wire wants: one assistant turn per run of reasoning, text and
 * calls, each call with its own output (wire-facts §1.5 order, §3.1 pairing). Nothing is rendered here.
 */
import type { CallItem, CompactionItem, Item, MessageItem, OtherItem, OutputItem, ReasoningItem } from './items.ts';

export interface PairedCall {
  readonly kind: 'call';
  readonly call: CallItem;
  /** Unique in the conversation, even where the items' own ids are not. */
  readonly callId: string;
  /** Absent: the call was never answered. */
  readonly output?: OutputItem;
}

export type AssistantPart =
  | { readonly kind: 'reasoning'; readonly item: ReasoningItem }
  | { readonly kind: 'text'; readonly item: MessageItem }
  | PairedCall;

export type Turn =
  /** A user, system or developer message. */
  | {
      readonly kind: 'message';
      readonly item: MessageItem;
      /** It stood between a call and its output, in the assistant's turn that follows. */
      readonly isMoved?: true;
    }
  | { readonly kind: 'assistant'; readonly parts: readonly AssistantPart[] }
  | { readonly kind: 'compaction'; readonly item: CompactionItem }
  | { readonly kind: 'other'; readonly item: OtherItem };

/** What had to be put right. Counted, so that a repair is never silent. */
export type Repair = 'orphan-output' | 'missing-output' | 'moved-message' | 'repeated-call-id';

export interface Arranged {
  readonly turns: readonly Turn[];
  readonly repairs: readonly Repair[];
}

/**
 * Outputs without a call are dropped. A message that stands between a call and its output goes into the assistant's
 * turn (its own text) or in front of it (everybody else's), so that outputs can follow their calls directly.
 */
export function arrangeTurns(items: readonly Item[]): Arranged {
  const repairs: Repair[] = [];
  const pairs = pairCalls(items, repairs);
  const turns: Turn[] = [];
  let parts: AssistantPart[] = [];
  /** Index of the last output that a call of the current turn waits for. */
  let waitsUntil = -1;
  let hasCalls = false;

  const flush = (): void => {
    if (parts.length > 0) turns.push({ kind: 'assistant', parts });
    parts = [];
    waitsUntil = -1;
    hasCalls = false;
  };
  for (const [at, item] of items.entries()) {
    const isWaiting = waitsUntil > at;
    switch (item.type) {
      case 'reasoning':
        if (hasCalls && !isWaiting) flush();
        parts.push({ kind: 'reasoning', item });
        break;
      case 'message':
        if (item.role === 'assistant') {
          if (hasCalls && !isWaiting) flush();
          parts.push({ kind: 'text', item });
          break;
        }
        if (isWaiting) {
          repairs.push('moved-message');
          turns.push({ kind: 'message', item, isMoved: true });
        } else {
          flush();
          turns.push({ kind: 'message', item });
        }
        break;
      case 'function_call':
      case 'custom_tool_call':
      case 'tool_search_call':
      case 'local_shell_call': {
        if (hasCalls && !isWaiting) flush();
        const pair = pairs.get(at);
        if (pair === undefined) break;
        parts.push(pair.part);
        hasCalls = true;
        waitsUntil = Math.max(waitsUntil, pair.outputAt);
        break;
      }
      case 'compaction':
        if (!isWaiting) flush();
        turns.push({ kind: 'compaction', item });
        break;
      case 'other':
        if (!isWaiting) flush();
        turns.push({ kind: 'other', item });
        break;
      case 'function_call_output':
      case 'custom_tool_call_output':
      case 'local_shell_call_output':
      case 'tool_search_output':
      case 'additional_tools':
        break;
    }
  }
  flush();
  return { turns, repairs };
}

interface Pair {
  readonly part: PairedCall;
  /** -1 when there is none. */
  readonly outputAt: number;
}

function pairCalls(items: readonly Item[], repairs: Repair[]): ReadonlyMap<number, Pair> {
  const outputAt = matchOutputs(items, repairs);
  const pairs = new Map<number, Pair>();
  const uses = new Map<string, number>();
  for (const [at, call] of items.entries()) {
    if (!isCall(call)) continue;
    const wanted = call.call_id ?? `call_${at}`;
    const callId = uniqueId(wanted, uses);
    if (callId !== wanted) repairs.push('repeated-call-id');
    const answer = outputAt.get(at);
    const output = answer === undefined ? undefined : items[answer];
    if (answer === undefined || output === undefined || !isOutput(output)) {
      repairs.push('missing-output');
      pairs.set(at, { part: { kind: 'call', call, callId }, outputAt: -1 });
    } else {
      pairs.set(at, { part: { kind: 'call', call, callId, output }, outputAt: answer });
    }
  }
  return pairs;
}

/** Call index → output index. An id that is used again pairs in order; an output before its call counts only last. */
function matchOutputs(items: readonly Item[], repairs: Repair[]): ReadonlyMap<number, number> {
  const matched = new Map<number, number>();
  const open = new Map<string, Queue>();
  const early: [string, number][] = [];
  for (const [at, item] of items.entries()) {
    if (isCall(item)) {
      const waiting = open.get(keyOf(item));
      if (waiting === undefined) open.set(keyOf(item), { calls: [at], next: 0 });
      else waiting.calls.push(at);
    } else if (isOutput(item)) {
      const call = take(open.get(keyOf(item)));
      if (call === undefined) early.push([keyOf(item), at]);
      else matched.set(call, at);
    }
  }
  for (const [key, at] of early) {
    const call = take(open.get(key));
    if (call === undefined) repairs.push('orphan-output');
    else matched.set(call, at);
  }
  return matched;
}

interface Queue {
  readonly calls: number[];
  next: number;
}

function take(queue: Queue | undefined): number | undefined {
  if (queue === undefined) return undefined;
  const call = queue.calls[queue.next];
  if (call !== undefined) queue.next += 1;
  return call;
}

/** `uses` counts how often an id was asked for, so that a history of one id only costs linear time. */
function uniqueId(wanted: string, uses: Map<string, number>): string {
  let id = wanted;
  let count = uses.get(wanted) ?? 0;
  while (count > 0 && uses.has(id)) {
    count += 1;
    id = `${wanted}_${count}`;
  }
  uses.set(wanted, Math.max(count, 1));
  if (id !== wanted) uses.set(id, 1);
  return id;
}

function keyOf(item: CallItem | OutputItem): string {
  return item.call_id === null ? 'search' : `id:${item.call_id}`;
}

function isCall(item: Item): item is CallItem {
  switch (item.type) {
    case 'function_call':
    case 'custom_tool_call':
    case 'tool_search_call':
    case 'local_shell_call':
      return true;
    default:
      return false;
  }
}

function isOutput(item: Item): item is OutputItem {
  switch (item.type) {
    case 'function_call_output':
    case 'custom_tool_call_output':
    case 'local_shell_call_output':
    case 'tool_search_output':
      return true;
    default:
      return false;
  }
}
