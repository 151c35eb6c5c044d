import type { UpstreamResponse } from '../core/ports.ts';
import type { Target } from '../core/target.ts';
import { noteSealed } from '../decide/continuity/provenance.ts';
import type { ReplySplicer } from '../decide/continuity/splice-reply.ts';
import { readUsage } from '../decide/wire/observe/read-usage.ts';
import { asObject, type JsonObject, parseJson } from '../decide/wire/read-json.ts';
import type { UpstreamFailure } from '../decide/wire/responses/events.ts';
import { failureOf } from './3-attempt.ts';
import type { AttemptWatch } from './attempt-watch.ts';
import { failedBy, failedByPayload, resultOf, stepOf } from './commit-results.ts';
import { createDecoder } from './decode-events.ts';
import type { EncodedRequest } from './encode-for-lane.ts';
import type { ReplyWriter } from './reply-writer.ts';
import { receive, StreamReading } from './stream-reading.ts';
import type { Admitted, CommitResult, ExchangeDeps } from './walk-types.ts';

/** Of something that is no event stream, this much is read to tell what it is. */
const MAX_OTHER_BYTES = 65_536;

/** Forwards and observes one upstream's event stream until it is complete or fails. */
export async function commitStream(
  response: UpstreamResponse,
  target: Target,
  admitted: Admitted,
  codec: EncodedRequest['codec'],
  splicer: ReplySplicer,
  writer: ReplyWriter,
  watch: AttemptWatch,
  deps: ExchangeDeps,
): Promise<CommitResult> {
  const type = response.header('content-type') ?? '';
  if (type !== '' && !type.includes('text/event-stream')) {
    try {
      return await readNonStream(response, writer, watch, deps);
    } catch (error) {
      return { kind: 'failed', failure: failureOf(error, watch) };
    }
  }
  const { sessionId } = admitted;
  splicer.beginAttempt((blob) => noteSealed(deps.state.provenance, sessionId, blob, target.provider.stateDomain));
  const decoder = codec === undefined ? undefined : createDecoder(codec, splicer);
  const reading = new StreamReading({ response, target, decoder, splicer, writer, watch, deps });
  receive(response, reading);
  const result = await reading.result;
  reading.limitRest();
  return result;
}

const isFailure = (payload: JsonObject | UpstreamFailure): payload is UpstreamFailure =>
  payload['kind'] === 'upstream-failure';

/** HTTP 200 with something else than events: an error in JSON, a login page, a captive portal. */
async function readNonStream(
  response: UpstreamResponse,
  writer: ReplyWriter,
  watch: AttemptWatch,
  deps: ExchangeDeps,
): Promise<CommitResult> {
  const body = await readWhole(response, MAX_OTHER_BYTES);
  if (watch.expired !== undefined) return failedBy(watch, writer);
  const payload = body === 'too-large' ? undefined : asObject(parseJson(body.toString('utf8')));
  if (payload !== undefined && ('error' in payload || 'base_resp' in payload || 'code' in payload))
    return failedByPayload(payload, deps);
  return { kind: 'failed', failure: { code: 'NOT_A_STREAM', status: response.status } };
}

const ANSWERS: ReadonlySet<unknown> = new Set(['response', 'response.compaction']);

/** A whole JSON answer (`stream: false`): nothing is sent before it is known to be good. */
export async function commitJson(
  response: UpstreamResponse,
  target: Target,
  allowsIncomplete: boolean,
  codec: EncodedRequest['codec'],
  writer: ReplyWriter,
  watch: AttemptWatch,
  deps: ExchangeDeps,
): Promise<CommitResult> {
  try {
    const body = await readWhole(response, deps.settings.server.maxEventBytes);
    if (watch.expired !== undefined) return failedBy(watch, writer);
    if (body === 'too-large') return { kind: 'failed', failure: { code: 'EVENT_TOO_LARGE' } };
    const parsed = asObject(parseJson(body.toString('utf8')));
    if (parsed === undefined) return { kind: 'failed', failure: { code: 'BODY_NOT_JSON', status: response.status } };
    const payload = codec === undefined ? parsed : codec.decodeBody(parsed);
    if (isFailure(payload))
      return resultOf(stepOf(payload), deps) ?? { kind: 'failed', failure: { code: payload.code } };
    const status = payload['status'];
    if (status === 'incomplete' && !allowsIncomplete) return { kind: 'failed', failure: { code: 'INCOMPLETE_ANSWER' } };
    if (status === 'failed' || !ANSWERS.has(payload['object']) || asObject(payload['error']) !== undefined)
      return failedByPayload(payload, deps);
    if (!Array.isArray(payload['output']) || payload['output'].length === 0)
      return { kind: 'failed', failure: { code: 'EMPTY_ANSWER' } };
    const sent = codec === undefined ? body : Buffer.from(JSON.stringify(payload));
    writer.sendJson(sent, target, response);
    const usage = readUsage(sent);
    return usage === undefined ? { kind: 'completed' } : { kind: 'completed', usage };
  } catch (error) {
    return { kind: 'failed', failure: failureOf(error, watch) };
  }
}

async function readWhole(response: UpstreamResponse, maxBytes: number): Promise<Buffer | 'too-large'> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const chunk = await response.read();
    if (chunk === undefined) return Buffer.concat(chunks);
    length += chunk.length;
    if (length > maxBytes) {
      response.close();
      return 'too-large';
    }
    chunks.push(chunk);
  }
}
