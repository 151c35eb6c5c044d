import { type Failure, failureFacts } from '../../core/failures.ts';
import type { RetrySettings } from '../../core/settings.ts';
import { availability, type HealthView } from './health-table.ts';
import type { PlannedAttempt } from './plan-attempts.ts';
import { canAfford, PROBE_COST, REPEAT_COST, type RetryBudget } from './retry-budget.ts';

/** A target that has failed this exchange: its last failure, and how often it was repeated on. The latest stands last. */
export interface Tried {
  readonly targetId: string;
  readonly failure: Failure;
  readonly repeats: number;
}

export interface AttemptChoice {
  readonly kind: 'attempt';
  readonly attempt: PlannedAttempt;
  /** To wait before it. */
  readonly backoffMs: number;
  /** Tokens that it takes out of the retry budget. */
  readonly cost: number;
  /** The same target again. */
  readonly isRepeat: boolean;
}

export type NextAttempt = AttemptChoice | { readonly kind: 'give-up' };

interface NextInput {
  readonly plan: { readonly attempts: readonly PlannedAttempt[]; readonly reserve: readonly PlannedAttempt[] };
  /** Empty at the start: the answer is then the first attempt. */
  readonly tried: readonly Tried[];
  readonly health: HealthView;
  readonly budget: RetryBudget;
  readonly nowMs: number;
  readonly retry: RetrySettings;
  /** Uniform in [0, 1): spreads the backoff. */
  readonly pick: number;
}

const GIVE_UP: NextAttempt = { kind: 'give-up' };
/** All backoffs of one exchange stay below this: Codex shows nothing yet, and a person does not wonder yet. */
const MAX_TOTAL_BACKOFF_MS = 2000;
/** Who asks for a longer wait than this is not asked again within the same exchange. */
const MAX_HINT_MS = 1000;
const JITTER = 0.2;

/**
 * What comes after the failures so far. A healthy target that was not tried yet is tried at once and for nothing: P1
 * stands above P5. After those come the resting ones, charged but never refused, since one of them may have recovered.
 * Only then the same target again, after a backoff and if the budget allows.
 */
export function chooseNextAttempt(input: NextInput): NextAttempt {
  const { plan, tried, health, nowMs } = input;
  const last = tried.at(-1);
  if (last !== undefined && failureFacts(last.failure.code).retry === 'never') return GIVE_UP;
  if (last !== undefined && !mayMoveOn(last, plan)) return repeat(input, [last]);
  let probe: PlannedAttempt | undefined;
  let soonest: PlannedAttempt | undefined;
  let soonestMs = Number.POSITIVE_INFINITY;
  for (const attempts of [plan.attempts, plan.reserve]) {
    for (const attempt of attempts) {
      if (isTried(attempt, tried)) continue;
      const state = availability(health, attempt.target, nowMs);
      if (state.kind === 'ready') return firstReady(attempt, probe, input);
      if (state.kind === 'probe-due') probe ??= attempt;
      else if (state.untilMs < soonestMs) {
        soonest = attempt;
        soonestMs = state.untilMs;
      }
    }
  }
  const survivor = probe ?? soonest;
  if (survivor === undefined) return repeat(input, tried);
  const cost = last !== undefined && canAfford(input.budget, REPEAT_COST) ? REPEAT_COST : 0;
  return attemptNow(survivor, probe !== undefined, last, cost);
}

/** The ready target, or at the very start the probe that was planned before it, when there are tokens to spare. */
function firstReady(ready: PlannedAttempt, probe: PlannedAttempt | undefined, input: NextInput): NextAttempt {
  const isSpare = probe !== undefined && input.tried.length === 0 && probe === input.plan.attempts[0];
  if (isSpare && canAfford(input.budget, PROBE_COST)) return attemptNow(probe, true, undefined, PROBE_COST);
  return attemptNow(ready, false, input.tried.at(-1), 0);
}

function attemptNow(planned: PlannedAttempt, isProbe: boolean, last: Tried | undefined, cost: number): NextAttempt {
  const reason: PlannedAttempt['reason'] = isProbe ? 'probe' : last === undefined ? 'first' : 'failover';
  const attempt = planned.reason === reason ? planned : { target: planned.target, reason };
  return { kind: 'attempt', attempt, backoffMs: 0, cost, isRepeat: false };
}

/** `on_error` of a target names the statuses after which another one may be asked. */
function mayMoveOn({ targetId, failure }: Tried, plan: NextInput['plan']): boolean {
  if (failure.status === undefined || failure.status === 200) return true;
  const onError = findAttempt(targetId, plan)?.target.onError;
  return onError === undefined || onError.includes(failure.status);
}

/** The same target again: a ready one before a resting one, then the one that was repeated on least. */
function repeat(input: NextInput, among: readonly Tried[]): NextAttempt {
  const { plan, tried, health, budget, nowMs, retry, pick } = input;
  if (!canAfford(budget, REPEAT_COST)) return GIVE_UP;
  let best: PlannedAttempt | undefined;
  let bestTried: Tried | undefined;
  let bestRank = Number.POSITIVE_INFINITY;
  for (const one of among) {
    const attempt = findAttempt(one.targetId, plan);
    if (attempt === undefined || !mayRepeat(one, tried, retry)) continue;
    const isReady = availability(health, attempt.target, nowMs).kind === 'ready';
    const rank = one.repeats + (isReady ? 0 : retry.sameTarget);
    if (rank < bestRank) {
      best = attempt;
      bestTried = one;
      bestRank = rank;
    }
  }
  if (best === undefined || bestTried === undefined) return GIVE_UP;
  const backoffMs = retry.backoffMs * 2 ** bestTried.repeats * (1 - JITTER + 2 * JITTER * pick);
  return {
    kind: 'attempt',
    attempt: best,
    backoffMs: Math.max(backoffMs, bestTried.failure.retryAfterMs ?? 0),
    cost: REPEAT_COST,
    isRepeat: true,
  };
}

function mayRepeat(one: Tried, tried: readonly Tried[], retry: RetrySettings): boolean {
  if (failureFacts(one.failure.code).retry !== 'same' || one.repeats >= retry.sameTarget) return false;
  if ((one.failure.retryAfterMs ?? 0) > MAX_HINT_MS) return false;
  // One alone was at work and may have stalled by accident (P1); of several, the user has waited for each already.
  if (one.failure.code === 'IDLE_TIMEOUT' && (tried.length > 1 || one.repeats > 0)) return false;
  let totalMs = longestWaitMs(one, one.repeats, retry);
  for (const { repeats, failure } of tried) {
    for (let index = 0; index < repeats; index += 1) totalMs += longestWaitMs({ failure }, index, retry);
  }
  return totalMs < MAX_TOTAL_BACKOFF_MS;
}

const longestWaitMs = ({ failure }: Pick<Tried, 'failure'>, repeats: number, retry: RetrySettings): number =>
  Math.max(retry.backoffMs * 2 ** repeats * (1 + JITTER), failure.retryAfterMs ?? 0);

const isTried = (attempt: PlannedAttempt, tried: readonly Tried[]): boolean =>
  tried.some((one) => one.targetId === attempt.target.id);

const findAttempt = (targetId: string, plan: NextInput['plan']): PlannedAttempt | undefined =>
  plan.attempts.find(({ target }) => target.id === targetId) ??
  plan.reserve.find(({ target }) => target.id === targetId);
