import { asNumber, asObject, type JsonObject } from '../read-json.ts';
import type { WireUsage } from '../responses/response-object.ts';

/** Token counts of a chunk or a body, wherever the vendor put them; undefined if there are none. */
export function readChatUsage(chunk: JsonObject, choice: JsonObject | undefined): WireUsage | undefined {
  const usage =
    asObject(chunk['usage']) ?? asObject(choice?.['usage']) ?? asObject(asObject(chunk['x_groq'])?.['usage']);
  const input = count(usage?.['prompt_tokens']);
  if (usage === undefined || input === undefined) return undefined;
  const inputDetails = asObject(usage['prompt_tokens_details']);
  const reasoning = count(asObject(usage['completion_tokens_details'])?.['reasoning_tokens']) ?? 0;
  const total = count(usage['total_tokens']);
  let output = count(usage['completion_tokens']) ?? 0;
  // xAI counts reasoning beside the completion, everybody else inside it. The total tells.
  if (total !== undefined && reasoning > 0 && total - input - output === reasoning) output += reasoning;
  const cacheWrite = count(inputDetails?.['cache_write_tokens']);
  return {
    inputTokens: input,
    cachedInputTokens:
      count(inputDetails?.['cached_tokens']) ??
      count(usage['prompt_cache_hit_tokens']) ??
      count(usage['cached_tokens']) ??
      0,
    outputTokens: output,
    reasoningTokens: reasoning,
    ...(cacheWrite === undefined ? {} : { cacheWriteTokens: cacheWrite }),
    ...(total === undefined ? {} : { totalTokens: total }),
  };
}

/** Codex takes nothing but whole numbers here. */
function count(value: unknown): number | undefined {
  const number = asNumber(value);
  return number === undefined || number < 0 ? undefined : Math.trunc(number);
}
