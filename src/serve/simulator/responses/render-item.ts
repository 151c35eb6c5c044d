import type { Random } from '../../../core/ports.ts';
import { randomAlphanumeric, randomHex } from '../random.ts';
import type { OutputItem } from '../render-action.ts';
import { sealState } from '../state-blob.ts';
import type { ResponsesVendor } from './responses-vendor.ts';

/** An item with its ids, ready to be streamed or put whole into a response. */
export interface PreparedItem {
  readonly id: string;
  readonly source: OutputItem;
  /** Its JSON when it begins (`in_progress`, empty). */
  readonly started: string;
  /** Its JSON when it is finished. */
  readonly finished: string;
}

export interface ItemContext {
  readonly random: Random;
  /** Who can read the opaque state that is issued. */
  readonly domain: string;
  readonly nowSeconds: number;
  /** Opaque state is only sent to a client that asked for it. */
  readonly includeState: boolean;
  /** As in `ResponsesVendor`. */
  readonly reasoning: ResponsesVendor['reasoning'];
}

const ID_LENGTH = 50;
const CALL_ID_LENGTH = 24;

export function prepareItem(given: OutputItem, context: ItemContext): PreparedItem {
  const source = given.kind === 'reasoning' && context.reasoning === 'open' ? thinkAloud(given) : given;
  const { id, started, finished } = build(source, context);
  return {
    id,
    source,
    started: JSON.stringify(started),
    finished: JSON.stringify(finished),
  };
}

interface BuiltItem {
  readonly id: string;
  readonly started: object;
  readonly finished: object;
}

function build(source: OutputItem, context: ItemContext): BuiltItem {
  const newId = (prefix: string): string => `${prefix}_${randomHex(context.random, ID_LENGTH)}`;
  const call = (): { readonly call_id: string } => ({
    call_id: `call_${randomAlphanumeric(context.random, CALL_ID_LENGTH)}`,
  });
  switch (source.kind) {
    case 'reasoning':
      return buildReasoning(source, newId('rs'), context);
    case 'message': {
      const id = newId('msg');
      const shared = { id, type: 'message', role: 'assistant', ...(source.phase && { phase: source.phase }) };
      const part = { type: 'output_text', annotations: [], logprobs: [], text: source.text };
      return {
        id,
        started: { ...shared, status: 'in_progress', content: [] },
        finished: { ...shared, status: 'completed', content: [part] },
      };
    }
    case 'function-call': {
      const id = newId('fc');
      const shared = { id, type: 'function_call', ...call(), name: source.name, ...namespaceOf(source.namespace) };
      return {
        id,
        started: { ...shared, status: 'in_progress', arguments: '' },
        finished: { ...shared, status: 'completed', arguments: source.arguments },
      };
    }
    case 'custom-call': {
      const id = newId('ctc');
      const shared = { id, type: 'custom_tool_call', ...call(), name: source.name, ...namespaceOf(source.namespace) };
      return {
        id,
        started: { ...shared, status: 'in_progress', input: '' },
        finished: { ...shared, status: 'completed', input: source.input },
      };
    }
    case 'tool-search': {
      const id = newId('tsc');
      const shared = { id, type: 'tool_search_call', execution: 'client', ...call() };
      return {
        id,
        started: { ...shared, status: 'in_progress', arguments: {} },
        finished: { ...shared, status: 'completed', arguments: source.arguments },
      };
    }
    case 'compaction': {
      const id = newId('cmp');
      const state = { domain: context.domain, itemId: id, callsAnswered: source.callsAnswered };
      const item = { id, type: 'compaction', encrypted_content: sealState(state, context.nowSeconds, 600) };
      return { id, started: item, finished: item };
    }
  }
}

type Reasoning = Extract<OutputItem, { kind: 'reasoning' }>;

const thinkAloud = (source: Reasoning): Reasoning => ({ ...source, text: source.text ?? source.summary, summary: '' });

function buildReasoning(source: Reasoning, id: string, context: ItemContext): BuiltItem {
  const seal = (bytes: number): { readonly encrypted_content?: string } => {
    if (context.reasoning === 'open') return {};
    if (context.reasoning === 'plain') return { encrypted_content: source.summary };
    return context.includeState
      ? { encrypted_content: sealState({ domain: context.domain, itemId: id }, context.nowSeconds, bytes) }
      : {};
  };
  const content = source.text === undefined ? {} : { content: [{ type: 'reasoning_text', text: source.text }] };
  const summary = source.summary === '' ? [] : [{ type: 'summary_text', text: source.summary }];
  return {
    id,
    started: { id, type: 'reasoning', ...seal(0), summary: [] },
    finished: { id, type: 'reasoning', ...seal(source.blobBytes), summary, ...content },
  };
}

const namespaceOf = (namespace: string | undefined): { readonly namespace?: string } =>
  namespace === undefined ? {} : { namespace };
