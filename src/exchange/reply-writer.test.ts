import { expect, test } from 'bun:test';
import { ReplyWriter } from './reply-writer.ts';
import type { ExchangeDeps, Reply, Trace } from './walk-types.ts';
import { Watch } from './watch.ts';

/** A client that takes what the test says, and a clock that the test moves. */
function createBlocked(clientStallMs: number) {
  const clock = { nowMs: 0, now: () => 0, monotonic: () => clock.nowMs, after: () => () => {} };
  const reply = { takenBytes: 0, isStarted: true, dropped: false };
  const whole: Reply = Object.assign(reply, {
    start: () => {},
    write: () => Promise.resolve(),
    passer: undefined,
    end: () => {},
    send: () => {},
    drop: () => {
      reply.dropped = true;
    },
  });
  const settings = { server: { clientStallMs, keepAliveMs: 1_000_000 } };
  const deps = { clock, settings, watch: new Watch(clock) } as unknown as ExchangeDeps;
  const trace = { startedMonotonicMs: 0, responseBytes: 0 } as unknown as Trace;
  const writer = new ReplyWriter(whole, trace, true, deps, () => {});
  const watch = { pause: () => {}, resume: () => {} } as unknown as Parameters<ReplyWriter['withPause']>[1];
  void writer.withPause(new Promise(() => {}), watch);
  const lookAt = (nowMs: number): boolean => {
    clock.nowMs = nowMs;
    writer.check(nowMs);
    return reply.dropped;
  };
  return { reply, lookAt };
}

test('a client that reads nothing is dropped after its time', () => {
  const { lookAt } = createBlocked(60_000);
  expect([lookAt(59_999), lookAt(60_000)]).toEqual([false, true]);
});

test('a client that reads slowly is not', () => {
  const { reply, lookAt } = createBlocked(60_000);
  for (let nowMs = 50_000; nowMs <= 500_000; nowMs += 50_000) {
    reply.takenBytes += 1;
    expect(lookAt(nowMs)).toBe(false);
  }
  expect([lookAt(559_999), lookAt(560_000)]).toEqual([false, true]);
});
