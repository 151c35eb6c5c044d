import { type Failure, type FailureCode, failureFacts, GatewayError } from '../core/failures.ts';
import { giveBack } from '../core/give-back.ts';
import type { UpstreamResponse } from '../core/ports.ts';
import type { Target } from '../core/target.ts';
import { classifyHttpFailure } from '../decide/classify/classify-http-failure.ts';
import { requestHeadersFor } from '../decide/wire/sanitise/forward-headers.ts';
import type { AttemptWatch } from './attempt-watch.ts';
import { readClientError } from './client-error.ts';
import type { EncodedRequest } from './encode-for-lane.ts';
import type { AttemptResult, ExchangeDeps, Planned } from './walk-types.ts';

/** Error bodies are read this far; the codes stand at their beginning. */
const MAX_ERROR_BODY_BYTES = 65_536;

/** One upstream call up to its response headers: credential → encode for the lane → send → classify. */
export async function attempt(
  planned: Planned,
  target: Target,
  encoded: EncodedRequest,
  watch: AttemptWatch,
  deps: ExchangeDeps,
): Promise<AttemptResult> {
  const { request, header, body } = planned.admitted;
  body.hold();
  try {
    const credential = await deps.credentials.obtain(target.provider);
    const response = await deps.upstream.send({
      target: withFirstEventLimit(target),
      method: 'POST',
      path: encoded.path,
      headers: requestHeadersFor(target.provider, header, request.stream, encoded.headers),
      body: encoded.body,
      credential,
      signal: watch.signal,
    });
    watch.opened(response);
    if (response.status === 200) return { kind: 'opened', response };
    return await readFailure(response, target, watch, deps);
  } catch (error) {
    return { kind: 'failed', failure: failureOf(error, watch) };
  } finally {
    // What was made for this target is sent, and its answer may take long. The client's own is for the next one too.
    for (const part of encoded.body) if (!body.owns(part)) giveBack(part);
    body.release();
  }
}

/** Waiting for headers is part of waiting for the first useful event. */
function withFirstEventLimit(target: Target): Target {
  const headersMs = Math.min(target.timeouts.headersMs, target.onTimeoutMs ?? target.timeouts.firstEventMs);
  return headersMs === target.timeouts.headersMs ? target : { ...target, timeouts: { ...target.timeouts, headersMs } };
}

async function readFailure(
  response: UpstreamResponse,
  target: Target,
  watch: AttemptWatch,
  deps: ExchangeDeps,
): Promise<AttemptResult> {
  const { text: bodyText, isCut } = await readText(response, MAX_ERROR_BODY_BYTES);
  if (watch.expired !== undefined) return { kind: 'failed', failure: { code: watch.expired, status: response.status } };
  const failure = classifyHttpFailure({
    status: response.status,
    header: response.header,
    bodyText,
    nowMs: deps.clock.now(),
    capMs: deps.settings.health.maxHintMs,
  });
  // Half an error text must not make a provider's fault the client's.
  if (isCut && failureFacts(failure.code).blame === 'client')
    return { kind: 'failed', failure: { code: 'CONNECTION_RESET' } };
  if (failure.code === 'UNAUTHORIZED') deps.credentials.invalidate(target.provider);
  const clientError = readClientError(failure, bodyText);
  return clientError === undefined ? { kind: 'failed', failure } : { kind: 'failed', failure, clientError };
}

/** The first `maxBytes` of a body. `isCut`: the connection broke before its end, and this is what came until then. */
async function readText(
  response: UpstreamResponse,
  maxBytes: number,
): Promise<{ readonly text: string; readonly isCut: boolean }> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  let isCut = false;
  try {
    while (length < maxBytes) {
      const chunk = await response.read();
      if (chunk === undefined) break;
      chunks.push(chunk);
      length += chunk.length;
    }
  } catch {
    isCut = true;
  }
  response.close();
  return { text: Buffer.concat(chunks).toString('utf8', 0, maxBytes), isCut };
}

/** What an exception of an adapter means: our own deadline wins over the error that it caused. */
export function failureOf(error: unknown, watch: { readonly expired: FailureCode | undefined }): Failure {
  if (watch.expired !== undefined) return { code: watch.expired };
  if (error instanceof GatewayError) return error.failure;
  throw error;
}
