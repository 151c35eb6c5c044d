/**
 * Targets that speak a wire of the AI SDK. A request's body is call options as JSON; the SDK turns them into the
 * provider's own request, which goes out over `upstream` like every other one: keys, signatures, headers, time limits,
 * proxies and connections are the same, and nothing is sent twice. What comes back is the SDK's stream parts as
 * server-sent events, or the provider's own answer where it is not a good one.
 */
import { GatewayError } from '../../core/failures.ts';
import type { CancelSignal, Upstream, UpstreamRequest, UpstreamResponse } from '../../core/ports.ts';
import type { Wire } from '../../core/target.ts';
import { describePart } from './describe-part.ts';
import { type AiSdkWire, type CallOptions, type LanguageModel, loadModel } from './load-model.ts';

export function createAiSdkUpstream(upstream: Upstream): Upstream {
  return {
    send: (request) => {
      const { wire } = request.target.provider;
      return isAiSdkWire(wire) ? sendOverSdk(wire, request, upstream) : upstream.send(request);
    },
  };
}

const isAiSdkWire = (wire: Wire): wire is AiSdkWire => wire === 'gemini' || wire === 'vertex' || wire === 'converse';

/** What happened on the way to the provider: it counts, and not what the SDK makes of it. */
interface Call {
  response: UpstreamResponse | undefined;
  /** The answer is to be passed on as it is. */
  isRefused: boolean;
  error: unknown;
}

async function sendOverSdk(wire: AiSdkWire, request: UpstreamRequest, upstream: Upstream): Promise<UpstreamResponse> {
  const { provider, model } = request.target;
  const call: Call = { response: undefined, isRefused: false, error: undefined };
  const isStream = request.path === '/stream';
  const fetch = createFetch(request, isStream, call, upstream);
  try {
    const loaded = await loadModel(wire, { baseUrl: provider.baseUrl, model, fetch });
    const options = { ...readOptions(request.body), abortSignal: abortSignalOf(request.signal) };
    return isStream ? await stream(loaded, options, wire, call) : await generate(loaded, options, call);
  } catch (error) {
    const { response } = call;
    if (call.isRefused && response !== undefined) return response;
    response?.close();
    throw asGatewayError(error, call);
  }
}

function readOptions(body: readonly Uint8Array[] | undefined): CallOptions {
  return JSON.parse(Buffer.concat(body ?? []).toString('utf8')) as CallOptions;
}

/** The SDK's errors hold the whole prompt: only what is known of them goes on. */
function asGatewayError(error: unknown, { response, error: own }: Call): GatewayError {
  if (own instanceof GatewayError) return own;
  if (error instanceof GatewayError) return error;
  return response === undefined
    ? new GatewayError({ code: 'TARGET_UNSUPPORTED', upstreamCode: 'ai_sdk' })
    : new GatewayError({ code: 'STREAM_CORRUPT' });
}

/** The SDK's way out: the provider's request, with our headers. */
function createFetch(
  request: UpstreamRequest,
  isStream: boolean,
  call: Call,
  upstream: Upstream,
): typeof globalThis.fetch {
  const { baseUrl } = request.target.provider;
  const send = async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const address = url instanceof Request ? url.url : String(url);
    if (!address.startsWith(baseUrl)) throw new GatewayError({ code: 'TARGET_UNSUPPORTED', upstreamCode: 'ai_sdk' });
    try {
      const body = [Buffer.from(String(init?.body ?? ''))];
      const response = await upstream.send({ ...request, path: address.slice(baseUrl.length), body });
      call.response = response;
      call.isRefused = response.status !== 200 || (isStream && !isEventStream(response));
      if (call.isRefused) throw new GatewayError({ code: 'UNEXPECTED_STATUS' });
      return new Response(bodyOf(response, call), { headers: { 'content-type': 'application/octet-stream' } });
    } catch (error) {
      call.error = error;
      throw error;
    }
  };
  return Object.assign(send, { preconnect: () => {} });
}

/** A login page or an error in a 200 is no stream; the walk knows what to make of it. */
function isEventStream(response: UpstreamResponse): boolean {
  const type = response.header('content-type') ?? '';
  return type.includes('event-stream') || type.includes('vnd.amazon.eventstream');
}

/** The SDK would put a replacement character where a text is broken, and nobody would know. */
function createTextCheck(response: UpstreamResponse): (chunk: Uint8Array | undefined) => void {
  // AWS's own framing is no text, and has checksums.
  if ((response.header('content-type') ?? '').includes('vnd.amazon.eventstream')) return () => {};
  const decoder = new TextDecoder('utf-8', { fatal: true });
  return (chunk) => {
    try {
      if (chunk !== undefined) decoder.decode(chunk, { stream: true });
    } catch (cause) {
      throw new GatewayError({ code: 'STREAM_CORRUPT' }, { cause });
    }
  };
}

function bodyOf(response: UpstreamResponse, call: Call): ReadableStream<Uint8Array> {
  const check = createTextCheck(response);
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        try {
          const chunk = await response.read();
          check(chunk);
          if (chunk === undefined) controller.close();
          else controller.enqueue(chunk);
        } catch (error) {
          call.error = error;
          throw error;
        }
      },
      cancel: () => response.close(),
    },
    { highWaterMark: 0 },
  );
}

async function stream(
  model: LanguageModel,
  options: CallOptions,
  wire: AiSdkWire,
  call: Call,
): Promise<UpstreamResponse> {
  const { stream: parts } = await model.doStream(options);
  const reader = parts.getReader();
  const read = async (): Promise<Uint8Array | undefined> => {
    for (;;) {
      const { value, done } = await reader.read().catch((error: unknown) => {
        throw asGatewayError(error, call);
      });
      if (done || value === undefined) return undefined;
      const text = describePart(value, wire);
      if (text !== undefined) return Buffer.from(`data: ${text}\n\n`);
    }
  };
  return answerOf('text/event-stream', read, call, () => void reader.cancel().catch(() => {}));
}

async function generate(model: LanguageModel, options: CallOptions, call: Call): Promise<UpstreamResponse> {
  const { content, finishReason, usage } = await model.doGenerate(options);
  let body: Uint8Array | undefined = Buffer.from(JSON.stringify({ content, finishReason, usage }));
  const read = async (): Promise<Uint8Array | undefined> => {
    const whole = body;
    body = undefined;
    return whole;
  };
  return answerOf('application/json', read, call, () => {});
}

function answerOf(
  contentType: string,
  read: UpstreamResponse['read'],
  { response }: Call,
  cancel: () => void,
): UpstreamResponse {
  return {
    status: 200,
    header: (name) => (name === 'content-type' ? contentType : (response?.header(name) ?? null)),
    read,
    close: () => {
      cancel();
      response?.close();
    },
  };
}

/** The platform's own kind of signal, which the packages ask for. */
function abortSignalOf(signal: CancelSignal): AbortSignal {
  const controller = new AbortController();
  if (signal.aborted) controller.abort();
  else signal.addEventListener('abort', () => controller.abort(), { once: true });
  return controller.signal;
}
