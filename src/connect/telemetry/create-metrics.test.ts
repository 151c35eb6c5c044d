import { expect, test } from 'bun:test';
import type { ExchangeRecord } from '../../core/exchange.ts';
import { createMetrics } from './create-metrics.ts';

const record = (changes: Partial<ExchangeRecord> = {}): ExchangeRecord => ({
  id: 'a',
  atMs: 0,
  routeId: 'main',
  model: 'gpt-5.5',
  targetId: 'p/gpt-5.5',
  outcome: 'ok',
  status: 200,
  stream: true,
  clientKind: 'codex',
  durationMs: 1500,
  firstByteMs: 20,
  requestBytes: 1,
  responseBytes: 1,
  usage: { inputTokens: 10, cachedInputTokens: 4, outputTokens: 3, reasoningTokens: 1 },
  attempts: [
    {
      targetId: 'p/gpt-5.5',
      providerId: 'p',
      model: 'gpt-5.5',
      lane: 'raw',
      startedMs: 0,
      endedMs: 1,
      outcome: 'ok',
      bytesIn: 0,
      bytesOut: 0,
      reason: 'first',
    },
  ],
  skipped: [],
  ...changes,
});

const metrics = (health: ReadonlyMap<string, number> = new Map()) =>
  createMetrics({
    openExchanges: () => 2,
    ledgerLost: () => 0,
    configGeneration: () => 7,
    targetHealth: () => health,
  });

const samples = (text: string, name: string): string[] => text.split('\n').filter((line) => line.startsWith(name));

test('exchanges, attempts and tokens add up', async () => {
  const one = metrics();
  one.recordExchange(record());
  one.recordExchange(record());
  one.recordExchange(record({ outcome: 'BAD_REQUEST' }));
  const text = await one.render();
  expect(samples(text, 'holdfast_exchanges_total')).toEqual([
    'holdfast_exchanges_total{route="main",outcome="ok"} 2',
    'holdfast_exchanges_total{route="main",outcome="BAD_REQUEST"} 1',
  ]);
  expect(text).toContain('holdfast_attempts_total{target="p/gpt-5.5",outcome="ok",reason="first"} 3\n');
  expect(text).toContain('holdfast_tokens_total{target="p/gpt-5.5",kind="cached_input"} 12\n');
});

test('buckets hold what is at or below their bound, and all of it', async () => {
  const one = metrics();
  for (const firstByteMs of [1, 5, 6, 1_000_000]) one.recordExchange(record({ firstByteMs }));
  const lines = samples(await one.render(), 'holdfast_first_byte_seconds');
  expect(lines).toHaveLength(15 + 3);
  expect(lines.slice(0, 2)).toEqual([
    'holdfast_first_byte_seconds_bucket{route="main",le="0.005"} 2',
    'holdfast_first_byte_seconds_bucket{route="main",le="0.01"} 3',
  ]);
  expect(lines.slice(-4)).toEqual([
    'holdfast_first_byte_seconds_bucket{route="main",le="300"} 3',
    'holdfast_first_byte_seconds_bucket{route="main",le="+Inf"} 4',
    'holdfast_first_byte_seconds_sum{route="main"} 1000.012',
    'holdfast_first_byte_seconds_count{route="main"} 4',
  ]);
});

test('gauges are read when they are asked for', async () => {
  const text = await metrics(new Map([['p/gpt-5.5', 0.5]])).render();
  expect(text).toContain('# TYPE holdfast_open_exchanges gauge\nholdfast_open_exchanges 2\n');
  expect(text).toContain('holdfast_config_generation 7\n');
  expect(text).toContain('holdfast_target_health{target="p/gpt-5.5"} 0.5\n');
});

test('every line is a comment or a sample, whatever a model is called', async () => {
  const one = metrics(new Map([['a"\\\n{}', 1]]));
  const targetId = 'p/evil"} 1\nholdfast_evil 2\\';
  one.recordExchange(record({ targetId }));
  const text = await one.render();
  const sample = /^[a-z_]+(?:\{(?:[a-z]+="(?:[^"\\\n]|\\[\\"n])*",?)*\})? (?:\d+(?:\.\d+)?|\+Inf)$/;
  for (const line of text.split('\n')) if (line !== '' && !line.startsWith('# ')) expect(line).toMatch(sample);
  expect(text).toContain('target="p/evil\\"} 1\\nholdfast_evil 2\\\\"');
});

test('clients that invent models fill no memory', async () => {
  const one = metrics();
  for (let index = 0; index < 5000; index++) one.recordExchange(record({ targetId: `p/model-${index}` }));
  const lines = samples(await one.render(), 'holdfast_tokens_total');
  expect(lines.length).toBeLessThan(2100);
  expect(lines.at(-1)).toMatch(/^holdfast_tokens_total\{target="other",kind="other"\} \d{4,}$/);
});
