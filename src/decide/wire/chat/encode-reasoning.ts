/** Reasoning on its way back to the vendor that made it (wire-facts §3.0, §3.3), or what is left of somebody else's. */
import { openState, type StateOwner } from '../../continuity/envelope.ts';
import { asObjects, asString, type JsonObject } from '../read-json.ts';
import { foreignReasoning, type ReasoningItem, readableReasoning } from '../responses/items.ts';
import type { ReasoningRules } from './chat-dialect.ts';

/** What we keep of a chat vendor's reasoning, in the form it came in. */
export type ReasoningPayload =
  /** The vendor does not want it back: sealed only to know whose it was. */
  | { readonly form: 'none' }
  /** A text field. It stands in the item's summary already, so it is not kept twice. */
  | { readonly form: 'summary' }
  | { readonly form: 'details'; readonly details: readonly JsonObject[] }
  /** Text at the head of the content, kept with its tags. */
  | { readonly form: 'tags'; readonly text: string }
  /** Thinking parts of the content. */
  | { readonly form: 'parts'; readonly parts: readonly JsonObject[] };

/** Reasoning of one assistant turn, ready to be put into its message. */
export interface EncodedReasoning {
  /** Fields beside `content`. */
  readonly fields: JsonObject;
  /** To be put before the turn's text. */
  readonly prefix: string;
  /** To be put before the text as parts; makes `content` a list. */
  readonly parts: readonly JsonObject[];
  /** Readable summaries that become text of the turn. */
  readonly texts: readonly string[];
}

export function encodeReasoning(
  items: readonly ReasoningItem[],
  rules: ReasoningRules,
  owner: StateOwner,
  hasCalls: boolean,
): EncodedReasoning {
  const fieldTexts: string[] = [];
  const texts: string[] = [];
  const details: JsonObject[] = [];
  const parts: JsonObject[] = [];
  let prefix = '';
  for (const item of items) {
    const payload = ownPayload(item, owner);
    switch (payload?.form) {
      case 'summary':
        fieldTexts.push(readableReasoning(item));
        break;
      case 'details':
        details.push(...payload.details);
        break;
      case 'tags':
        prefix += payload.text;
        break;
      case 'parts':
        parts.push(...payload.parts);
        break;
      case 'none':
        break;
      case undefined:
        (rules.foreignSummary === 'fields' ? fieldTexts : texts).push(...foreignReasoning(item));
        break;
    }
  }
  const text = fieldTexts.length > 0 ? fieldTexts.join('\n\n') : hasCalls ? rules.placeholder : undefined;
  const fields: Record<string, unknown> = {};
  if (text !== undefined) for (const field of rules.fields) fields[field] = text;
  if (details.length > 0) fields['reasoning_details'] = details;
  return { fields, prefix, parts, texts };
}

function ownPayload(item: ReasoningItem, owner: StateOwner): ReasoningPayload | undefined {
  const opened = openState(item.encrypted_content, owner);
  if (opened.kind !== 'own') return undefined;
  const { payload } = opened;
  switch (payload['form']) {
    case 'summary':
      return { form: 'summary' };
    case 'tags':
      return { form: 'tags', text: asString(payload['text']) ?? '' };
    case 'details':
      return { form: 'details', details: asObjects(payload['details']) };
    case 'parts':
      return { form: 'parts', parts: asObjects(payload['parts']) };
    default:
      return { form: 'none' };
  }
}
