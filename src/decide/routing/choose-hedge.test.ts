import { describe, expect, test } from 'bun:test';
import type { FailureCode } from '../../core/failures.ts';
import { makeTarget, RULES } from './__fixtures__/targets.ts';
import { chooseHedge } from './choose-hedge.ts';
import type { Tried } from './choose-next-attempt.ts';
import { createHealthTable, type HealthTable, recordOutcome, startProbe } from './health-table.ts';

const MODEL = 'gpt-5.5';
const [a, b, c] = ['a', 'b', 'c'].map((provider) => makeTarget(provider, MODEL));
const PLAN = [a, b, c].flatMap((target) => (target === undefined ? [] : [{ target, reason: 'first' as const }]));

const tried = (...providers: readonly string[]): Tried[] =>
  providers.map((provider) => ({ targetId: `${provider}/${MODEL}`, failure: { code: 'SERVER_ERROR' }, repeats: 0 }));

function ailing(ends: Readonly<Record<string, FailureCode>>): HealthTable {
  const table = createHealthTable();
  for (const [provider, code] of Object.entries(ends)) {
    const outcome = { kind: 'failure', failure: { code }, startedMs: 0 } as const;
    recordOutcome(table, makeTarget(provider, MODEL), outcome, 0, RULES);
  }
  return table;
}

interface Given {
  /** Providers in the plan. Default: all three. */
  readonly planned?: string;
  readonly running?: string;
  readonly tried?: readonly Tried[];
  readonly health?: HealthTable;
  readonly tokens?: number;
  readonly nowMs?: number;
}

const choose = (given: Given): ReturnType<typeof chooseHedge> => {
  const { planned = 'abc', running = 'a', health = createHealthTable(), tokens = 1, nowMs = 1 } = given;
  const attempts = PLAN.filter(({ target }) => planned.includes(target.provider.id));
  return chooseHedge({ attempts }, given.tried ?? [], `${running}/${MODEL}`, health, { tokens }, nowMs);
};

const REST_MS = RULES.baseEjectionMs;

describe('the target that is asked as well', () => {
  const rows: readonly (readonly [name: string, Given, expected: string | undefined])[] = [
    ['is the next one in the plan', {}, 'b'],
    ['may stand before the running one', { running: 'c' }, 'a'],
    ['is never the running one', { planned: 'a' }, undefined],
    ['is none that failed before', { tried: tried('b') }, 'c'],
    ['is nobody when all others failed before', { tried: tried('b', 'c') }, undefined],
    ['is none that rests', { health: ailing({ b: 'RATE_LIMITED' }) }, 'c'],
    ['is nobody when all others rest', { health: ailing({ b: 'RATE_LIMITED', c: 'BILLING' }) }, undefined],
    ['is none that waits for a probe', { health: ailing({ b: 'OVERLOADED' }), nowMs: REST_MS }, 'c'],
    ['may have failed less often than ejects', { health: ailing({ b: 'SERVER_ERROR' }) }, 'b'],
    ['costs a token', { tokens: 0.99 }, undefined],
    ['costs no more than a token', { tokens: 1 }, 'b'],
    ['does not need the running one to be well', { health: ailing({ a: 'RATE_LIMITED' }) }, 'b'],
    ['is nobody where nothing is planned', { planned: '' }, undefined],
  ];
  test.each(rows)('%s', (_name, given, expected) => {
    expect(choose(given)?.attempt.target.provider.id).toBe(expected);
  });

  test('is none whose probe is under way', () => {
    const health = ailing({ b: 'RATE_LIMITED' });
    startProbe(health, makeTarget('b', MODEL), REST_MS, RULES);
    expect(choose({ health, nowMs: REST_MS + 1 })?.attempt.target.provider.id).toBe('c');
  });
});

test('it is asked at once, as a hedge, for a token', () => {
  expect(choose({})).toMatchObject({
    kind: 'attempt',
    attempt: { reason: 'hedge' },
    backoffMs: 0,
    cost: 1,
    isRepeat: false,
  });
});
