import { GATEWAY_PROVIDER_ID } from './gateway-profile.ts';
import type { EditOperation, TableLine } from './toml/edit-operation.ts';
import { isTable, type TomlTable, type TomlValue, valueAt } from './toml/toml-data.ts';

/** Keys that say where requests go and how they are authenticated: what a bypass exchanges. */
const ROUTE_KEYS = [
  'base_url',
  'env_key',
  'env_key_instructions',
  'experimental_bearer_token',
  'auth',
  'requires_openai_auth',
  'http_headers',
  'env_http_headers',
  'query_params',
];

/** Of a provider in Codex's configuration, what a bypass takes over. */
export const routeLines = (table: TomlTable): readonly TableLine[] =>
  ROUTE_KEYS.flatMap((key) => {
    const value: TomlValue | undefined = table.get(key);
    return value === undefined ? [] : [{ key, value }];
  });

/**
 * Points the provider id of the gateway straight at another address. The id stays, because Codex binds sessions to it:
 * they go on without the gateway. With `model`, that one is used where the file chooses the provider.
 */
export function bypassOperations(
  data: TomlTable,
  route: readonly TableLine[],
  model: string | undefined,
): readonly EditOperation[] {
  const path = ['model_providers', GATEWAY_PROVIDER_ID];
  const present = valueAt(data, path);
  if (!isTable(present)) return [];
  const wanted = new Set(route.map(({ key }) => key));
  return [
    ...ROUTE_KEYS.filter((key) => present.has(key) && !wanted.has(key)).map(
      (key): EditOperation => ({ kind: 'remove', path: [...path, key] }),
    ),
    ...route.map(({ key, value }): EditOperation => ({ kind: 'set', path: [...path, key], value })),
    // Without a gateway that tries again by itself, Codex does.
    { kind: 'set', path: [...path, 'request_max_retries'], value: 4 },
    { kind: 'set', path: [...path, 'stream_max_retries'], value: 5 },
    ...(model === undefined ? [] : [{ kind: 'set' as const, path: ['model'], value: model }]),
  ];
}
