import type { TokenCounts } from '../count-tokens.ts';
import { isObject, type JsonObject } from '../json.ts';

export interface ResponseState {
  readonly status: 'in_progress' | 'completed' | 'failed' | 'incomplete';
  /** JSON texts of the finished items. */
  readonly output: readonly string[];
  readonly usage?: TokenCounts;
  readonly error?: { readonly code: string | null; readonly message: string };
  readonly incompleteReason?: string;
}

export interface ResponseIdentity {
  readonly id: string;
  readonly model: string;
  readonly createdAtSeconds: number;
}

/**
 * The full response object as JSON text. What does not change during a response (most of it is the echo of `tools`) is
 * serialised once.
 */
export function createResponseRenderer(identity: ResponseIdentity, body: JsonObject): (state: ResponseState) => string {
  const { id, model, createdAtSeconds } = identity;
  const start = JSON.stringify({ id, object: 'response', created_at: createdAtSeconds, background: false }).slice(
    0,
    -1,
  );
  const echo = JSON.stringify(echoRequest(body, model)).slice(1);
  return ({ status, output, usage, error, incompleteReason }) =>
    `${start},"status":"${status}","completed_at":${status === 'completed' ? createdAtSeconds + 1 : null},` +
    `"error":${error === undefined ? null : JSON.stringify(error)},` +
    `"incomplete_details":${incompleteReason === undefined ? null : JSON.stringify({ reason: incompleteReason })},` +
    `"output":[${output.join(',')}],"usage":${usage === undefined ? null : renderUsage(usage)},${echo}`;
}

function renderUsage(usage: TokenCounts): string {
  return JSON.stringify({
    input_tokens: usage.input,
    input_tokens_details: { cached_tokens: usage.cached, cache_write_tokens: 0 },
    output_tokens: usage.output,
    output_tokens_details: { reasoning_tokens: usage.reasoning },
    total_tokens: usage.input + usage.output,
  });
}

function echoRequest(body: JsonObject, model: string): JsonObject {
  const reasoning = (body['reasoning'] ?? {}) as JsonObject;
  const text = (body['text'] ?? {}) as JsonObject;
  return {
    access_programs: null,
    frequency_penalty: body['frequency_penalty'] ?? 0,
    instructions: body['instructions'] ?? null,
    max_output_tokens: body['max_output_tokens'] ?? null,
    max_tool_calls: body['max_tool_calls'] ?? null,
    model,
    parallel_tool_calls: body['parallel_tool_calls'] ?? true,
    presence_penalty: body['presence_penalty'] ?? 0,
    previous_response_id: body['previous_response_id'] ?? null,
    prompt_cache_key: body['prompt_cache_key'] ?? null,
    prompt_cache_retention: body['prompt_cache_retention'] ?? null,
    reasoning: { effort: reasoning['effort'] ?? null, summary: reasoning['summary'] ?? null },
    safety_identifier: body['safety_identifier'] ?? null,
    service_tier: body['service_tier'] ?? 'default',
    store: body['store'] ?? true,
    temperature: body['temperature'] ?? 1,
    text: { format: text['format'] ?? { type: 'text' }, verbosity: text['verbosity'] ?? 'medium' },
    tool_choice: body['tool_choice'] ?? 'auto',
    tools: echoTools(body['tools']),
    top_logprobs: body['top_logprobs'] ?? 0,
    top_p: body['top_p'] ?? 1,
    truncation: body['truncation'] ?? 'disabled',
    user: body['user'] ?? null,
    metadata: body['metadata'] ?? {},
  };
}

/** What a function does not say of itself is said as the default. */
function echoTools(tools: unknown): readonly unknown[] {
  if (!Array.isArray(tools)) return [];
  return tools.map((tool: unknown) =>
    isObject(tool) && tool['type'] === 'function'
      ? { description: null, parameters: null, strict: true, ...tool }
      : tool,
  );
}
