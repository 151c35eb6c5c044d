import { GatewayError } from '../../core/failures.ts';
import { giveBack } from '../../core/give-back.ts';
import type { Clock } from '../../core/ports.ts';

/** The body of a request while it arrives. */
export class RequestBody {
  private readonly clock: Clock;
  /** As declared; `undefined` for one in chunks. */
  private readonly declaredBytes: number | undefined;
  private readonly onAsked: () => void;
  private chunks: Buffer[] = [];
  /** Of a declared length, when it is wanted and does not come in one piece: joined as it comes. */
  private whole: Buffer | undefined;
  private length = 0;
  private maxBytes = Number.MAX_SAFE_INTEGER;
  private isComplete = false;
  private waiting: PromiseWithResolvers<Buffer> | undefined;
  private cancelTimer: (() => void) | undefined;
  /** Nobody wants it any more, and why. */
  private failure: GatewayError | undefined;

  /** `onAsked` is called when the body is waited for. */
  constructor(declared: number | 'chunked', clock: Clock, onAsked: () => void) {
    this.declaredBytes = declared === 'chunked' ? undefined : declared;
    this.clock = clock;
    this.onAsked = onAsked;
  }

  /** Rejects with BODY_TOO_LARGE, BODY_TIMEOUT, CLIENT_GONE or BAD_REQUEST. Asked for at most once. */
  read(maxBytes: number, timeoutMs: number): Promise<Buffer> {
    this.maxBytes = maxBytes;
    if (Math.max(this.declaredBytes ?? 0, this.length) > maxBytes) this.fail('BODY_TOO_LARGE');
    if (this.failure !== undefined) return Promise.reject(this.failure);
    if (this.isComplete) return Promise.resolve(this.take());
    this.waiting = Promise.withResolvers<Buffer>();
    this.cancelTimer = this.clock.after(timeoutMs, () => this.fail('BODY_TIMEOUT'));
    this.onAsked();
    return this.waiting.promise;
  }

  push(chunk: Buffer): void {
    if (this.failure !== undefined) return;
    const start = this.length;
    this.length += chunk.length;
    if (this.declaredBytes === undefined || this.waiting === undefined) this.chunks.push(chunk);
    else this.join(chunk, start, this.declaredBytes);
    if (this.length > this.maxBytes) this.fail('BODY_TOO_LARGE');
  }

  end(): void {
    this.isComplete = true;
    this.cancelTimer?.();
    this.waiting?.resolve(this.take());
  }

  /** Nothing more is kept; who waits for it is told why. */
  fail(code: 'BODY_TOO_LARGE' | 'BODY_TIMEOUT' | 'CLIENT_GONE' | 'BAD_REQUEST'): void {
    if (this.failure !== undefined || (this.isComplete && this.waiting !== undefined)) return;
    this.chunks = [];
    this.whole = undefined;
    this.cancelTimer?.();
    this.failure = new GatewayError({ code });
    this.waiting?.reject(this.failure);
  }

  private join(chunk: Buffer, start: number, declaredBytes: number): void {
    if (this.whole === undefined) {
      this.whole = Buffer.allocUnsafeSlow(declaredBytes);
      let at = 0;
      for (const earlier of this.chunks) {
        this.whole.set(earlier, at);
        at += earlier.length;
        giveBack(earlier);
      }
      this.chunks = [this.whole];
    }
    this.whole.set(chunk, start);
    giveBack(chunk);
  }

  private take(): Buffer {
    const { chunks } = this;
    this.chunks = [];
    this.whole = undefined;
    const [first] = chunks;
    return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
  }
}
