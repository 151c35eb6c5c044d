import type { Clock } from '../../core/ports.ts';
import { type ConnectionKeeper, HttpConnection } from './http-connection.ts';
import type { Origin } from './write-request.ts';

/** Idle connections kept per origin; what is beyond that is closed. */
const MAX_IDLE = 64;

/** Providers and the load balancers before them close idle connections after 60 s and more. */
const MAX_IDLE_SECONDS = 30;

/** Idle connections, by origin. The last used is used first, so that the others can end. */
export class ConnectionPool implements ConnectionKeeper {
  private readonly clock: Clock;
  private readonly idle = new Map<string, HttpConnection[]>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** A connection that has served before, and may have been closed by the server without our knowing. */
  take(origin: Origin): HttpConnection | undefined {
    const connections = this.idle.get(origin.key);
    const connection = connections?.pop();
    if (connections === undefined || connection === undefined) return undefined;
    if (this.clock.monotonic() - connection.idleSinceMs < MAX_IDLE_SECONDS * 1000) return connection;
    // All below it have been idle for longer. The socket's own timer would close them too, within seconds.
    this.idle.delete(origin.key);
    for (const stale of [connection, ...connections]) stale.destroy();
    return undefined;
  }

  /** A connection that is certainly new. */
  open(origin: Origin): HttpConnection {
    return new HttpConnection(origin, this);
  }

  keep(connection: HttpConnection): void {
    const { key } = connection.origin;
    const connections = this.idle.get(key) ?? [];
    if (connections.length >= MAX_IDLE) {
      connection.destroy();
      return;
    }
    if (connections.length === 0) this.idle.set(key, connections);
    connection.idleSinceMs = this.clock.monotonic();
    connection.rest(MAX_IDLE_SECONDS);
    connections.push(connection);
  }

  forget(connection: HttpConnection): void {
    const connections = this.idle.get(connection.origin.key);
    const index = connections?.indexOf(connection) ?? -1;
    if (connections === undefined || index === -1) return;
    connections.splice(index, 1);
    if (connections.length === 0) this.idle.delete(connection.origin.key);
  }
}
