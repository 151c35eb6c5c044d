import type { FailureCode } from '../core/failures.ts';
import { lengthOf } from '../core/length-of.ts';
import type { ChunkShortcut, UpstreamResponse } from '../core/ports.ts';
import type { Target } from '../core/target.ts';
import type { PassingDeltas } from '../decide/continuity/passing-deltas.ts';
import { answerHeadersFrom } from '../decide/wire/sanitise/forward-headers.ts';
import type { AttemptWatch } from './attempt-watch.ts';
import type { ChunkPasser, ExchangeDeps, Reply, Trace } from './walk-types.ts';
import type { Watched } from './watch.ts';

/** The client's side of an exchange: headers once, bytes as fast as the client reads, a sign of life while there are none. */
export class ReplyWriter implements Watched, ChunkShortcut {
  // What the shortcut needs stands first and together: it is near in memory.
  private passing: PassingDeltas | undefined;
  private client: ChunkPasser | undefined;
  /** Something was written since the last look. */
  private hasWritten = false;
  /** Bytes of the body that the client was sent. */
  writtenBytes = 0;

  isClientGone = false;
  private readonly reply: Reply;
  watchIndex = -1;
  /** Set when the client can no longer be answered. */
  goneCode: FailureCode = 'CLIENT_GONE';
  private readonly trace: Trace;
  private readonly deps: ExchangeDeps;
  private readonly isStream: boolean;
  private readonly onSilence: () => void;
  private lastWriteMs: number;
  private blockedSinceMs: number | undefined;
  private takenBytes = 0;
  private readonly running = new Set<AttemptWatch>();

  /** `onSilence` is called when nothing was sent for `server.keep_alive`. */
  constructor(reply: Reply, trace: Trace, isStream: boolean, deps: ExchangeDeps, onSilence: () => void) {
    this.reply = reply;
    this.trace = trace;
    this.deps = deps;
    this.isStream = isStream;
    this.onSilence = onSilence;
    this.lastWriteMs = deps.clock.monotonic();
    deps.watch.add(this);
  }

  /** An attempt that is ended when the client goes. */
  follow(watch: AttemptWatch): void {
    this.running.add(watch);
  }

  unfollow(watch: AttemptWatch): void {
    this.running.delete(watch);
  }

  clientGone(code: FailureCode): void {
    if (this.isClientGone) return;
    this.isClientGone = true;
    this.goneCode = code;
    if (code === 'CLIENT_STALLED') this.reply.drop();
    for (const watch of this.running) watch.end('CLIENT_GONE');
  }

  check(nowMs: number): void {
    const { clientStallMs, keepAliveMs } = this.deps.settings.server;
    if (this.hasWritten) {
      this.hasWritten = false;
      this.lastWriteMs = nowMs;
    }
    if (this.blockedSinceMs !== undefined) {
      const { takenBytes } = this.reply;
      // Who reads slowly is no one who reads nothing.
      if (takenBytes !== this.takenBytes) this.blockedSinceMs = nowMs;
      this.takenBytes = takenBytes;
      if (nowMs - this.blockedSinceMs >= clientStallMs) this.clientGone('CLIENT_STALLED');
    } else if (this.isStream && nowMs - this.lastWriteMs >= keepAliveMs) {
      this.lastWriteMs = nowMs;
      this.onSilence();
    }
  }

  /**
   * Writes what the splicer has ready; the first write sends the headers. `isLast`: the answer is complete with it.
   * Returns a promise only when it must wait.
   */
  write(
    parts: readonly Buffer[],
    target?: Target,
    response?: UpstreamResponse,
    isLast = false,
  ): Promise<void> | undefined {
    if (parts.length === 0 || this.isClientGone) return undefined;
    const { trace, reply } = this;
    this.hasWritten = true;
    this.writtenBytes += lengthOf(parts);
    if (target !== undefined) trace.answering = target;
    if (reply.isStarted) return reply.write(parts, isLast);
    trace.firstByteMs = this.deps.clock.monotonic() - trace.startedMonotonicMs;
    trace.status = 200;
    const headers = {
      ...this.headersFor(target, response),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
    };
    reply.start(headers);
    return reply.write(parts, isLast);
  }

  /** From now on `take` passes what `passing` takes, as soon as and as long as the client can have it so. */
  shorten(passing: PassingDeltas): void {
    this.passing = passing;
    this.client = this.reply.passer;
  }

  take(bytes: Buffer, start: number): boolean {
    const { passing, client } = this;
    if (passing === undefined || client === undefined || !client.isReady) return false;
    const end = bytes.length - 2;
    if (!passing.take(bytes, start, end)) return false;
    this.hasWritten = true;
    this.writtenBytes += end - start;
    client.passChunk(bytes);
    return true;
  }

  /** Waits for a slow client without blaming the upstream. */
  async withPause(waiting: Promise<void>, watch: AttemptWatch): Promise<void> {
    this.blockedSinceMs = this.deps.clock.monotonic();
    watch.pause();
    await waiting;
    this.blockedSinceMs = undefined;
    watch.resume();
  }

  sendJson(body: Buffer, target: Target, response: UpstreamResponse): void {
    this.trace.status = 200;
    this.trace.answering = target;
    this.writtenBytes = body.length;
    this.trace.firstByteMs = this.deps.clock.monotonic() - this.trace.startedMonotonicMs;
    this.reply.send(200, { ...this.headersFor(target, response), 'content-type': 'application/json' }, body);
  }

  sendError(status: number, body: string): void {
    this.trace.status = status;
    this.reply.send(
      status,
      { ...this.headersFor(), 'content-type': 'application/json', ...(status === 503 ? { 'retry-after': '1' } : {}) },
      body,
    );
  }

  get isStarted(): boolean {
    return this.reply.isStarted;
  }

  /** Ends the stream and all waiting. */
  finish(): void {
    // The client's connection may serve its next request at once.
    this.passing = undefined;
    this.trace.responseBytes = this.writtenBytes;
    this.deps.watch.remove(this);
    if (this.reply.isStarted) this.reply.end();
  }

  private headersFor(target?: Target, response?: UpstreamResponse): Record<string, string> {
    const upstream =
      target === undefined || response === undefined ? {} : answerHeadersFrom(target.provider, response.header);
    const own: Record<string, string> = {
      'x-holdfast-request-id': this.trace.id,
      'x-holdfast-attempts': String(this.trace.attempts.length + (target === undefined ? 0 : 1)),
    };
    if (target !== undefined) own['x-holdfast-target'] = target.id;
    if (target?.isSubstitute === true && this.trace.planned?.route.substitution === 'notify')
      own['x-holdfast-substituted'] = target.model;
    return Object.assign(upstream, own);
  }
}
