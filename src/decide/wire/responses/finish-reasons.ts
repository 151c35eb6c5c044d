import type { FailureCode } from '../../../core/failures.ts';
import { ownValue } from '../read-json.ts';

/** What the end of an answer means: it is whole, it ran into its limit, it wants to go on, or it failed. */
export type FinishMeaning = 'complete' | 'length' | 'paused' | FailureCode;

/** By lower-case name, from all vendors and wires (wire-facts §3.2, §3.5, §3.6, §3.7). */
const FINISH_REASONS: Readonly<Record<string, FinishMeaning>> = {
  stop: 'complete',
  tool_calls: 'complete',
  tool_call: 'complete',
  function_call: 'complete',
  tool_use: 'complete',
  end_turn: 'complete',
  stop_sequence: 'complete',
  eos: 'complete',
  eos_token: 'complete',
  complete: 'complete',
  length: 'length',
  max_tokens: 'length',
  max_output_tokens: 'length',
  max_completion_tokens: 'length',
  model_length: 'length',
  pause_turn: 'paused',
  content_filter: 'CONTENT_REFUSED',
  content_filtered: 'CONTENT_REFUSED',
  sensitive: 'CONTENT_REFUSED',
  safety: 'CONTENT_REFUSED',
  refusal: 'CONTENT_REFUSED',
  prohibited_content: 'CONTENT_REFUSED',
  recitation: 'CONTENT_REFUSED',
  blocklist: 'CONTENT_REFUSED',
  spii: 'CONTENT_REFUSED',
  language: 'CONTENT_REFUSED',
  image_safety: 'CONTENT_REFUSED',
  image_prohibited_content: 'CONTENT_REFUSED',
  image_recitation: 'CONTENT_REFUSED',
  guardrail_intervened: 'CONTENT_REFUSED',
  model_context_window_exceeded: 'CONTEXT_TOO_LONG',
  insufficient_system_resource: 'OVERLOADED',
  network_error: 'ERROR_IN_STREAM',
  error: 'ERROR_IN_STREAM',
  abort: 'ERROR_IN_STREAM',
  aborted: 'ERROR_IN_STREAM',
  cancelled: 'ERROR_IN_STREAM',
  timeout: 'ERROR_IN_STREAM',
  malformed_function_call: 'ERROR_IN_STREAM',
  unexpected_tool_call: 'ERROR_IN_STREAM',
  too_many_tool_calls: 'ERROR_IN_STREAM',
  malformed_model_output: 'ERROR_IN_STREAM',
  malformed_tool_use: 'ERROR_IN_STREAM',
  repetition: 'ERROR_IN_STREAM',
};

/** Undefined for a reason that nobody documented. */
export function finishMeaning(reason: string): FinishMeaning | undefined {
  return ownValue(FINISH_REASONS, reason.toLowerCase());
}
