import { expect, test } from 'bun:test';
import type { Clock } from '../../core/ports.ts';
import { IdleCollector } from './collect-when-idle.ts';

/** A clock whose one timer goes off when told to. */
function createAlarm(): { readonly clock: Clock; readonly ring: () => boolean; readonly waitMs: () => number } {
  let pending: (() => void) | undefined;
  let waitMs = 0;
  const clock: Clock = {
    now: () => 0,
    monotonic: () => 0,
    after: (ms, callback) => {
      expect(pending).toBeUndefined();
      pending = callback;
      waitMs = ms;
      return () => {
        pending = undefined;
      };
    },
  };
  const ring = (): boolean => {
    const callback = pending;
    pending = undefined;
    callback?.();
    return callback !== undefined;
  };
  return { clock, ring, waitMs: () => waitMs };
}

test('garbage is collected once, ten seconds after the last exchange, and not while somebody is served', () => {
  const { clock, ring, waitMs } = createAlarm();
  let collected = 0;
  const idle = new IdleCollector(clock, () => {
    collected += 1;
  });
  expect(ring()).toBe(false);
  idle.wake();
  idle.rest();
  expect(waitMs()).toBe(10_000);
  idle.wake();
  expect(ring()).toBe(false);
  idle.rest();
  idle.rest();
  expect(ring()).toBe(true);
  expect(collected).toBe(1);
  expect(ring()).toBe(false);
  idle.wake();
  idle.rest();
  expect(ring()).toBe(true);
  expect(collected).toBe(2);
});
