import { isObject, type JsonObject, objectsOf } from '../json.ts';
import { type CallOptions, callWire, eventsOf, streamOf } from './call-wire.ts';

/** A careful client: it sends every block back as it came, and runs every call. */
export interface MessagesPlay {
  readonly steps: readonly (number | undefined)[];
  readonly calls: readonly JsonObject[];
  readonly text: string;
  readonly messages: readonly JsonObject[];
}

export const MESSAGES_TOOLS = ['exec_command', 'apply_patch', 'mcp__demo__lookup'].map((name) => ({
  name,
  input_schema: { type: 'object', properties: {} },
}));

const MOST_STEPS = 12;

export function playMessages(options: CallOptions, fields: JsonObject = {}): MessagesPlay {
  const messages: JsonObject[] = [{ role: 'user', content: 'Do the task.' }];
  const steps: (number | undefined)[] = [];
  const calls: JsonObject[] = [];
  for (let at = 0; at < MOST_STEPS; at += 1) {
    const body = {
      model: 'claude-opus-5',
      max_tokens: 9000,
      system: 'Be brief.',
      tools: MESSAGES_TOOLS,
      messages,
      stream: true,
      ...fields,
    };
    const reply = callWire(body, options);
    steps.push(reply.step);
    const blocks = collectBlocks(eventsOf(streamOf(reply)));
    messages.push({ role: 'assistant', content: blocks });
    const made = blocks.filter((block) => block['type'] === 'tool_use');
    const text = blocks.map((block) => block['text'] ?? '').join('');
    if (made.length === 0) return { steps, calls, text, messages };
    calls.push(...made);
    const results = made.map((call) => ({ type: 'tool_result', tool_use_id: call['id'], content: 'done' }));
    messages.push({ role: 'user', content: results });
  }
  throw new Error('the model never stops calling');
}

/** The events of an answer as its content blocks. */
export function collectBlocks(events: readonly JsonObject[]): readonly JsonObject[] {
  const blocks: Record<string, unknown>[] = [];
  const inputs: string[] = [];
  for (const event of events) {
    const index = Number(event['index']);
    const { content_block: started, delta } = event;
    if (isObject(started)) blocks[index] = { ...started };
    const block = blocks[index];
    if (block === undefined || !isObject(delta)) continue;
    for (const field of ['text', 'thinking', 'signature']) {
      if (typeof delta[field] === 'string') block[field] = `${block[field] ?? ''}${delta[field]}`;
    }
    if (typeof delta['partial_json'] === 'string') inputs[index] = (inputs[index] ?? '') + delta['partial_json'];
  }
  return objectsOf(blocks.map((block, index) => {
    const input = inputs[index];
    return input === undefined ? block : { ...block, input: JSON.parse(input === '' ? '{}' : input) };
  }));
}
