/** Providers, targets and settings that the tests of this folder share. */
import type { HealthSettings, RetrySettings } from '../../../core/settings.ts';
import type { Provider, Route, RouteTarget, Target, Timeouts } from '../../../core/target.ts';
import { resolveTarget } from '../resolve-target.ts';

export const RULES: HealthSettings = {
  consecutiveFailures: 3,
  baseEjectionMs: 10_000,
  maxEjectionMs: 300_000,
  maxHintMs: 600_000,
  baseWithdrawnMs: 60_000,
  maxWithdrawnMs: 900_000,
};

export const RETRY: RetrySettings = {
  budgetRatio: 0.2,
  budgetBurst: 20,
  sameTarget: 2,
  backoffMs: 200,
  continuationsPerTurn: 3,
  hedgeAfterMs: 0,
};

const TIMEOUTS: Timeouts = {
  connectMs: 5000,
  headersMs: 60_000,
  firstEventMs: 90_000,
  idleMs: 60_000,
  totalMs: 1_800_000,
};

const makeProvider = (id: string): Provider => ({
  id,
  wire: 'responses',
  baseUrl: `http://${id}.invalid/v1`,
  key: { kind: 'none' },
  auth: 'bearer',
  headers: {},
  firstParty: false,
  stateDomain: id,
  timeouts: TIMEOUTS,
});

export const makeRouteTarget = (provider: string, overrides: Partial<RouteTarget> = {}): RouteTarget => ({
  provider: makeProvider(provider),
  priority: 1,
  weight: 100,
  timeouts: TIMEOUTS,
  ...overrides,
});

export const makeTarget = (provider: string, model: string, overrides: Partial<RouteTarget> = {}): Target =>
  resolveTarget(makeRouteTarget(provider, overrides), model);

export const makeRoute = (targets: readonly RouteTarget[], overrides: Partial<Route> = {}): Route => ({
  id: 'main',
  models: ['*'],
  substitution: 'allow',
  effects: 'safe',
  targets,
  ...overrides,
});
