import type { Clock } from '../core/ports.ts';

/** Something with deadlines. */
export interface Watched {
  /** Called every tick with monotonic ms. */
  readonly check: (nowMs: number) => void;
  /** The watch's own note of where it keeps this one; -1: nowhere. Starts as -1. */
  watchIndex: number;
}

/**
 * One ticking timer for all running exchanges. A timer per stream and phase would have to be moved at every chunk; a
 * look at a time stamp 20 times a second costs next to nothing. Ticks only while something is watched.
 */
export class Watch {
  /**
   * In no order. Not a set: what passes through a set that lives long is freed by full collections only, since the
   * storages that it outgrows hang together; with whole bodies behind every entry, that cost a tenth of all CPU time.
   */
  private readonly watched: Watched[] = [];
  private readonly clock: Clock;
  private readonly tickMs: number;
  private isTicking = false;

  constructor(clock: Clock, tickMs = 50) {
    this.clock = clock;
    this.tickMs = tickMs;
  }

  add(watched: Watched): void {
    watched.watchIndex = this.watched.push(watched) - 1;
    if (!this.isTicking) {
      this.isTicking = true;
      this.clock.after(this.tickMs, this.tick);
    }
  }

  remove(watched: Watched): void {
    const index = watched.watchIndex;
    if (index === -1) return;
    watched.watchIndex = -1;
    const last = this.watched.pop();
    if (last === undefined || last === watched) return;
    last.watchIndex = index;
    this.watched[index] = last;
  }

  private readonly tick = (): void => {
    const now = this.clock.monotonic();
    // From the end: whoever removes itself is replaced by one that was checked already.
    for (let index = this.watched.length - 1; index >= 0; index--) this.watched[index]?.check(now);
    this.isTicking = this.watched.length > 0;
    if (this.isTicking) this.clock.after(this.tickMs, this.tick);
  };
}
