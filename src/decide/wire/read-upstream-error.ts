import { textOfJson } from '../../core/text-of-json.ts';
import { asObject, type JsonObject } from './read-json.ts';

/** An error where an answer should be. `code` is the vendor's own short name for it, if it has one. */
export interface UpstreamError {
  readonly code?: string;
}

/**
 * Whether a chunk or body of a 200 reports an error (wire-facts §3.2, §5.2): Anthropic, OpenRouter and Z.ai
 * `{error:{…}}`, vLLM `{object:"error"}`, xAI `{code,error:"…"}`, MiniMax `{base_resp:{status_code}}`, DashScope
 * `{code,message}`, FastAPI `{detail}`, and OpenRouter's error inside a choice.
 */
export function readUpstreamError(chunk: JsonObject, choice: JsonObject | undefined): UpstreamError | undefined {
  const error = chunk['error'] ?? choice?.['error'];
  if (error !== undefined && error !== null && error !== false) {
    const detail = asObject(error);
    return named(detail?.['code'] ?? chunk['code'], detail?.['type'] ?? chunk['type']);
  }
  const status = asObject(chunk['base_resp'])?.['status_code'];
  if (status !== undefined && status !== null && Number(textOfJson(status)) !== 0) return named(status, undefined);
  if (choice !== undefined) return undefined;
  if (chunk['object'] === 'error' || chunk['type'] === 'error') return named(chunk['code'], undefined);
  const hasMessage = typeof chunk['message'] === 'string' && chunk['code'] !== undefined;
  if (hasMessage || (chunk['detail'] !== undefined && !Array.isArray(chunk['choices']))) {
    return named(chunk['code'], chunk['type']);
  }
  return undefined;
}

function named(code: unknown, type: unknown): UpstreamError {
  for (const candidate of [code, type]) {
    const text = typeof candidate === 'number' ? String(candidate) : candidate;
    if (typeof text === 'string' && /^[A-Za-z0-9_.:-]{1,64}$/.test(text)) return { code: text };
  }
  return {};
}
