import { dirname, join, resolve } from 'node:path';
import type { Config, KeyConfig, ProviderConfig, RouteConfig, TimeoutOverrides } from '../../core/config-schema.ts';
import { parseDuration } from '../../core/parse-duration.ts';
import type { Settings } from '../../core/settings.ts';
import type { KeySource, Provider, Route, RouteTarget, Timeouts } from '../../core/target.ts';
import { findPreset, isHostOf } from '../catalog/find-preset.ts';
import { LISTEN_VARIABLE } from './check-server.ts';
import { parseListenAddress } from './listen-address.ts';
import type { ReadContext } from './read-context.ts';

/** Turns a configuration without errors into settings of generation 1. */
export function resolveSettings(config: Config, context: ReadContext): Settings {
  const timeouts = resolveTimeouts(config.timeouts);
  const providers = new Map(
    Object.entries(config.providers).map(([id, entry]) => [id, resolveProvider(id, entry, timeouts, context)]),
  );
  return {
    generation: 1,
    file: context.file,
    server: resolveServer(config.server, context),
    timeouts,
    retry: {
      budgetRatio: config.retry.budget_ratio,
      budgetBurst: config.retry.budget_burst,
      sameTarget: config.retry.same_target,
      backoffMs: toMs(config.retry.backoff),
      continuationsPerTurn: config.retry.continuations_per_turn,
      hedgeAfterMs: toMs(config.retry.hedge_after),
    },
    health: {
      consecutiveFailures: config.health.consecutive_failures,
      baseEjectionMs: toMs(config.health.base_ejection),
      maxEjectionMs: toMs(config.health.max_ejection),
      maxHintMs: toMs(config.health.max_hint),
      baseWithdrawnMs: toMs(config.health.base_withdrawn),
      maxWithdrawnMs: toMs(config.health.max_withdrawn),
    },
    ledger: {
      enabled: config.ledger.enabled,
      file:
        config.ledger.file === undefined
          ? join(context.holdfastHome, 'ledger.sqlite')
          : resolvePath(config.ledger.file, context),
      keepMs: toMs(config.ledger.keep),
    },
    providers,
    routes: config.routes.map((route) => resolveRoute(route, providers)),
  };
}

/** The schema has refused what is not a duration. */
const toMs = (text: string): number => parseDuration(text) ?? 0;

function resolveServer(server: Config['server'], context: ReadContext): Settings['server'] {
  const address = parseListenAddress(context.env[LISTEN_VARIABLE] || server.listen);
  return {
    hostname: address?.hostname ?? '127.0.0.1',
    port: address?.port ?? 4141,
    ...(server.key === undefined ? {} : { key: resolveKey(server.key, context) }),
    allowedHosts: server.allowed_hosts.map((host) => host.toLowerCase()),
    maxBodyBytes: server.max_body_bytes,
    maxEventBytes: server.max_event_bytes,
    maxExchanges: server.max_exchanges,
    bodyTimeoutMs: toMs(server.body_timeout),
    clientStallMs: toMs(server.client_stall),
    keepAliveMs: toMs(server.keep_alive),
    graceMs: toMs(server.grace),
  };
}

/** What is set overrides, what is not is inherited. */
function resolveTimeouts(overrides: TimeoutOverrides | undefined, inherited?: Timeouts): Timeouts {
  const pick = (text: string | undefined, inheritedMs = 0): number => (text === undefined ? inheritedMs : toMs(text));
  return {
    connectMs: pick(overrides?.connect, inherited?.connectMs),
    headersMs: pick(overrides?.headers, inherited?.headersMs),
    firstEventMs: pick(overrides?.first_event, inherited?.firstEventMs),
    idleMs: pick(overrides?.idle, inherited?.idleMs),
    totalMs: pick(overrides?.total, inherited?.totalMs),
  };
}

function resolveKey(key: KeyConfig, context: ReadContext): KeySource {
  if (key === 'none') return { kind: 'none' };
  if (typeof key === 'string') return { kind: 'literal', value: key };
  if ('env' in key) return { kind: 'env', name: key.env };
  return {
    kind: 'command',
    command: key.command,
    args: key.args,
    cwd: resolvePath(key.cwd ?? '.', context),
    timeoutMs: key.timeout_ms,
    refreshIntervalMs: key.refresh_interval_ms,
  };
}

/** `~/` is the user's home; anything else relative is relative to the configuration file. */
function resolvePath(path: string, context: ReadContext): string {
  if (path === '~' || path.startsWith('~/')) return join(context.homeDir, path.slice(1));
  return resolve(dirname(context.file), path);
}

function resolveProvider(id: string, entry: ProviderConfig, inherited: Timeouts, context: ReadContext): Provider {
  const preset = entry.preset === undefined ? undefined : findPreset(entry.preset);
  const baseUrl = (entry.base_url ?? preset?.baseUrl ?? '').replace('{region}', entry.region ?? '').replace(/\/+$/, '');
  // Behind another host stands somebody else: what the catalogue says about the provider does not hold there.
  const facts = preset !== undefined && isHostOf(preset, new URL(baseUrl).hostname) ? preset : undefined;
  const presetKey: KeySource = preset?.envKey === undefined ? { kind: 'none' } : { kind: 'env', name: preset.envKey };
  const isSigned = entry.auth === 'sigv4';
  const ownKey = entry.key === undefined ? undefined : resolveKey(entry.key, context);
  const key = isSigned ? signingKey(ownKey) : (ownKey ?? presetKey);
  const presetAuth = (key.kind === 'command' ? preset?.commandAuth : undefined) ?? preset?.auth;
  return {
    id,
    wire: entry.wire ?? preset?.wires[0] ?? 'responses',
    baseUrl,
    key,
    auth: entry.auth ?? presetAuth ?? 'bearer',
    headers: Object.fromEntries(Object.entries(entry.headers).map(([name, value]) => [name.toLowerCase(), value])),
    firstParty: facts?.firstParty === true,
    stateDomain: entry.state_domain ?? id,
    timeouts: resolveTimeouts(entry.timeouts, inherited),
    ...present({
      preset: entry.preset,
      dialect: entry.dialect ?? preset?.dialect,
      extraBody: entry.extra_body,
      jurisdiction: entry.jurisdiction ?? facts?.jurisdiction,
      lab: entry.lab ?? facts?.lab,
      deployment: entry.deployment,
      region: entry.region,
      signing: isSigned ? { service: awsService(baseUrl), region: entry.region ?? '' } : undefined,
    }),
  };
}

function signingKey(own: KeySource | undefined): KeySource {
  return own?.kind === 'command' ? { ...own, prints: 'aws' } : { kind: 'aws-env' };
}

/** Under which name a signature counts: the two hosts of Bedrock are two services (wire-facts §3.7). */
function awsService(baseUrl: string): string {
  return new URL(baseUrl).hostname.includes('bedrock-mantle') ? 'bedrock-mantle' : 'bedrock';
}

/** Leaves out what is `undefined`, so that "unknown" is told by absence. */
function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function resolveRoute(route: RouteConfig, providers: ReadonlyMap<string, Provider>): Route {
  return {
    id: route.id,
    models: route.models,
    substitution: route.substitution,
    effects: route.effects,
    ...present({ tools: route.tools }),
    targets: route.targets.flatMap((target): RouteTarget[] => {
      const provider = providers.get(target.provider);
      if (provider === undefined) return [];
      return [
        {
          provider,
          priority: target.priority,
          weight: target.weight,
          timeouts: resolveTimeouts(target.timeouts, provider.timeouts),
          ...present({
            model: target.model,
            sameModel: target.same_model,
            contextWindow: target.context_window,
            images: target.images,
            maxOutputTokens: target.max_output_tokens,
            onError: target.on_error,
            onTimeoutMs: target.on_timeout === undefined ? undefined : toMs(target.on_timeout),
          }),
        },
      ];
    }),
  };
}
