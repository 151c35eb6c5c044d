import type { SkippedTarget } from '../../core/exchange.ts';
import { type Failure, failureFacts } from '../../core/failures.ts';
import type { Route, Target } from '../../core/target.ts';
import { type Availability, availability, type HealthView } from './health-table.ts';
import { matchRoute } from './match-route.ts';
import { resolveTarget } from './resolve-target.ts';

export interface PlannedAttempt {
  readonly target: Target;
  readonly reason: 'first' | 'failover' | 'probe' | 'hedge';
}

export type Plan =
  | {
      readonly kind: 'planned';
      readonly route: Route;
      /** In the order in which they are tried. Never empty. */
      readonly attempts: readonly PlannedAttempt[];
      /** Resting targets, tried when all of `attempts` have failed. Each is in `skipped` with its reason as well. */
      readonly reserve: readonly PlannedAttempt[];
      readonly skipped: readonly SkippedTarget[];
    }
  | { readonly kind: 'denied'; readonly failure: Failure; readonly skipped: readonly SkippedTarget[] };

/** What a session has learned (`affinity.ts`). */
export interface SessionAffinity {
  /** Target that answered it last: its cache is warm there. */
  readonly preferred?: string | undefined;
  /** Targets that failed it a moment ago. */
  readonly avoid: ReadonlySet<string>;
}

interface Candidate {
  readonly target: Target;
  readonly availability: Availability;
}

/**
 * Which targets may answer a request, in which order, and why the others may not: tiers by priority, weights within a
 * tier, then what health and the session know. While an allowed target exists, there is a plan (P4: the last survivor
 * is never benched).
 */
export function planAttempts(input: {
  readonly routes: readonly Route[];
  readonly model: string;
  readonly nowMs: number;
  readonly health: HealthView;
  readonly affinity: SessionAffinity;
  /** Uniform in [0, 1). */
  readonly pick: number;
}): Plan {
  const { routes, model, nowMs, health, affinity, pick } = input;
  const route = matchRoute(routes, model);
  if (route === undefined) return { kind: 'denied', failure: { code: 'NO_ROUTE' }, skipped: [] };
  const skipped: SkippedTarget[] = [];
  const ready: Target[] = [];
  const due: Candidate[] = [];
  const resting: Candidate[] = [];
  for (const routeTarget of route.targets) {
    const target = resolveTarget(routeTarget, model);
    if (route.substitution === 'deny' && target.isSubstitute) {
      skipped.push({ targetId: target.id, reason: SUBSTITUTE });
      continue;
    }
    const state = availability(health, target, nowMs);
    if (state.kind === 'ready') ready.push(target);
    else (state.kind === 'probe-due' ? due : resting).push({ target, availability: state });
  }
  if (ready.length + due.length + resting.length === 0) {
    return { kind: 'denied', failure: { code: 'SUBSTITUTION_DENIED' }, skipped };
  }
  orderReady(ready, affinity, pick);
  if (due.length > 1) due.sort((one, other) => one.target.priority - other.target.priority);
  if (resting.length > 1) resting.sort((one, other) => untilMs(one) - untilMs(other));
  const probe = takeProbe(due, ready, affinity, pick);
  const reserve = [...due, ...resting];
  const attempts = probe === undefined ? [] : [attemptOf(probe, 0)];
  for (const target of ready) attempts.push({ target, reason: attempts.length === 0 ? 'first' : 'failover' });
  if (attempts.length === 0) return { kind: 'planned', route, attempts: reserve.map(attemptOf), reserve: [], skipped };
  for (const candidate of reserve) {
    skipped.push({ targetId: candidate.target.id, reason: restInWords(candidate.availability, nowMs) });
  }
  return { kind: 'planned', route, attempts, reserve: reserve.map((candidate) => attemptOf(candidate, 1)), skipped };
}

const SUBSTITUTE = 'it answers with another model, and the route says substitution = "deny"';

const untilMs = ({ availability }: Candidate): number => (availability.kind === 'resting' ? availability.untilMs : 0);

function attemptOf(candidate: Candidate, index: number): PlannedAttempt {
  const reason = candidate.availability.kind === 'probe-due' ? 'probe' : index === 0 ? 'first' : 'failover';
  return { target: candidate.target, reason };
}

/** In place: by tier, weighted within it, the session's own first in its tier, and those that failed it last of all. */
function orderReady(ready: Target[], affinity: SessionAffinity, pick: number): void {
  if (ready.length < 2) return;
  ready.sort((one, other) => one.priority - other.priority);
  for (let from = 0; from < ready.length; ) {
    const priority = ready[from]?.priority;
    let to = from + 1;
    while (to < ready.length && ready[to]?.priority === priority) to += 1;
    if (to - from > 1) orderTier(ready, from, to, affinity, pick);
    from = to;
  }
  if (affinity.avoid.size === 0) return;
  const isAvoided = (target: Target): number => (affinity.avoid.has(target.id) ? 1 : 0);
  ready.sort((one, other) => isAvoided(one) - isAvoided(other));
}

/** Draws one after the other by weight. What a draw leaves of `pick` is uniform again, and serves the next one. */
function orderTier(ready: Target[], start: number, to: number, affinity: SessionAffinity, pick: number): void {
  let from = start;
  for (let index = from; index < to; index += 1) {
    if (ready[index]?.id === affinity.preferred) {
      moveTo(ready, index, from);
      from += 1;
      break;
    }
  }
  let rest = pick;
  for (; from < to - 1; from += 1) {
    let total = 0;
    for (let index = from; index < to; index += 1) total += ready[index]?.weight ?? 0;
    let drawn = rest * total;
    let index = from;
    let weight = ready[index]?.weight ?? 0;
    while (index < to - 1 && drawn >= weight) {
      drawn -= weight;
      index += 1;
      weight = ready[index]?.weight ?? 0;
    }
    rest = Math.min(drawn / weight, 1 - Number.EPSILON);
    moveTo(ready, index, from);
  }
}

function moveTo(targets: Target[], index: number, to: number): void {
  if (index === to) return;
  const [moved] = targets.splice(index, 1);
  if (moved !== undefined) targets.splice(to, 0, moved);
}

/**
 * The target whose rest is over that is tried before the ready ones, taken out of `due`: only where a ready one of the
 * same or a worse tier can take over, so that nobody notices when it fails. Without any, nothing is spare. Among
 * several, chance decides: one whose probes tell nothing must not keep the others waiting.
 */
function takeProbe(
  due: Candidate[],
  ready: readonly Target[],
  affinity: SessionAffinity,
  pick: number,
): Candidate | undefined {
  const first = ready[0];
  if (first === undefined || due.length === 0) return undefined;
  const eligible = due.filter(({ target }) => target.priority <= first.priority && !affinity.avoid.has(target.id));
  const probe = eligible[Math.floor(pick * eligible.length)];
  if (probe !== undefined) due.splice(due.indexOf(probe), 1);
  return probe;
}

function restInWords(state: Availability, nowMs: number): string {
  if (state.kind !== 'resting') return 'its rest is over, and it waits for a probe';
  const seconds = Math.max(1, Math.ceil((state.untilMs - nowMs) / 1000));
  return `resting for another ${seconds} s after: ${failureFacts(state.cause).text}`;
}
