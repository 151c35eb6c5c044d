import { createHmac } from 'node:crypto';
import type { Metrics } from '../../core/metrics.ts';
import type { Clock, Credentials, Ledger, Logger, Random, Upstream } from '../../core/ports.ts';
import type { Settings } from '../../core/settings.ts';
import { GatewayState } from '../../exchange/gateway-state.ts';
import { Watch } from '../../exchange/watch.ts';
import { describeTargets, explainModel } from '../admin/describe-gateway.ts';
import { reportTools } from '../admin/describe-tools.ts';
import type { GatewayActivation } from '../admin/gateway-activation.ts';
import type { StatusReport } from '../admin/gateway-report.ts';
import { createGateway, type Gateway } from './create-gateway.ts';
import { createGuard } from './guard.ts';
import { listModels } from './list-models.ts';

/** The adapters and choices a gateway is made of. */
export interface GatewayParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
  readonly upstream: Upstream;
  readonly credentials: Credentials;
  readonly ledger: Ledger;
  readonly createMetrics: (sources: {
    openExchanges: () => number;
    ledgerLost: () => number;
    configGeneration: () => number;
    targetHealth: () => ReadonlyMap<string, number>;
  }) => Metrics;
  readonly log: Logger;
  /** See `GatewayDeps`. */
  readonly collectGarbage?: () => void;
  readonly currentSettings: () => Settings;
  /** Why the file on disk is not the running generation; `undefined` when it is. */
  readonly configProblem: () => string | undefined;
  /** The catalogue of the installed Codex, once it is known. Default: there is none. */
  readonly bundledCatalogue?: () => unknown;
  /** What a team has put first here. Absent: nothing can be activated. */
  readonly activation?: Pick<GatewayActivation, 'report' | 'change'>;
  readonly gatewayKey: string;
  readonly adminKey: string;
  readonly version: string;
}

const RECENT = 20;
const HEALTH_VALUES = { ready: 1, 'probe-due': 0.5, resting: 0 } as const;

/** Puts the walk behind its door and starts listening. */
export function assembleGateway(parts: GatewayParts): Gateway {
  const { clock, ledger, currentSettings } = parts;
  const startedMs = clock.monotonic();
  const { server } = currentSettings();
  const state = new GatewayState(currentSettings());
  const targetsNow = () => describeTargets(currentSettings(), state.health, clock.now());
  const metrics = parts.createMetrics({
    openExchanges: () => gateway.openExchanges(),
    ledgerLost: () => ledger.summary().lost,
    configGeneration: () => currentSettings().generation,
    targetHealth: () => new Map(targetsNow().map((report) => [report.target, HEALTH_VALUES[report.state]])),
  });
  const status = async (): Promise<StatusReport> => {
    const settings = currentSettings();
    const problem = parts.configProblem();
    const activation = parts.activation?.report();
    return {
      version: parts.version,
      configFile: settings.file,
      generation: settings.generation,
      ...(problem === undefined ? {} : { configProblem: problem }),
      uptimeMs: clock.monotonic() - startedMs,
      openExchanges: gateway.openExchanges(),
      ...(activation === undefined ? {} : { activation }),
      ledger: ledger.summary(),
      targets: targetsNow(),
      recent: await ledger.recent(RECENT),
    };
  };
  const gateway = createGateway(server, {
    ...parts,
    state,
    watch: new Watch(clock),
    // Of the key, so that it stays the same when the gateway restarts, and differs from every other gateway's.
    pseudonym: (name) => createHmac('sha256', parts.gatewayKey).update(name).digest('base64url').slice(0, 22),
    guard: createGuard({
      gatewayKey: parts.gatewayKey,
      adminKey: parts.adminKey,
      allowedHosts: [server.hostname, ...server.allowedHosts],
    }),
    onSettled: metrics.recordExchange,
    renderMetrics: metrics.render,
    renderModels: (settings, clientVersion) => listModels(settings, clientVersion, parts.bundledCatalogue?.()),
    renderAdmin: async (settings, path, query) => {
      if (path === '/status') return JSON.stringify(await status());
      if (path === '/explain')
        return JSON.stringify(explainModel(settings, state.health, query.get('model') ?? '', clock.now()));
      if (path === '/tools') return JSON.stringify(reportTools(settings, query.get('model') ?? ''));
      if (path === '/activation') return JSON.stringify({ activation: parts.activation?.report() ?? null });
      return undefined;
    },
    changeAdmin: async (method, path, body) =>
      path === '/activation' ? await parts.activation?.change(method, body) : undefined,
  });
  return gateway;
}
