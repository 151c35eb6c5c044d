import { beginAnswer } from '../begin-answer.ts';
import type { LaneCodec } from '../lane-codec.ts';
import { refuse } from '../responses/request.ts';
import type { AiSdkDialect } from './ai-sdk-dialect.ts';
import { decodeAiSdkBody } from './decode-body.ts';
import { type AiSdkDecodeOptions, createAiSdkStreamDecoder } from './decode-stream.ts';
import { AI_SDK_DIALECTS } from './dialects.ts';
import { encodeCall } from './encode-call.ts';

/**
 * The packages put the model's name into the address as it is, and it may be the client's: it must not lead to anything
 * else that the credential opens.
 */
const leadsNowhereElse = (model: string): boolean =>
  /^[\w.:@/-]+$/.test(model) && !/(?:^|\/)\.{0,2}(?:\/|$)/.test(model);

/**
 * A wire that the AI SDK's provider packages speak for us: what is sent is call options as JSON, what comes back is the
 * SDK's stream parts. The adapter of the same name stands in between.
 */
function createAiSdkLane(dialect: AiSdkDialect): LaneCodec {
  return (request, context) => {
    const { model, isForeign, stated } = context;
    if (!leadsNowhereElse(model))
      return refuse('TARGET_UNSUPPORTED', 'model', "a model name that cannot stand in this target's address");
    const owner = { domain: context.stateDomain, model, wire: dialect.wire };
    const encoded = encodeCall(request, {
      ...stated,
      dialect,
      model,
      owner,
      ...(isForeign === undefined ? {} : { isForeign }),
    });
    if (!encoded.ok) return encoded;
    const { options, bridge, droppedTools, usedCallIds, schemaToCheck, endsWithGoOn } = encoded.value;
    const createOptions = (): AiSdkDecodeOptions => {
      const decoding = { ...beginAnswer(request, context), bridge, usedCallIds, owner, isAfterGoOn: endsWithGoOn };
      return schemaToCheck === undefined ? decoding : { ...decoding, schemaToCheck };
    };
    return {
      ok: true,
      value: {
        path: context.stream ? '/stream' : '/generate',
        body: options,
        droppedTools,
        headers: {},
        createStreamDecoder: () => createAiSdkStreamDecoder(createOptions()),
        decodeBody: (answer) => decodeAiSdkBody(answer, createOptions()),
      },
    };
  };
}

export const AI_SDK_LANES = {
  gemini: createAiSdkLane(AI_SDK_DIALECTS.gemini),
  vertex: createAiSdkLane(AI_SDK_DIALECTS.vertex),
  converse: createAiSdkLane(AI_SDK_DIALECTS.converse),
} as const;
