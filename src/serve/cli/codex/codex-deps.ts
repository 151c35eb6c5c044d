import type { CodexCli } from '../../../core/codex-cli.ts';
import type { ReceiptStore } from '../../../core/edit-receipt.ts';
import type { Provider } from '../../../core/target.ts';
import type { UserFiles } from '../../../core/user-files.ts';
import type { CliDeps } from '../cli-deps.ts';

/** What the `codex` commands need besides the terminal. Built in `wiring.ts`. */
export interface CodexDeps {
  readonly files: UserFiles;
  readonly codex: CodexCli;
  readonly receipts: ReceiptStore;
  /** Wall clock, ms since 1970. */
  readonly now: () => number;
  /** A short string that no other process uses at this moment. */
  readonly uniqueName: () => string;
  /** Codex's own folder when neither an option nor `CODEX_HOME` names one: `~/.codex`. */
  readonly defaultCodexHome: string;
  /** How another program starts this installation of Holdfast. */
  readonly holdfastCommand: { readonly command: string; readonly args: readonly string[] };
  /** Where the gateway listens, from its own configuration. */
  readonly gateway: (cli: Pick<CliDeps, 'cwd' | 'env'>) => Promise<GatewayAddress>;
}

export interface GatewayAddress {
  /** With `/v1` and without a trailing slash. */
  readonly baseUrl: string;
  /** Longest silence that the gateway allows an upstream, in ms. */
  readonly longestSilenceMs: number;
  /** Absolute; where its key is named, when `holdfast token` has to be told the place. */
  readonly keyFile?: string;
  /** Providers of the gateway's configuration; empty when there is none. */
  readonly providers: readonly GatewayProvider[];
}

export type GatewayProvider = Pick<Provider, 'id' | 'wire' | 'baseUrl' | 'key'>;
