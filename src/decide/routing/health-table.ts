import { type Failure, type FailureCode, failureFacts } from '../../core/failures.ts';
import type { HealthSettings } from '../../core/settings.ts';
import { type ScopeKeys, scopeKeys, type Target } from '../../core/target.ts';
import { type Health, type HealthEvent, isProbeDue, restUntilMs, stepHealth } from './health.ts';

/** Health by scope key (`scopeKeys`). What is healthy has no entry. */
export interface HealthTable {
  readonly entries: Map<string, Health>;
  /** At most this many entries: a route with `*` lets clients invent models. */
  readonly capacity: number;
}

/** All that planning needs. */
export interface HealthView {
  readonly entries: ReadonlyMap<string, Health>;
}

/** How an attempt ended; `startedMs` is when it began, on the same clock as `nowMs`. */
export type Outcome =
  | { readonly kind: 'success'; readonly startedMs: number }
  | { readonly kind: 'failure'; readonly failure: Failure; readonly startedMs: number };

export type Availability =
  | { readonly kind: 'ready' }
  /** Its rest is over, and nobody has tried it yet. */
  | { readonly kind: 'probe-due' }
  /** Also while another request's probe is under way. */
  | { readonly kind: 'resting'; readonly untilMs: number; readonly cause: FailureCode };

const READY: Availability = { kind: 'ready' };
const PROBE_DUE: Availability = { kind: 'probe-due' };
/** How many of the oldest entries are looked through for one that rests no more, before the oldest has to go. */
const EVICTION_LOOK = 16;

/** `capacity` default: 10,000 entries, about 2 MB. */
export const createHealthTable = (capacity = 10_000): HealthTable => ({ entries: new Map(), capacity });

/**
 * A success speaks for everything that the target shares; a failure against what its class names (`scope`). A probe
 * whose failure lay elsewhere is released, so that the next request may try again.
 */
export function recordOutcome(
  table: HealthTable,
  target: Target,
  outcome: Outcome,
  nowMs: number,
  rules: HealthSettings,
): void {
  if (outcome.kind === 'success' && table.entries.size === 0) return;
  const keys = scopeKeys(target);
  const scope = outcome.kind === 'failure' ? failureFacts(outcome.failure.code).scope : undefined;
  const release: HealthEvent = { kind: 'probe-released', startedMs: outcome.startedMs };
  for (const name of SCOPES) {
    step(table, keys[name], outcome.kind === 'success' || scope === name ? outcome : release, nowMs, rules);
  }
}

/** To be called when a probe is sent: until it ends, other requests see the target at rest. */
export function startProbe(table: HealthTable, target: Target, nowMs: number, rules: HealthSettings): void {
  const keys = scopeKeys(target);
  for (const name of SCOPES) step(table, keys[name], { kind: 'probe-started' }, nowMs, rules);
}

/** An operator's word: the target and all that it shares count as healthy. */
export function resetHealth(table: HealthTable, target: Target): void {
  const keys = scopeKeys(target);
  for (const name of SCOPES) table.entries.delete(keys[name]);
}

/** The worst that is known of a target, its model, its credential and its provider. */
export function availability(view: HealthView, target: Target, nowMs: number): Availability {
  if (view.entries.size === 0) return READY;
  const keys = scopeKeys(target);
  let worst: Availability = READY;
  for (const name of SCOPES) {
    const health = view.entries.get(keys[name]);
    if (health === undefined || health.kind === 'closed') continue;
    if (isProbeDue(health, nowMs)) {
      if (worst.kind === 'ready') worst = PROBE_DUE;
    } else if (worst.kind !== 'resting' || restUntilMs(health) > worst.untilMs) {
      worst = { kind: 'resting', untilMs: restUntilMs(health), cause: health.cause };
    }
  }
  return worst;
}

const SCOPES = ['target', 'model', 'credential', 'provider'] as const satisfies readonly (keyof ScopeKeys)[];

function step(table: HealthTable, key: string, event: HealthEvent, nowMs: number, rules: HealthSettings): void {
  const before = table.entries.get(key);
  const after = stepHealth(before, event, nowMs, rules);
  if (after === before) return;
  table.entries.delete(key);
  if (after === undefined || isForgettable(after)) return;
  if (table.entries.size >= table.capacity) evict(table, nowMs);
  table.entries.set(key, after);
}

/** Nothing is left to remember. */
const isForgettable = (health: Health): boolean =>
  health.kind === 'closed' && health.points === 0 && health.localPoints === 0 && health.ejections === 0;

function evict(table: HealthTable, nowMs: number): void {
  let oldest: string | undefined;
  let looked = 0;
  for (const [key, health] of table.entries) {
    oldest ??= key;
    if (health.kind === 'closed' || isProbeDue(health, nowMs)) {
      table.entries.delete(key);
      return;
    }
    looked += 1;
    if (looked === EVICTION_LOOK) break;
  }
  if (oldest !== undefined) table.entries.delete(oldest);
}
