import { isUtf8 } from 'node:buffer';
import type { UpstreamResponse } from '../core/ports.ts';
import type { Target } from '../core/target.ts';
import { classifyErrorPayload } from '../decide/classify/classify-error-payload.ts';
import { noteSealed } from '../decide/continuity/provenance.ts';
import type { ReplySplicer, SpliceStep } from '../decide/continuity/splice-reply.ts';
import { classifyFrame, createFrameView } from '../decide/wire/observe/classify-frame.ts';
import { readUsage } from '../decide/wire/observe/read-usage.ts';
import { readFrameData } from '../decide/wire/read-frame-data.ts';
import { asObject, isObject, type JsonObject, parseJson } from '../decide/wire/read-json.ts';
import { createEventEncoder } from '../decide/wire/responses/encode-events.ts';
import { isUpstreamFailure, type UpstreamFailure, type WireOut } from '../decide/wire/responses/events.ts';
import { FrameScanner } from '../decide/wire/sse/frame-scanner.ts';
import { failureOf } from './3-attempt.ts';
import type { AttemptWatch } from './attempt-watch.ts';
import { clientErrorOf } from './client-error.ts';
import type { EncodedRequest } from './encode-for-lane.ts';
import type { ReplyWriter } from './reply-writer.ts';
import type { Admitted, CommitResult, ExchangeDeps } from './walk-types.ts';

/** After the answer is complete, this much of the upstream's rest is read so that its connection can be used again. */
const MAX_DRAIN_BYTES = 65_536;

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
  if (type !== '' && !type.includes('text/event-stream')) return readNonStream(response, watch, deps);
  const scanner = new FrameScanner(deps.settings.server.maxEventBytes);
  const { sessionId } = admitted;
  splicer.beginAttempt((blob) => noteSealed(deps.state.provenance, sessionId, blob, target.provider.stateDomain));
  let step: SpliceStep = { kind: 'more' };
  let checkUtf8 = false;
  let sawEvent = false;
  const decoder = codec === undefined ? undefined : createDecoder(codec, splicer);
  const sink = (bytes: Buffer, start: number, end: number): void => {
    sawEvent = true;
    if (step.kind !== 'more') return;
    step =
      decoder === undefined ? splicer.push(bytes, start, end, checkUtf8) : decoder.push(bytes, start, end, checkUtf8);
  };
  try {
    for (;;) {
      const chunk = await response.read();
      if (watch.expired !== undefined) return failedBy(watch);
      if (chunk === undefined) {
        if (decoder === undefined || step.kind !== 'more') return { kind: 'failed', failure: { code: 'STREAM_CUT' } };
        step = decoder.end();
        void writer.write(splicer.takeOutput(), target, response);
        return resultOf(step, deps) ?? { kind: 'failed', failure: { code: 'STREAM_CUT' } };
      }
      // A chunk that is valid by itself holds valid events; else look at each until no event is in progress any more.
      checkUtf8 ||= !isUtf8(chunk);
      sawEvent = false;
      const fits = scanner.push(chunk, sink);
      if (scanner.pendingBytes === 0) checkUtf8 = false;
      if (sawEvent) watch.sawEvent(deps.clock.monotonic(), splicer.sawUseful);
      const waiting = writer.write(splicer.takeOutput(), target, response);
      if (waiting !== undefined) await writer.withPause(waiting, watch);
      if (writer.isClientGone) return { kind: 'client-gone', failure: { code: writer.goneCode } };
      const ended = resultOf(step, deps);
      if (ended?.kind === 'completed') void drain(response);
      if (ended !== undefined) return ended;
      if (!fits) return { kind: 'failed', failure: { code: 'EVENT_TOO_LARGE' } };
    }
  } catch (error) {
    return { kind: 'failed', failure: failureOf(error, watch) };
  }
}

interface EventDecoder {
  readonly push: (bytes: Buffer, start: number, end: number, checkUtf8: boolean) => SpliceStep;
  readonly end: () => SpliceStep;
}

const MORE: SpliceStep = { kind: 'more' };

/** An upstream's own events, translated one by one into events for the splicer. */
function createDecoder(codec: NonNullable<EncodedRequest['codec']>, splicer: ReplySplicer): EventDecoder {
  const decoder = codec.createStreamDecoder();
  const encode = createEventEncoder();
  const view = createFrameView();
  const forward = (outs: readonly WireOut[]): SpliceStep => {
    for (const out of outs) {
      if (isUpstreamFailure(out)) return stepOf(out);
      const frame = encode([out]);
      const step = splicer.push(frame, 0, frame.length, false);
      if (step.kind !== 'more') return step;
    }
    return MORE;
  };
  return {
    push: (bytes, start, end, checkUtf8) => {
      if (checkUtf8 && !isUtf8(bytes.subarray(start, end))) return { kind: 'failed', code: 'STREAM_CORRUPT' };
      if (decoder.passes !== undefined) {
        classifyFrame(bytes, start, end, view);
        if (decoder.passes(view.kind)) return splicer.push(bytes, start, end, false);
      }
      const data = readFrameData(bytes, start, end);
      return data === undefined ? MORE : forward(decoder.push(data));
    },
    end: () => forward(decoder.end()),
  };
}

/** A codec's failure; the body that reported it is classified by what it says. */
function stepOf({ code, body }: UpstreamFailure): SpliceStep {
  return isObject(body) && code === 'ERROR_IN_STREAM'
    ? { kind: 'failed', code: 'ERROR_IN_STREAM', payload: body }
    : { kind: 'failed', code };
}

const isFailure = (payload: JsonObject | UpstreamFailure): payload is UpstreamFailure =>
  payload['kind'] === 'upstream-failure';

function failedBy(watch: AttemptWatch): CommitResult {
  const code = watch.expired ?? 'INTERNAL';
  return code === 'CLIENT_GONE' ? { kind: 'client-gone', failure: { code } } : { kind: 'failed', failure: { code } };
}

function resultOf(step: SpliceStep, deps: ExchangeDeps): CommitResult | undefined {
  switch (step.kind) {
    case 'more':
      return undefined;
    case 'completed': {
      const usage = readUsage(step.terminal);
      return usage === undefined ? { kind: 'completed' } : { kind: 'completed', usage };
    }
    case 'failed':
      return step.payload === undefined || step.code !== 'ERROR_IN_STREAM'
        ? { kind: 'failed', failure: { code: step.code } }
        : failedByPayload(step.payload, deps);
  }
}

function failedByPayload(payload: Readonly<Record<string, unknown>>, deps: ExchangeDeps): CommitResult {
  const failure = classifyErrorPayload({ payload, nowMs: deps.clock.now(), capMs: deps.settings.health.maxHintMs });
  return { kind: 'failed', failure, clientError: clientErrorOf(failure, payload) };
}

/** HTTP 200 with something else than events: an error in JSON, a login page, a captive portal. */
async function readNonStream(
  response: UpstreamResponse,
  watch: AttemptWatch,
  deps: ExchangeDeps,
): Promise<CommitResult> {
  const body = await readWhole(response, MAX_DRAIN_BYTES);
  if (watch.expired !== undefined) return failedBy(watch);
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
    if (watch.expired !== undefined) return failedBy(watch);
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

async function drain(response: UpstreamResponse): Promise<void> {
  try {
    for (let read = 0; read < MAX_DRAIN_BYTES; ) {
      const chunk = await response.read();
      if (chunk === undefined) return;
      read += chunk.length;
    }
  } catch {
    // the answer is complete: what happens to the connection now is nobody's failure
  } finally {
    response.close();
  }
}
