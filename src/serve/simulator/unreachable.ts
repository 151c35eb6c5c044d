/** Addresses that fail before any provider could answer. */

/** Nothing listens there: `connection refused`. A port that was free a moment ago may be somebody's by now; this is not. */
export const refusedUrl = (): string => 'http://127.0.0.1:1/v1';

/** A name that does not resolve, now or ever (RFC 6761). */
export const unresolvableUrl = (): string => 'http://provider.invalid/v1';

export interface BrokenTlsListener {
  /** `https://…/v1`: something listens there, and the TLS handshake fails. */
  readonly url: string;
  readonly stop: () => void;
}

/** Answers a TLS handshake with something that is not TLS. For an untrusted certificate give a simulator `tls`. */
export async function startBrokenTls(): Promise<BrokenTlsListener> {
  const listener = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      data(socket) {
        socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      },
    },
  });
  return { url: `https://127.0.0.1:${listener.port}/v1`, stop: () => listener.stop(true) };
}
