import type { Random } from '../../../core/ports.ts';
import type { StreamFlaw } from '../faults/fault.ts';
import { isObject, type JsonObject, parseJson } from '../json.ts';
import { randomAlphanumeric } from '../random.ts';
import { flatName, type OutputItem } from '../render-action.ts';
import { signThought } from '../thought-signature.ts';
import { isClaude, modelFields, thinks } from './model-family.ts';

/** A content block of an answer. */
export type Block =
  | { readonly kind: 'text'; readonly text: string; readonly deltas: number | undefined }
  /** Without a signature for models that sign nothing. */
  | { readonly kind: 'thought'; readonly text: string; readonly signature?: string }
  | { readonly kind: 'redacted'; readonly data: string }
  | {
      readonly kind: 'call';
      readonly id: string;
      readonly name: string /** JSON, but for a flaw. */;
      readonly input: string;
    };

export interface BlocksContext {
  readonly body: JsonObject;
  readonly model: string;
  readonly random: Random;
  /** Whose thoughts they are. */
  readonly domain: string;
  readonly nowSeconds: number;
  readonly flaws: ReadonlySet<StreamFlaw>;
}

const RANK: Readonly<Record<Block['kind'], number>> = { text: 0, thought: 1, redacted: 1, call: 2 };

export function prepareBlocks(output: readonly OutputItem[], context: BlocksContext): readonly Block[] {
  const blocks = output.flatMap((item) => prepareBlock(item, context));
  if (!context.flaws.has('late-reasoning')) return blocks;
  return blocks.toSorted((left, right) => RANK[left.kind] - RANK[right.kind]);
}

function prepareBlock(item: OutputItem, context: BlocksContext): readonly Block[] {
  switch (item.kind) {
    case 'reasoning':
      return prepareThought(item.text ?? item.summary, context);
    case 'message':
      return [{ kind: 'text', text: item.text, deltas: item.deltas }];
    case 'function-call':
      return [prepareCall(flatName(item.name, item.namespace), item.arguments, context)];
    case 'custom-call':
      return [prepareCall(flatName(item.name, item.namespace), JSON.stringify({ input: item.input }), context)];
    case 'tool-search':
      return [prepareCall('tool_search', JSON.stringify(item.arguments), context)];
    case 'compaction':
      return [];
  }
}

/** Without anything to read it is redacted; and what the client did not ask to see is left out of it. */
function prepareThought(text: string, { body, model, domain, nowSeconds }: BlocksContext): readonly Block[] {
  if (!thinks(body, model)) return [];
  if (!isClaude(model)) return text === '' ? [] : [{ kind: 'thought', text }];
  if (text === '') return [{ kind: 'redacted', data: signThought({ domain, text: '' }, nowSeconds) }];
  const { thinking } = modelFields(body);
  const isShown = isObject(thinking) && (thinking['display'] === 'summarized' || thinking['type'] === 'enabled');
  const shown = isShown ? text : '';
  return [{ kind: 'thought', text: shown, signature: signThought({ domain, text: shown }, nowSeconds) }];
}

function prepareCall(name: string, text: string, { random, flaws }: BlocksContext): Block {
  const input = flaws.has('arguments-no-json')
    ? text.slice(0, -2)
    : isObject(parseJson(text))
      ? text
      : JSON.stringify({ value: text });
  const tail = flaws.has('repeated-call-ids') ? 'TheSameAgainAndAgain22' : randomAlphanumeric(random, 22);
  return { kind: 'call', id: `tooluse_${tail}`, name, input };
}
