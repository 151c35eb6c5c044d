import type { Route } from '../../core/target.ts';

/** Longer names are nobody's model, and would fill the health table. */
const MAX_MODEL_LENGTH = 256;

/** The route for a model: an exact name beats a `prefix*`, a longer prefix a shorter one, then the order of the file. */
export function matchRoute(routes: readonly Route[], model: string): Route | undefined {
  if (model.length > MAX_MODEL_LENGTH) return undefined;
  let best: Route | undefined;
  let bestLength = -1;
  for (const route of routes) {
    for (const pattern of route.models) {
      if (pattern === model) return route;
      const length = pattern.length - 1;
      if (length > bestLength && pattern.endsWith('*') && model.startsWith(pattern.slice(0, -1))) {
        best = route;
        bestLength = length;
      }
    }
  }
  return best;
}
