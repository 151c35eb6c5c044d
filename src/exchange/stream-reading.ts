import { isUtf8 } from 'node:buffer';
import type { BodySink, ChunkShortcut, UpstreamResponse } from '../core/ports.ts';
import type { Target } from '../core/target.ts';
import type { ReplySplicer, SpliceStep } from '../decide/continuity/splice-reply.ts';
import { FrameScanner } from '../decide/wire/sse/frame-scanner.ts';
import { failureOf } from './3-attempt.ts';
import type { AttemptWatch } from './attempt-watch.ts';
import { failedBy, resultOf } from './commit-results.ts';
import type { EventDecoder } from './decode-events.ts';
import type { ReplyWriter } from './reply-writer.ts';
import type { CommitResult, ExchangeDeps } from './walk-types.ts';

/** After the answer is complete, this much of the upstream's rest is read so that its connection can be used again. */
const MAX_DRAIN_BYTES = 65_536;
/** And for this long: whoever says that it is done and does not end must not keep a connection for ever. */
const MAX_DRAIN_MS = 2000;

/** What one upstream's event stream is read with. */
export interface StreamParts {
  readonly response: UpstreamResponse;
  readonly target: Target;
  /** Absent: the events are Responses events already. */
  readonly decoder: EventDecoder | undefined;
  readonly splicer: ReplySplicer;
  readonly writer: ReplyWriter;
  readonly watch: AttemptWatch;
  readonly deps: ExchangeDeps;
}

/**
 * Takes an upstream's event stream chunk by chunk and writes what the splicer makes of it. A chunk is read, judged and
 * written within the network's call that brought it: nothing waits in a queue, and no promise is made for it.
 */
export class StreamReading implements BodySink {
  /** Resolves when the answer is complete or has failed. */
  readonly result: Promise<CommitResult>;

  /** For nine of ten chunks: one more delta, which goes on as it lies there. Absent: the events must be translated. */
  readonly shortcut: ChunkShortcut | undefined;

  private isSettled = false;
  private readonly watch: AttemptWatch;
  private readonly splicer: ReplySplicer;
  private readonly writer: ReplyWriter;
  private readonly parts: StreamParts;
  private readonly scanner: FrameScanner;
  private readonly outcome = Promise.withResolvers<CommitResult>();
  private step: SpliceStep = { kind: 'more' };
  private checkUtf8 = false;
  private sawEvent = false;
  private drainedBytes = 0;
  private cancelDrain: (() => void) | undefined;
  private hasEnded = false;

  constructor(parts: StreamParts) {
    this.parts = parts;
    this.watch = parts.watch;
    this.splicer = parts.splicer;
    this.writer = parts.writer;
    this.shortcut = parts.decoder === undefined ? parts.writer : undefined;
    this.scanner = new FrameScanner(parts.deps.settings.server.maxEventBytes);
    this.result = this.outcome.promise;
    parts.watch.listen(parts.splicer.passing);
  }

  chunk(bytes: Buffer): Promise<void> | undefined {
    if (this.isSettled) {
      this.drain(bytes.length);
      return undefined;
    }
    try {
      return this.watch.expired === undefined ? this.take(bytes) : this.settle(failedBy(this.watch, this.writer));
    } catch (error) {
      this.fail(error);
      return undefined;
    }
  }

  end(error?: unknown): void {
    this.hasEnded = true;
    if (this.isSettled) {
      this.cancelDrain?.();
      this.parts.response.close();
      return;
    }
    try {
      this.finish(error);
    } catch (cause) {
      this.fail(cause);
    }
  }

  /** To be called once the result is known: what still comes of the stream is limited in time, as it is in bytes. */
  limitRest(): void {
    const { deps, response } = this.parts;
    if (!this.hasEnded) this.cancelDrain = deps.clock.after(MAX_DRAIN_MS, () => response.close());
  }

  private take(bytes: Buffer): Promise<void> | undefined {
    const { scanner, splicer, watch, writer } = this;
    const { decoder, target, response } = this.parts;
    // A chunk that is valid by itself holds valid events; else look at each until no event is in progress any more.
    this.checkUtf8 ||= !isUtf8(bytes);
    this.sawEvent = false;
    const canSkip = decoder === undefined && !this.checkUtf8;
    const fits = scanner.push(bytes, this.onFrame, canSkip ? this.skipDeltas : undefined);
    if (decoder !== undefined && this.step.kind === 'more') this.step = decoder.flush();
    if (scanner.pendingBytes === 0) this.checkUtf8 = false;
    if (this.sawEvent) watch.sawEvent(splicer.sawUseful);
    const isLast = this.step.kind === 'completed';
    const waiting = writer.write(splicer.takeOutput(), target, response, isLast);
    if (this.step.kind !== 'more' || !fits) return this.judge(fits);
    // A chunk that ends where an event does, and the client has all of it.
    splicer.letPass(scanner.pendingBytes === 0 && waiting === undefined);
    writer.shorten(splicer.passing);
    return waiting === undefined ? undefined : writer.withPause(waiting, watch);
  }

  private readonly skipDeltas = (bytes: Buffer, from: number): number => {
    if (this.step.kind !== 'more') return from;
    const end = this.splicer.passRun(bytes, from);
    this.sawEvent ||= end > from;
    return end;
  };

  private readonly onFrame = (bytes: Buffer, start: number, end: number): void => {
    this.sawEvent = true;
    if (this.step.kind !== 'more') return;
    const reader = this.parts.decoder ?? this.splicer;
    this.step = reader.push(bytes, start, end, this.checkUtf8);
  };

  /** The upstream's last word, or more than we take. */
  private judge(fits: boolean): undefined {
    const ended = resultOf(this.step, this.parts.deps);
    if (ended !== undefined) return this.settle(ended);
    return fits ? undefined : this.settle({ kind: 'failed', failure: { code: 'EVENT_TOO_LARGE' } });
  }

  private finish(error: unknown): undefined {
    const { splicer, watch, writer } = this;
    const { decoder, target, response, deps } = this.parts;
    if (watch.expired !== undefined) return this.settle(failedBy(watch, writer));
    if (error !== undefined) throw error;
    const cut: CommitResult = { kind: 'failed', failure: { code: 'STREAM_CUT' } };
    if (decoder === undefined || this.step.kind !== 'more') return this.settle(cut);
    this.step = decoder.end();
    void writer.write(splicer.takeOutput(), target, response);
    return this.settle(resultOf(this.step, deps) ?? cut);
  }

  /** The network's failure, or a defect of ours. */
  private fail(error: unknown): void {
    try {
      this.settle({ kind: 'failed', failure: failureOf(error, this.watch) });
    } catch (defect) {
      this.stop();
      this.outcome.reject(defect);
    }
  }

  private settle(result: CommitResult): undefined {
    this.stop();
    this.outcome.resolve(result);
  }

  /** Nothing that still comes goes to the client. */
  private stop(): void {
    this.isSettled = true;
    this.splicer.letPass(false);
  }

  /** What comes behind a complete answer: its end, usually, and then the connection is free. */
  private drain(length: number): void {
    this.drainedBytes += length;
    if (this.drainedBytes > MAX_DRAIN_BYTES) this.parts.response.close();
  }
}

/** Hands a body over to `sink`, whichever way the adapter offers it. */
export function receive(response: UpstreamResponse, sink: BodySink): void {
  if (response.flow === undefined) void pump(response, sink);
  else response.flow(sink);
}

async function pump(response: UpstreamResponse, sink: BodySink): Promise<void> {
  try {
    for (;;) {
      const chunk = await response.read();
      if (chunk === undefined) break;
      const waiting = sink.chunk(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
      if (waiting !== undefined) await waiting;
    }
    sink.end();
  } catch (error) {
    sink.end(error);
  }
}
