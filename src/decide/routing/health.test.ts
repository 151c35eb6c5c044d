import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { FAILURES, type Failure, type FailureCode } from '../../core/failures.ts';
import type { HealthSettings } from '../../core/settings.ts';
import { type Health, type HealthEvent, isProbeDue, stepHealth } from './health.ts';

const rules: HealthSettings = {
  consecutiveFailures: 3,
  baseEjectionMs: 10_000,
  maxEjectionMs: 300_000,
  maxHintMs: 600_000,
  baseWithdrawnMs: 60_000,
  maxWithdrawnMs: 900_000,
};

const fail = (code: FailureCode, startedMs: number, retryAfterMs?: number): HealthEvent => ({
  kind: 'failure',
  failure: { code, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
  startedMs,
});
const succeed = (startedMs: number): HealthEvent => ({ kind: 'success', startedMs });
const probe: HealthEvent = { kind: 'probe-started' };

/** Steps with the attempt starting at the very moment it ends. */
function run(events: readonly (readonly [atMs: number, event: HealthEvent])[], from?: Health): Health | undefined {
  return events.reduce<Health | undefined>((health, [atMs, event]) => stepHealth(health, event, atMs, rules), from);
}

/** Ejected `count` times in a row, each after a failed probe; the time of the last ejection. */
function ejectTimes(count: number, code: FailureCode, hintMs?: number): { health: Health | undefined; atMs: number } {
  let health = run([1, 2, 3].map((atMs) => [atMs, fail(code, atMs, hintMs)]));
  let atMs = health?.kind === 'open' ? health.sinceMs : 0;
  for (let index = 1; index < count; index += 1) {
    atMs = health?.kind === 'open' ? health.untilMs : 0;
    health = run(
      [
        [atMs, probe],
        [atMs, fail(code, atMs, hintMs)],
      ],
      health,
    );
  }
  return { health, atMs };
}

const restOf = (count: number, code: FailureCode, hintMs?: number): number => {
  const { health, atMs } = ejectTimes(count, code, hintMs);
  return health?.kind === 'open' ? health.untilMs - atMs : -1;
};

describe('closed', () => {
  test('two server errors are counted, the third ejects', () => {
    expect(
      run([
        [1, fail('SERVER_ERROR', 1)],
        [2, fail('SERVER_ERROR', 2)],
      ])?.kind,
    ).toBe('closed');
    expect(run([1, 2, 3].map((at) => [at, fail('SERVER_ERROR', at)]))).toEqual({
      kind: 'open',
      sinceMs: 3,
      untilMs: 10_003,
      ejections: 1,
      cause: 'SERVER_ERROR',
    });
  });

  test('local-origin failures are counted apart from the upstream’s', () => {
    const mixed = run(
      (['SERVER_ERROR', 'IDLE_TIMEOUT', 'SERVER_ERROR', 'IDLE_TIMEOUT'] as const).map((code, at) => [
        at,
        fail(code, at),
      ]),
    );
    expect(mixed).toMatchObject({ kind: 'closed', points: 20, localPoints: 20 });
    expect(run([[5, fail('IDLE_TIMEOUT', 5)]], mixed)).toMatchObject({ kind: 'open', cause: 'IDLE_TIMEOUT' });
  });

  test('a target that fails every second time is ejected, one that fails every twentieth time is not', () => {
    const runs = (every: number): readonly string[] => {
      let health: Health | undefined;
      const kinds: string[] = [];
      for (let at = 1; at <= 1000; at += 1) {
        health = stepHealth(health, at % every === 0 ? fail('SERVER_ERROR', at) : succeed(at), at, rules);
        kinds.push(health?.kind ?? 'closed');
      }
      return kinds;
    };
    expect(runs(2)).toContain('open');
    expect(runs(20)).not.toContain('open');
  });

  test.each(['BAD_REQUEST', 'CLIENT_GONE', 'CONTENT_REFUSED', 'TARGET_UNSUPPORTED', 'FOREIGN_STATE'] as const)(
    '%s never hurts',
    (code) => expect(run([1, 2, 3, 4].map((at) => [at, fail(code, at)]))).toMatchObject({ points: 0, kind: 'closed' }),
  );

  test.each(['CONNECTION_REFUSED', 'RATE_LIMITED', 'UNAUTHORIZED', 'MODEL_NOT_FOUND'] as const)(
    '%s ejects at once',
    (code) => expect(run([[1, fail(code, 1)]])?.kind).toBe('open'),
  );

  test('a plain 500 that names a wait ejects at once', () => {
    expect(run([[1, fail('SERVER_ERROR', 1, 42_000)]])).toMatchObject({ kind: 'open', untilMs: 42_001 });
  });
});

describe('how long it rests', () => {
  const rows: readonly [string, number, FailureCode, number | undefined, number][] = [
    ['the second ejection in a row rests twice as long', 2, 'SERVER_ERROR', undefined, 20_000],
    ['ejections grow to a cap', 100, 'SERVER_ERROR', undefined, 300_000],
    ['a hint is taken at its word', 1, 'RATE_LIMITED', 1500, 1500],
    ['a hint that proves too short grows', 3, 'RATE_LIMITED', 1500, 20_000],
    ['an hour-long hint is capped', 1, 'OVERLOADED', 3_600_000, 600_000],
    ['an hour-long hint is capped again and again', 50, 'OVERLOADED', 3_600_000, 600_000],
    ['without a hint a limit rests like an ejection', 1, 'RATE_LIMITED', undefined, 10_000],
    ['a hint of nothing is no hint', 1, 'RATE_LIMITED', 0, 10_000],
    ['a withdrawal rests long', 1, 'MODEL_NOT_FOUND', undefined, 60_000],
    ['withdrawals double', 3, 'MODEL_NOT_FOUND', undefined, 240_000],
    ['withdrawals end too', 5000, 'REGION_BLOCKED', undefined, 900_000],
  ];
  test.each(rows)('%s', (_name, count, code, hintMs, expected) => {
    expect(restOf(count, code, hintMs)).toBe(expected);
  });
});

describe('open', () => {
  const { health: open } = ejectTimes(1, 'SERVER_ERROR');

  test('stragglers do not lengthen the rest', () => {
    expect(
      run(
        [
          [5, fail('SERVER_ERROR', 1)],
          [6, fail('RATE_LIMITED', 5, 99_000)],
        ],
        open,
      ),
    ).toBe(open as Health);
  });
  test('a straggler’s success does not end it, a survivor’s does', () => {
    expect(run([[5, succeed(1)]], open)).toBe(open as Health);
    expect(run([[5, succeed(4)]], open)?.kind).toBe('closed');
  });
  test('no probe starts before the rest is over', () => {
    expect(run([[5, probe]], open)).toBe(open as Health);
  });
  test('a clock that was set back ends the rest', () => {
    expect(isProbeDue(open as Health, 5)).toBe(false);
    expect(isProbeDue(open as Health, -1)).toBe(true);
  });
  test('an operator ends it', () => {
    expect(run([[5, { kind: 'reset' }]], open)).toBeUndefined();
  });
});

describe('half-open', () => {
  const probing = run([[20_000, probe]], ejectTimes(1, 'SERVER_ERROR').health);

  test('only one probe at a time', () => {
    expect(probing).toMatchObject({ kind: 'half-open', probeUntilMs: 80_000 });
    expect(isProbeDue(probing as Health, 79_999)).toBe(false);
  });
  test('a lost probe expires', () => {
    expect(isProbeDue(probing as Health, 80_000)).toBe(true);
    expect(run([[80_000, probe]], probing)).toMatchObject({ kind: 'half-open', probeUntilMs: 140_000 });
  });
  test('a success closes it on trial: one more failure ejects again and for longer', () => {
    const closed = run([[21_000, succeed(20_000)]], probing);
    expect(closed).toMatchObject({ kind: 'closed', points: 25, ejections: 1 });
    expect(run([[22_000, fail('SERVER_ERROR', 22_000)]], closed)).toMatchObject({ ejections: 2, untilMs: 42_000 });
  });
  test('a slow probe still counts when the next one has started', () => {
    const second = run([[80_000, probe]], probing);
    expect(run([[90_000, succeed(20_000)]], second)?.kind).toBe('closed');
  });
  test('a straggler’s failure says nothing about the probe', () => {
    expect(run([[21_000, fail('SERVER_ERROR', 1)]], probing)).toBe(probing as Health);
  });
  test('a probe that told nothing lets the next one start at once', () => {
    const after = run([[21_000, fail('BAD_REQUEST', 20_000)]], probing);
    expect(isProbeDue(after as Health, 21_000)).toBe(true);
  });
});

test('ejections are forgotten by halves after long health', () => {
  let health = run(
    [
      [1_000_000, probe],
      [1_000_001, succeed(1_000_000)],
    ],
    ejectTimes(8, 'SERVER_ERROR').health,
  );
  const counts: number[] = [];
  for (let at = 1_000_002; at < 5_000_000; at += 10_000) {
    health = stepHealth(health, succeed(at), at, rules);
    if (health?.kind === 'closed' && counts.at(-1) !== health.ejections) counts.push(health.ejections);
  }
  expect(counts).toEqual([8, 4, 2, 1, 0]);
});

test('whatever happens, a rest ends within the largest cap', () => {
  const longest = Math.max(rules.maxEjectionMs, rules.maxHintMs, rules.maxWithdrawnMs);
  const failure: fc.Arbitrary<Failure> = fc
    .tuple(fc.constantFrom(...(Object.keys(FAILURES) as FailureCode[])), fc.option(fc.nat(1e8), { nil: undefined }))
    .map(([code, retryAfterMs]) => ({ code, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }));
  const ago = fc.nat(1_000_000);
  const event = fc.oneof(
    fc.record({ kind: fc.constant('failure' as const), failure, ago }),
    fc.record({ kind: fc.constantFrom('success' as const, 'probe-started' as const, 'probe-released' as const), ago }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(1_000_000), event), { maxLength: 60 }), (steps) => {
      let health: Health | undefined;
      let nowMs = 0;
      for (const [pauseMs, { ago, ...rest }] of steps) {
        nowMs += pauseMs;
        health = stepHealth(health, { ...rest, startedMs: nowMs - ago } as HealthEvent, nowMs, rules);
        if (health !== undefined) expect(isProbeDue(health, nowMs + longest) || health.kind === 'closed').toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});
