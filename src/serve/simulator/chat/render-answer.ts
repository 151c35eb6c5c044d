import type { Frame, StreamFailure } from '../answer.ts';
import type { TokenCounts } from '../count-tokens.ts';
import type { JsonObject } from '../json.ts';
import type { ChatVendor, ReasoningSpeech } from './chat-vendor.ts';
import type { ChatPart } from './prepare-parts.ts';
import { type DeltaStep, renderSteps, type StepsContext } from './render-steps.ts';

export interface ChatAnswerContext extends StepsContext {
  readonly vendor: ChatVendor;
  readonly id: string;
  readonly model: string;
  readonly counts: TokenCounts;
  /** The request asked for a chunk with the token counts. */
  readonly asksForUsage: boolean;
}

const LIKE: Readonly<Record<DeltaStep['type'], string>> = {
  reasoning: 'response.reasoning_summary_text.delta',
  content: 'response.output_text.delta',
  call: 'response.output_item.added',
  arguments: 'response.function_call_arguments.delta',
};

type Emit = (type: string, like: string | undefined, fields: JsonObject) => void;

/** All chunks of an answer, as the vendor sends them. */
export function renderStream(
  parts: readonly ChatPart[],
  context: ChatAnswerContext,
): { readonly frames: readonly Frame[]; readonly fail: (failure: StreamFailure) => Frame } {
  const { vendor, flaws, counts, asksForUsage } = context;
  const { speech } = vendor;
  const frames: Frame[] = speech.comments.map((comment) => ({ type: 'comment', text: `: ${comment}\n\n` }));
  const emit: Emit = (type, like, fields) =>
    void frames.push({ type, ...(like === undefined ? {} : { like: [like] }), text: dataOf(chunkOf(context, fields)) });
  const isFinished = !flaws.has('no-finish') && !flaws.has('end-without-finish');
  const reason = isFinished ? finishReason(parts, context) : null;
  const usage = flaws.has('no-usage') ? undefined : speech.renderUsage(counts);
  const finishFields = reason === null ? {} : { ...speech.finish(reason), ...usageAtFinish(speech.usage, usage) };
  const all = renderSteps(parts, context);
  const last = speech.calls === 'finish' && all.at(-1)?.type === 'call' ? all.at(-1) : undefined;
  emit('role', 'response.created', choicesOf(context, speech.first, null));
  for (const step of all) {
    const fields = choicesOf(context, { ...speech.idle, ...step.delta }, step === last ? reason : null, usage);
    emit(step.type, step.isFirst ? 'response.output_item.added' : LIKE[step.type], {
      ...fields,
      ...(step === last ? finishFields : {}),
    });
  }
  if (reason !== null && last === undefined) {
    emit('finish', 'response.output_item.done', { ...choicesOf(context, speech.idle, reason, usage), ...finishFields });
  }
  if (speech.repeatsWhole && reason !== null) emitWhole(parts, context, reason, usage, emit);
  if (speech.usage === 'asked' && asksForUsage && usage !== undefined) emit('usage', undefined, { choices: [], usage });
  if (!flaws.has('no-finish') && !flaws.has('no-end-marker')) {
    frames.push({ type: 'done', like: ['response.completed'], text: 'data: [DONE]\n\n' });
  }
  return { frames, fail: (failure) => renderFailure(failure, context) };
}

const dataOf = (value: JsonObject): string => `data: ${JSON.stringify(value)}\n\n`;

function chunkOf({ vendor, id, model, nowSeconds }: ChatAnswerContext, fields: JsonObject): JsonObject {
  return { id, object: 'chat.completion.chunk', created: nowSeconds, model, ...vendor.speech.chunk, ...fields };
}

function choicesOf(
  { vendor, asksForUsage }: ChatAnswerContext,
  delta: JsonObject,
  finish_reason: string | null,
  usage?: JsonObject,
): JsonObject {
  const { speech } = vendor;
  const counts = speech.usage === 'choice' && finish_reason !== null && usage !== undefined ? { usage } : {};
  const choice = { index: 0, delta, ...speech.choice, finish_reason, ...counts };
  return { choices: [choice], ...(speech.usage === 'asked' && asksForUsage ? { usage: null } : {}) };
}

const usageAtFinish = (place: string, usage: JsonObject | undefined): JsonObject =>
  place === 'finish' && usage !== undefined ? { usage } : {};

function finishReason(parts: readonly ChatPart[], { flaws }: ChatAnswerContext): string {
  if (flaws.has('unknown-finish-reason')) return 'model_paused_for_tea';
  return parts.some((part) => part.kind === 'call') ? 'tool_calls' : 'stop';
}

function emitWhole(
  parts: readonly ChatPart[],
  context: ChatAnswerContext,
  finish_reason: string,
  usage: JsonObject | undefined,
  emit: Emit,
): void {
  emit('whole', undefined, {
    object: 'chat.completion',
    choices: [{ index: 0, finish_reason, message: renderMessage(parts, context) }],
    ...(usage === undefined ? {} : { usage }),
    base_resp: { status_code: 0, status_msg: '' },
  });
}

/** The message of an answer that is not streamed. */
function renderMessage(parts: readonly ChatPart[], context: ChatAnswerContext): JsonObject {
  const { reasoning } = context;
  const join = (kind: 'reasoning' | 'content'): string =>
    parts.map((part) => (part.kind === kind ? part.text : '')).join(kind === 'content' ? '' : '\n\n');
  const thought = join('reasoning').trim();
  const text = join('content');
  const calls = parts.filter((part) => part.kind === 'call');
  const content = contentWith(reasoning, thought, text);
  return {
    role: 'assistant',
    content: content === '' && calls.length > 0 ? null : content,
    ...(thought === '' ? {} : thoughtFields(thought, context)),
    ...(calls.length === 0
      ? {}
      : {
          tool_calls: calls.map(({ id, name, arguments: text_ }) => ({
            ...(id === undefined ? {} : { id }),
            type: 'function',
            function: { name, arguments: text_ },
          })),
        }),
  };
}

function contentWith(reasoning: ReasoningSpeech, thought: string, text: string): unknown {
  if (thought === '') return text;
  if (reasoning.kind === 'tags') return `<think>\n${thought}\n</think>\n\n${text}`;
  if (reasoning.kind !== 'parts') return text;
  const thinking = { type: 'thinking', thinking: [{ type: 'text', text: thought }] };
  return text === '' ? [thinking] : [thinking, { type: 'text', text }];
}

function thoughtFields(thought: string, context: ChatAnswerContext): JsonObject {
  const { reasoning } = context;
  if (reasoning.kind === 'field') return { [reasoning.field]: thought };
  if (reasoning.kind !== 'details') return {};
  const { format, signed, beside } = reasoning;
  const pieces = renderSteps([{ kind: 'reasoning', text: thought }], context);
  const signatures = pieces.flatMap(({ delta }) => {
    const [detail] = delta['reasoning_details'] as readonly JsonObject[];
    return detail?.['signature'] === undefined ? [] : [{ signature: detail['signature'] }];
  });
  const detail = { type: 'reasoning.text', text: thought, ...(signed ? signatures[0] : {}), format, index: 0 };
  return { ...(beside ? { reasoning: thought } : {}), reasoning_details: [detail] };
}

/** An answer that is not streamed. */
export function renderBody(parts: readonly ChatPart[], context: ChatAnswerContext): string {
  const { vendor, counts, flaws } = context;
  const { logprobs: _, ...choice } = vendor.speech.choice;
  const reason = flaws.has('no-finish') || flaws.has('end-without-finish') ? null : finishReason(parts, context);
  return JSON.stringify({
    ...chunkOf(context, {}),
    object: 'chat.completion',
    choices: [{ index: 0, message: renderMessage(parts, context), ...choice, finish_reason: reason }],
    ...(flaws.has('no-usage') ? {} : { usage: vendor.speech.renderUsage(counts) }),
  });
}

function renderFailure({ how, code, message }: StreamFailure, context: ChatAnswerContext): Frame {
  if (how === 'incomplete') {
    const reason = code === 'content_filter' ? 'content_filter' : 'length';
    return { type: 'finish', text: dataOf(chunkOf(context, choicesOf(context, {}, reason))) };
  }
  const { vendor } = context;
  const failure = vendor.speech.failure?.(message, code);
  const error = failure ?? vendor.shape({ status: 500, message, type: 'server_error', code }, context.id);
  return { type: 'error', text: dataOf(failure === undefined ? { ...error } : chunkOf(context, failure)) };
}
