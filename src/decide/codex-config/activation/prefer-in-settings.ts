import type { Settings } from '../../../core/settings.ts';
import { isSameModel } from '../../routing/resolve-target.ts';
import { findTargets, isFirst } from './activation-operations.ts';

/**
 * The same settings with a target before all others of its routes. Everything that plans by settings goes by it, also
 * `holdfast explain`; what is resting still rests, and the others still take over when it fails.
 */
export function preferInSettings(settings: Settings, name: string): Settings {
  const places = findTargets(settings, name);
  if (places.length === 0) return settings;
  const routes = settings.routes.map((route, routeIndex) => {
    const chosen = new Set(places.filter((place) => place.route === routeIndex).map((place) => place.target));
    if (chosen.size === 0 || isFirst(route.targets, chosen)) return route;
    const targets = route.targets.map((target, index) => ({
      ...target,
      priority: chosen.has(index) ? 1 : target.priority + 1,
    }));
    return { ...route, targets };
  });
  return { ...settings, routes };
}

/** Why a target may not be put first, whatever it answers: its routes would never send it a request. */
export function refusePreference(settings: Settings, name: string): string | undefined {
  const places = findTargets(settings, name);
  if (places.length === 0) return `there is no target "${name}"`;
  const denied = places.flatMap((place) => {
    const route = settings.routes[place.route];
    const target = route?.targets[place.target];
    if (route === undefined || target === undefined || route.substitution !== 'deny') return [];
    return route.models.some((model) => isSameModel(target, model)) ? [] : [route.id];
  });
  if (denied.length < places.length) return undefined;
  return `the route "${denied[0] ?? ''}" lets no other model answer (substitution = "deny"), and "${name}" is one`;
}
