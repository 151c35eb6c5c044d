import type { CellResult } from './measure/compare-contenders.ts';
import type { MachineFacts } from './measure/machine-facts.ts';
import type { StartResult } from './measure/measure-start.ts';
import type { OpenStreamsResult } from './measure/measure-streams.ts';

/** A file of `bench/results/`. */
export interface BenchResults {
  readonly at: string;
  readonly commit: string;
  readonly machine: MachineFacts;
  /** The proxies had a core of their own. */
  readonly isPinned: boolean;
  readonly rounds: number;
  readonly rows: readonly CellResult[];
  /** The same load towards targets that speak another wire. */
  readonly lanes: readonly CellResult[];
  readonly streams: Readonly<Record<string, OpenStreamsResult>>;
  /** As a user starts it, and Bun alone. */
  readonly start?: { readonly launcher: StartResult; readonly bun: StartResult };
}
