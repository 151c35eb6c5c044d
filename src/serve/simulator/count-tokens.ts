import { contentOf, type OutputItem } from './render-action.ts';

/** `cached` is part of `input`, `reasoning` part of `output`. */
export interface TokenCounts {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
  readonly reasoning: number;
}

const BYTES_PER_TOKEN = 4;
const TOKENS_PER_REASONING = 64;

export const countInputTokens = (bodyBytes: number): number => Math.ceil(bodyBytes / BYTES_PER_TOKEN);

/** Rough counts, the same for the same request and answer. */
export function countTokens(items: readonly OutputItem[], bodyBytes: number, callsAnswered: number): TokenCounts {
  const input = countInputTokens(bodyBytes);
  const reasoning = items.filter((item) => item.kind === 'reasoning').length * TOKENS_PER_REASONING;
  const tokensOf = (item: OutputItem): number => Math.ceil(contentOf(item).length / BYTES_PER_TOKEN) + 1;
  return {
    input,
    // Follow-up requests of a turn share most of their prefix with the one before.
    cached: callsAnswered === 0 ? 0 : Math.floor((input * 0.9) / 128) * 128,
    output: items.reduce((sum, item) => sum + tokensOf(item), reasoning),
    reasoning,
  };
}
