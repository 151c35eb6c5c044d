import { asObject, isObject, type JsonObject } from '../read-json.ts';
import type { UpstreamFailure } from '../responses/events.ts';
import { isUpstreamFailure } from '../responses/events.ts';
import { type ChatDecodeOptions, createChatAnswer } from './decode-stream.ts';

/** A whole Chat Completions answer as a response object, or what was wrong with it. */
export function decodeChatBody(body: unknown, options: ChatDecodeOptions): JsonObject | UpstreamFailure {
  const answer = createChatAnswer(options);
  const outs = isObject(body)
    ? [...answer.push(body), ...(answer.isOver() ? [] : answer.end())]
    : answer.fail({ code: 'BODY_NOT_JSON' });
  const last = outs.at(-1);
  if (last !== undefined && isUpstreamFailure(last)) return last;
  return asObject(last?.['response']) ?? { kind: 'upstream-failure', code: 'STREAM_CORRUPT' };
}
