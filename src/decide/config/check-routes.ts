import { hasSuffix, isSameModel } from '../routing/resolve-target.ts';
import { durationAt } from './check-server.ts';
import type { Finding } from './finding.ts';
import { nearestName } from './nearest-name.ts';
import { describePath, type TomlDocument, type TomlPath, type TomlTable, valueAt } from './toml-document.ts';

const tableOf = (value: unknown): TomlTable =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as TomlTable) : {};
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const textsOf = (value: unknown): readonly string[] => listOf(value).filter((item) => typeof item === 'string');

/** True when a misspelt form of the key stands there: it is reported as an unknown key already. */
const hasMisspelt = (table: TomlTable, key: string): boolean =>
  Object.keys(table).some((name) => name !== key && nearestName(name, [key]) !== undefined);

/** What the schema cannot say about [[routes]]. */
export function checkRoutes(document: TomlDocument): Finding[] {
  const routes = valueAt(document.value, ['routes']);
  if (routes !== undefined && !Array.isArray(routes)) return [];
  if (listOf(routes).length === 0) {
    if (hasMisspelt(document.value, 'routes')) return [];
    const message =
      'no route is configured, so no request could be answered. Add [[routes]] with id, models and at least one [[routes.targets]]';
    return [{ code: 'NO_ROUTES', path: ['routes'], message }];
  }
  const tables = listOf(routes).map(tableOf);
  return [
    ...checkDuplicates(tables),
    ...tables.flatMap((route, index) => checkTargets(document, route, ['routes', index])),
  ];
}

function checkDuplicates(routes: readonly TomlTable[]): Finding[] {
  const findings: Finding[] = [];
  const ids = new Set<string>();
  const claims = new Map<string, string>();
  routes.forEach((route, index) => {
    const id = route['id'];
    if (typeof id === 'string') {
      if (ids.has(id)) {
        const message = `the route id "${id}" is used twice: logs and blocks could not tell the two apart. Rename one of them`;
        findings.push({ code: 'DUPLICATE_ROUTE', path: ['routes', index, 'id'], message });
      }
      ids.add(id);
    }
    const name = typeof id === 'string' ? `route "${id}"` : `routes[${index}]`;
    listOf(route['models']).forEach((model, at) => {
      if (typeof model !== 'string') return;
      const other = claims.get(model);
      if (other === undefined) {
        claims.set(model, name);
        return;
      }
      const message = `the model "${model}" is already served by ${other}: it would be unclear where a request goes. Leave it in one place`;
      findings.push({ code: 'MODEL_CLAIMED_TWICE', path: ['routes', index, 'models', at], message });
    });
  });
  return findings;
}

function checkTargets(document: TomlDocument, route: TomlTable, path: TomlPath): Finding[] {
  if (route['targets'] !== undefined && !Array.isArray(route['targets'])) return [];
  const targets = listOf(route['targets']).map(tableOf);
  if (targets.length === 0) {
    if (hasMisspelt(route, 'targets')) return [];
    const name = typeof route['id'] === 'string' ? `route "${route['id']}"` : `\`${describePath(path)}\``;
    const message = `${name} has no targets, so its requests could go nowhere. Add [[routes.targets]] with a provider`;
    return [{ code: 'NO_TARGETS', path: [...path, 'targets'], message }];
  }
  const seen = new Set<string>();
  return targets.flatMap((target, index) => {
    const targetPath = [...path, 'targets', index];
    return [
      ...checkProviderName(document, target, targetPath),
      ...checkDuplicateTarget(target, textsOf(route['models']), targetPath, seen),
      ...checkOnTimeout(document, target, targetPath),
      ...checkModelName(target, route, targetPath),
    ];
  });
}

function checkProviderName(document: TomlDocument, target: TomlTable, path: TomlPath): Finding[] {
  const provider = target['provider'];
  const providers = valueAt(document.value, ['providers']);
  const declared = Object.keys(tableOf(providers));
  if (typeof providers === 'string' || typeof providers === 'number' || Array.isArray(providers)) return [];
  if (typeof provider !== 'string' || provider === '' || declared.includes(provider)) return [];
  const suggestion = nearestName(provider, declared);
  const list = declared.length === 0 ? 'This file declares no provider' : `Declared: ${declared.join(', ')}`;
  const next =
    suggestion === undefined ? `${list}. Add [providers.NAME], or name one of them` : `Did you mean "${suggestion}"?`;
  const message = `\`${describePath([...path, 'provider'])}\` names "${provider}", which is not declared under [providers]. ${next}`;
  const finding: Finding = { code: 'UNKNOWN_PROVIDER', path: [...path, 'provider'], message };
  return [suggestion === undefined ? finding : { ...finding, suggestion }];
}

function checkDuplicateTarget(
  target: TomlTable,
  models: readonly string[],
  path: TomlPath,
  seen: Set<string>,
): Finding[] {
  const { provider, model } = target;
  if (typeof provider !== 'string' || (model !== undefined && typeof model !== 'string')) return [];
  const names = model === undefined ? [...models.filter((name) => !name.endsWith('*')), ''] : [model];
  const isDuplicate = names.some((name) => seen.has(`${provider}/${name}`));
  for (const name of names) seen.add(`${provider}/${name}`);
  if (!isDuplicate) return [];
  const message = `\`${describePath(path)}\` is the same provider and model as a target above: trying it again would not help. Remove it, or give it another model`;
  return [{ code: 'DUPLICATE_TARGET', path, message }];
}

function checkOnTimeout(document: TomlDocument, target: TomlTable, path: TomlPath): Finding[] {
  const onTimeoutMs = durationAt(document, [...path, 'on_timeout']);
  const provider = typeof target['provider'] === 'string' ? target['provider'] : '';
  const totalMs =
    durationAt(document, [...path, 'timeouts', 'total']) ??
    durationAt(document, ['providers', provider, 'timeouts', 'total']) ??
    durationAt(document, ['timeouts', 'total']) ??
    30 * 60_000;
  if (onTimeoutMs === undefined || onTimeoutMs <= totalMs) return [];
  const at = [...path, 'on_timeout'];
  const message = `\`${describePath(at)}\` is longer than the total timeout of this target, so it could never take effect. Shorten it, or lengthen timeouts.total`;
  return [{ code: 'DURATIONS_CONTRADICT', path: at, message }];
}

/** Words that name another model of a family: nobody has to be asked about these. */
const VARIANT =
  /(^|[-._])(mini|nano|micro|pro|max|plus|ultra|flash|lite|turbo|codex|chat|spark|instant|thinking|oss)([-._]|$)/;

/** A deployment name that only its owner can read: whether it is the requested model should be said, not guessed. */
function checkModelName(target: TomlTable, route: TomlTable, path: TomlPath): Finding[] {
  const model = target['model'];
  if (typeof model !== 'string' || target['same_model'] !== undefined || route['substitution'] === 'allow') return [];
  const requested = textsOf(route['models']).find(
    (name) => hasSuffix(model, name) && !isSameModel({ model }, name) && !VARIANT.test(model.slice(name.length)),
  );
  if (requested === undefined) return [];
  const message = `\`${describePath([...path, 'model'])}\`: "${model}" counts as another model than "${requested}", because its ending is not understood. If it is the same one, add same_model = true; if not, same_model = false`;
  return [{ code: 'PERHAPS_SAME_MODEL', path: [...path, 'model'], message }];
}
