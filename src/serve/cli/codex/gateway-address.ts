import type { Settings } from '../../../core/settings.ts';
import type { GatewayAddress } from './codex-deps.ts';

const DEFAULT: GatewayAddress = { baseUrl: 'http://127.0.0.1:4141/v1', longestSilenceMs: 90_000, providers: [] };
/** Listening on all addresses includes this machine's own, which is where its Codex looks. */
const EVERYWHERE = ['0.0.0.0', '::', '[::]', ''];

/** Where Codex on this machine finds the gateway, and how long it may be silent. `homeFile`: see `homeConfigFile`. */
export function describeGatewayAddress(settings: Settings | undefined, homeFile: string): GatewayAddress {
  if (settings === undefined) return DEFAULT;
  const { hostname, port } = settings.server;
  const bare = EVERYWHERE.includes(hostname) ? '127.0.0.1' : hostname;
  const host = bare.includes(':') && !bare.startsWith('[') ? `[${bare}]` : bare;
  const providers = [...settings.providers.values()];
  const timeouts = [settings.timeouts, ...providers.map((provider) => provider.timeouts)];
  const longestSilenceMs = Math.max(...timeouts.flatMap((each) => [each.headersMs, each.firstEventMs, each.idleMs]));
  const baseUrl = `http://${host}:${port === 0 ? 4141 : port}/v1`;
  const isToldKey = settings.server.key !== undefined && settings.file !== homeFile;
  return { baseUrl, longestSilenceMs, providers, ...(isToldKey ? { keyFile: settings.file } : {}) };
}
