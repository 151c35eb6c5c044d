import type { ExchangeRecord, SkippedTarget } from '../../core/exchange.ts';
import type { LedgerSummary } from '../../core/ports.ts';

/** `GET /holdfast/status`: what `holdfast status` shows. Content-free. */
export interface StatusReport {
  readonly version: string;
  readonly configFile: string;
  readonly generation: number;
  /** Why the file on disk is not the running generation, if it is not. */
  readonly configProblem?: string;
  readonly uptimeMs: number;
  readonly openExchanges: number;
  /** Absent: nothing is activated. */
  readonly activation?: ActivationReport;
  readonly ledger: LedgerSummary;
  readonly targets: readonly TargetReport[];
  /** Newest first. */
  readonly recent: readonly ExchangeRecord[];
}

/** Who put which target first on this gateway, and until when. */
export interface ActivationReport {
  readonly target: string;
  readonly by: string;
  readonly reason: string | null;
  /** True when it did not answer, and was put first all the same. */
  readonly isForced: boolean;
  /** ISO 8601. */
  readonly since: string;
  /** ISO 8601. */
  readonly until: string | null;
  /** False when the configuration names no such target any more: then it has no effect. */
  readonly isKnown: boolean;
}

export interface TargetReport {
  readonly route: string;
  readonly target: string;
  readonly tier: number;
  readonly state: 'ready' | 'probe-due' | 'resting';
  /** In words, when it is not ready. */
  readonly reason?: string;
}

/** `GET /holdfast/explain?model=…`: the plan for a request that came now. */
export interface ExplainReport {
  readonly model: string;
  /** Absent when no route serves the model. */
  readonly route?: string;
  readonly attempts: readonly {
    readonly target: string;
    readonly tier: number;
    readonly reason: string;
    readonly substitute: boolean;
  }[];
  readonly skipped: readonly SkippedTarget[];
  /** Why nothing can be tried. */
  readonly denied?: string;
}
