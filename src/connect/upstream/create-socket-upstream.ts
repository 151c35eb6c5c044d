import { GatewayError } from '../../core/failures.ts';
import type { Clock, Upstream, UpstreamRequest, UpstreamResponse } from '../../core/ports.ts';
import type { Provider } from '../../core/target.ts';
import { ConnectionPool } from './connection-pool.ts';
import { HttpCall } from './http-call.ts';
import type { HttpConnection } from './http-connection.ts';
import { isReset, STALE_WINDOW_MS } from './stale-connection.ts';
import { type Origin, OutgoingRequest, readOrigin, requestHead, SCRATCH_BYTES } from './write-request.ts';

/**
 * Calls providers over sockets of its own. Bun's fetch does its network work on another thread, and handing every chunk
 * over costs more than all the rest of a request (docs/decisions/0006-own-http-client.md).
 */
export function createSocketUpstream(deps: { readonly clock: Clock }): Upstream {
  const { clock } = deps;
  const pool = new ConnectionPool(clock);
  const scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  const origins = new WeakMap<Provider, Origin>();

  const originOf = (provider: Provider): Origin => {
    const known = origins.get(provider);
    if (known !== undefined) return known;
    const origin = readOrigin(provider.baseUrl);
    origins.set(provider, origin);
    return origin;
  };

  const callOver = (connection: HttpConnection, head: string, request: UpstreamRequest): HttpCall =>
    new HttpCall(request, new OutgoingRequest(head, request.body ?? [], scratch), connection, clock);

  return {
    send: async (request): Promise<UpstreamResponse> => {
      if (request.signal.aborted) throw new GatewayError({ code: 'CLIENT_GONE' });
      const origin = originOf(request.target.provider);
      const head = requestHead(request, origin);
      const pooled = pool.take(origin);
      if (pooled === undefined) return callOver(pool.open(origin), head, request).run();
      const startedMs = clock.monotonic();
      const call = callOver(pooled, head, request);
      try {
        return await call.run();
      } catch (error) {
        const isStale = !call.hasAnswer && isReset(error) && clock.monotonic() - startedMs < STALE_WINDOW_MS;
        if (!isStale || request.signal.aborted) throw error;
        return callOver(pool.open(origin), head, request).run();
      }
    },
  };
}
