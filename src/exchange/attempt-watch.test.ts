import { expect, test } from 'bun:test';
import type { UpstreamResponse } from '../core/ports.ts';
import type { Target } from '../core/target.ts';
import { PassingDeltas } from '../decide/continuity/passing-deltas.ts';
import { FramePrefix } from '../decide/wire/observe/frame-prefix.ts';
import { AttemptWatch } from './attempt-watch.ts';
import { Watch } from './watch.ts';

const TIMEOUTS = { connectMs: 1, headersMs: 100, firstEventMs: 100, idleMs: 100, totalMs: 10_000 };
const DELTA = Buffer.from('data: {"type":"response.output_text.delta","delta":"x"}\n\n');

function begin() {
  const clock = { nowMs: 0, now: () => 0, monotonic: () => clock.nowMs, after: () => () => {} };
  const watch = new AttemptWatch(new Watch(clock), { timeouts: TIMEOUTS } as Target, clock);
  watch.opened({ close: () => {} } as UpstreamResponse);
  watch.sawEvent(true);
  const lookAt = (nowMs: number) => {
    clock.nowMs = nowMs;
    watch.check(nowMs);
    return watch.expired;
  };
  return { watch, lookAt };
}

test('a stream that says nothing more is ended after its idle time', () => {
  const { lookAt } = begin();
  expect([lookAt(0), lookAt(99), lookAt(100)]).toEqual([undefined, undefined, 'IDLE_TIMEOUT']);
});

test('deltas that take the short way are news as well, each look only once', () => {
  const { watch, lookAt } = begin();
  const passing = new PassingDeltas();
  passing.prefix = FramePrefix.of(DELTA, 0, DELTA.indexOf('",') + 1, 6);
  watch.listen(passing);
  for (let nowMs = 0; nowMs <= 1000; nowMs += 50) {
    expect(passing.take(DELTA, 0, DELTA.length)).toBe(true);
    expect(lookAt(nowMs)).toBe(undefined);
  }
  expect([lookAt(1099), lookAt(1100)]).toEqual([undefined, 'IDLE_TIMEOUT']);
});
