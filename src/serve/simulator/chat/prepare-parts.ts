import type { Random } from '../../../core/ports.ts';
import type { StreamFlaw } from '../faults/fault.ts';
import type { JsonObject } from '../json.ts';
import { lengthenId } from '../lengthen-id.ts';
import { createSeededRandom } from '../random.ts';
import { flatName, type OutputItem } from '../render-action.ts';
import type { ChatVendor } from './chat-vendor.ts';

/** What an answer says, in order. */
export type ChatPart =
  | { readonly kind: 'reasoning'; readonly text: string }
  | { readonly kind: 'content'; readonly text: string; readonly deltas: number | undefined }
  | CallPart;

export interface CallPart {
  readonly kind: 'call';
  /** Absent only as a flaw. */
  readonly id?: string;
  readonly name: string;
  readonly arguments: string;
}

export interface PartsContext {
  readonly vendor: ChatVendor;
  readonly body: JsonObject;
  readonly random: Random;
  /** Calls that the conversation has already. */
  readonly callsMade: number;
  readonly flaws: ReadonlySet<StreamFlaw>;
}

export function prepareParts(output: readonly OutputItem[], context: PartsContext): readonly ChatPart[] {
  const { vendor, body, flaws } = context;
  const showsThought = vendor.rules.thinks(body) && vendor.speech.reasoning(body).kind !== 'none';
  const parts: ChatPart[] = [];
  let calls = context.callsMade;
  for (const item of output) {
    switch (item.kind) {
      case 'reasoning':
        if (showsThought) parts.push({ kind: 'reasoning', text: item.text ?? item.summary });
        break;
      case 'message':
        parts.push({ kind: 'content', text: item.text, deltas: item.deltas });
        break;
      case 'function-call':
        parts.push(prepareCall(flatName(item.name, item.namespace), item.arguments, calls++, context));
        break;
      case 'custom-call': {
        const input = JSON.stringify({ input: item.input });
        parts.push(prepareCall(flatName(item.name, item.namespace), input, calls++, context));
        break;
      }
      case 'tool-search':
        parts.push(prepareCall('tool_search', JSON.stringify(item.arguments), calls++, context));
        break;
      case 'compaction':
        break;
    }
  }
  return flaws.has('late-reasoning') ? putReasoningLast(parts) : parts;
}

function prepareCall(name: string, text: string, position: number, { vendor, random, flaws }: PartsContext): CallPart {
  const call = { kind: 'call', name, arguments: flaws.has('arguments-no-json') ? text.slice(0, -2) : text } as const;
  if (flaws.has('calls-without-id')) return call;
  const { callId } = vendor.speech;
  const id = flaws.has('repeated-call-ids')
    ? callId(createSeededRandom('the same again'), 'again', 0)
    : callId(random, name, position);
  return { ...call, id: flaws.has('long-call-ids') ? lengthenId(id) : id };
}

/** Behind the text; calls stay at the end. */
const putReasoningLast = (parts: readonly ChatPart[]): readonly ChatPart[] =>
  (['content', 'reasoning', 'call'] as const).flatMap((kind) => parts.filter((part) => part.kind === kind));
