import type { ConfigProblem } from '../../core/config-problem.ts';
import type { Ledger } from '../../core/ports.ts';
import type { Gateway } from '../gateway/create-gateway.ts';

/** How commands start a gateway; the composition root implements it. */
export interface GatewayLauncher {
  readonly launch: (options: LaunchOptions) => Promise<LaunchResult>;
}

export interface LaunchOptions {
  /** `--config FILE`; absent: the usual places. */
  readonly configFile?: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Events of the running gateway: reloads, failed exchanges. One line each. */
  readonly log: (line: string) => void;
}

export interface RunningLaunch {
  readonly kind: 'running';
  readonly gateway: Gateway;
  readonly gatewayKey: string;
  readonly ledger: Pick<Ledger, 'recent'>;
  /** The configuration file. */
  readonly file: string;
  readonly warnings: readonly ConfigProblem[];
  /** Tools that requests lose on a fallback, a line each. */
  readonly toolLosses: readonly string[];
  /** Graceful: running answers may finish. */
  readonly stop: () => Promise<void>;
}

export type LaunchResult =
  | RunningLaunch
  | { readonly kind: 'invalid'; readonly problems: readonly ConfigProblem[] }
  | { readonly kind: 'missing'; readonly looked: readonly string[] }
  | { readonly kind: 'address-in-use'; readonly address: string };
