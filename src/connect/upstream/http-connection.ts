import type { Socket, SocketHandler, TLSOptions } from 'bun';
import type { Failure } from '../../core/failures.ts';
import { startOfOnlyChunk } from '../../core/http/only-chunk.ts';
import type { ChunkShortcut } from '../../core/ports.ts';
import { classifyNetworkError } from './classify-network-error.ts';
import type { Origin } from './write-request.ts';

/** The request that a connection is busy with. */
export interface ConnectionUser {
  /** The connection stands, TLS included. */
  readonly ready: () => void;
  /** The bytes are the receiver's own. */
  readonly received: (bytes: Buffer) => void;
  /** The socket takes bytes again. */
  readonly drained: () => void;
  /** The server sends nothing more. */
  readonly ended: () => void;
  readonly failed: (failure: Failure) => void;
}

/** Who keeps connections between requests. */
export interface ConnectionKeeper {
  /** Takes over a connection that can serve another request. */
  readonly keep: (connection: HttpConnection) => void;
  /** A connection that was kept is of no use any more. */
  readonly forget: (connection: HttpConnection) => void;
}

/** One socket to an origin. Serves one request at a time, and several after each other. */
export class HttpConnection {
  /** Asked before the user, while the server is between two chunks of a body. */
  shortcut: ChunkShortcut | undefined;
  readonly origin: Origin;
  /** When it was last kept, monotonic ms. */
  idleSinceMs = 0;
  isReady = false;
  isClosed = false;

  private readonly keeper: ConnectionKeeper;
  private socket: Socket<HttpConnection> | undefined;
  private user: ConnectionUser | undefined;
  private isPaused = false;

  constructor(origin: Origin, keeper: ConnectionKeeper) {
    this.origin = origin;
    this.keeper = keeper;
  }

  /** Serves `user` from now on; the first one makes it connect. */
  use(user: ConnectionUser): void {
    this.user = user;
    if (this.isReady) {
      this.socket?.ref();
      user.ready();
    } else this.connect();
  }

  /** The user is done, and nothing of its request or answer is left on the wire. */
  release(): void {
    this.user = undefined;
    this.shortcut = undefined;
    if (this.isClosed) return;
    this.resume();
    this.keeper.keep(this);
  }

  /** Called by the keeper: for `seconds` it may wait for a user, without keeping the process alive. */
  rest(seconds: number): void {
    this.socket?.timeout(seconds);
    this.socket?.unref();
  }

  /** Answers how many bytes the socket took, 0 when it takes none now. */
  readonly write = (bytes: Uint8Array, offset: number, length: number): number =>
    this.socket?.write(bytes, offset, length) ?? 0;

  pause(): void {
    if (this.isPaused) return;
    this.isPaused = true;
    this.socket?.pause();
  }

  resume(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    this.socket?.resume();
  }

  /** Closes at once. The user hears nothing of it. */
  destroy(): void {
    this.user = undefined;
    this.close();
  }

  /** Called by the socket. */
  opened(socket: Socket<HttpConnection>): void {
    this.socket = socket;
    // Nobody waits any more: connecting itself cannot be cancelled.
    if (this.isClosed) socket.terminate();
    else if (!this.origin.isTls) this.becomeReady();
  }

  /** Called by the socket: Bun has verified certificate and host name, and closes by itself if they are not right. */
  secured(isTrusted: boolean, error: Error | null): void {
    if (isTrusted && error === null) {
      this.becomeReady();
      return;
    }
    const failure = classifyNetworkError(error);
    // Whatever has a name that the table does not know, it is about TLS.
    this.fail(failure.upstreamCode === undefined ? failure : { ...failure, code: 'TLS_FAILED' });
  }

  /** Called by the socket. */
  received(bytes: Buffer): void {
    const { shortcut } = this;
    if (shortcut !== undefined) {
      const start = startOfOnlyChunk(bytes);
      if (start !== -1 && shortcut.take(bytes, start)) return;
    }
    if (this.user === undefined) this.close();
    else this.user.received(bytes);
  }

  /** Called by the socket. */
  drained(): void {
    // Before the handshake is verified nothing was written.
    if (this.isReady) this.user?.drained();
  }

  /** Called by the socket: the server's FIN. The socket closes itself next. */
  ended(): void {
    this.user?.ended();
    this.fail({ code: 'CONNECTION_RESET' });
  }

  /** Called by the socket: the time to wait for a user is over. Whoever uses it has limits of its own. */
  timedOut(): void {
    if (this.user === undefined) this.close();
  }

  fail(failure: Failure): void {
    const { user } = this;
    this.user = undefined;
    this.close();
    user?.failed(failure);
  }

  private connect(): void {
    const { hostname, port, isTls } = this.origin;
    const options = { hostname, port, data: this, socket: HANDLERS };
    // A connection that is refused tells `connectError`; what rejects beyond that is the same news again.
    Bun.connect<HttpConnection>(isTls ? { ...options, tls: TLS } : options).catch((error: unknown) =>
      this.fail(classifyNetworkError(error)),
    );
  }

  private becomeReady(): void {
    this.isReady = true;
    this.user?.ready();
  }

  private close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.shortcut = undefined;
    this.keeper.forget(this);
    this.socket?.terminate();
  }
}

/** `NODE_TLS_REJECT_UNAUTHORIZED=0` is not honoured: keys and prompts travel here. Extra authorities are (`NODE_EXTRA_CA_CERTS`). */
const TLS: TLSOptions = { rejectUnauthorized: true, ALPNProtocols: '\x08http/1.1' };

const HANDLERS: SocketHandler<HttpConnection> = {
  open: (socket) => socket.data.opened(socket),
  handshake: (socket, isTrusted, error) => socket.data.secured(isTrusted, error),
  data: (socket, bytes) => socket.data.received(bytes),
  drain: (socket) => socket.data.drained(),
  end: (socket) => socket.data.ended(),
  close: (socket, error) => socket.data.fail(error === undefined ? CLOSED : classifyNetworkError(error)),
  error: (socket, error) => socket.data.fail(classifyNetworkError(error)),
  connectError: (socket, error) => socket.data.fail(classifyNetworkError(error)),
  timeout: (socket) => socket.data.timedOut(),
};

const CLOSED: Failure = { code: 'CONNECTION_RESET' };
