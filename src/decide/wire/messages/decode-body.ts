import { asObject, asObjects, isObject, type JsonObject } from '../read-json.ts';
import { isUpstreamFailure, type UpstreamFailure, type WireOut } from '../responses/events.ts';
import { createMessagesAnswer, type MessagesDecodeOptions } from './decode-stream.ts';

/** A whole Messages answer as a response object, or what was wrong with it. */
export function decodeMessagesBody(body: unknown, options: MessagesDecodeOptions): JsonObject | UpstreamFailure {
  const answer = createMessagesAnswer(options);
  const outs: WireOut[] = [];
  if (!isObject(body)) outs.push(...answer.fail({ code: 'BODY_NOT_JSON' }));
  else for (const event of eventsOf(body)) outs.push(...answer.push(event));
  if (!answer.isOver()) outs.push(...answer.fail({ code: 'STREAM_CUT' }));
  const last = outs.at(-1);
  if (last !== undefined && isUpstreamFailure(last)) return last;
  return asObject(last?.['response']) ?? { kind: 'upstream-failure', code: 'STREAM_CORRUPT' };
}

/** The events of which a stream would have made this body. */
function eventsOf(body: JsonObject): readonly JsonObject[] {
  if (!Array.isArray(body['content'])) return [{ ...body, type: 'error' }];
  const blocks = asObjects(body['content']).flatMap((block, index) => [
    { type: 'content_block_start', index, content_block: block },
    { type: 'content_block_stop', index },
  ]);
  const { stop_reason, stop_details } = body;
  return [
    { type: 'message_start', message: body },
    ...blocks,
    { type: 'message_delta', delta: { stop_reason, stop_details } },
    { type: 'message_stop' },
  ];
}
