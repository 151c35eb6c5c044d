import { asObject, asObjects, isObject, type JsonObject } from '../read-json.ts';
import { isUpstreamFailure, type UpstreamFailure, type WireOut } from '../responses/events.ts';
import { type ChatDecodeOptions, createChatAnswer } from './decode-stream.ts';

/** A whole Chat Completions answer as a response object, or what was wrong with it. */
export function decodeChatBody(body: unknown, options: ChatDecodeOptions): JsonObject | UpstreamFailure {
  const answer = createChatAnswer(options);
  const outs: WireOut[] = [];
  if (isObject(body)) outs.push(...answer.push(withFinishReason(body)));
  else outs.push(...answer.fail({ code: 'BODY_NOT_JSON' }));
  if (!answer.isOver()) outs.push(...answer.end());
  const last = outs.at(-1);
  if (last !== undefined && isUpstreamFailure(last)) return last;
  return asObject(last?.['response']) ?? { kind: 'upstream-failure', code: 'STREAM_CORRUPT' };
}

/** Unlike a stream, a body that could be parsed was not cut. */
function withFinishReason(body: JsonObject): JsonObject {
  const [choice, ...others] = asObjects(body['choices']);
  if (choice === undefined || typeof choice['finish_reason'] === 'string') return body;
  return { ...body, choices: [{ ...choice, finish_reason: 'stop' }, ...others] };
}
