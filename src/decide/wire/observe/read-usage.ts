import type { TokenUsage } from '../../../core/exchange.ts';
import { asNumber, asObject, parseJson } from '../read-json.ts';

const USAGE_FIELD = Buffer.from('"usage":');
/** A usage object is a few hundred bytes; more than this is not one. */
const MAX_USAGE_BYTES = 2048;

/** The token counts of a terminal event or a JSON answer, without decoding the rest of it. */
export function readUsage(frame: Buffer): TokenUsage | undefined {
  const at = frame.lastIndexOf(USAGE_FIELD);
  if (at === -1) return undefined;
  const open = frame.indexOf('{', at);
  if (open === -1 || open - at > USAGE_FIELD.length + 8) return undefined;
  const end = findClose(frame, open);
  const usage = end === -1 ? undefined : asObject(parseJson(frame.toString('utf8', open, end)));
  if (usage === undefined) return undefined;
  return {
    inputTokens: asNumber(usage['input_tokens']) ?? 0,
    cachedInputTokens: asNumber(asObject(usage['input_tokens_details'])?.['cached_tokens']) ?? 0,
    outputTokens: asNumber(usage['output_tokens']) ?? 0,
    reasoningTokens: asNumber(asObject(usage['output_tokens_details'])?.['reasoning_tokens']) ?? 0,
  };
}

/** Usage objects hold numbers only, so braces can be counted without looking for strings. */
function findClose(frame: Buffer, open: number): number {
  let depth = 0;
  for (let at = open; at < frame.length && at - open < MAX_USAGE_BYTES; at++) {
    if (frame[at] === 123) depth++;
    else if (frame[at] === 125 && --depth === 0) return at + 1;
  }
  return -1;
}
