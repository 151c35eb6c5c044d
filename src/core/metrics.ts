import type { ExchangeRecord } from './exchange.ts';

/** What the gateway counts. Recording is synchronous and cheap. */
export interface Metrics {
  readonly recordExchange: (record: ExchangeRecord) => void;
  /** The Prometheus text format, version 0.0.4. */
  readonly render: () => Promise<string>;
}

/** Values that are read when metrics are rendered. */
export interface MetricsSources {
  readonly openExchanges: () => number;
  readonly ledgerLost: () => number;
  readonly configGeneration: () => number;
  /** 1 = ready, 0.5 = a probe is due, 0 = resting; by target id. */
  readonly targetHealth: () => ReadonlyMap<string, number>;
}
