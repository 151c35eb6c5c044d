import type { AttemptChoice, Tried } from './choose-next-attempt.ts';
import { availability, type HealthView } from './health-table.ts';
import type { PlannedAttempt } from './plan-attempts.ts';
import { canAfford, REPEAT_COST, type RetryBudget } from './retry-budget.ts';

/**
 * A second target to ask while the first one is silent: one that is ready and was not asked yet, and only while the
 * retry budget allows it, since a hedge is paid for whether it was needed or not.
 */
export function chooseHedge(
  plan: { readonly attempts: readonly PlannedAttempt[] },
  tried: readonly Tried[],
  runningTargetId: string,
  health: HealthView,
  budget: RetryBudget,
  nowMs: number,
): AttemptChoice | undefined {
  if (!canAfford(budget, REPEAT_COST)) return undefined;
  const other = plan.attempts.find(
    ({ target }) =>
      target.id !== runningTargetId &&
      !tried.some((one) => one.targetId === target.id) &&
      availability(health, target, nowMs).kind === 'ready',
  );
  if (other === undefined) return undefined;
  const attempt: PlannedAttempt = { target: other.target, reason: 'hedge' };
  return { kind: 'attempt', attempt, backoffMs: 0, cost: REPEAT_COST, isRepeat: false };
}
