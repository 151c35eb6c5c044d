import { type Failure, type FailureCode, GatewayError } from '../../core/failures.ts';
import type { CancelSignal, Clock, UpstreamRequest, UpstreamResponse } from '../../core/ports.ts';
import type { ConnectionUser, HttpConnection } from './http-connection.ts';
import type { ResponseHead } from './parse-head.ts';
import { ResponseParser } from './parse-response.ts';
import { ResponseBody } from './response-body.ts';
import type { OutgoingRequest } from './write-request.ts';

/** One request and its answer over one connection. */
export class HttpCall implements ConnectionUser {
  /** Whether any byte of an answer has come. */
  hasAnswer = false;

  private readonly parser = new ResponseParser();
  private readonly body: ResponseBody;
  private readonly connection: HttpConnection;
  private readonly outgoing: OutgoingRequest;
  private readonly signal: CancelSignal;
  private readonly opened = Promise.withResolvers<UpstreamResponse>();
  private readonly abort = (): void => this.stop({ code: 'CLIENT_GONE' });
  private cancelTimer: () => void;
  private isOver = false;

  constructor(request: UpstreamRequest, outgoing: OutgoingRequest, connection: HttpConnection, clock: Clock) {
    this.outgoing = outgoing;
    this.connection = connection;
    this.signal = request.signal;
    this.body = new ResponseBody(() => connection.resume());
    this.cancelTimer = this.startTimer(request, clock);
    this.signal.addEventListener('abort', this.abort, { once: true });
  }

  /** Resolves at response headers. */
  run(): Promise<UpstreamResponse> {
    this.connection.use(this);
    return this.opened.promise;
  }

  ready(): void {
    this.outgoing.send(this.connection.write);
  }

  drained(): void {
    if (!this.outgoing.isSent) this.outgoing.send(this.connection.write);
  }

  received(bytes: Buffer): void {
    const { parser, body, connection } = this;
    this.hasAnswer = true;
    const hadHead = parser.head !== undefined;
    const hasBody = parser.push(bytes);
    if (!hadHead && parser.head !== undefined) this.open(parser.head);
    if (hasBody && !body.push(bytes.subarray(parser.bodyStart, parser.bodyEnd))) connection.pause();
    connection.shortcut = parser.isBetweenChunks ? body.shortcut : undefined;
    if (parser.isCorrupt) this.stop({ code: 'STREAM_CORRUPT' });
    else if (parser.isComplete) this.complete();
  }

  ended(): void {
    if (this.parser.end()) this.complete();
  }

  failed(failure: Failure): void {
    this.stop(failure);
  }

  private open({ status, header }: ResponseHead): void {
    this.cancelTimer();
    this.outgoing.detach();
    this.opened.resolve({
      status,
      header,
      read: () => this.body.read(),
      flow: (sink) => this.body.flow(sink),
      close: () => this.close(),
    });
  }

  /** The whole answer is here, though perhaps not read yet: the connection can serve the next request. */
  private complete(): void {
    if (!this.finish()) return;
    this.body.end();
    const { parser, connection } = this;
    // A server that answers before it has read the request leaves us with half a request on the wire.
    if (parser.head?.keepsAlive === true && !parser.hasExcess && this.outgoing.isSent) connection.release();
    else connection.destroy();
  }

  private stop(failure: Failure): void {
    if (!this.finish()) return;
    const error = new GatewayError(failure);
    this.opened.reject(error);
    if (failure.code === 'CLIENT_GONE') this.body.drop(error);
    else this.body.end(error);
    this.connection.destroy();
  }

  private close(): void {
    this.body.drop();
    if (this.finish()) this.connection.destroy();
  }

  private finish(): boolean {
    if (this.isOver) return false;
    this.isOver = true;
    this.cancelTimer();
    this.signal.removeEventListener('abort', this.abort);
    return true;
  }

  /** The connect and headers timeouts, on one timer: most answers come before either. */
  private startTimer({ target }: UpstreamRequest, clock: Clock): () => void {
    const { connectMs, headersMs } = target.timeouts;
    const end = (code: FailureCode) => (): void => this.stop({ code });
    if (this.connection.isReady || headersMs <= connectMs) return clock.after(headersMs, end('HEADERS_TIMEOUT'));
    return clock.after(connectMs, () => {
      if (!this.connection.isReady) return this.stop({ code: 'CONNECT_TIMEOUT' });
      this.cancelTimer = clock.after(headersMs - connectMs, end('HEADERS_TIMEOUT'));
    });
  }
}
