import { describe, expect, test } from 'bun:test';
import type { Failure, FailureCode } from '../../core/failures.ts';
import type { RetrySettings } from '../../core/settings.ts';
import type { RouteTarget } from '../../core/target.ts';
import { makeRoute, makeRouteTarget, RETRY, RULES } from './__fixtures__/targets.ts';
import { chooseNextAttempt, type NextAttempt, type Tried } from './choose-next-attempt.ts';
import { createHealthTable, type HealthTable, recordOutcome } from './health-table.ts';
import { planAttempts } from './plan-attempts.ts';
import { resolveTarget } from './resolve-target.ts';

const MODEL = 'gpt-5.5';
const a = makeRouteTarget('a');
const b = makeRouteTarget('b', { priority: 2 });

interface Given {
  readonly targets?: readonly RouteTarget[];
  readonly tried?: readonly Tried[];
  readonly health?: HealthTable;
  readonly tokens?: number;
  readonly nowMs?: number;
  readonly retry?: Partial<RetrySettings>;
  readonly pick?: number;
}

function next(given: Given): NextAttempt {
  const { targets = [a, b], tried = [], health = createHealthTable(), tokens = 20, nowMs = 0, pick = 0.5 } = given;
  const plan = planAttempts({
    routes: [makeRoute(targets)],
    model: MODEL,
    nowMs,
    health,
    affinity: { avoid: new Set() },
    pick: 0,
  });
  if (plan.kind === 'denied') throw new Error('denied');
  const retry = { ...RETRY, ...given.retry };
  return chooseNextAttempt({ plan, tried, health, budget: { tokens }, nowMs, retry, pick });
}

/** `b failover 0ms -1`: target, reason, backoff, cost. */
function shape(chosen: NextAttempt): string {
  if (chosen.kind === 'give-up') return 'give up';
  const { attempt, backoffMs, cost, isRepeat } = chosen;
  return `${attempt.target.provider.id} ${isRepeat ? 'repeat' : attempt.reason} ${backoffMs}ms -${cost}`;
}

const tried = (provider: string, code: FailureCode, more: Partial<Failure> = {}, repeats = 0): Tried => ({
  targetId: `${provider}/${MODEL}`,
  failure: { code, ...more },
  repeats,
});

function ejected(...providers: readonly string[]): HealthTable {
  const table = createHealthTable();
  for (const provider of providers) {
    const target = resolveTarget(makeRouteTarget(provider), MODEL);
    recordOutcome(table, target, { kind: 'failure', failure: { code: 'RATE_LIMITED' }, startedMs: 0 }, 0, RULES);
  }
  return table;
}

describe('the first attempt', () => {
  test('is the first ready target, for nothing', () => expect(shape(next({}))).toBe('a first 0ms -0'));
  test('is the probe when there are tokens to spare', () => {
    expect(shape(next({ health: ejected('a'), nowMs: 10_000, tokens: 2 }))).toBe('a probe 0ms -2');
  });
  test('is the ready one when there are not', () => {
    expect(shape(next({ health: ejected('a'), nowMs: 10_000, tokens: 1.9 }))).toBe('b first 0ms -0');
  });
  test('is a resting one when nothing else is left, for nothing and with an empty budget', () => {
    expect(shape(next({ health: ejected('a', 'b'), tokens: 0 }))).toBe('a first 0ms -0');
    expect(shape(next({ health: ejected('a', 'b'), tokens: 0, nowMs: 10_000 }))).toBe('a probe 0ms -0');
  });
});

describe('after a failure', () => {
  test('a healthy other target is tried at once, also with an empty budget', () => {
    expect(shape(next({ tried: [tried('a', 'SERVER_ERROR')], tokens: 0 }))).toBe('b failover 0ms -0');
  });
  test('a client’s fault is final', () => {
    expect(shape(next({ tried: [tried('a', 'BAD_REQUEST', { status: 400 })] }))).toBe('give up');
  });
  test('a target that came to rest since planning comes after a ready one', () => {
    const c = makeRouteTarget('c', { priority: 3 });
    const plan = planAttempts({
      routes: [makeRoute([a, b, c])],
      model: MODEL,
      nowMs: 0,
      health: createHealthTable(),
      affinity: { avoid: new Set() },
      pick: 0,
    });
    if (plan.kind === 'denied') throw new Error('denied');
    const chosen = chooseNextAttempt({
      plan,
      tried: [tried('a', 'SERVER_ERROR')],
      health: ejected('b'),
      budget: { tokens: 9 },
      nowMs: 1,
      retry: RETRY,
      pick: 0,
    });
    expect(shape(chosen)).toBe('c failover 0ms -0');
  });
  test('a resting target is tried next and charged, but not refused', () => {
    const given = { tried: [tried('a', 'SERVER_ERROR')], health: ejected('b'), nowMs: 1 };
    expect(shape(next(given))).toBe('b failover 0ms -1');
    expect(shape(next({ ...given, tokens: 0.5 }))).toBe('b failover 0ms -0');
  });
  test('one whose rest is over comes before one that rests', () => {
    const c = makeRouteTarget('c', { priority: 3 });
    const health = ejected('b', 'c');
    const target = resolveTarget(b, MODEL);
    const failure = { code: 'RATE_LIMITED' } as const;
    recordOutcome(health, target, { kind: 'failure', failure, startedMs: 11_000 }, 11_000, RULES);
    const given = { targets: [a, b, c], tried: [tried('a', 'SERVER_ERROR')], health, nowMs: 12_000 };
    expect(shape(next(given))).toBe('c probe 0ms -1');
  });
});

describe('on_error', () => {
  const strict = makeRouteTarget('a', { onError: [429, 503] });
  test.each([
    ['a listed status moves on', { code: 'RATE_LIMITED', status: 429 }, 'b failover 0ms -0'],
    ['another one does not', { code: 'UNAUTHORIZED', status: 401 }, 'give up'],
    ['another one that may pass is repeated', { code: 'SERVER_ERROR', status: 500 }, 'a repeat 200ms -1'],
    ['a failure without a status moves on', { code: 'CONNECTION_REFUSED' }, 'b failover 0ms -0'],
    ['a failure inside a 200 moves on', { code: 'STREAM_CUT', status: 200 }, 'b failover 0ms -0'],
  ] as const)('%s', (_name, failure, expected) => {
    const one: Tried = { targetId: `a/${MODEL}`, failure, repeats: 0 };
    expect(shape(next({ targets: [strict, b], tried: [one] }))).toBe(expected);
  });
});

describe('the same target again', () => {
  const both = (more: Partial<Failure> = {}, repeats = 0): Given => ({
    tried: [tried('a', 'SERVER_ERROR', more, repeats), tried('b', 'SERVER_ERROR', more, repeats)],
  });
  test('only when all have failed, after a backoff, for a token', () => {
    expect(shape(next(both()))).toBe('a repeat 200ms -1');
  });
  test('the backoff doubles and is spread by a fifth', () => {
    expect(shape(next({ ...both({}, 1), pick: 0 }))).toBe('a repeat 320ms -1');
    expect(next({ ...both({}, 1), pick: 0.9999 })).toMatchObject({ backoffMs: expect.closeTo(480, 0) });
  });
  test('not without a token', () => expect(shape(next({ ...both(), tokens: 0.9 }))).toBe('give up'));
  test('not more often than allowed', () => expect(shape(next(both({}, 2)))).toBe('give up'));
  test('not when the class speaks against it', () => {
    expect(shape(next({ targets: [a], tried: [tried('a', 'UNAUTHORIZED')] }))).toBe('give up');
  });
  test.each([
    ['CONNECT_TIMEOUT', 'give up'],
    ['HEADERS_TIMEOUT', 'give up'],
    ['FIRST_EVENT_TIMEOUT', 'give up'],
    ['TOTAL_TIMEOUT', 'give up'],
    // It was at work, so it may be again.
    ['IDLE_TIMEOUT', 'a repeat 200ms -1'],
  ] as const)('after %s of the only one: %s', (code, expected) => {
    expect(shape(next({ targets: [a], tried: [tried('a', code)] }))).toBe(expected);
    expect(shape(next({ targets: [a], tried: [tried('a', code, {}, 1)] }))).toBe('give up');
    expect(shape(next({ tried: [tried('a', code), tried('b', code)] }))).toBe('give up');
    expect(shape(next({ tried: [tried('a', code), tried('b', 'SERVER_ERROR')] }))).toBe('b repeat 200ms -1');
  });
  test('a short wait that was asked for is kept', () => {
    expect(shape(next(both({ retryAfterMs: 900 })))).toBe('a repeat 900ms -1');
  });
  test('a long wait is not waited for', () => expect(shape(next(both({ retryAfterMs: 1500 })))).toBe('give up'));
  test('the one that is ready before the one that rests', () => {
    expect(shape(next({ ...both(), health: ejected('a'), nowMs: 1 }))).toBe('b repeat 200ms -1');
  });
  test.each([200, 700, 1600, 5000])('with a first backoff of %d ms all of them stay below 2 s', (backoffMs) => {
    let totalMs = 0;
    let attempts: readonly Tried[] = [tried('a', 'SERVER_ERROR'), tried('b', 'SERVER_ERROR')];
    for (;;) {
      const chosen = next({ tried: attempts, retry: { backoffMs, sameTarget: 50 }, pick: 0.999 });
      if (chosen.kind === 'give-up') break;
      totalMs += chosen.backoffMs;
      attempts = attempts.map((one) =>
        one.targetId === chosen.attempt.target.id ? { ...one, repeats: one.repeats + 1 } : one,
      );
    }
    expect(totalMs).toBeLessThan(2000);
    if (backoffMs === 200) expect(totalMs).toBeGreaterThan(400);
  });
});
