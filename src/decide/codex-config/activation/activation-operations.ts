import type { Settings } from '../../../core/settings.ts';
import type { EditOperation } from '../toml/edit-operation.ts';
import { isArray, isTable, type KeyPath, type TomlTable, type TomlValue, valueAt } from '../toml/toml-data.ts';

/** A place at which a route names a target. */
export interface RoutePlace {
  readonly route: number;
  readonly target: number;
}

/** `<provider>/<model>` as `holdfast explain` shows it; a provider alone means all its targets. */
export function findTargets(settings: Settings, name: string): readonly RoutePlace[] {
  return settings.routes.flatMap((route, routeIndex) =>
    route.targets.flatMap((target, targetIndex) => {
      const models = target.model === undefined ? route.models : [target.model];
      const names = [target.provider.id, ...models.map((model) => `${target.provider.id}/${model}`)];
      return names.includes(name) ? [{ route: routeIndex, target: targetIndex }] : [];
    }),
  );
}

/** The names that `findTargets` takes, for messages. */
export const targetNames = (settings: Settings): readonly string[] => [
  ...new Set(
    settings.routes.flatMap((route) =>
      route.targets.flatMap(({ provider, model }) =>
        (model === undefined ? route.models : [model]).map((name) => `${provider.id}/${name}`),
      ),
    ),
  ),
];

/**
 * Puts targets before all others of their routes: they get tier 1, and the others move one tier down, in their order.
 * Routes in which they are alone at the top already stay as they are.
 */
export function preferTargets(
  data: TomlTable,
  settings: Settings,
  places: readonly RoutePlace[],
): readonly EditOperation[] {
  return settings.routes.flatMap((route, routeIndex) => {
    const chosen = new Set(places.filter((place) => place.route === routeIndex).map((place) => place.target));
    if (chosen.size === 0 || isFirst(route.targets, chosen)) return [];
    return route.targets.flatMap((target, index): EditOperation[] => {
      const path = ['routes', routeIndex, 'targets', index, 'priority'];
      const value = chosen.has(index) ? 1 : target.priority + 1;
      return valueAt(data, path) === value ? [] : [{ kind: 'set', path, value }];
    });
  });
}

/** True when the chosen ones stand before all others already. */
export function isFirst(targets: ReadonlyArray<{ readonly priority: number }>, chosen: ReadonlySet<number>): boolean {
  const best = Math.max(...[...chosen].map((index) => targets[index]?.priority ?? Number.POSITIVE_INFINITY));
  return targets.every((target, index) => chosen.has(index) || target.priority > best);
}

/** What a profile says, as settings of the base configuration: what `codex` then does without `--profile`. */
export function profileOperations(profile: TomlTable, path: KeyPath = []): readonly EditOperation[] {
  return [...profile].flatMap(([key, value]: readonly [string, TomlValue]): readonly EditOperation[] => {
    const inner = [...path, key];
    return isTable(value) && value.size > 0 ? profileOperations(value, inner) : [{ kind: 'set', path: inner, value }];
  });
}

/** The target that a route tries first, as its name. */
export function firstTarget(
  settings: Settings,
  places: readonly RoutePlace[],
): { readonly name: string; readonly model: string } | undefined {
  const route = settings.routes[places[0]?.route ?? -1];
  const first = route?.targets.toSorted((left, right) => left.priority - right.priority)[0];
  const model = first?.model ?? route?.models.find((name) => !name.endsWith('*'));
  return first === undefined || model === undefined ? undefined : { name: `${first.provider.id}/${model}`, model };
}

/** True when the file's routes are written in a way in which a tier can be changed. */
export const hasRoutes = (data: TomlTable): boolean => isArray(valueAt(data, ['routes']));
