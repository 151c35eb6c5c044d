import { textOfJson } from '../../../core/text-of-json.ts';
import type { Frame, StreamFailure } from '../answer.ts';
import type { TokenCounts } from '../count-tokens.ts';
import { cutText } from '../cut-text.ts';
import type { StreamFlaw } from '../faults/fault.ts';
import { isObject, type JsonObject, parseJson } from '../json.ts';
import { flatName, type OutputItem } from '../render-action.ts';
import { signThought } from '../thought-signature.ts';
import { wrapError } from './gemini-error.ts';

export interface GeminiAnswerContext {
  readonly body: JsonObject;
  readonly model: string;
  readonly responseId: string;
  readonly domain: string;
  readonly nowSeconds: number;
  readonly counts: TokenCounts;
  readonly flaws: ReadonlySet<StreamFlaw>;
}

/** One part of an answer, and whether an item begins with it. */
interface Step {
  readonly part: JsonObject;
  readonly isFirst: boolean;
}

const includesThoughts = ({ body }: GeminiAnswerContext): boolean => {
  const config = body['generationConfig'];
  const thinking = isObject(config) ? config['thinkingConfig'] : undefined;
  return isObject(thinking) && thinking['includeThoughts'] === true;
};

function renderSteps(output: readonly OutputItem[], context: GeminiAnswerContext): readonly Step[] {
  const { domain, nowSeconds, flaws } = context;
  const thoughtSignature = signThought({ domain, text: '' }, nowSeconds);
  const thoughts: Step[] = [];
  const texts: Step[] = [];
  const calls: Step[] = [];
  for (const item of output) {
    if (item.kind === 'reasoning') {
      if (!includesThoughts(context)) continue;
      const pieces = cutText(item.text ?? item.summary, undefined);
      thoughts.push(...pieces.map((text, index) => ({ part: { text, thought: true }, isFirst: index === 0 })));
    } else if (item.kind === 'message') {
      texts.push(...cutText(item.text, item.deltas).map((text, index) => ({ part: { text }, isFirst: index === 0 })));
    } else {
      const functionCall = callOf(item);
      // Of parallel calls only the first is signed.
      const signature = calls.length === 0 ? { thoughtSignature } : {};
      if (functionCall !== undefined) calls.push({ part: { functionCall, ...signature }, isFirst: true });
    }
  }
  const said = flaws.has('late-reasoning') ? [...texts, ...thoughts] : [...thoughts, ...texts];
  // Without calls the signature comes with an empty text at the end.
  const signed: readonly Step[] = calls.length > 0 ? calls : [{ part: { text: '', thoughtSignature }, isFirst: false }];
  return [...said, ...signed];
}

function callOf(item: OutputItem): JsonObject | undefined {
  switch (item.kind) {
    case 'function-call':
      return { name: flatName(item.name, item.namespace), args: objectOf(item.arguments) };
    case 'custom-call':
      return { name: flatName(item.name, item.namespace), args: { input: item.input } };
    case 'tool-search':
      return { name: 'tool_search', args: item.arguments };
    default:
      return undefined;
  }
}

function objectOf(text: string): JsonObject {
  const parsed = parseJson(text);
  return isObject(parsed) ? parsed : { value: text };
}

/** All chunks of an answer: whole objects, each with the counts so far; the last one says why it ended. */
export function renderStream(
  output: readonly OutputItem[],
  context: GeminiAnswerContext,
): { readonly frames: readonly Frame[]; readonly fail: (failure: StreamFailure) => Frame } {
  const steps = renderSteps(output, context);
  const frames = steps.map(({ part, isFirst }, index): Frame => {
    const isLast = index === steps.length - 1;
    const type = 'functionCall' in part ? 'functionCall' : 'thought' in part ? 'thought' : 'text';
    return {
      type: isLast ? 'finish' : type,
      // There is no event for a beginning or an end alone.
      like: [
        ...(index === 0 ? ['response.created'] : []),
        isFirst ? 'response.output_item.added' : 'response.output_text.delta',
        ...(isLast ? ['response.output_item.done', 'response.completed'] : []),
      ],
      text: dataOf(chunkOf([part], isLast ? finishOf(context) : {}, context)),
    };
  });
  return { frames, fail: (failure) => renderFailure(failure, context) };
}

const dataOf = (value: object): string => `data: ${JSON.stringify(value)}\r\n\r\n`;

function finishOf({ flaws }: GeminiAnswerContext): JsonObject {
  if (flaws.has('no-finish') || flaws.has('end-without-finish')) return {};
  return { finishReason: flaws.has('unknown-finish-reason') ? 'PAUSED_FOR_TEA' : 'STOP' };
}

function chunkOf(parts: readonly JsonObject[], more: JsonObject, context: GeminiAnswerContext): JsonObject {
  const { model, responseId, flaws } = context;
  const usage = flaws.has('no-usage') ? {} : { usageMetadata: usageOf(context.counts, 'finishReason' in more) };
  return {
    candidates: [{ content: { parts, role: 'model' }, ...more, index: 0 }],
    ...usage,
    modelVersion: model,
    responseId,
  };
}

/** Thoughts stand beside the candidates here. */
function usageOf(counts: TokenCounts, isLast: boolean): JsonObject {
  const candidates = isLast ? counts.output - counts.reasoning : 1;
  return {
    promptTokenCount: counts.input,
    candidatesTokenCount: candidates,
    ...(counts.cached > 0 ? { cachedContentTokenCount: counts.cached } : {}),
    ...(counts.reasoning > 0 ? { thoughtsTokenCount: counts.reasoning } : {}),
    totalTokenCount: counts.input + candidates + counts.reasoning,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: counts.input }],
  };
}

/** An answer that is not streamed: every part whole. */
export function renderBody(output: readonly OutputItem[], context: GeminiAnswerContext): string {
  const whole = output.map((item): OutputItem => (item.kind === 'message' ? { ...item, deltas: 1 } : item));
  const parts: JsonObject[] = [];
  for (const { part, isFirst } of renderSteps(whole, context)) {
    const last = parts.at(-1);
    const continues = !isFirst && part['thought'] === true && last?.['thought'] === true;
    if (continues)
      parts[parts.length - 1] = { ...last, text: `${textOfJson(last['text'])}${textOfJson(part['text'])}` };
    else parts.push(part);
  }
  return JSON.stringify(chunkOf(parts, finishOf(context), context));
}

function renderFailure({ how, code, message }: StreamFailure, context: GeminiAnswerContext): Frame {
  if (how === 'incomplete') {
    const finishReason = code === 'content_filter' ? 'SAFETY' : 'MAX_TOKENS';
    return { type: 'finish', text: dataOf(chunkOf([{ text: '' }], { finishReason }, context)) };
  }
  const error =
    code === 'rate_limit_exceeded'
      ? { code: 429, status: 'RESOURCE_EXHAUSTED', message }
      : code === 'server_is_overloaded'
        ? { code: 503, status: 'UNAVAILABLE', message }
        : { code: 500, status: 'INTERNAL', message };
  return { type: 'error', text: dataOf(wrapError(error)) };
}
