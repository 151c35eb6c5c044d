import { GatewayError } from '../../core/failures.ts';
import type { Clock, Upstream, UpstreamRequest, UpstreamResponse } from '../../core/ports.ts';
import { classifyNetworkError } from './classify-network-error.ts';
import { isReset, STALE_WINDOW_MS } from './stale-connection.ts';
import { requestHeaders } from './write-request.ts';

/** More idle connections than this are not counted. */
const MAX_POOLED = 256;

interface Deps {
  readonly clock: Clock;
  /** The proxy's URL. */
  readonly proxy: string;
}

/** Connections that may lie idle in Bun's pool: an upper bound, since the server closes them as it likes. */
interface Pool {
  count: number;
}

/**
 * Calls one provider through a proxy, with Bun's fetch. There is no connect timeout of its own: what cannot be reached
 * behind the proxy is the proxy's to say. Never logs, never follows redirects, never decompresses.
 */
export function createFetchUpstream({ clock, proxy }: Deps): Upstream {
  const pool: Pool = { count: 0 };
  return {
    send: async (request) => {
      if (pool.count === 0) return open(request, proxy, pool, true, clock);
      pool.count -= 1;
      const startedMs = clock.monotonic();
      try {
        return await open(request, proxy, pool, true, clock);
      } catch (error) {
        const isStale = isReset(error) && clock.monotonic() - startedMs < STALE_WINDOW_MS && !request.signal.aborted;
        if (!isStale) throw error;
        return open(request, proxy, pool, false, clock);
      }
    },
  };
}

/** One call up to its response headers. */
async function open(
  request: UpstreamRequest,
  proxy: string,
  pool: Pool,
  isPooled: boolean,
  clock: Clock,
): Promise<UpstreamResponse> {
  const { target, signal } = request;
  if (signal.aborted) throw new GatewayError({ code: 'CLIENT_GONE' });
  const headers = requestHeaders(request);
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  signal.addEventListener('abort', abort, { once: true });
  let isLate = false;
  const cancelTimer = clock.after(target.timeouts.headersMs, () => {
    isLate = true;
    controller.abort();
  });
  try {
    const init: BunFetchRequestInit = {
      method: request.method,
      headers,
      signal: controller.signal,
      proxy,
      redirect: 'manual',
      decompress: false,
      keepalive: isPooled,
      tls: { rejectUnauthorized: true },
      // Bun would end a silent stream after 5 minutes; the walk has its own limits.
      timeout: false,
      // Whatever BUN_CONFIG_VERBOSE_FETCH says: it prints keys.
      verbose: false,
    };
    // Another thread reads it, and not only until the answer's head is here.
    if (request.body !== undefined) init.body = Buffer.concat(request.body);
    const response = await fetch(target.provider.baseUrl + request.path, init);
    return readResponse(response, request, pool, isPooled, controller, abort);
  } catch (error) {
    signal.removeEventListener('abort', abort);
    if (isLate) throw new GatewayError({ code: 'HEADERS_TIMEOUT' });
    if (signal.aborted) throw new GatewayError({ code: 'CLIENT_GONE' });
    throw new GatewayError(classifyNetworkError(error), { cause: error });
  } finally {
    cancelTimer();
  }
}

function readResponse(
  response: Response,
  request: UpstreamRequest,
  pool: Pool,
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
        if (isPooled && !isOver && pool.count < MAX_POOLED) pool.count += 1;
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
