import { textOfJson } from '../../core/text-of-json.ts';
import { isObject, type JsonObject } from '../wire/read-json.ts';
import { withId } from './open-items.ts';

/** One event as it goes over the wire. */
export function encodeEvent(event: JsonObject): Buffer {
  return Buffer.from(`event: ${textOfJson(event['type'])}\ndata: ${JSON.stringify(event)}\n\n`);
}

export interface Renumbering {
  readonly sequence: number;
  /** Added to the upstream's output_index. */
  readonly indexOffset: number;
  /** The id under which the client knows an item. */
  readonly rename: (id: string) => string;
  readonly responseId: unknown;
  /** Items that earlier upstreams finished: part of the final answer. */
  readonly earlierItems: readonly JsonObject[];
}

/** An upstream's event with the numbers and ids of the stream it is spliced into. */
export function rewriteEvent(event: JsonObject, to: Renumbering): JsonObject {
  const rewritten: Record<string, unknown> = { ...event, sequence_number: to.sequence };
  if (typeof event['output_index'] === 'number') rewritten['output_index'] = event['output_index'] + to.indexOffset;
  if (typeof event['item_id'] === 'string') rewritten['item_id'] = to.rename(event['item_id']);
  if (isObject(event['item'])) rewritten['item'] = withId(event['item'], to.rename);
  const response = event['response'];
  if (isObject(response)) rewritten['response'] = { ...response, id: to.responseId, output: outputOf(response, to) };
  return rewritten;
}

function outputOf(response: JsonObject, to: Renumbering): unknown[] {
  const output: unknown[] = Array.isArray(response['output']) ? response['output'] : [];
  return [...to.earlierItems, ...output.map((item) => (isObject(item) ? withId(item, to.rename) : item))];
}

/** A response object with every field of the public schema, for when we must speak before an upstream has. */
export function syntheticResponse(id: string, model: string, createdAt: number): JsonObject {
  return {
    id,
    object: 'response',
    created_at: createdAt,
    completed_at: null,
    status: 'in_progress',
    access_programs: null,
    background: false,
    error: null,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: null,
    max_tool_calls: null,
    model,
    output: [],
    parallel_tool_calls: true,
    previous_response_id: null,
    prompt_cache_key: null,
    reasoning: { effort: null, summary: null },
    safety_identifier: null,
    service_tier: 'default',
    store: false,
    temperature: 1,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_logprobs: 0,
    top_p: 1,
    presence_penalty: 0,
    frequency_penalty: 0,
    truncation: 'disabled',
    usage: null,
    metadata: {},
  };
}
