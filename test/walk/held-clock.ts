import type { Clock } from '../../src/core/ports.ts';
import { SYSTEM_CLOCK } from '../../src/serve/simulator/system-clock.ts';

/** A clock for a simulator whose pauses end when the test says so, and not at a time that a busy machine may miss. */
export interface HeldClock {
  readonly clock: Clock;
  /** Ends every pause, also those to come. */
  readonly release: () => void;
}

export function createHeldClock(): HeldClock {
  const waiting = new Set<() => void>();
  let isReleased = false;
  return {
    clock: {
      ...SYSTEM_CLOCK,
      after: (_ms, callback) => {
        if (isReleased) return SYSTEM_CLOCK.after(0, callback);
        waiting.add(callback);
        return () => void waiting.delete(callback);
      },
    },
    release: () => {
      isReleased = true;
      for (const callback of waiting) callback();
      waiting.clear();
    },
  };
}
