import type { FailureCode } from '../core/failures.ts';
import type { CancelSignal, Clock, UpstreamResponse } from '../core/ports.ts';
import type { Target } from '../core/target.ts';
import type { PassingDeltas } from '../decide/continuity/passing-deltas.ts';
import { Cancellation } from './cancellation.ts';
import type { Watch, Watched } from './watch.ts';

/**
 * The deadlines of one attempt, and its off switch. When a deadline passes, or the client goes, the upstream call is
 * aborted and `expired` says why.
 */
export class AttemptWatch implements Watched {
  /** Why the attempt was ended by us, if it was. */
  expired: FailureCode | undefined;
  /** An event came since the last look. Its time is the look's: deadlines need no better, and a clock costs. */
  private hasNews = false;
  private firstUsefulMs: number | undefined;
  private lastEventMs: number;
  watchIndex = -1;

  private readonly cancellation = new Cancellation();
  private readonly watch: Watch;
  private readonly clock: Clock;
  private readonly target: Target;
  private readonly startedMs: number;
  private response: UpstreamResponse | undefined;
  private isPaused = false;
  private passing: PassingDeltas | undefined;

  constructor(watch: Watch, target: Target, clock: Clock) {
    const nowMs = clock.monotonic();
    this.clock = clock;
    this.watch = watch;
    this.target = target;
    this.startedMs = nowMs;
    this.lastEventMs = nowMs;
    watch.add(this);
  }

  /** When something of the answer itself arrived, monotonic. */
  get usefulMs(): number | undefined {
    return this.firstUsefulMs;
  }

  get signal(): CancelSignal {
    return this.cancellation;
  }

  opened(response: UpstreamResponse): void {
    this.response = response;
  }

  /** Events may also arrive there. */
  listen(passing: PassingDeltas): void {
    this.passing = passing;
  }

  /** An event arrived whole; `isUseful` once something of the answer itself did. */
  sawEvent(isUseful: boolean): void {
    this.hasNews = true;
    if (isUseful && this.firstUsefulMs === undefined) this.firstUsefulMs = this.clock.monotonic();
  }

  /** While we wait for a slow client, the upstream is not to blame. */
  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    this.hasNews = true;
  }

  check(nowMs: number): void {
    const { timeouts, onTimeoutMs } = this.target;
    const age = nowMs - this.startedMs;
    if (this.passing?.takeNews() === true || this.hasNews) {
      this.hasNews = false;
      this.lastEventMs = nowMs;
    }
    if (age >= timeouts.totalMs) this.end('TOTAL_TIMEOUT');
    else if (this.isPaused) return;
    else if (this.firstUsefulMs === undefined && age >= (onTimeoutMs ?? timeouts.firstEventMs))
      this.end(this.response === undefined ? 'HEADERS_TIMEOUT' : 'FIRST_EVENT_TIMEOUT');
    else if (this.response !== undefined && nowMs - this.lastEventMs >= timeouts.idleMs) this.end('IDLE_TIMEOUT');
  }

  /** Ends the attempt from our side. */
  end(code: FailureCode): void {
    if (this.expired !== undefined) return;
    this.expired = code;
    this.cancellation.abort();
    this.response?.close();
  }

  /** No more deadlines. The response stays open until it is closed. */
  stop(): void {
    this.watch.remove(this);
  }
}
