import net from 'node:net';
import { GatewayError } from '../../../core/failures.ts';
import type { UpstreamRequest, UpstreamResponse } from '../../../core/ports.ts';
import type { Provider } from '../../../core/target.ts';

export const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

export const text = (chunk: Uint8Array | undefined): string | undefined =>
  chunk === undefined ? undefined : new TextDecoder().decode(chunk);

const cleanUps: (() => void)[] = [];

/** Runs when the test is over, if it calls `cleanUp` then. */
export function onCleanUp(action: () => void): void {
  cleanUps.push(action);
}

export function cleanUp(): void {
  for (const action of cleanUps.splice(0)) action();
}

/** A TCP server whose every byte is the test's choice. */
export function listen(
  onConnection: (socket: net.Socket, index: number) => void,
  hostname = '127.0.0.1',
): Promise<string> {
  const sockets = new Set<net.Socket>();
  let index = 0;
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    onConnection(socket, index++);
  });
  onCleanUp(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const host = hostname.includes(':') ? `[${hostname}]` : hostname;
  return new Promise((resolve) => {
    server.listen(0, hostname, () => resolve(`http://${host}:${(server.address() as net.AddressInfo).port}`));
  });
}

/** Answers every request, once its body of `content-length` bytes is there, with `answer`. */
export function answerEach(
  answer: (socket: net.Socket, request: { readonly connection: number; readonly number: number }) => void,
): Promise<string> {
  return listen((socket, connection) => {
    let head = '';
    let left = 0;
    let number = 0;
    socket.on('data', (data) => {
      if (left === 0) {
        head += data.toString('latin1');
        const end = head.indexOf('\r\n\r\n');
        if (end === -1) return;
        left = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0) - (head.length - end - 4);
        head = '';
      } else left -= data.length;
      if (left === 0) answer(socket, { connection, number: number++ });
    });
  });
}

/** No machine is so busy that one of them passes where nothing is waited for. */
export const PATIENT = { connectMs: 60_000, headersMs: 60_000, firstEventMs: 60_000, idleMs: 60_000, totalMs: 60_000 };

export function requestTo(
  baseUrl: string,
  changes: Omit<Partial<UpstreamRequest>, 'body'> & { body?: Uint8Array | undefined; provider?: Partial<Provider> } = {},
): UpstreamRequest {
  const { provider: providerChanges, body = new TextEncoder().encode('{"a":1}'), ...requestChanges } = changes;
  const provider: Provider = {
    id: 'p',
    wire: 'responses',
    baseUrl,
    key: { kind: 'none' },
    auth: 'bearer',
    headers: {},
    firstParty: false,
    stateDomain: 'p',
    timeouts: PATIENT,
    ...providerChanges,
  };
  return {
    target: {
      id: 'p/m',
      provider,
      model: 'm',
      isSubstitute: false,
      priority: 1,
      weight: 1,
      timeouts: provider.timeouts,
    },
    method: 'POST',
    path: '/responses',
    headers: { 'content-type': 'application/json' },
    body: changes.method === 'GET' ? undefined : [body],
    credential: { reveal: () => undefined },
    signal: new AbortController().signal,
    ...requestChanges,
  };
}

export async function readAll(response: UpstreamResponse): Promise<string> {
  let all = '';
  for (let chunk = await response.read(); chunk !== undefined; chunk = await response.read()) all += text(chunk);
  return all;
}

export async function failureOf(promise: Promise<unknown>): Promise<GatewayError['failure']> {
  const error = await promise.then(
    () => new Error('nothing failed'),
    (cause: unknown) => cause,
  );
  if (!(error instanceof GatewayError)) throw error;
  return error.failure;
}
