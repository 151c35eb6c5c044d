import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { FailureCode } from '../../core/failures.ts';
import type { RouteTarget } from '../../core/target.ts';
import { makeRoute, makeRouteTarget, RULES } from './__fixtures__/targets.ts';
import { createHealthTable, type HealthTable, recordOutcome, startProbe } from './health-table.ts';
import { type Plan, planAttempts, type SessionAffinity } from './plan-attempts.ts';
import { resolveTarget } from './resolve-target.ts';

const MODEL = 'gpt-5.5';
const a = makeRouteTarget('a');
const b = makeRouteTarget('b', { priority: 2 });
const c = makeRouteTarget('c', { priority: 3 });

interface Given {
  readonly targets?: readonly RouteTarget[];
  readonly health?: HealthTable;
  readonly nowMs?: number;
  readonly pick?: number;
  readonly affinity?: SessionAffinity;
}

const plan = ({ targets = [a, b, c], health = createHealthTable(), nowMs = 0, pick = 0, affinity }: Given = {}): Plan =>
  planAttempts({
    routes: [makeRoute(targets)],
    model: MODEL,
    nowMs,
    health,
    affinity: affinity ?? { avoid: new Set() },
    pick,
  });

/** `a b | c!`: the attempts, `!` marking probes, then the reserve. */
function shape(planned: Plan): string {
  if (planned.kind === 'denied') return planned.failure.code;
  const write = (attempts: typeof planned.attempts): string =>
    attempts.map(({ target, reason }) => `${target.provider.id}${reason === 'probe' ? '!' : ''}`).join(' ');
  return planned.reserve.length === 0
    ? write(planned.attempts)
    : `${write(planned.attempts)} | ${write(planned.reserve)}`;
}

/** Fails each target once at time 0 with its code. */
function failed(codes: Readonly<Record<string, FailureCode>>): HealthTable {
  const table = createHealthTable();
  for (const [provider, code] of Object.entries(codes)) {
    const target = resolveTarget(makeRouteTarget(provider), MODEL);
    recordOutcome(table, target, { kind: 'failure', failure: { code }, startedMs: 0 }, 0, RULES);
  }
  return table;
}

describe('tiers and weights', () => {
  test('tiers come in the order of their priority, not of the file', () => {
    expect(shape(plan({ targets: [c, a, b] }))).toBe('a b c');
  });
  test('the first attempt is marked as such', () => {
    const planned = plan();
    expect(planned.kind === 'planned' && planned.attempts.map(({ reason }) => reason)).toEqual([
      'first',
      'failover',
      'failover',
    ]);
  });
  test('within a tier every order comes up in proportion to the weights', () => {
    const targets = [
      makeRouteTarget('x', { weight: 60 }),
      makeRouteTarget('y', { weight: 30 }),
      makeRouteTarget('z', { weight: 10 }),
    ];
    const counts: Record<string, number> = {};
    const draws = 20_000;
    for (let index = 0; index < draws; index += 1) {
      const order = shape(plan({ targets, pick: (index + 0.5) / draws }));
      counts[order] = (counts[order] ?? 0) + 1;
    }
    const share = (order: string): number => Math.round(((counts[order] ?? 0) / draws) * 1000) / 1000;
    expect(share('x y z')).toBeCloseTo(0.6 * 0.75, 2);
    expect(share('x z y')).toBeCloseTo(0.6 * 0.25, 2);
    expect(share('y x z')).toBeCloseTo(0.3 * (6 / 7), 2);
    expect(share('z x y')).toBeCloseTo(0.1 * (6 / 9), 2);
  });
});

describe('the session', () => {
  const x = makeRouteTarget('x');
  const y = makeRouteTarget('y');
  const prefers = (id: string): SessionAffinity => ({ preferred: `${id}/${MODEL}`, avoid: new Set() });
  test('its own target comes first in its tier', () => {
    expect(shape(plan({ targets: [x, y], affinity: prefers('y') }))).toBe('y x');
    expect(shape(plan({ targets: [x, y], affinity: prefers('x'), pick: 0.99 }))).toBe('x y');
  });
  test('but not before a better tier', () => {
    expect(shape(plan({ targets: [a, b], affinity: prefers('b') }))).toBe('a b');
  });
  test('and not while it rests', () => {
    expect(shape(plan({ targets: [x, y], affinity: prefers('y'), health: failed({ y: 'RATE_LIMITED' }) }))).toBe(
      'x | y',
    );
  });
  test('what failed it a moment ago comes last of all', () => {
    expect(shape(plan({ affinity: { avoid: new Set([`a/${MODEL}`]) } }))).toBe('b c a');
  });
});

describe('health', () => {
  test('a resting target is skipped, with the reason in words, and kept in reserve', () => {
    const planned = plan({ health: failed({ a: 'RATE_LIMITED' }), nowMs: 1500 });
    expect(shape(planned)).toBe('b c | a');
    expect(planned.skipped).toEqual([
      { targetId: `a/${MODEL}`, reason: 'resting for another 9 s after: rate limited' },
    ]);
  });
  test('when nothing is ready the resting ones are planned all the same, soonest first', () => {
    const health = failed({ a: 'BILLING', b: 'RATE_LIMITED', c: 'MODEL_NOT_FOUND' });
    const planned = plan({ health, nowMs: 1 });
    expect(shape(planned)).toBe('b a c');
    expect(planned.skipped).toEqual([]);
  });
  test('when nothing is ready, one whose rest is over comes first', () => {
    const health = failed({ a: 'BILLING', b: 'RATE_LIMITED', c: 'BILLING' });
    expect(shape(plan({ health, nowMs: 10_000 }))).toBe('b! a c');
  });
  test('a recovered target of a better tier is probed with a ready one to fall back on', () => {
    expect(shape(plan({ health: failed({ a: 'RATE_LIMITED' }), nowMs: 10_000 }))).toBe('a! b c');
  });
  test('one of a worse tier waits until it is needed', () => {
    const planned = plan({ health: failed({ b: 'RATE_LIMITED' }), nowMs: 10_000 });
    expect(shape(planned)).toBe('a c | b!');
    expect(planned.skipped[0]?.reason).toBe('its rest is over, and it waits for a probe');
  });
  test('one probe at a time: while it runs, others see the target at rest', () => {
    const health = failed({ a: 'RATE_LIMITED' });
    startProbe(health, resolveTarget(a, MODEL), 10_000, RULES);
    expect(shape(plan({ health, nowMs: 10_001 }))).toBe('b c | a');
  });
  test('a session that a target has just failed is not the one to probe it', () => {
    const affinity = { avoid: new Set([`a/${MODEL}`]) };
    expect(shape(plan({ health: failed({ a: 'RATE_LIMITED' }), nowMs: 10_000, affinity }))).toBe('b c | a!');
  });
  test('of several that are due, chance picks one', () => {
    const targets = [makeRouteTarget('x'), makeRouteTarget('y'), c];
    const health = failed({ x: 'RATE_LIMITED', y: 'RATE_LIMITED' });
    expect(shape(plan({ targets, health, nowMs: 10_000, pick: 0 }))).toBe('x! c | y!');
    expect(shape(plan({ targets, health, nowMs: 10_000, pick: 0.9 }))).toBe('y! c | x!');
  });
});

describe('the route', () => {
  const routes = ['gpt-5.5', 'gpt-*', 'gpt-5*', '*'].map((name, index) =>
    makeRoute([a], { id: String(index), models: [name] }),
  );
  const routeFor = (model: string, among = routes): string => {
    const planned = planAttempts({
      routes: among,
      model,
      nowMs: 0,
      health: createHealthTable(),
      affinity: { avoid: new Set() },
      pick: 0,
    });
    return planned.kind === 'planned' ? planned.route.id : planned.failure.code;
  };
  test.each([
    ['an exact name beats a prefix', 'gpt-5.5', '0'],
    ['a longer prefix beats a shorter one', 'gpt-5.4', '2'],
    ['a prefix matches itself', 'gpt-', '1'],
    ['a star takes the rest', 'claude', '3'],
    ['a name that is too long is served by nobody', 'x'.repeat(257), 'NO_ROUTE'],
  ])('%s', (_name, model, expected) => expect(routeFor(model)).toBe(expected));
  test('what no route serves is denied', () => expect(routeFor('claude', routes.slice(0, 3))).toBe('NO_ROUTE'));
});

describe('substitution = "deny"', () => {
  const substitute = makeRouteTarget('s', { model: 'other-model', priority: 2 });
  const deny = (targets: readonly RouteTarget[]): Plan =>
    planAttempts({
      routes: [makeRoute(targets, { substitution: 'deny' })],
      model: MODEL,
      nowMs: 0,
      health: createHealthTable(),
      affinity: { avoid: new Set() },
      pick: 0,
    });
  test('a substitute is skipped and says why', () => {
    const planned = deny([a, substitute]);
    expect(shape(planned)).toBe('a');
    expect(planned.skipped).toEqual([
      { targetId: 's/other-model', reason: 'it answers with another model, and the route says substitution = "deny"' },
    ]);
  });
  test('with nothing but substitutes the request is denied, by name', () => {
    expect(shape(deny([substitute]))).toBe('SUBSTITUTION_DENIED');
  });
});

test('whatever the health, every target is planned or in reserve exactly once, and there is always an attempt', () => {
  const codes = fc.constantFrom<FailureCode>('RATE_LIMITED', 'BILLING', 'SERVER_ERROR', 'CONNECTION_REFUSED');
  const given = fc.record({
    targets: fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 100 })), {
      minLength: 1,
      maxLength: 6,
    }),
    failures: fc.array(fc.tuple(fc.nat(5), codes, fc.nat(100_000)), { maxLength: 12 }),
    nowMs: fc.nat(200_000),
    pick: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    preferred: fc.option(fc.nat(5), { nil: undefined }),
    avoid: fc.array(fc.nat(5), { maxLength: 6 }),
  });
  fc.assert(
    fc.property(given, ({ targets, failures, nowMs, pick, preferred, avoid }) => {
      const routeTargets = targets.map(([priority, weight], index) =>
        makeRouteTarget(`p${index}`, { priority, weight }),
      );
      const health = createHealthTable();
      for (const [index, code, atMs] of failures) {
        const target = resolveTarget(makeRouteTarget(`p${index}`), MODEL);
        recordOutcome(health, target, { kind: 'failure', failure: { code }, startedMs: atMs }, atMs, RULES);
      }
      const affinity = {
        ...(preferred === undefined ? {} : { preferred: `p${preferred}/${MODEL}` }),
        avoid: new Set(avoid.map((index) => `p${index}/${MODEL}`)),
      };
      const planned = plan({ targets: routeTargets, health, nowMs, pick, affinity });
      if (planned.kind === 'denied') throw new Error('denied');
      expect(planned.attempts.length).toBeGreaterThan(0);
      const ids = [...planned.attempts, ...planned.reserve].map(({ target }) => target.provider.id);
      expect(ids.toSorted()).toEqual(routeTargets.map(({ provider }) => provider.id).toSorted());
    }),
  );
});
