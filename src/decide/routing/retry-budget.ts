import type { RetrySettings } from '../../core/settings.ts';

/** What the whole gateway may still spend on attempts that are not a request's first try of a target (P5). */
export interface RetryBudget {
  readonly tokens: number;
}

/** A repeat on the same target, or a try of one that rests. */
export const REPEAT_COST = 1;
/**
 * A probe while a ready target stands by. It costs double, so that probes alone use half the ratio at most, and the
 * failures that lead to an ejection in the first place fit in as well.
 */
export const PROBE_COST = 2;

/** Part of the burst that a new gateway starts with: it has not earned any. */
const INITIAL_SHARE = 0.25;
/** Sums of 0.2 fall short of 1 by as little. */
const TOLERANCE = 1e-9;

export const createRetryBudget = (retry: RetrySettings): RetryBudget => ({ tokens: retry.budgetBurst * INITIAL_SHARE });

/**
 * Every request earns `budgetRatio`. One that is itself the client's retry of a failed one earns nothing and costs an
 * attempt (`client-retry.ts`).
 */
export const depositRequest = (budget: RetryBudget, retry: RetrySettings): RetryBudget => ({
  tokens: Math.min(retry.budgetBurst, budget.tokens + retry.budgetRatio),
});

export const canAfford = (budget: RetryBudget, cost: number): boolean => budget.tokens >= cost - TOLERANCE;

/** Never falls below zero: debts would outlast the outage that made them. */
export const withdrawAttempt = (budget: RetryBudget, cost: number): RetryBudget => ({
  tokens: Math.max(0, budget.tokens - cost),
});
