import type { SkippedTarget } from '../../core/exchange.ts';
import { describeFailure } from '../../core/failures.ts';
import type { Settings } from '../../core/settings.ts';
import { availability, type HealthView } from '../../decide/routing/health-table.ts';
import { planAttempts } from '../../decide/routing/plan-attempts.ts';
import { resolveTarget } from '../../decide/routing/resolve-target.ts';
import type { ExplainReport, TargetReport } from './gateway-report.ts';

/** Every target of every route with its health; targets that serve whatever is asked show the route's first model. */
export function describeTargets(settings: Settings, health: HealthView, nowMs: number): readonly TargetReport[] {
  return settings.routes.flatMap((route) =>
    route.targets.map((routeTarget) => {
      const target = resolveTarget(routeTarget, route.models[0] ?? '');
      const state = availability(health, target, nowMs);
      const report = { route: route.id, target: target.id, tier: target.priority, state: state.kind };
      if (state.kind !== 'resting') return report;
      const seconds = Math.max(1, Math.ceil((state.untilMs - nowMs) / 1000));
      return { ...report, reason: `${describeFailure({ code: state.cause })}; resting for another ${seconds} s` };
    }),
  );
}

/** What a request for `model` would meet now. */
export function explainModel(settings: Settings, health: HealthView, model: string, nowMs: number): ExplainReport {
  const plan = planAttempts({ routes: settings.routes, model, nowMs, health, affinity: { avoid: new Set() }, pick: 0 });
  if (plan.kind === 'denied')
    return { model, attempts: [], skipped: plan.skipped, denied: describeFailure(plan.failure) };
  const skipped: readonly SkippedTarget[] = plan.skipped;
  const attempts = plan.attempts.map(({ target, reason }) => ({
    target: target.id,
    tier: target.priority,
    reason,
    substitute: target.isSubstitute,
  }));
  return { model, route: plan.route.id, attempts, skipped };
}
