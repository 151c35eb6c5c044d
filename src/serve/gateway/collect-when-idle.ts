import type { Clock } from '../../core/ports.ts';

/** Long enough that the pauses between a user's requests cost nothing. */
const IDLE_MS = 10_000;

/**
 * Collects garbage when nobody has been served for a while. Otherwise the heap stays as large as the busiest minute made
 * it, on a machine with much memory four times what is in use.
 */
export class IdleCollector {
  private readonly clock: Clock;
  private readonly collect: () => void;
  private cancel: (() => void) | undefined;

  constructor(clock: Clock, collect: () => void) {
    this.clock = clock;
    this.collect = collect;
  }

  /** Somebody is served, or the gateway stops. */
  wake(): void {
    this.cancel?.();
    this.cancel = undefined;
  }

  /** Nobody is served any more. */
  rest(): void {
    this.wake();
    this.cancel = this.clock.after(IDLE_MS, () => {
      this.cancel = undefined;
      this.collect();
    });
  }
}
