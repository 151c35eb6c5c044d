import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Clock } from '../core/ports.ts';
import { Watch, type Watched } from './watch.ts';

/** Ticks when told to. */
function createManualClock(): { readonly clock: Clock; readonly tick: () => boolean } {
  let pending: (() => void) | undefined;
  const clock: Clock = {
    now: () => 0,
    monotonic: () => 0,
    after: (_ms, callback) => {
      pending = callback;
      return () => undefined;
    },
  };
  const tick = (): boolean => {
    const callback = pending;
    pending = undefined;
    callback?.();
    return callback !== undefined;
  };
  return { clock, tick };
}

describe('Watch', () => {
  test('looks at everything that was added and not removed', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(9)), { maxLength: 60 }), (steps) => {
        const { clock, tick } = createManualClock();
        const watch = new Watch(clock);
        const checked: number[] = [];
        const all = Array.from({ length: 10 }, (_, id): Watched => ({ watchIndex: -1, check: () => checked.push(id) }));
        const present = new Set<number>();
        for (const [isAdding, id] of steps) {
          const watched = all[id];
          if (watched === undefined || isAdding === present.has(id)) continue;
          if (isAdding) watch.add(watched);
          else watch.remove(watched);
          if (isAdding) present.add(id);
          else present.delete(id);
        }
        tick();
        expect(checked.sort()).toEqual([...present].sort());
      }),
    );
  });

  test('one that removes itself, or another, keeps nobody from being looked at', () => {
    const { clock, tick } = createManualClock();
    const watch = new Watch(clock);
    const checked = new Set<string>();
    const create = (name: string, then: () => void): Watched => ({
      watchIndex: -1,
      check: () => {
        checked.add(name);
        then();
      },
    });
    const quiet = ['a', 'b', 'c'].map((name) => create(name, () => undefined));
    const selfish = create('selfish', () => watch.remove(selfish));
    const victim = create('victim', () => undefined);
    const rude = create('rude', () => watch.remove(victim));
    for (const watched of [victim, ...quiet, selfish, rude]) watch.add(watched);
    tick();
    expect([...checked].filter((name) => name !== 'victim').sort()).toEqual(['a', 'b', 'c', 'rude', 'selfish']);
    checked.clear();
    tick();
    expect([...checked].sort()).toEqual(['a', 'b', 'c', 'rude']);
  });

  test('removed twice, or never added, disturbs nobody', () => {
    const { clock, tick } = createManualClock();
    const watch = new Watch(clock);
    let checks = 0;
    const create = (): Watched => ({ watchIndex: -1, check: () => checks++ });
    const [stays, goes, stranger] = [create(), create(), create()];
    watch.add(stays);
    watch.add(goes);
    watch.remove(goes);
    watch.remove(goes);
    watch.remove(stranger);
    tick();
    expect(checks).toBe(1);
  });

  test('nothing ticks while nothing is watched', () => {
    const { clock, tick } = createManualClock();
    const watch = new Watch(clock);
    expect(tick()).toBe(false);
    const watched: Watched = { watchIndex: -1, check: () => undefined };
    watch.add(watched);
    expect(tick()).toBe(true);
    watch.remove(watched);
    expect(tick()).toBe(true);
    expect(tick()).toBe(false);
  });
});
