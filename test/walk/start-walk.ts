import { createAiSdkUpstream } from '../../src/connect/ai-sdk/create-ai-sdk-upstream.ts';
import { createMetrics } from '../../src/connect/telemetry/create-metrics.ts';
import { createSystemClock } from '../../src/connect/upstream/create-system-clock.ts';
import { createUpstream } from '../../src/connect/upstream/create-upstream.ts';
import type { ExchangeRecord } from '../../src/core/exchange.ts';
import type { Credentials, Ledger } from '../../src/core/ports.ts';
import type { Settings } from '../../src/core/settings.ts';
import { readSettings } from '../../src/decide/config/read-settings.ts';
import { assembleGateway } from '../../src/serve/gateway/assemble-gateway.ts';
import type { Gateway } from '../../src/serve/gateway/create-gateway.ts';

/** A real gateway over loopback, in this process, with what it recorded. */
export interface WalkGateway {
  readonly gateway: Gateway;
  /** What stands before `/responses`. */
  readonly baseUrl: string;
  readonly key: string;
  /** Oldest first. */
  readonly exchanges: ExchangeRecord[];
  readonly logLines: string[];
  /** Sends a request as Codex would. */
  readonly ask: (body: unknown, headers?: Readonly<Record<string, string>>) => Promise<Response>;
  readonly stop: () => Promise<void>;
}

export const CODEX_HEADERS = {
  'user-agent': 'codex_exec/0.169.0 (Debian 12.0.0; x86_64)',
  originator: 'codex_exec',
  accept: 'text/event-stream',
} as const;
export const GATEWAY_KEY = 'hf_test_key_of_the_gateway';
export const ADMIN_KEY = 'hf_test_key_of_the_admin';

/** Settings from TOML text, as a file would give them. Throws when they are not valid. */
export function settingsOf(toml: string): Settings {
  const reading = readSettings(Buffer.from(toml), {
    file: '/holdfast.toml',
    homeDir: '/home/nobody',
    holdfastHome: '/home/nobody/.holdfast',
    env: {},
  });
  if (reading.kind !== 'loaded') throw new Error(reading.problems.map((problem) => problem.message).join('\n'));
  return reading.settings;
}

/** Providers in order of priority, one route for every model. */
export function routeOver(urls: readonly string[], more = ''): string {
  const providers = urls.map(
    (url, index) => `[providers.p${index + 1}]\nwire = "responses"\nbase_url = "${url}"\nkey = "none"\n`,
  );
  const targets = urls.map(
    (_url, index) => `  [[routes.targets]]\n  provider = "p${index + 1}"\n  priority = ${index + 1}\n`,
  );
  return `${more}\n[server]\nlisten = "127.0.0.1:0"\nkeep_alive = "5s"\n\n${providers.join('\n')}\n[[routes]]\nid = "test"\nmodels = ["gpt-*"]\n${targets.join('')}`;
}

export interface WalkOptions {
  /** Default: no provider needs a key. */
  readonly credentials?: Credentials;
  /** What a file cannot say, e.g. that a provider on this machine is OpenAI itself. */
  readonly adjust?: (settings: Settings) => Settings;
  /** The catalogue of the installed Codex. Default: none. */
  readonly bundledCatalogue?: unknown;
  /** Where proxy settings are found. Default: none. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Everything real but the ledger, which is an array here, and the keys. */
export function startWalk(toml: string, options: WalkOptions = {}): WalkGateway {
  const settings = (options.adjust ?? ((read) => read))(settingsOf(toml));
  const clock = createSystemClock();
  const exchanges: ExchangeRecord[] = [];
  const logLines: string[] = [];
  const line = (event: string, fields: unknown): void => void logLines.push(`${event} ${JSON.stringify(fields)}`);
  let id = 0;
  const gateway = assembleGateway({
    clock,
    random: () => 0.5,
    newId: () => `id${id++}`,
    upstream: createAiSdkUpstream(createUpstream({ clock, env: options.env ?? {} })),
    credentials: options.credentials ?? NO_KEYS,
    ledger: arrayLedger(exchanges),
    createMetrics,
    log: { info: line, warn: line },
    currentSettings: () => settings,
    configProblem: () => undefined,
    bundledCatalogue: () => options.bundledCatalogue,
    gatewayKey: GATEWAY_KEY,
    adminKey: ADMIN_KEY,
    version: 'test',
  });
  const baseUrl = `${gateway.url}/v1`;
  return {
    gateway,
    baseUrl,
    key: GATEWAY_KEY,
    exchanges,
    logLines,
    ask: (body, headers = {}) =>
      fetch(`${baseUrl}/responses`, {
        method: 'POST',
        headers: {
          ...CODEX_HEADERS,
          authorization: `Bearer ${GATEWAY_KEY}`,
          'content-type': 'application/json',
          ...headers,
        },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    stop: () => gateway.stop(0),
  };
}

const NO_KEYS: Credentials = { obtain: async () => ({ reveal: () => undefined }), invalidate: () => false };

function arrayLedger(rows: ExchangeRecord[]): Ledger {
  return {
    record: (exchange) => void rows.push(exchange),
    recent: async (limit) => rows.slice(-limit).reverse(),
    summary: () => ({ exchanges: rows.length, lost: 0 }),
    close: async () => {},
  };
}
