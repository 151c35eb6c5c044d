import { beginAnswer } from '../begin-answer.ts';
import type { LaneCodec } from '../lane-codec.ts';
import { decodeMessagesBody } from './decode-body.ts';
import { createMessagesStreamDecoder, type MessagesDecodeOptions } from './decode-stream.ts';
import { findMessagesDialect } from './dialects.ts';
import { encodeMessagesRequest } from './encode-request.ts';

/** Anthropic Messages as a lane. */
export const messagesLane: LaneCodec = (request, context) => {
  const dialect = findMessagesDialect(context.dialect);
  const owner = { domain: context.stateDomain, model: context.model, wire: 'messages' };
  const { model, isForeign, stated } = context;
  const target = { ...stated, dialect, model, owner, ...(isForeign === undefined ? {} : { isForeign }) };
  const encoded = encodeMessagesRequest(request, target, context.stream);
  if (!encoded.ok) return encoded;
  const { body, headers, bridge, droppedTools, usedCallIds, schemaToCheck, endsWithGoOn } = encoded.value;
  const createOptions = (): MessagesDecodeOptions => {
    const options = { ...beginAnswer(request, context), bridge, usedCallIds, owner, isAfterGoOn: endsWithGoOn };
    return schemaToCheck === undefined ? options : { ...options, schemaToCheck };
  };
  return {
    ok: true,
    value: {
      path: '/messages',
      body,
      droppedTools,
      headers,
      createStreamDecoder: () => createMessagesStreamDecoder(createOptions()),
      decodeBody: (answer) => decodeMessagesBody(answer, createOptions()),
    },
  };
};
