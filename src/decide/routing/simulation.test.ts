/** P1, P4 and P5 over hours of virtual time (design §2). */
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Failure } from '../../core/failures.ts';
import type { RouteTarget } from '../../core/target.ts';
import { type Fault, isFaulty, MODEL, type Scenario, type Simulation, simulate } from './__fixtures__/simulate.ts';
import { makeRoute, makeRouteTarget, RETRY, RULES } from './__fixtures__/targets.ts';
import { PROBE_COST } from './retry-budget.ts';

const SECOND = 1000;
const MINUTE = 60_000;
const HOUR = 3_600_000;
const LONGEST_REST = Math.max(RULES.maxEjectionMs, RULES.maxHintMs, RULES.maxWithdrawnMs);
const PROBE_LEASE = 6 * RULES.baseEjectionMs;

const FAILURES: readonly { readonly failure: Failure; readonly latencyMs: number }[] = [
  { failure: { code: 'SERVER_ERROR', status: 500 }, latencyMs: 300 },
  { failure: { code: 'CONNECTION_REFUSED' }, latencyMs: 5 },
  { failure: { code: 'RATE_LIMITED', status: 429, retryAfterMs: HOUR }, latencyMs: 100 },
  { failure: { code: 'RATE_LIMITED', status: 429, retryAfterMs: 1000 }, latencyMs: 100 },
  { failure: { code: 'RATE_LIMITED', status: 429 }, latencyMs: 100 },
  { failure: { code: 'OVERLOADED', status: 503 }, latencyMs: 100 },
  { failure: { code: 'MODEL_NOT_FOUND', status: 404 }, latencyMs: 100 },
  { failure: { code: 'UNAUTHORIZED', status: 401 }, latencyMs: 100 },
  { failure: { code: 'REGION_BLOCKED', status: 403 }, latencyMs: 100 },
  { failure: { code: 'STREAM_CUT', status: 200 }, latencyMs: 4000 },
  { failure: { code: 'IDLE_TIMEOUT' }, latencyMs: 20_000 },
  { failure: { code: 'TARGET_UNSUPPORTED', status: 400 }, latencyMs: 100 },
];

const scenario = (
  targets: readonly RouteTarget[],
  faults: readonly Fault[],
  more: Partial<Scenario> = {},
): Scenario => ({
  route: makeRoute(targets),
  faults,
  gapMs: SECOND,
  durationMs: HOUR,
  answerMs: 5 * SECOND,
  sessions: 0,
  lostShare: 0,
  seed: 1,
  rules: RULES,
  retry: RETRY,
  ...more,
});

const tiers = [makeRouteTarget('a'), makeRouteTarget('b', { priority: 2 })];
const tier = [makeRouteTarget('a'), makeRouteTarget('b')];

const outage = (provider: string, fault: Partial<Fault>): Fault => ({
  provider,
  fromMs: 0,
  untilMs: Number.POSITIVE_INFINITY,
  failure: { code: 'SERVER_ERROR', status: 500 },
  share: 1,
  latencyMs: 300,
  ...fault,
});

const failedRequests = ({ requests }: Simulation) => requests.filter(({ outcome }) => outcome === 'failed');
const amplification = ({ attempts, requests }: Simulation): number => attempts / requests.length;

/** Requests that failed although some target was well for as long as they ran. */
function needlessFailures(result: Simulation, { route, faults }: Scenario): readonly number[] {
  return failedRequests(result)
    .filter(({ startedMs, endedMs }) =>
      route.targets.some(({ provider }) => !faults.some((fault) => isFaulty(fault, provider.id, startedMs, endedMs))),
    )
    .map(({ startedMs }) => startedMs);
}

/** How long a target may go untried after it recovered: its rest, a probe that was lost, and earning the tokens. */
const longestAbsence = ({ gapMs, route }: Scenario): number =>
  LONGEST_REST + PROBE_LEASE + 3 * route.targets.length * (PROBE_COST / RETRY.budgetRatio) * gapMs;

/** Targets of the first tier that were ejected when their fault ended, and then went untried for too long. */
function benched(result: Simulation, given: Scenario): readonly string[] {
  const limitMs = longestAbsence(given);
  const first = Math.min(...given.route.targets.map(({ priority }) => priority));
  return result.afterFaults
    .filter(({ fault, availability }) => availability.kind !== 'ready' && fault.untilMs + limitMs <= given.durationMs)
    .filter(({ fault }) =>
      given.route.targets.some((one) => one.provider.id === fault.provider && one.priority === first),
    )
    .filter(({ fault }) => {
      const times = result.attemptsOf.get(fault.provider) ?? [];
      return !times.some((atMs) => atMs > fault.untilMs && atMs <= fault.untilMs + limitMs);
    })
    .map(({ fault }) => `${fault.provider} since ${fault.untilMs}`);
}

describe('P5: one of two targets is out', () => {
  const gaps = [100, SECOND, 15 * SECOND, 2 * MINUTE, HOUR];
  const rows = [tiers, tier].flatMap((targets) =>
    gaps.flatMap((gapMs) => FAILURES.map((fault) => [gapMs, fault.failure.code, targets, fault] as const)),
  );
  // What says nothing about a target's health never rests: such requests are for the catalogue to keep away.
  const judged = rows.filter(([, code]) => code !== 'TARGET_UNSUPPORTED');
  test.each(judged)('every %d ms, %s', (gapMs, _code, targets, fault) => {
    const durationMs = Math.min(HOUR, 4000 * gapMs) + 400 * gapMs;
    const result = simulate(scenario(targets, [outage('a', fault)], { gapMs, durationMs }));
    expect(failedRequests(result)).toEqual([]);
    expect(amplification(result)).toBeLessThanOrEqual(1.2);
  });

  test('a timeout of a minute, ten requests a second', () => {
    const fault = outage('a', { failure: { code: 'HEADERS_TIMEOUT' }, latencyMs: MINUTE });
    const result = simulate(scenario(tiers, [fault], { gapMs: 100, durationMs: HOUR / 2 }));
    expect(amplification(result)).toBeLessThanOrEqual(1.2);
  });

  const shares = [0.15, 0.25, 0.4, 0.7].flatMap((share) =>
    [SECOND, MINUTE, HOUR].map((gapMs) => [share, gapMs] as const),
  );
  test.each(shares)('a share of %d fails, every %d ms', (share, gapMs) => {
    const result = simulate(scenario(tiers, [outage('a', { share })], { gapMs, durationMs: 3000 * gapMs }));
    expect(failedRequests(result)).toEqual([]);
    expect(amplification(result)).toBeLessThanOrEqual(1.2);
  });

  test('in part: whatever share fails, at whatever pace, with sessions or without', () => {
    const given = fc.record({
      share: fc.double({ min: 0.01, max: 1, noNaN: true }),
      gapMs: fc.constantFrom(100, SECOND, 10 * SECOND, MINUTE, HOUR),
      fault: fc.constantFrom(...FAILURES.filter(({ failure }) => failure.code !== 'TARGET_UNSUPPORTED')),
      sessions: fc.constantFrom(0, 1, 20),
      targets: fc.constantFrom(tiers, tier),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(given, ({ share, gapMs, fault, sessions, targets, seed }) => {
        const faults = [outage('a', { ...fault, share })];
        const durationMs = Math.max(10 * MINUTE, 1500 * gapMs);
        const result = simulate(scenario(targets, faults, { gapMs, durationMs, sessions, seed }));
        expect(failedRequests(result)).toEqual([]);
        expect(amplification(result)).toBeLessThanOrEqual(1.2);
      }),
      { numRuns: 30 },
    );
  }, 120_000);

  test('flapping every few minutes', () => {
    const faults = Array.from({ length: 60 }, (_, index) =>
      outage('a', { fromMs: index * 4 * MINUTE, untilMs: (index * 4 + 2) * MINUTE }),
    );
    const result = simulate(scenario(tiers, faults, { durationMs: 4 * HOUR }));
    expect(failedRequests(result)).toEqual([]);
    expect(amplification(result)).toBeLessThanOrEqual(1.2);
  });
});

describe('P4: every rest ends', () => {
  const rows = FAILURES.map((fault) => [fault.failure.code, fault] as const);
  test.each(rows)('after six hours of %s a target gets its traffic back', (_code, fault) => {
    const given = scenario(tiers, [outage('a', { ...fault, untilMs: 6 * HOUR })], {
      gapMs: 4 * SECOND,
      durationMs: 7 * HOUR,
    });
    const result = simulate(given);
    expect(benched(result, given)).toEqual([]);
    const last = result.requests.filter(({ startedMs }) => startedMs > 7 * HOUR - 10 * MINUTE);
    expect(last.length).toBeGreaterThan(60);
    expect(last.every(({ attempts }) => attempts[0]?.provider === 'a')).toBe(true);
  });

  test('a model that is withdrawn for thirteen days comes back', () => {
    const day = 24 * HOUR;
    const failure: Failure = { code: 'MODEL_NOT_FOUND', status: 404 };
    const faults = [outage('a', { failure, fromMs: day, untilMs: 14 * day })];
    const given = scenario(tiers, faults, { gapMs: 2 * MINUTE, durationMs: 15 * day });
    const result = simulate(given);
    expect(benched(result, given)).toEqual([]);
    expect(failedRequests(result)).toEqual([]);
    expect(result.requests.at(-1)?.attempts[0]?.provider).toBe('a');
  });

  test('a target whose probes tell nothing does not keep another one waiting', () => {
    const unsupported: Failure = { code: 'TARGET_UNSUPPORTED', status: 400 };
    const faults = [
      outage('a', { untilMs: 5 * MINUTE }),
      outage('a', { fromMs: 5 * MINUTE, failure: unsupported }),
      outage('b', { untilMs: 10 * MINUTE }),
    ];
    const given = scenario([...tier, makeRouteTarget('c', { priority: 2 })], faults, { gapMs: 10 * SECOND });
    expect(benched(simulate({ ...given, durationMs: 3 * HOUR }), { ...given, durationMs: 3 * HOUR })).toEqual([]);
  });

  test('the last survivor is always tried, and answers the moment it can', () => {
    for (const { failure, latencyMs } of FAILURES) {
      const faults = [outage('a', { failure, latencyMs, untilMs: 2 * HOUR })];
      const result = simulate(scenario([makeRouteTarget('a')], faults, { gapMs: 20 * SECOND, durationMs: 3 * HOUR }));
      expect(result.requests.every(({ attempts }) => attempts.length > 0)).toBe(true);
      const later = result.requests.filter(({ startedMs }) => startedMs >= 2 * HOUR);
      expect(later.every(({ outcome }) => outcome === 'answered')).toBe(true);
    }
  });

  test('all are down, then one comes back: not one request more fails, also with an empty budget', () => {
    const targets = [...tiers, makeRouteTarget('c', { priority: 3 })];
    for (const back of ['a', 'b', 'c']) {
      const faults = ['a', 'b', 'c'].map((provider) =>
        outage(provider, { untilMs: provider === back ? HOUR : 2 * HOUR }),
      );
      const result = simulate(scenario(targets, faults, { durationMs: 2 * HOUR }));
      const during = result.requests.filter(({ startedMs }) => startedMs < HOUR - 10 * SECOND);
      expect(during.every(({ outcome, attempts }) => outcome === 'failed' && attempts.length >= 3)).toBe(true);
      const later = result.requests.filter(({ startedMs }) => startedMs >= HOUR);
      expect(later.every(({ outcome }) => outcome === 'answered')).toBe(true);
      // No upstream gets more than the offered load and its share of the budget.
      expect(result.attempts).toBeLessThanOrEqual(during.length * 3.2 + later.length * 1.2 + 60);
    }
  });
});

test('any schedule of faults: no needless failure (P1), no target benched for ever (P4), no flood (P5)', () => {
  const fault = fc
    .record({
      provider: fc.constantFrom('a', 'b', 'c'),
      fromMs: fc.nat(3 * HOUR),
      lastsMs: fc.nat(2 * HOUR),
      kind: fc.constantFrom(...FAILURES),
      share: fc.constantFrom(0.1, 0.3, 0.6, 1, 1),
    })
    .map(
      ({ provider, fromMs, lastsMs, kind, share }): Fault => ({
        provider,
        fromMs,
        untilMs: fromMs + lastsMs,
        share,
        ...kind,
      }),
    );
  const given = fc.record({
    priorities: fc.tuple(fc.constantFrom(1, 2), fc.constantFrom(1, 2), fc.constantFrom(1, 2, 3)),
    faults: fc.array(fault, { minLength: 1, maxLength: 12 }),
    gapMs: fc.constantFrom(5 * SECOND, 15 * SECOND, 60 * SECOND),
    sessions: fc.constantFrom(0, 1, 10),
    lostShare: fc.constantFrom(0, 0.3),
    seed: fc.nat(),
  });
  fc.assert(
    fc.property(given, ({ priorities, faults, gapMs, sessions, lostShare, seed }) => {
      const targets = ['a', 'b', 'c'].map((id, index) => makeRouteTarget(id, { priority: priorities[index] ?? 1 }));
      const run = scenario(targets, faults, { gapMs, sessions, lostShare, seed, durationMs: 8 * HOUR });
      const result = simulate(run);
      expect(needlessFailures(result, run)).toEqual([]);
      expect(benched(result, run)).toEqual([]);
      for (const times of result.attemptsOf.values()) {
        expect(times.length).toBeLessThanOrEqual(result.requests.length * 1.2 + RETRY.budgetBurst);
      }
    }),
    { numRuns: 30 },
  );
}, 120_000);

test('the simulation itself is worth its checks: it fails, recovers and repeats', () => {
  const faults = [outage('a', { untilMs: HOUR / 2 }), outage('b', { untilMs: HOUR / 4 })];
  const result = simulate(scenario(tiers, faults));
  const outcomes = new Set(result.requests.map(({ outcome }) => outcome));
  expect([...outcomes].toSorted()).toEqual(['answered', 'failed']);
  expect(result.requests.some(({ attempts }) => attempts.length > 2)).toBe(true);
  expect(result.requests.length).toBeGreaterThan(3000);
  expect(MODEL).toBe('gpt-5.5');
});
