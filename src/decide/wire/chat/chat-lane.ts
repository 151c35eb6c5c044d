import { beginAnswer } from '../begin-answer.ts';
import type { LaneCodec } from '../lane-codec.ts';
import { decodeChatBody } from './decode-body.ts';
import { type ChatDecodeOptions, createChatStreamDecoder } from './decode-stream.ts';
import { findChatDialect } from './dialects.ts';
import { encodeChatRequest } from './encode-request.ts';

/** Chat Completions as a lane. */
export const chatLane: LaneCodec = (request, context) => {
  const dialect = findChatDialect(context.dialect);
  const owner = { domain: context.stateDomain, model: context.model, wire: 'chat' };
  const { model, pseudonym, stated } = context;
  const encoded = encodeChatRequest(request, { dialect, model, owner, pseudonym, ...stated }, context.stream);
  if (!encoded.ok) return encoded;
  const { body, headers, bridge, usedCallIds, schemaToCheck } = encoded.value;
  const createOptions = (): ChatDecodeOptions => {
    const options = { ...beginAnswer(request, context), bridge, usedCallIds, dialect, owner };
    return schemaToCheck === undefined ? options : { ...options, schemaToCheck };
  };
  return {
    ok: true,
    value: {
      path: '/chat/completions',
      body,
      droppedTools: bridge.dropped,
      headers,
      createStreamDecoder: () => createChatStreamDecoder(createOptions()),
      decodeBody: (answer) => decodeChatBody(answer, createOptions()),
    },
  };
};
