import { GatewayError } from '../core/failures.ts';
import { planAttempts } from '../decide/routing/plan-attempts.ts';
import type { Admitted, ExchangeDeps, Planned } from './walk-types.ts';

/** Which targets may answer, in which order, and why the others may not. The same decision `holdfast explain` prints. */
export function plan(admitted: Admitted, deps: ExchangeDeps): Planned {
  const nowMs = deps.clock.now();
  const { model } = admitted.request;
  const planned = planAttempts({
    routes: deps.settings.routes,
    model,
    nowMs,
    health: deps.state.health,
    affinity: deps.state.affinityOf(admitted.sessionId, nowMs),
    pick: deps.random(),
  });
  if (planned.kind === 'denied') {
    const known = deps.settings.routes.flatMap((route) => route.models).join(', ');
    const message =
      planned.failure.code === 'NO_ROUTE'
        ? `No route serves the model "${model}". The routes serve: ${known}. Add it to "models" of a route in ${deps.settings.file}.`
        : `No target may serve the model "${model}": ${planned.skipped.map((skip) => `${skip.targetId}: ${skip.reason}`).join('; ')}.`;
    throw new GatewayError(planned.failure, { message });
  }
  return {
    admitted,
    route: planned.route,
    attempts: planned.attempts,
    reserve: planned.reserve,
    skipped: planned.skipped,
  };
}
