import type { KeySource, Provider, Route, Timeouts } from './target.ts';

/** One generation of resolved configuration. Immutable: a reload makes a new one, running exchanges keep theirs. */
export interface Settings {
  /** Counts up by one per successful load in this process, from 1. */
  readonly generation: number;
  /** Absolute path of the file it came from. */
  readonly file: string;
  readonly server: ServerSettings;
  readonly timeouts: Timeouts;
  readonly retry: RetrySettings;
  readonly health: HealthSettings;
  readonly ledger: LedgerSettings;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly routes: readonly Route[];
}

export interface ServerSettings {
  readonly hostname: string;
  readonly port: number;
  /** Absent: the random local key in `$HOLDFAST_HOME`. */
  readonly key?: KeySource;
  /** Further Host header values that are accepted (without port). */
  readonly allowedHosts: readonly string[];
  /** Largest request body. Default 64 MiB. */
  readonly maxBodyBytes: number;
  /** Largest single upstream event. Default 32 MiB. */
  readonly maxEventBytes: number;
  /** Open exchanges at once. Default 2,000. */
  readonly maxExchanges: number;
  /** A request body must arrive within this time. Default 60 s. */
  readonly bodyTimeoutMs: number;
  /** A client that reads nothing for this long is dropped. Default 60 s. */
  readonly clientStallMs: number;
  /** While nothing can be sent, an event is repeated this often. Default 15 s. */
  readonly keepAliveMs: number;
  /** Running streams may finish for this long after a stop signal. Default 30 s. */
  readonly graceMs: number;
}

export interface RetrySettings {
  /** Extra attempts that may be made per request on average, over the whole gateway (P5). Default 0.2. */
  readonly budgetRatio: number;
  /** Extra attempts that may be saved up. Default 20. */
  readonly budgetBurst: number;
  /** Repeats on the same target within one exchange. Default 2. */
  readonly sameTarget: number;
  /** First backoff before a repeat on the same target. Default 200 ms, doubled each time, ±20 %. */
  readonly backoffMs: number;
  /** `end_turn:false` continuations in a row within one turn. Default 3. */
  readonly continuationsPerTurn: number;
  /** Start a second attempt elsewhere when no useful event came in this time; 0 (default) is off. */
  readonly hedgeAfterMs: number;
}

export interface HealthSettings {
  /** Failures in a row that eject; so many in excess of one in eleven do as well. Default 3. */
  readonly consecutiveFailures: number;
  /** First ejection. Default 10 s, × the number of ejections in a row. */
  readonly baseEjectionMs: number;
  /** Longest ejection. Default 5 min. */
  readonly maxEjectionMs: number;
  /** Longest rest that a provider's own hint may cause. Default 10 min. */
  readonly maxHintMs: number;
  /** First rest after a withdrawal (key rejected, model gone, billing, region). Default 60 s, growing to `maxWithdrawnMs`. */
  readonly baseWithdrawnMs: number;
  /** Longest rest after a withdrawal. Default 15 min. */
  readonly maxWithdrawnMs: number;
}

export interface LedgerSettings {
  /** Default true. */
  readonly enabled: boolean;
  /** Default `$HOLDFAST_HOME/ledger.sqlite`. */
  readonly file: string;
  /** Rows older than this are deleted. Default 30 days. */
  readonly keepMs: number;
}
