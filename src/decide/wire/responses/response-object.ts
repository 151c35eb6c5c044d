/** The `response` object of lifecycle events and of non-stream answers, with every field of the public schema (wire-facts §7.3). */
import type { TokenUsage } from '../../../core/exchange.ts';
import { asNumber, asObject, type JsonObject } from '../read-json.ts';
import type { ResponsesRequest } from './request.ts';

export interface WireUsage extends TokenUsage {
  /** Input tokens written to the provider's prompt cache, part of `inputTokens`. Default 0. */
  readonly cacheWriteTokens?: number;
  /** Default: input + output. */
  readonly totalTokens?: number;
}

/** What stays the same in every lifecycle event of one response. */
export interface ResponseSeed {
  readonly id: string;
  /** Seconds since 1970. */
  readonly createdAt: number;
  readonly model: string;
  /** The request's own settings, said back as the schema wants. */
  readonly echo: JsonObject;
}

export type EchoDetail = 'full' | 'lean';

/**
 * `full` says everything back, `lean` leaves out instructions and tools: some 20 kB in each of three events that Codex
 * does not read.
 */
export function echoRequest(request: ResponsesRequest, detail: EchoDetail): JsonObject {
  const { raw } = request;
  const full = detail === 'full';
  const format = asObject(asObject(raw['text'])?.['format']) ?? { type: 'text' };
  const verbosity = asObject(raw['text'])?.['verbosity'];
  const reasoning = asObject(raw['reasoning']);
  return {
    access_programs: null,
    previous_response_id: null,
    instructions: full ? (request.instructions ?? null) : null,
    tools: full ? request.tools.map(echoTool) : [],
    tool_choice: full || typeof request.toolChoice === 'string' ? request.toolChoice : 'auto',
    truncation: 'disabled',
    parallel_tool_calls: request.parallelToolCalls ?? true,
    text: { format, ...(verbosity === undefined ? {} : { verbosity }) },
    top_p: asNumber(raw['top_p']) ?? 1,
    presence_penalty: asNumber(raw['presence_penalty']) ?? 0,
    frequency_penalty: asNumber(raw['frequency_penalty']) ?? 0,
    top_logprobs: asNumber(raw['top_logprobs']) ?? 0,
    temperature: asNumber(raw['temperature']) ?? 1,
    reasoning: { effort: reasoning?.['effort'] ?? null, summary: reasoning?.['summary'] ?? null },
    max_output_tokens: request.maxOutputTokens ?? null,
    max_tool_calls: asNumber(raw['max_tool_calls']) ?? null,
    store: false,
    background: false,
    service_tier: request.serviceTier ?? 'default',
    metadata: asObject(raw['metadata']) ?? {},
    safety_identifier: raw['safety_identifier'] ?? null,
    prompt_cache_key: request.promptCacheKey ?? null,
  };
}

/** The schema wants these present on functions, null or not. */
function echoTool(tool: JsonObject): JsonObject {
  return tool['type'] === 'function' ? { description: null, parameters: null, strict: null, ...tool } : tool;
}

export interface ResponseState {
  readonly status: 'in_progress' | 'completed' | 'failed' | 'incomplete';
  readonly output: readonly JsonObject[];
  readonly usage: WireUsage | undefined;
  /** Seconds since 1970; only for a completed response. */
  readonly completedAt?: number;
  readonly error?: { readonly code: string; readonly message: string };
  readonly incompleteReason?: 'max_output_tokens' | 'content_filter';
  /** False makes Codex ask again at once (wire-facts §1.4). */
  readonly endTurn?: boolean;
}

export function buildResponse(seed: ResponseSeed, state: ResponseState): JsonObject {
  return {
    id: seed.id,
    object: 'response',
    created_at: seed.createdAt,
    completed_at: state.completedAt ?? null,
    status: state.status,
    incomplete_details: state.incompleteReason === undefined ? null : { reason: state.incompleteReason },
    model: seed.model,
    ...seed.echo,
    output: state.output,
    error: state.error ?? null,
    usage: state.usage === undefined ? null : renderUsage(state.usage),
    ...(state.endTurn === undefined ? {} : { end_turn: state.endTurn }),
  };
}

function renderUsage(usage: WireUsage): JsonObject {
  return {
    input_tokens: usage.inputTokens,
    input_tokens_details: { cached_tokens: usage.cachedInputTokens, cache_write_tokens: usage.cacheWriteTokens ?? 0 },
    output_tokens: usage.outputTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    total_tokens: usage.totalTokens ?? usage.inputTokens + usage.outputTokens,
  };
}
