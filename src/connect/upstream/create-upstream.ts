import type { Clock, Upstream, UpstreamRequest, UpstreamResponse } from '../../core/ports.ts';
import type { Provider } from '../../core/target.ts';
import { createFetchUpstream } from './create-fetch-upstream.ts';
import { createSocketUpstream } from './create-socket-upstream.ts';
import { readProxy } from './read-proxy.ts';
import { signRequest } from './sign-request.ts';

interface Deps {
  readonly clock: Clock;
  /** Where proxy settings are found. Default: none, so every provider is reached directly. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

async function sendSigned(upstream: Upstream, request: UpstreamRequest, clock: Clock): Promise<UpstreamResponse> {
  return await upstream.send(signRequest(request, clock.now()));
}

/** Calls providers: over sockets of our own, or over Bun's fetch where a proxy of the environment stands between. */
export function createUpstream({ clock, env = {} }: Deps): Upstream {
  const direct = createSocketUpstream({ clock });
  const chosen = new WeakMap<Provider, Upstream>();
  const choose = (provider: Provider): Upstream => {
    const proxy = readProxy(new URL(provider.baseUrl), env);
    const upstream = proxy === undefined ? direct : createFetchUpstream({ clock, proxy });
    chosen.set(provider, upstream);
    return upstream;
  };
  return {
    send: (request) => {
      const { provider } = request.target;
      const upstream = chosen.get(provider) ?? choose(provider);
      return provider.auth === 'sigv4' ? sendSigned(upstream, request, clock) : upstream.send(request);
    },
  };
}
