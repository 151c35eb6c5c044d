import { type Failure, type FailureCode, failureFacts } from '../../core/failures.ts';
import type { HealthSettings } from '../../core/settings.ts';

/** The health of one scope (a target, its model, its credential, its provider). Plain data; absent means healthy. */
export type Health = ClosedHealth | OpenHealth | HalfOpenHealth;

/** In use. Points count failures against successes; the upstream's failures and local-origin ones apart. */
interface ClosedHealth {
  readonly kind: 'closed';
  readonly points: number;
  readonly localPoints: number;
  /** How many ejections came before, forgotten by halves. */
  readonly ejections: number;
  readonly sinceMs: number;
}

/** Ejected: rests until `untilMs`, then waits for a probe. */
export interface OpenHealth {
  readonly kind: 'open';
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly ejections: number;
  readonly cause: FailureCode;
}

/** A probe is under way. One that is never heard of again is given up at `probeUntilMs`, and the next may start. */
export interface HalfOpenHealth {
  readonly kind: 'half-open';
  /** When the ejection began. */
  readonly sinceMs: number;
  readonly probeUntilMs: number;
  readonly ejections: number;
  readonly cause: FailureCode;
}

/** `startedMs`: when the attempt began that ended so. An attempt from before an ejection says nothing about its end. */
export type HealthEvent =
  | { readonly kind: 'success'; readonly startedMs: number }
  | { readonly kind: 'failure'; readonly failure: Failure; readonly startedMs: number }
  | { readonly kind: 'probe-started' }
  /** The probe ended without telling anything about this scope. */
  | { readonly kind: 'probe-released'; readonly startedMs: number }
  /** An operator's word. */
  | { readonly kind: 'reset' };

/**
 * A failure weighs as much as ten successes: what fails more often than once in eleven times is ejected in the end,
 * even if never several times in a row. This keeps the failovers that a half-broken target causes below the retry
 * budget's default ratio of 0.2 (P5).
 */
const FAILURE_POINTS = 10;
const SUCCESS_POINTS = 1;
/** A probe that was not heard of for this many base ejections is lost. */
const PROBE_LEASE_EJECTIONS = 6;

/** The next health. Never mutates; returns `health` itself when nothing changed. */
export function stepHealth(
  health: Health | undefined,
  event: HealthEvent,
  nowMs: number,
  rules: HealthSettings,
): Health | undefined {
  if (event.kind === 'reset' || health === undefined) {
    return event.kind === 'failure' ? afterFailure(healthy(nowMs), event.failure, nowMs, rules) : undefined;
  }
  switch (event.kind) {
    case 'success':
      if (health.kind === 'closed') return afterSuccess(health, nowMs, rules);
      return event.startedMs < health.sinceMs ? health : recovered(health, nowMs, rules);
    case 'failure':
      if (health.kind === 'closed') return afterFailure(health, event.failure, nowMs, rules);
      return afterFailedProbe(health, event.failure, event.startedMs, nowMs, rules);
    case 'probe-started': {
      if (health.kind === 'closed' || !isProbeDue(health, nowMs)) return health;
      const { sinceMs, ejections, cause } = health;
      const leaseMs = Math.min(rules.maxEjectionMs, PROBE_LEASE_EJECTIONS * rules.baseEjectionMs);
      return { kind: 'half-open', sinceMs, probeUntilMs: nowMs + leaseMs, ejections, cause };
    }
    case 'probe-released':
      return health.kind === 'half-open' && event.startedMs >= health.sinceMs ? released(health, nowMs) : health;
  }
}

/** Its rest is over, and no probe is under way. A clock that was set back ends a rest as well: none may last for ever. */
export function isProbeDue(health: Health, nowMs: number): boolean {
  return health.kind !== 'closed' && (nowMs >= restUntilMs(health) || nowMs < health.sinceMs);
}

/** When a rest, or the probe that follows it, ends. */
export const restUntilMs = (health: OpenHealth | HalfOpenHealth): number =>
  health.kind === 'open' ? health.untilMs : health.probeUntilMs;

const healthy = (nowMs: number): ClosedHealth => ({
  kind: 'closed',
  points: 0,
  localPoints: 0,
  ejections: 0,
  sinceMs: nowMs,
});

function afterSuccess(health: ClosedHealth, nowMs: number, rules: HealthSettings): ClosedHealth {
  const points = Math.max(0, health.points - SUCCESS_POINTS);
  const localPoints = Math.max(0, health.localPoints - SUCCESS_POINTS);
  const isLongHealthy = points === 0 && localPoints === 0 && nowMs - health.sinceMs >= rules.maxEjectionMs;
  if (!isLongHealthy) return { ...health, points, localPoints };
  return { ...healthy(nowMs), ejections: health.ejections >> 1 };
}

/** On trial: one failure ejects again until several successes have come first. */
function recovered(health: OpenHealth | HalfOpenHealth, nowMs: number, rules: HealthSettings): ClosedHealth {
  const trial = (rules.consecutiveFailures - 0.5) * FAILURE_POINTS;
  const isLocal = failureFacts(health.cause).blame === 'network';
  return {
    kind: 'closed',
    points: isLocal ? 0 : trial,
    localPoints: isLocal ? trial : 0,
    ejections: health.ejections,
    sinceMs: nowMs,
  };
}

function afterFailure(health: ClosedHealth, failure: Failure, nowMs: number, rules: HealthSettings): Health {
  const { cooldown, blame } = failureFacts(failure.code);
  if (cooldown === 'none') return health;
  const limit = rules.consecutiveFailures * FAILURE_POINTS;
  const isLocal = blame === 'network';
  const points = (isLocal ? health.localPoints : health.points) + FAILURE_POINTS;
  // Whoever names a wait wants to be left alone, also with a plain 500.
  const isAtOnce = cooldown !== 'count' || (failure.retryAfterMs ?? 0) > 0;
  if (isAtOnce || points >= limit) return ejected(health.ejections + 1, failure, nowMs, rules);
  return isLocal ? { ...health, localPoints: points } : { ...health, points };
}

/** While it rests, failures neither lengthen the rest nor raise the count: they are stragglers, or a survivor's tries. */
function afterFailedProbe(
  health: OpenHealth | HalfOpenHealth,
  failure: Failure,
  startedMs: number,
  nowMs: number,
  rules: HealthSettings,
): Health {
  const isProbe = health.kind === 'half-open' ? startedMs >= health.sinceMs : startedMs >= health.untilMs;
  if (!isProbe) return health;
  if (failureFacts(failure.code).cooldown === 'none') return released(health, nowMs);
  return ejected(health.ejections + 1, failure, nowMs, rules);
}

/** The next probe may start at once. */
function released(health: OpenHealth | HalfOpenHealth, nowMs: number): OpenHealth {
  if (health.kind === 'open') return health;
  const { sinceMs, ejections, cause } = health;
  return { kind: 'open', sinceMs, untilMs: nowMs, ejections, cause };
}

function ejected(ejections: number, failure: Failure, nowMs: number, rules: HealthSettings): OpenHealth {
  const untilMs = nowMs + restMs(failure, ejections, rules);
  return { kind: 'open', sinceMs: nowMs, untilMs, ejections, cause: failure.code };
}

/** How long it rests after its `ejections`-th ejection in a row. Every rule has a cap (P4). */
function restMs(failure: Failure, ejections: number, rules: HealthSettings): number {
  const hintMs = Math.min(failure.retryAfterMs ?? 0, rules.maxHintMs);
  const growing = (count: number): number => Math.min(rules.maxEjectionMs, rules.baseEjectionMs * count);
  switch (failureFacts(failure.code).cooldown) {
    case 'withdrawn':
      return Math.max(hintMs, Math.min(rules.maxWithdrawnMs, rules.baseWithdrawnMs * 2 ** (ejections - 1)));
    case 'hint':
      // The first time a hint is taken at its word; when it turns out too short, the rests grow.
      return hintMs > 0 ? Math.max(hintMs, growing(ejections - 1)) : growing(ejections);
    case 'none':
    case 'count':
    case 'eject':
      return Math.max(hintMs, growing(ejections));
  }
}
