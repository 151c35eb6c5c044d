import { describe, expect, test } from 'bun:test';
import { RETRY } from './__fixtures__/targets.ts';
import { canAfford, createRetryBudget, depositRequest, withdrawAttempt } from './retry-budget.ts';

describe('the retry budget', () => {
  test('five requests earn one repeat', () => {
    let budget = { tokens: 0 };
    for (let index = 0; index < 5; index += 1) budget = depositRequest(budget, RETRY);
    expect(canAfford(budget, 1)).toBe(true);
    expect(canAfford(withdrawAttempt(budget, 1), 1)).toBe(false);
  });
  test('no more than the burst is saved up', () => {
    let budget = createRetryBudget(RETRY);
    for (let index = 0; index < 1000; index += 1) budget = depositRequest(budget, RETRY);
    expect(budget.tokens).toBe(20);
  });
  test('it never owes', () => expect(withdrawAttempt({ tokens: 0.4 }, 2)).toEqual({ tokens: 0 }));
});
