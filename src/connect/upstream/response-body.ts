import type { GatewayError } from '../../core/failures.ts';
import type { BodySink, ChunkShortcut } from '../../core/ports.ts';

/** Unread bytes above which the socket is left alone, and below which it is read again. */
const HIGH_WATER_BYTES = 262_144;
const LOW_WATER_BYTES = 65_536;

/** The body of a response between the network and its one reader. */
export class ResponseBody {
  private isOver = false;
  private sink: BodySink | undefined;
  /** The sink has asked for a pause. */
  private isHeld = false;
  private waiting: PromiseWithResolvers<Uint8Array | undefined> | undefined;
  private chunks: Buffer[] = [];
  private queuedBytes = 0;
  private isFull = false;
  private readonly onRoom: () => void;
  private error: GatewayError | undefined;

  /** `onRoom` is called when a reader has made room after `push` said that it was full. */
  constructor(onRoom: () => void) {
    this.onRoom = onRoom;
  }

  /** What may be asked before `push`, until the next one. */
  get shortcut(): ChunkShortcut | undefined {
    return this.isHeld || this.isOver ? undefined : this.sink?.shortcut;
  }

  /** Answers false when no more should come before `onRoom`. */
  push(chunk: Buffer): boolean {
    if (this.isOver) return true;
    const { waiting, sink } = this;
    if (sink !== undefined && !this.isHeld) {
      this.hold(sink.chunk(chunk));
      return !this.isHeld;
    }
    if (waiting !== undefined) {
      this.waiting = undefined;
      waiting.resolve(chunk);
      return true;
    }
    this.chunks.push(chunk);
    this.queuedBytes += chunk.length;
    this.isFull = this.queuedBytes > HIGH_WATER_BYTES;
    return !this.isFull;
  }

  /** Nothing comes any more; what is queued stays readable, then the error, if any, is told once. */
  end(error?: GatewayError): void {
    if (this.isOver) return;
    this.isOver = true;
    this.error = error;
    const { waiting, sink } = this;
    if (sink !== undefined) {
      if (!this.isHeld) this.endSink();
      return;
    }
    this.waiting = undefined;
    if (waiting === undefined) return;
    this.error = undefined;
    if (error === undefined) waiting.resolve(undefined);
    else waiting.reject(error);
  }

  /** The reader, or who pays for it, has gone: what is queued is dropped. */
  drop(error?: GatewayError): void {
    this.chunks = [];
    this.queuedBytes = 0;
    this.isHeld = false;
    if (!this.isOver) {
      this.end(error);
      return;
    }
    this.error = error;
    this.endSink();
  }

  /** From now on everything goes to `sink`, beginning with what is queued. */
  flow(sink: BodySink): void {
    this.sink = sink;
    this.release(sink);
  }

  private hold(pause: Promise<void> | undefined): void {
    const { sink } = this;
    if (pause === undefined || sink === undefined) return;
    this.isHeld = true;
    void pause.then(() => {
      if (!this.isHeld) return;
      this.isHeld = false;
      this.release(sink);
    });
  }

  private release(sink: BodySink): void {
    while (!this.isHeld) {
      const chunk = this.chunks.shift();
      if (chunk === undefined) break;
      this.queuedBytes -= chunk.length;
      this.hold(sink.chunk(chunk));
    }
    if (this.isHeld) return;
    this.isFull = false;
    if (this.isOver) this.endSink();
    else this.onRoom();
  }

  private endSink(): void {
    const { error, sink } = this;
    if (sink === undefined) return;
    this.error = undefined;
    this.sink = undefined;
    sink.end(error);
  }

  read(): Promise<Uint8Array | undefined> {
    const chunk = this.chunks.shift();
    if (chunk !== undefined) {
      this.queuedBytes -= chunk.length;
      if (this.isFull && this.queuedBytes <= LOW_WATER_BYTES) {
        this.isFull = false;
        this.onRoom();
      }
      return Promise.resolve(chunk);
    }
    const { error } = this;
    if (error !== undefined) {
      this.error = undefined;
      return Promise.reject(error);
    }
    if (this.isOver) return Promise.resolve(undefined);
    this.waiting ??= Promise.withResolvers<Uint8Array | undefined>();
    return this.waiting.promise;
  }
}
