/** Claude's thinking in our envelope: what is kept of it, and how it goes back unmodified (wire-facts §3.4, §6.3). */
import { openState, type StateOwner, sealState } from '../../continuity/envelope.ts';
import { hashBase62 } from '../hash-text.ts';
import { asObjects, asString, type JsonObject } from '../read-json.ts';
import { foreignReasoning, type ReasoningItem } from '../responses/items.ts';
import type { MessagesTarget } from './messages-target.ts';

/**
 * The envelope's payload. A thinking block's text stands in the item's summary already; kept is only a digest, since
 * text that came back changed would not fit its signature.
 */
interface ThinkingPayload extends JsonObject {
  readonly blocks: readonly JsonObject[];
  /** The request that this answers ended with our own words after the assistant's: they belong before it again. */
  readonly afterGoOn?: true;
}

export interface EncodedThinking {
  /** Blocks to be sent as they were; empty: nothing of it can be sent. */
  readonly blocks: readonly JsonObject[];
  /** What is left of somebody else's thoughts, as text. */
  readonly texts: readonly string[];
  readonly isAfterGoOn: boolean;
}

const DIGEST_LENGTH = 9;

export function sealBlocks(owner: StateOwner, blocks: readonly JsonObject[], isAfterGoOn: boolean): string {
  const kept = blocks.map((block) => {
    const { thinking, ...rest } = block;
    return typeof thinking === 'string' ? { ...rest, digest: hashBase62(thinking, DIGEST_LENGTH) } : block;
  });
  const payload: ThinkingPayload = { blocks: kept, ...(isAfterGoOn ? { afterGoOn: true } : {}) };
  return sealState(owner, payload);
}

export function openBlocks(item: ReasoningItem, target: MessagesTarget): EncodedThinking {
  const sealed = asString(item.encrypted_content) ?? '';
  const opened = openState(sealed, target.owner);
  const isOwn = opened.kind === 'own' && target.isForeign?.(sealed, item.type) !== true;
  const payload = isOwn ? opened.payload : {};
  const summary = asObjects(item['summary'])
    .map((part) => asString(part['text']) ?? '')
    .join('');
  const blocks = asObjects(payload['blocks']).flatMap((block) =>
    restore(block, summary, target.dialect.unsignedThinking),
  );
  return {
    blocks,
    texts: blocks.length === 0 ? foreignReasoning(item) : [],
    isAfterGoOn: payload['afterGoOn'] === true,
  };
}

function restore(block: JsonObject, summary: string, unsigned: boolean): readonly JsonObject[] {
  if (block['type'] !== 'thinking') return [block];
  const { digest, type, ...rest } = block;
  if (digest !== hashBase62(summary, DIGEST_LENGTH)) return [];
  if (!unsigned && (asString(rest['signature']) ?? '') === '') return [];
  return [{ type, thinking: summary, ...rest }];
}
