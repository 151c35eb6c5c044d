import { isObject, type JsonObject, objectsOf, textOf } from '../json.ts';
import { type CallOptions, callWire, eventsOf, streamOf } from './call-wire.ts';

/** A careful client of one vendor: it keeps every message as it came, and runs every call. */
export interface ChatPlay {
  /** Statuses or the scenario's steps, in order. */
  readonly steps: readonly (number | undefined)[];
  readonly calls: readonly { readonly id: unknown; readonly name: unknown; readonly arguments: string }[];
  /** The last answer's text, without what was thought. */
  readonly text: string;
  readonly messages: readonly JsonObject[];
}

export const CHAT_TOOLS = ['exec_command', 'apply_patch', 'mcp__demo__lookup'].map((name) => ({
  type: 'function',
  function: { name, parameters: { type: 'object', properties: {} } },
}));

const MOST_STEPS = 12;

/** Plays a whole turn. `fields` are what the vendor needs besides. */
export function playChat(options: CallOptions, fields: JsonObject = {}, tools: readonly JsonObject[] = CHAT_TOOLS): ChatPlay {
  const messages: JsonObject[] = [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'Do the task.' }];
  const steps: (number | undefined)[] = [];
  const calls: ChatPlay['calls'][number][] = [];
  for (let at = 0; at < MOST_STEPS; at += 1) {
    const reply = callWire({ model: 'm', messages, tools, stream: true, ...fields }, options);
    steps.push(reply.step);
    const message = collectMessage(eventsOf(streamOf(reply)));
    messages.push(message);
    const made = objectsOf(message['tool_calls']);
    if (made.length === 0) return { steps, calls, text: visibleText(message['content']), messages };
    for (const call of made) {
      const { name, arguments: text } = call['function'] as { readonly name: string; readonly arguments: string };
      calls.push({ id: call['id'], name, arguments: text });
      messages.push({ role: 'tool', tool_call_id: call['id'], content: 'done' });
    }
  }
  throw new Error('the model never stops calling');
}

const visibleText = (content: unknown): string => textOf(content).replace(/^<think>[\s\S]*?<\/think>\s*/, '');

/** The chunks of an answer as the message that goes back. */
export function collectMessage(chunks: readonly JsonObject[]): JsonObject {
  const texts: Record<string, string> = {};
  const parts: JsonObject[] = [];
  const details: Record<string, unknown>[] = [];
  const calls: { id: unknown; name: string; arguments: string }[] = [];
  for (const chunk of chunks) {
    const delta = objectsOf(chunk['choices'])[0]?.['delta'];
    if (!isObject(delta)) continue;
    for (const field of ['content', 'reasoning', 'reasoning_content']) {
      if (typeof delta[field] === 'string') texts[field] = joined(texts[field] ?? '', delta[field]);
    }
    parts.push(...objectsOf(delta['content']));
    for (const detail of objectsOf(delta['reasoning_details'])) addDetail(details, detail);
    for (const piece of objectsOf(delta['tool_calls'])) {
      const index = Number(piece['index']);
      const { name, arguments: text } = piece['function'] as { readonly name?: string; readonly arguments?: string };
      const call = (calls[index] ??= { id: piece['id'], name: name ?? '', arguments: '' });
      call.arguments += text ?? '';
    }
  }
  const { content = '', ...reasoning } = texts;
  const thinking = parts.map((part) => objectsOf(part['thinking'])[0]?.['text'] ?? '').join('');
  const text = thinking === '' ? content : [{ type: 'thinking', thinking: [{ type: 'text', text: thinking }] }, ...(content === '' ? [] : [{ type: 'text', text: content }])];
  return {
    role: 'assistant',
    content: text,
    ...reasoning,
    ...(details.length === 0 ? {} : { reasoning_details: details }),
    ...(calls.length === 0
      ? {}
      : { tool_calls: calls.map(({ id, ...called }) => ({ id, type: 'function', function: called })) }),
  };
}

/** Some vendors say everything so far again with each piece. */
const joined = (before: string, piece: string): string =>
  before !== '' && piece.length > before.length && piece.startsWith(before) ? piece : before + piece;

function addDetail(details: Record<string, unknown>[], detail: JsonObject): void {
  const last = details.at(-1);
  if (last === undefined || detail['type'] !== 'reasoning.text') details.push({ ...detail });
  else Object.assign(last, detail, { text: joined(String(last['text'] ?? ''), String(detail['text'] ?? '')) });
}
