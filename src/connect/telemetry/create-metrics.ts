import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ExchangeRecord } from '../../core/exchange.ts';
import type { Metrics, MetricsSources } from '../../core/metrics.ts';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/** Prometheus metrics. Label values come from configuration and our own codes only, so their number is bounded. */
export function createMetrics(sources: MetricsSources): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const exchanges = new Counter({
    name: 'holdfast_exchanges_total',
    help: 'Client requests by route and outcome',
    labelNames: ['route', 'outcome'],
    registers,
  });
  const attempts = new Counter({
    name: 'holdfast_attempts_total',
    help: 'Upstream calls by target, outcome and reason',
    labelNames: ['target', 'outcome', 'reason'],
    registers,
  });
  const tokens = new Counter({
    name: 'holdfast_tokens_total',
    help: 'Tokens by target and kind',
    labelNames: ['target', 'kind'],
    registers,
  });
  const firstByte = new Histogram({
    name: 'holdfast_first_byte_seconds',
    help: 'Time to the first byte to the client',
    labelNames: ['route'],
    buckets: SECONDS,
    registers,
  });
  const duration = new Histogram({
    name: 'holdfast_exchange_seconds',
    help: 'Time to the end of the answer',
    labelNames: ['route'],
    buckets: SECONDS,
    registers,
  });
  gauge('holdfast_open_exchanges', 'Exchanges running now', sources.openExchanges, registry);
  gauge('holdfast_ledger_lost', 'Ledger rows that could not be written', sources.ledgerLost, registry);
  gauge('holdfast_config_generation', 'Generation of the running configuration', sources.configGeneration, registry);
  new Gauge({
    name: 'holdfast_target_health',
    help: '1 ready, 0.5 probe due, 0 resting',
    labelNames: ['target'],
    registers,
    collect() {
      this.reset();
      for (const [target, value] of sources.targetHealth()) this.set({ target }, value);
    },
  });
  return {
    recordExchange: (record) => {
      const route = record.routeId ?? 'none';
      exchanges.inc({ route, outcome: record.outcome });
      for (const attempt of record.attempts)
        attempts.inc({ target: attempt.targetId, outcome: attempt.outcome, reason: attempt.reason });
      if (record.firstByteMs !== undefined) firstByte.observe({ route }, record.firstByteMs / 1000);
      duration.observe({ route }, record.durationMs / 1000);
      countTokens(record, tokens);
    },
    render: () => registry.metrics(),
  };
}

function countTokens(record: ExchangeRecord, tokens: Counter<'target' | 'kind'>): void {
  const { usage, targetId: target } = record;
  if (usage === undefined || target === undefined) return;
  tokens.inc({ target, kind: 'input' }, usage.inputTokens);
  tokens.inc({ target, kind: 'cached_input' }, usage.cachedInputTokens);
  tokens.inc({ target, kind: 'output' }, usage.outputTokens);
  tokens.inc({ target, kind: 'reasoning' }, usage.reasoningTokens);
}

function gauge(name: string, help: string, read: () => number, registry: Registry): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}
