import { type FailureCode, GatewayError } from '../../core/failures.ts';
import type { Clock, Upstream, UpstreamRequest, UpstreamResponse } from '../../core/ports.ts';
import type { Provider } from '../../core/target.ts';
import { classifyNetworkError } from './classify-network-error.ts';
import { probeConnection } from './probe-connection.ts';
import { hasProxy } from './read-proxy.ts';

/**
 * A reset this soon on a connection that was idle before means that the server closed it while the request was on its
 * way: the answer to that takes one round trip. Later than this, the server may be at work on the request.
 */
const STALE_WINDOW_MS = 1000;

/** More idle connections per provider than this are not counted. */
const MAX_POOLED = 256;

interface Deps {
  readonly clock: Clock;
  /** Where Bun's fetch finds its proxy settings. Default: none, so every provider is reached directly. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** What is known of the connections to one provider. */
interface Origin {
  readonly hostname: string;
  readonly port: number;
  readonly isProxied: boolean;
  /** Connections that may lie idle in Bun's pool: an upper bound, since the server closes them as it likes. */
  pooled: number;
  /** When it last answered anything, monotonic ms. */
  aliveMs: number;
  probe: Promise<boolean> | undefined;
}

/** Calls providers through Bun's fetch. Never logs, never follows redirects, never decompresses. */
export function createUpstream(deps: Deps): Upstream {
  const { clock } = deps;
  const origins = new WeakMap<Provider, Origin>();

  const originOf = (provider: Provider): Origin => {
    const known = origins.get(provider);
    if (known !== undefined) return known;
    const origin = readOrigin(provider, deps.env ?? {});
    origins.set(provider, origin);
    return origin;
  };

  return {
    send: async (request) => {
      const origin = originOf(request.target.provider);
      if (origin.pooled === 0) return open(request, origin, true, clock);
      origin.pooled -= 1;
      const startedMs = clock.monotonic();
      try {
        return await open(request, origin, true, clock);
      } catch (error) {
        // The pooled connection was dead. This POST is repeated although HTTP forbids a proxy to do so blindly: no byte
        // of an answer has come and none can come any more, so the walk would repeat it anyway, only at another target
        // and at the expense of this one's health. At most once, and on a connection that is certainly new.
        const isStale = isReset(error) && clock.monotonic() - startedMs < STALE_WINDOW_MS && !request.signal.aborted;
        if (!isStale) throw error;
        return open(request, origin, false, clock);
      }
    },
  };
}

function isReset(error: unknown): boolean {
  return error instanceof GatewayError && error.failure.code === 'CONNECTION_RESET';
}

function readOrigin(provider: Provider, env: Readonly<Record<string, string | undefined>>): Origin {
  const url = new URL(provider.baseUrl);
  return {
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port),
    isProxied: hasProxy(url, env),
    pooled: 0,
    aliveMs: Number.NEGATIVE_INFINITY,
    probe: undefined,
  };
}

/** One call up to its response headers. */
async function open(
  request: UpstreamRequest,
  origin: Origin,
  isPooled: boolean,
  clock: Clock,
): Promise<UpstreamResponse> {
  const { target, signal } = request;
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  if (signal.aborted) throw new GatewayError({ code: 'CLIENT_GONE' });
  signal.addEventListener('abort', abort, { once: true });
  let ended: FailureCode | undefined;
  const cancelTimers = watchOpening(request, origin, clock, (code) => {
    ended = code;
    controller.abort();
  });
  try {
    const init: BunFetchRequestInit = {
      method: request.method,
      headers: requestHeaders(request),
      signal: controller.signal,
      redirect: 'manual',
      decompress: false,
      keepalive: isPooled,
      // Bun would end a silent stream after 5 minutes; the walk has its own limits.
      timeout: false,
      // Whatever BUN_CONFIG_VERBOSE_FETCH says: it prints keys.
      verbose: false,
    };
    if (request.body !== undefined) init.body = request.body;
    const response = await fetch(target.provider.baseUrl + request.path, init);
    origin.aliveMs = clock.monotonic();
    return readResponse(response, request, origin, isPooled, controller, abort);
  } catch (error) {
    signal.removeEventListener('abort', abort);
    if (ended !== undefined) throw new GatewayError({ code: ended });
    if (signal.aborted) throw new GatewayError({ code: 'CLIENT_GONE' });
    throw new GatewayError(classifyNetworkError(error), { cause: error });
  } finally {
    cancelTimers();
  }
}

function requestHeaders(request: UpstreamRequest): Record<string, string> {
  const headers: Record<string, string> = { ...request.headers, 'accept-encoding': 'identity' };
  const secret = request.credential.reveal();
  if (secret === undefined) return headers;
  const { auth } = request.target.provider;
  if (auth === 'bearer') headers['authorization'] = `Bearer ${secret}`;
  else headers[auth] = secret;
  return headers;
}

/**
 * The connect and headers timeouts. Bun's fetch does not say when it is connected. So when half the connect timeout has
 * passed without headers, and nothing else was heard from the provider meanwhile, a bare connection of our own has the
 * other half to stand. It also finds out that a pooled connection leads nowhere. Answers the cancellation.
 */
function watchOpening(
  request: UpstreamRequest,
  origin: Origin,
  clock: Clock,
  end: (code: FailureCode) => void,
): () => void {
  const { connectMs, headersMs } = request.target.timeouts;
  if (origin.isProxied || headersMs <= connectMs) return clock.after(headersMs, () => end('HEADERS_TIMEOUT'));
  const startedMs = clock.monotonic();
  const halfMs = connectMs / 2;
  let isOver = false;
  let cancelTimer = clock.after(halfMs, () => {
    cancelTimer = clock.after(headersMs - halfMs, () => end('HEADERS_TIMEOUT'));
    if (origin.aliveMs >= startedMs) return;
    void probeOnce(origin, halfMs, clock).then((isAnswered) => {
      if (!isOver && !isAnswered && origin.aliveMs < startedMs) end('CONNECT_TIMEOUT');
    });
  });
  return () => {
    isOver = true;
    cancelTimer();
  };
}

/** However many requests wait, one probe speaks for all of them. */
function probeOnce(origin: Origin, timeoutMs: number, clock: Clock): Promise<boolean> {
  origin.probe ??= probeConnection(origin.hostname, origin.port, timeoutMs, clock).then((isAnswered) => {
    origin.probe = undefined;
    if (isAnswered) origin.aliveMs = clock.monotonic();
    return isAnswered;
  });
  return origin.probe;
}

function readResponse(
  response: Response,
  request: UpstreamRequest,
  origin: Origin,
  isPooled: boolean,
  controller: AbortController,
  abort: () => void,
): UpstreamResponse {
  const { signal } = request;
  const reader = response.body?.getReader();
  let isOver = false;
  const finish = (): void => {
    isOver = true;
    signal.removeEventListener('abort', abort);
  };
  return {
    status: response.status,
    header: (name) => response.headers.get(name),
    read: async () => {
      if (isOver) return undefined;
      try {
        const chunk = await reader?.read();
        if (chunk !== undefined && !chunk.done) return chunk.value;
        if (isPooled && !isOver && origin.pooled < MAX_POOLED) origin.pooled += 1;
        finish();
        return undefined;
      } catch (error) {
        const wasClosed = isOver;
        finish();
        if (wasClosed) return undefined;
        if (signal.aborted) throw new GatewayError({ code: 'CLIENT_GONE' });
        throw new GatewayError(classifyNetworkError(error), { cause: error });
      }
    },
    close: () => {
      if (isOver) return;
      finish();
      controller.abort();
    },
  };
}
