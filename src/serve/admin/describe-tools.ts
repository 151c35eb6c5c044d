import type { Settings } from '../../core/settings.ts';
import { matchRoute } from '../../decide/routing/match-route.ts';
import { resolveTarget } from '../../decide/routing/resolve-target.ts';
import { describeTools, findToolLosses, type ToolLine } from '../../decide/wire/describe-tools.ts';

/** `GET /holdfast/tools?model=…`: what each target of the model's route makes of Codex's tools. */
export interface ToolReport {
  readonly model: string;
  /** Absent when no route serves the model. */
  readonly route?: string;
  readonly targets: readonly {
    readonly target: string;
    readonly tier: number;
    readonly wire: string;
    readonly dialect?: string;
    readonly tools: readonly ToolLine[];
  }[];
  /** What requests lose when they come to a target, in words. */
  readonly losses: readonly string[];
}

export function reportTools(settings: Settings, model: string): ToolReport {
  const route = matchRoute(settings.routes, model);
  if (route === undefined) return { model, targets: [], losses: [] };
  const targets = route.targets
    .map((routeTarget) => resolveTarget(routeTarget, model))
    .toSorted((left, right) => left.priority - right.priority);
  return {
    model,
    route: route.id,
    targets: targets.map((target) => {
      const { wire, dialect } = target.provider;
      const lines = { target: target.id, tier: target.priority, wire, tools: describeTools(target) };
      return dialect === undefined ? lines : { ...lines, dialect };
    }),
    losses: findToolLosses(route, model).map(
      ({ target, than, tools }) => `${target.id} has no ${tools.join(', ')}, which ${than.id} has`,
    ),
  };
}

/** For the start: every route whose later targets cannot do what its first ones can. */
export function warnOfToolLosses(settings: Settings): readonly string[] {
  return settings.routes.flatMap((route) => {
    const model = route.models[0] ?? '';
    return findToolLosses(route, model).map(
      ({ target, than, tools }) =>
        `warning: route "${route.id}": ${target.id} has no ${tools.join(', ')}, which ${than.id} has. Requests that fall back to it go without. See "holdfast explain --tools ${model}".`,
    );
  });
}
