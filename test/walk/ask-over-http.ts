import type { Ask } from './codex-model.ts';
import { GATEWAY_KEY } from './start-walk.ts';

/** A client's request over a real socket. Whatever arrived before the connection ended is the answer. */
export function askOverHttp(walk: { readonly baseUrl: string }, signal?: AbortSignal): Ask {
  return async (body, headers) => {
    const response = await fetch(`${walk.baseUrl}/responses`, {
      method: 'POST',
      headers: { ...headers, authorization: `Bearer ${GATEWAY_KEY}`, 'content-type': 'application/json' },
      body,
      // Codex opens a connection per request.
      keepalive: false,
      ...(signal === undefined ? {} : { signal }),
    });
    const chunks: Uint8Array[] = [];
    try {
      for await (const chunk of response.body ?? []) chunks.push(chunk);
    } catch {} // broken off: what came before counts
    return { status: response.status, text: Buffer.concat(chunks).toString() };
  };
}
