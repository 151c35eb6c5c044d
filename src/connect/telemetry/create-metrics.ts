import type { ExchangeRecord } from '../../core/exchange.ts';
import type { Metrics, MetricsSources } from '../../core/metrics.ts';
import { type Counter, createCounter, createGauge, createHistogram } from './prometheus-text.ts';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/** Prometheus metrics. Label values come from configuration, our own codes and the models of requests. */
export function createMetrics(sources: MetricsSources): Metrics {
  const exchanges = createCounter('holdfast_exchanges_total', 'Client requests by route and outcome', [
    'route',
    'outcome',
  ]);
  const attempts = createCounter('holdfast_attempts_total', 'Upstream calls by target, outcome and reason', [
    'target',
    'outcome',
    'reason',
  ]);
  const tokens = createCounter('holdfast_tokens_total', 'Tokens by target and kind', ['target', 'kind']);
  const firstByte = createHistogram(
    'holdfast_first_byte_seconds',
    'Time to the first byte to the client',
    ['route'],
    SECONDS,
  );
  const duration = createHistogram('holdfast_exchange_seconds', 'Time to the end of the answer', ['route'], SECONDS);
  const families = [
    exchanges,
    attempts,
    tokens,
    firstByte,
    duration,
    createGauge('holdfast_open_exchanges', 'Exchanges running now', sources.openExchanges),
    createGauge('holdfast_ledger_lost', 'Ledger rows that could not be written', sources.ledgerLost),
    createGauge('holdfast_config_generation', 'Generation of the running configuration', sources.configGeneration),
    createGauge('holdfast_target_health', '1 ready, 0.5 probe due, 0 resting', sources.targetHealth, 'target'),
  ];
  return {
    recordExchange: (record) => {
      const route = record.routeId ?? 'none';
      exchanges.add([route, record.outcome], 1);
      for (const attempt of record.attempts) attempts.add([attempt.targetId, attempt.outcome, attempt.reason], 1);
      if (record.firstByteMs !== undefined) firstByte.observe([route], record.firstByteMs / 1000);
      duration.observe([route], record.durationMs / 1000);
      countTokens(record, tokens);
    },
    render: async () => families.map((family) => family.render()).join('\n'),
  };
}

function countTokens(record: ExchangeRecord, tokens: Counter): void {
  const { usage, targetId: target } = record;
  if (usage === undefined || target === undefined) return;
  tokens.add([target, 'input'], usage.inputTokens);
  tokens.add([target, 'cached_input'], usage.cachedInputTokens);
  tokens.add([target, 'output'], usage.outputTokens);
  tokens.add([target, 'reasoning'], usage.reasoningTokens);
}
