import { connect, type Socket } from 'node:net';

/** A client that decides for itself when to write, to read and to leave. */
export interface RawClient {
  readonly write: (text: string | Uint8Array) => void;
  /** Everything that was received so far, as text. */
  readonly received: () => string;
  readonly receivedBytes: () => Buffer;
  /** Resolves when `text` was received, or the connection has ended. */
  readonly waitFor: (text: string) => Promise<void>;
  /** Resolves when `condition` holds, looked at after everything that arrives, or the connection has ended. */
  readonly waitUntil: (condition: () => boolean) => Promise<void>;
  /** Resolves when the other side has closed the connection. */
  readonly closed: Promise<void>;
  readonly hasClosed: () => boolean;
  /** Resolves when all that was written has left this process, or the connection has ended. */
  readonly drained: () => Promise<void>;
  /** Reads nothing from now on. */
  readonly stopReading: () => void;
  /** Says that nothing more will be written; reads on. */
  readonly finishWriting: () => void;
  readonly leave: () => void;
}

export async function connectRaw(port: number): Promise<RawClient> {
  const { promise: opened, resolve: open, reject } = Promise.withResolvers<void>();
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  const chunks: Buffer[] = [];
  let onData: () => void = () => {};
  const socket: Socket = connect(port, '127.0.0.1', open);
  socket.on('error', reject);
  socket.on('close', () => {
    close();
    onData();
  });
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    onData();
  });
  await opened;
  const waitUntil = async (condition: () => boolean): Promise<void> => {
    while (!condition() && !socket.closed) await new Promise<void>((resolve) => (onData = resolve));
  };
  const receivedBytes = (): Buffer => Buffer.concat(chunks);
  const received = (): string => receivedBytes().toString();
  return {
    write: (text) => void socket.write(text),
    received,
    receivedBytes,
    waitFor: (text) => waitUntil(() => received().includes(text)),
    waitUntil,
    closed,
    hasClosed: () => socket.closed,
    drained: async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      if (socket.writableNeedDrain) socket.once('drain', resolve);
      else resolve();
      await Promise.race([promise, closed]);
    },
    stopReading: () => void socket.pause(),
    finishWriting: () => void socket.end(),
    leave: () => void socket.destroy(),
  };
}

/** A request's head and body as they go over the wire. `length` default: the body's own. */
export function renderRequest(
  path: string,
  headers: Readonly<Record<string, string>>,
  body = '',
  method = 'POST',
): string {
  const lines = Object.entries({ host: '127.0.0.1', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  const length =
    'content-length' in headers || 'transfer-encoding' in headers
      ? ''
      : `content-length: ${Buffer.byteLength(body)}\r\n`;
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}${length}\r\n${body}`;
}
