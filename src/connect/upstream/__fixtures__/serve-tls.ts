import { readFileSync } from 'node:fs';
import type net from 'node:net';
import tls from 'node:tls';
import { onCleanUp } from './scripted-server.ts';

const read = (name: string): Buffer => readFileSync(new URL(name, import.meta.url));

/** A TLS server on localhost, and on every other name of this machine. */
export function serveTls(
  certificate: 'self-signed.pem' | 'expired.pem',
  onConnection: (socket: tls.TLSSocket) => void,
  options: tls.TlsOptions = {},
): Promise<number> {
  const server = tls.createServer({ key: read('key.pem'), cert: read(certificate), ...options }, (socket) => {
    socket.on('error', () => {});
    onCleanUp(() => void socket.destroy());
    onConnection(socket);
  });
  server.on('tlsClientError', () => {});
  onCleanUp(() => void server.close());
  return new Promise((resolve) => {
    server.listen(0, '0.0.0.0', () => resolve((server.address() as net.AddressInfo).port));
  });
}
