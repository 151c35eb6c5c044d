import type { SocketHandler } from 'bun';
import type { Clock } from '../../core/ports.ts';
import { ServerConnection, type ServerContext } from './server-connection.ts';

export interface HttpServer {
  readonly hostname: string;
  readonly port: number;
  /** No request is served after the running ones: idle connections end, busy ones behind their answer. */
  readonly refuse: () => void;
  /** Answers are complete that their clients have not taken yet. */
  readonly isSending: () => boolean;
  /** Ends everything at once. */
  readonly stop: () => void;
}

/** What one write takes together: head, chunk and events cost one system call. */
const SCRATCH_BYTES = 131_072;

/**
 * An HTTP/1.1 server for streams: what a handler writes reaches the socket within the call, without a stream, a queue or
 * a promise between (docs/decisions/0009-own-http-server.md). Throws when the address is taken.
 */
export function createHttpServer(
  listen: { readonly hostname: string; readonly port: number },
  clock: Clock,
  handle: ServerContext['handle'],
): HttpServer {
  const connections = new Set<ServerConnection>();
  const context: ServerContext = {
    clock,
    date: createDate(clock),
    handle,
    scratch: Buffer.allocUnsafeSlow(SCRATCH_BYTES),
    isStopping: false,
    connections,
  };
  const listener = Bun.listen<ServerConnection | undefined>({
    hostname: listen.hostname,
    port: listen.port,
    socket: {
      ...HANDLERS,
      open: (socket) => {
        socket.data = new ServerConnection(socket, context);
      },
    },
    data: undefined,
  });
  return {
    hostname: listen.hostname,
    port: listener.port,
    refuse: () => {
      context.isStopping = true;
      for (const connection of connections) connection.retire();
    },
    isSending: () => {
      for (const connection of connections) if (connection.isSending) return true;
      return false;
    },
    stop: () => {
      context.isStopping = true;
      listener.stop(true);
      for (const connection of connections) connection.destroy();
    },
  };
}

const HANDLERS: SocketHandler<ServerConnection | undefined> = {
  data: (socket, bytes) => socket.data?.received(bytes),
  drain: (socket) => socket.data?.socketDrained(),
  close: (socket) => socket.data?.closed(),
  error: (socket) => socket.data?.destroy(),
  timeout: (socket) => socket.data?.timedOut(),
};

/** The text for the `date` header, made once a second. */
function createDate(clock: Clock): () => string {
  let second = -1;
  let text = '';
  return () => {
    const now = Math.floor(clock.now() / 1000);
    if (now !== second) {
      second = now;
      text = new Date(now * 1000).toUTCString();
    }
    return text;
  };
}
