import type { Random } from '../../../core/ports.ts';
import type { StreamFlaw } from '../faults/fault.ts';
import { isObject, type JsonObject, parseJson } from '../json.ts';
import { lengthenId } from '../lengthen-id.ts';
import { randomAlphanumeric } from '../random.ts';
import { flatName, type OutputItem } from '../render-action.ts';
import { signThought } from '../thought-signature.ts';
import { hashPrefix } from './hash-prefix.ts';
import { type MessagesVendor, thinks } from './messages-vendor.ts';

/** A content block of an answer. */
export type Block =
  | { readonly type: 'text'; readonly text: string; readonly deltas: number | undefined }
  | { readonly type: 'thinking'; readonly thinking: string; readonly signature: string }
  | { readonly type: 'redacted_thinking'; readonly data: string }
  | {
      readonly type: 'tool_use';
      /** Absent only as a flaw. */
      readonly id?: string;
      readonly name: string;
      /** JSON, but for a flaw. */
      readonly input: string;
    };

export interface BlocksContext {
  readonly vendor: MessagesVendor;
  readonly body: JsonObject;
  readonly random: Random;
  /** Whose thoughts they are. */
  readonly domain: string;
  readonly nowSeconds: number;
  readonly flaws: ReadonlySet<StreamFlaw>;
}

export function prepareBlocks(output: readonly OutputItem[], context: BlocksContext): readonly Block[] {
  const blocks = output.flatMap((item) => prepareBlock(item, context));
  if (!context.flaws.has('late-reasoning')) return blocks;
  const isThought = (block: Block): boolean => block.type === 'thinking' || block.type === 'redacted_thinking';
  const isText = (block: Block): boolean => block.type === 'text';
  return [
    ...blocks.filter(isText),
    ...blocks.filter(isThought),
    ...blocks.filter((block) => !isThought(block) && !isText(block)),
  ];
}

function prepareBlock(item: OutputItem, context: BlocksContext): readonly Block[] {
  switch (item.kind) {
    case 'reasoning':
      return prepareThought(item.text ?? item.summary, context);
    case 'message':
      return [{ type: 'text', text: item.text, deltas: item.deltas }];
    case 'function-call':
      return [prepareUse(flatName(item.name, item.namespace), item.arguments, context)];
    case 'custom-call':
      return [prepareUse(flatName(item.name, item.namespace), JSON.stringify({ input: item.input }), context)];
    case 'tool-search':
      return [prepareUse('tool_search', JSON.stringify(item.arguments), context)];
    case 'compaction':
      return [];
  }
}

/** Without anything to read it is redacted; and what the client did not ask to see is left out of it. */
function prepareThought(text: string, context: BlocksContext): readonly Block[] {
  const { vendor, body, domain, nowSeconds } = context;
  if (!thinks(body, vendor)) return [];
  const { thinking } = body;
  const prefix = hashPrefix(body, Number.MAX_SAFE_INTEGER);
  if (!vendor.signs) return [{ type: 'thinking', thinking: text, signature: '' }];
  if (text === '') {
    return [{ type: 'redacted_thinking', data: signThought({ domain, text: '', prefix }, nowSeconds) }];
  }
  const isShown = isObject(thinking) && (thinking['display'] === 'summarized' || thinking['type'] === 'enabled');
  const shown = isShown ? text : '';
  return [{ type: 'thinking', thinking: shown, signature: signThought({ domain, text: shown, prefix }, nowSeconds) }];
}

function prepareUse(name: string, text: string, { random, flaws }: BlocksContext): Block {
  const input = flaws.has('arguments-no-json')
    ? text.slice(0, -2)
    : isObject(parseJson(text))
      ? text
      : JSON.stringify({ value: text });
  if (flaws.has('calls-without-id')) return { type: 'tool_use', name, input };
  const id = `toolu_01${flaws.has('repeated-call-ids') ? 'TheSameAgainAndAgain22' : randomAlphanumeric(random, 22)}`;
  return { type: 'tool_use', id: flaws.has('long-call-ids') ? lengthenId(id) : id, name, input };
}
