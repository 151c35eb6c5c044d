import { asObject, asObjects, isObject, type JsonObject } from '../read-json.ts';
import { isUpstreamFailure, type UpstreamFailure, type WireOut } from '../responses/events.ts';
import { type AiSdkDecodeOptions, createAiSdkAnswer } from './decode-stream.ts';

/** A whole answer of the AI SDK (`LanguageModelV4GenerateResult`) as a response object, or what was wrong with it. */
export function decodeAiSdkBody(body: unknown, options: AiSdkDecodeOptions): JsonObject | UpstreamFailure {
  const answer = createAiSdkAnswer(options);
  const outs: WireOut[] = [];
  if (!isObject(body)) outs.push(...answer.fail({ code: 'BODY_NOT_JSON' }));
  else for (const part of partsOf(body)) outs.push(...answer.push(part));
  if (!answer.isOver()) outs.push(...answer.fail({ code: 'STREAM_CUT' }));
  const last = outs.at(-1);
  if (last !== undefined && isUpstreamFailure(last)) return last;
  return asObject(last?.['response']) ?? { kind: 'upstream-failure', code: 'STREAM_CORRUPT' };
}

/** The parts of which a stream would have made this body. */
function partsOf(body: JsonObject): readonly JsonObject[] {
  const parts = asObjects(body['content']).map((part, index): JsonObject => {
    const { type, text, ...rest } = part;
    return type === 'text' || type === 'reasoning'
      ? { ...rest, type: `${type}-delta`, id: String(index), delta: text }
      : part;
  });
  return [
    { type: 'stream-start' },
    ...parts,
    { type: 'finish', finishReason: body['finishReason'], usage: body['usage'] },
  ];
}
