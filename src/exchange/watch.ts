import type { Clock } from '../core/ports.ts';

/** Something with deadlines. */
export interface Watched {
  /** Called every tick with monotonic ms. */
  readonly check: (nowMs: number) => void;
}

/**
 * One ticking timer for all running exchanges. A timer per stream and phase would have to be moved at every chunk; a
 * look at a time stamp 20 times a second costs next to nothing. Ticks only while something is watched.
 */
export class Watch {
  private readonly watched = new Set<Watched>();
  private readonly clock: Clock;
  private readonly tickMs: number;
  private isTicking = false;

  constructor(clock: Clock, tickMs = 50) {
    this.clock = clock;
    this.tickMs = tickMs;
  }

  add(watched: Watched): void {
    this.watched.add(watched);
    if (!this.isTicking) {
      this.isTicking = true;
      this.clock.after(this.tickMs, this.tick);
    }
  }

  remove(watched: Watched): void {
    this.watched.delete(watched);
  }

  private readonly tick = (): void => {
    const now = this.clock.monotonic();
    for (const watched of this.watched) watched.check(now);
    this.isTicking = this.watched.size > 0;
    if (this.isTicking) this.clock.after(this.tickMs, this.tick);
  };
}
