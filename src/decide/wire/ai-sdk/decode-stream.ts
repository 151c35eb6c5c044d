/**
 * Stream parts of the AI SDK (`LanguageModelV4StreamPart`, each as JSON) as Responses events. Calls are finished only at
 * the provider's own end, so a cut stream never leaves one half done.
 */
import type { DecodeOptions } from '../decode-options.ts';
import { asNumber, asObject, asString, isObject, type JsonObject, parseJson } from '../read-json.ts';
import { endAnswer, type Failing, MAX_ANSWER_CHARS, shortCode, upstreamFailure } from '../responses/end-answer.ts';
import type { WireOut } from '../responses/events.ts';
import { type FinishMeaning, finishMeaning } from '../responses/finish-reasons.ts';
import type { WireUsage } from '../responses/response-object.ts';
import { createCallWriter } from '../responses/write-calls.ts';
import type { Transducer } from '../transducer.ts';
import { createAnswerParts } from './write-parts.ts';

export interface AiSdkDecodeOptions extends DecodeOptions {
  /** See `EncodedCall.endsWithGoOn`. */
  readonly isAfterGoOn: boolean;
}

const NOTHING: readonly WireOut[] = [];

export function createAiSdkStreamDecoder(options: AiSdkDecodeOptions): Transducer<string, WireOut> {
  const answer = createAiSdkAnswer(options);
  let length = 0;
  return {
    push: (data) => {
      if (answer.isOver()) return NOTHING;
      length += data.length;
      if (length > MAX_ANSWER_CHARS) return answer.fail({ code: 'EVENT_TOO_LARGE' });
      const part = parseJson(data);
      return isObject(part) ? answer.push(part) : answer.fail({ code: 'STREAM_CORRUPT' });
    },
    end: () => (answer.isOver() ? NOTHING : answer.fail({ code: 'STREAM_CUT' })),
  };
}

/** The same for parsed parts. */
export interface AiSdkAnswer {
  readonly push: (part: JsonObject) => readonly WireOut[];
  readonly fail: (failing: Failing) => readonly WireOut[];
  readonly isOver: () => boolean;
}

export function createAiSdkAnswer(options: AiSdkDecodeOptions): AiSdkAnswer {
  const { writer, bridge, ids, usedCallIds } = options;
  const parts = createAnswerParts({
    ...options,
    callWriter: createCallWriter(writer, bridge, ids, usedCallIds),
    collectText: options.schemaToCheck !== undefined,
  });
  let isOver = false;

  const fail = (failing: Failing): readonly WireOut[] => {
    isOver = true;
    return [...writer.drain(), upstreamFailure(failing)];
  };
  const finish = (part: JsonObject): readonly WireOut[] => {
    const reason = asObject(part['finishReason']);
    const raw = asString(reason?.['raw']);
    // The SDK ends every stream with a finish; only the provider's own word for it says that the answer is whole.
    if (raw === undefined) return fail({ code: 'STREAM_CUT' });
    const { items, calls } = parts;
    const meaning = meaningOf(raw, asString(reason?.['unified']));
    if (meaning !== 'length') items.closeReasoning();
    const failing = endAnswer({ ...options, items, calls, usage: readUsage(part['usage']) }, meaning);
    if (failing !== undefined) return fail({ upstreamCode: shortCode(raw), ...failing });
    isOver = true;
    return writer.drain();
  };
  const push = (part: JsonObject): readonly WireOut[] => {
    if (isOver) return NOTHING;
    switch (part['type']) {
      case 'finish':
        return finish(part);
      case 'error': {
        const { body } = part;
        if (!isObject(body)) return fail({ code: 'STREAM_CORRUPT' });
        return fail({ code: 'ERROR_IN_STREAM', upstreamCode: shortCode(asString(part['code']) ?? ''), body });
      }
      case 'stream-start':
        writer.start();
        break;
      default:
        parts.push(part);
    }
    return writer.drain();
  };
  return { push, fail, isOver: () => isOver };
}

/** The provider's own word counts; the SDK's where that is not known, and it can only mean one thing. */
function meaningOf(raw: string, unified: string | undefined): FinishMeaning | undefined {
  if (unified === 'content-filter') return 'CONTENT_REFUSED';
  // Gemini's word for an answer that broke off; elsewhere nobody has said what it means.
  return raw === 'OTHER' ? 'ERROR_IN_STREAM' : finishMeaning(raw);
}

/** The SDK counts cached input within the total, as Responses do. */
function readUsage(value: unknown): WireUsage | undefined {
  const usage = asObject(value);
  const input = asObject(usage?.['inputTokens']);
  const output = asObject(usage?.['outputTokens']);
  const inputTokens = count(input?.['total']);
  const outputTokens = count(output?.['total']);
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  return {
    inputTokens: inputTokens ?? 0,
    cachedInputTokens: count(input?.['cacheRead']) ?? 0,
    cacheWriteTokens: count(input?.['cacheWrite']) ?? 0,
    outputTokens: outputTokens ?? 0,
    reasoningTokens: count(output?.['reasoning']) ?? 0,
  };
}

function count(value: unknown): number | undefined {
  const number = asNumber(value);
  return number === undefined || number < 0 ? undefined : Math.trunc(number);
}
