import { asNumber, asObject, type JsonObject } from '../read-json.ts';
import type { WireUsage } from '../responses/response-object.ts';

/**
 * Token counts of `message_start` and `message_delta`, merged: they only grow, and some hosts know the input last.
 * Anthropic counts cached input beside `input_tokens`, Responses within it.
 */
export interface UsageCounter {
  readonly take: (usage: unknown) => void;
  /** Undefined if nothing was counted. */
  readonly total: () => WireUsage | undefined;
}

export function createUsageCounter(): UsageCounter {
  const counts = new Map<string, number>();
  const keep = (usage: JsonObject, field: string): void => {
    const value = asNumber(usage[field]);
    if (value !== undefined && value >= 0) counts.set(field, Math.max(counts.get(field) ?? 0, Math.trunc(value)));
  };
  return {
    take: (value) => {
      const usage = asObject(value);
      if (usage === undefined) return;
      for (const field of ['input_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens', 'output_tokens']) {
        keep(usage, field);
      }
      const details = asObject(usage['output_tokens_details']);
      if (details !== undefined) keep(details, 'thinking_tokens');
    },
    total: () => {
      if (!counts.has('input_tokens') && !counts.has('output_tokens')) return undefined;
      const cachedInputTokens = counts.get('cache_read_input_tokens') ?? 0;
      const cacheWriteTokens = counts.get('cache_creation_input_tokens') ?? 0;
      return {
        inputTokens: (counts.get('input_tokens') ?? 0) + cachedInputTokens + cacheWriteTokens,
        cachedInputTokens,
        cacheWriteTokens,
        outputTokens: counts.get('output_tokens') ?? 0,
        reasoningTokens: counts.get('thinking_tokens') ?? 0,
      };
    },
  };
}
