import type { Socket } from 'bun';
import { MessageParser } from '../../core/http/message-parser.ts';
import { lengthOf } from '../../core/length-of.ts';
import type { Clock } from '../../core/ports.ts';
import type { Reply } from '../../exchange/walk-types.ts';
import { HttpReply, type ReplyConnection } from './http-reply.ts';
import { chunkParts, joinChunkInto, joinInto, LAST_CHUNK } from './join-parts.ts';
import { REQUESTS, type RequestHead } from './parse-request-head.ts';
import { RequestBody } from './request-body.ts';

/** A request whose head is here; its body may still be under way. */
export interface HttpRequest extends Omit<RequestHead, 'body' | 'isInterim'> {
  /** Rejects with BODY_TOO_LARGE, BODY_TIMEOUT or CLIENT_GONE. Asked for at most once. */
  readonly readBody: (maxBytes: number, timeoutMs: number) => Promise<Buffer>;
  /** Calls `callback` once when the client goes before it has its answer; at once if it has gone. */
  readonly onGone: (callback: () => void) => void;
}

export interface ServerContext {
  readonly clock: Clock;
  readonly date: () => string;
  /** Answers sooner or later through `reply`. Must not throw. */
  readonly handle: (request: HttpRequest, reply: Reply) => void;
  /** Used only within a call, so all connections share it. */
  readonly scratch: Buffer;
  /** No further requests are wanted. */
  isStopping: boolean;
  /** Connections that are open. */
  readonly connections: Set<ServerConnection>;
}

/** A request must be whole up to its body within this time, and an unused connection is kept this long. */
const HEAD_TIMEOUT_S = 30;
/** Longer than clients keep theirs (Codex: 90 s), so that they never write to a connection that we are closing. */
const IDLE_TIMEOUT_S = 120;
/** A client that takes none of the rest of its answer for this long gets no more of it. */
const FLUSH_TIMEOUT_S = 60;
/** For a client that is still sending what nobody wants to read, so that it gets to see its answer. */
const LINGER_TIMEOUT_S = 8;
/** Sent ahead of the answer to the request before: kept, up to here. As much as can come in one piece. */
const MAX_AHEAD_BYTES = 1_048_576;
const CONTINUE = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n');
const EMPTY = Buffer.alloc(0);

/** One client connection: requests one after the other, each answered before the next is begun. */
export class ServerConnection implements ReplyConnection {
  takenBytes = 0;

  private isClosed = false;
  /** Not yet taken by the kernel. */
  private unsent: Buffer = EMPTY;
  private readonly socket: Socket<ServerConnection | undefined>;
  private drained: PromiseWithResolvers<void> | undefined;
  private readonly context: ServerContext;
  private parser = new MessageParser(REQUESTS);
  private body: RequestBody | undefined;
  /** A request was handed over and its answer is not complete. */
  private isAnswering = false;
  private onGone: (() => void) | undefined;
  /** What came behind the running request. */
  private ahead: Buffer = EMPTY;
  /** The last answer is out; what still comes is thrown away. */
  private isLingering = false;
  private endsWhenSent = false;

  constructor(socket: Socket<ServerConnection | undefined>, context: ServerContext) {
    this.socket = socket;
    this.context = context;
    context.connections.add(this);
    socket.timeout(HEAD_TIMEOUT_S);
  }

  /** Called by the socket; the bytes are ours. */
  received(bytes: Buffer): void {
    if (this.isLingering || this.isClosed || this.endsWhenSent) return;
    // The client must have taken one answer before the next request is begun.
    if (this.isAnswering ? this.parser.isComplete : this.unsent.length > 0) this.keepAhead(bytes);
    else this.parse(bytes);
  }

  /** Called by the socket: it takes bytes again. */
  socketDrained(): void {
    const { unsent } = this;
    if (unsent.length === 0) return;
    this.unsent = EMPTY;
    this.push(unsent, 0, unsent.length);
    if (this.unsent.length > 0) {
      // It reads, so it may take its time.
      if (!this.isAnswering) this.socket.timeout(FLUSH_TIMEOUT_S);
      return;
    }
    this.drained?.resolve();
    this.drained = undefined;
    if (this.endsWhenSent) this.endSending();
    else if (!this.isAnswering) this.expectNext();
  }

  /** Called by the socket, whatever the reason. */
  closed(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.context.connections.delete(this);
    this.unsent = EMPTY;
    this.body?.fail('CLIENT_GONE');
    this.drained?.resolve();
    const { onGone } = this;
    this.onGone = undefined;
    if (this.isAnswering) onGone?.();
  }

  /** Called by the socket: the time for a head, for the next request or for the last bytes is over. */
  timedOut(): void {
    // Whoever answers has limits of its own.
    if (!this.isAnswering) this.destroy();
  }

  /** Closes a connection that serves no request now; one that does is closed behind its answer. */
  retire(): void {
    if (this.isAnswering || this.isLingering || this.endsWhenSent) return;
    if (this.unsent.length > 0) this.endsWhenSent = true;
    else this.socket.end();
  }

  /** An answer is complete, and the client has not taken all of it. */
  get isSending(): boolean {
    return !this.isAnswering && this.unsent.length > 0;
  }

  canGoOn(): boolean {
    return this.parser.isComplete && !this.context.isStopping;
  }

  date(): string {
    return this.context.date();
  }

  write(parts: readonly Uint8Array[]): void {
    const { scratch } = this.context;
    const end = joinInto(scratch, parts);
    if (end === undefined) for (const part of parts) this.push(part, 0, part.length);
    else this.push(scratch, 0, end);
  }

  writeChunk(head: Uint8Array | undefined, parts: readonly Uint8Array[], isLast: boolean): void {
    const { scratch } = this.context;
    const length = lengthOf(parts);
    if (length === 0) {
      this.write([...(head === undefined ? [] : [head]), ...(isLast ? [LAST_CHUNK] : [])]);
      return;
    }
    const end = joinChunkInto(scratch, head, parts, length, isLast);
    if (end !== undefined) this.push(scratch, 0, end);
    else this.write([...(head === undefined ? [] : [head]), ...chunkParts(parts, length, isLast)]);
  }

  get isReady(): boolean {
    return this.unsent.length === 0 && !this.isClosed;
  }

  passChunk(bytes: Buffer): void {
    this.push(bytes, 0, bytes.length);
  }

  untilDrained(): Promise<void> | undefined {
    if (this.unsent.length === 0) return undefined;
    this.drained ??= Promise.withResolvers<void>();
    return this.drained.promise;
  }

  answered(keepsAlive: boolean): void {
    this.isAnswering = false;
    this.onGone = undefined;
    if (this.isClosed) return;
    if (!keepsAlive || this.context.isStopping) {
      this.close();
      return;
    }
    this.parser = new MessageParser(REQUESTS);
    this.body = undefined;
    if (this.unsent.length > 0) this.socket.timeout(FLUSH_TIMEOUT_S);
    else this.expectNext();
  }

  destroy(): void {
    if (this.isClosed) return;
    this.socket.terminate();
    this.closed();
  }

  private parse(bytes: Buffer): void {
    const { parser } = this;
    const hadHead = parser.head !== undefined;
    const hasBody = parser.push(bytes);
    const { head } = parser;
    if (head !== undefined && !hadHead) this.body = this.createBody(head);
    if (hasBody) this.body?.push(bytes.subarray(parser.bodyStart, parser.bodyEnd));
    if (parser.isCorrupt) {
      this.refuse(head === undefined);
      return;
    }
    if (parser.isComplete) {
      this.body?.end();
      if (parser.hasExcess) this.keepAhead(bytes.subarray(parser.consumedBytes));
    }
    if (head !== undefined && !hadHead) this.begin(head);
  }

  private createBody(head: RequestHead): RequestBody {
    return new RequestBody(head.body === 'until-close' ? 0 : head.body, this.context.clock, () => {
      if (head.header('expect')?.toLowerCase() === '100-continue') this.push(CONTINUE, 0, CONTINUE.length);
    });
  }

  private begin(head: RequestHead): void {
    this.isAnswering = true;
    const { body } = this;
    const request: HttpRequest = {
      ...head,
      readBody: (maxBytes, timeoutMs) => body?.read(maxBytes, timeoutMs) ?? Promise.resolve(EMPTY),
      onGone: (callback) => {
        if (this.isClosed) callback();
        else this.onGone = callback;
      },
    };
    this.context.handle(request, new HttpReply(this, head));
  }

  /** What came is no HTTP, or not one thing only: answered once, and never read on. */
  private refuse(isHead: boolean): void {
    const { isTooLong } = this.parser;
    if (!isHead && this.isAnswering) {
      // A request whose body breaks off cannot be trusted to end anywhere.
      this.body?.fail('BAD_REQUEST');
      return;
    }
    const reply = new HttpReply(this, { method: 'GET', isOld: false, keepsAlive: false });
    reply.send(isTooLong ? 431 : 400, { 'content-type': 'text/plain' }, isTooLong ? 'Too long.\n' : 'Not HTTP/1.1.\n');
  }

  private keepAhead(bytes: Buffer): void {
    this.ahead = this.ahead.length === 0 ? bytes : Buffer.concat([this.ahead, bytes]);
    // Not paused: a socket that is not read does not tell that its client has gone.
    if (this.ahead.length > MAX_AHEAD_BYTES) this.destroy();
  }

  /** The answer is out: for the next request, which may be here already. */
  private expectNext(): void {
    this.socket.timeout(IDLE_TIMEOUT_S);
    if (this.ahead.length > 0) queueMicrotask(() => this.parseAhead());
  }

  private parseAhead(): void {
    const { ahead } = this;
    this.ahead = EMPTY;
    this.received(ahead);
  }

  private push(bytes: Uint8Array, start: number, end: number): void {
    if (this.isClosed) return;
    if (this.unsent.length > 0) {
      this.unsent = Buffer.concat([this.unsent, bytes.subarray(start, end)]);
      return;
    }
    const written = Math.max(this.socket.write(bytes, start, end - start), 0);
    this.takenBytes += written;
    if (start + written < end) this.unsent = Buffer.from(bytes.subarray(start + written, end));
  }

  /** Behind the last answer. A client that is still sending would lose it to a reset, so it may finish. */
  private close(): void {
    this.ahead = EMPTY;
    this.isLingering = !this.parser.isComplete;
    if (this.unsent.length === 0) {
      this.endSending();
      return;
    }
    this.endsWhenSent = true;
    this.socket.timeout(FLUSH_TIMEOUT_S);
  }

  private endSending(): void {
    this.endsWhenSent = false;
    if (!this.isLingering) {
      this.socket.end();
      return;
    }
    this.socket.timeout(LINGER_TIMEOUT_S);
    this.socket.shutdown();
  }
}
