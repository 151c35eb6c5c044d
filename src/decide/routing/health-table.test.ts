import { describe, expect, test } from 'bun:test';
import type { FailureCode } from '../../core/failures.ts';
import { scopeKeys } from '../../core/target.ts';
import { makeTarget, RULES } from './__fixtures__/targets.ts';
import { availability, createHealthTable, recordOutcome, resetHealth, startProbe } from './health-table.ts';

const fail = (code: FailureCode, startedMs = 0) => ({ kind: 'failure', failure: { code }, startedMs }) as const;
const success = (startedMs: number) => ({ kind: 'success', startedMs }) as const;

const large = makeTarget('openai', 'gpt-5.5');
const small = makeTarget('openai', 'gpt-5.5-mini');
const azure = makeTarget('azure', 'gpt-5.5');

describe('what a failure takes down with it', () => {
  const rows: readonly (readonly [FailureCode, expected: string])[] = [
    ['RATE_LIMITED', 'resting ready ready'],
    ['MODEL_NOT_FOUND', 'resting ready ready'],
    ['UNAUTHORIZED', 'resting resting ready'],
    ['BILLING', 'resting resting ready'],
    ['ACCOUNT_SUSPENDED', 'resting resting ready'],
    ['REGION_BLOCKED', 'resting resting ready'],
    ['BAD_REQUEST', 'ready ready ready'],
    ['CLIENT_GONE', 'ready ready ready'],
  ];
  test.each(rows)('%s', (code, expected) => {
    const table = createHealthTable();
    recordOutcome(table, large, fail(code), 1000, RULES);
    const kinds = [large, small, azure].map((target) => availability(table, target, 1001).kind);
    expect(kinds.join(' ')).toBe(expected);
  });
});

test('the longest of several rests counts, with its cause', () => {
  const table = createHealthTable();
  recordOutcome(table, large, fail('RATE_LIMITED'), 0, RULES);
  recordOutcome(table, large, fail('BILLING'), 0, RULES);
  expect(availability(table, large, 1)).toEqual({ kind: 'resting', untilMs: 60_000, cause: 'BILLING' });
});

test('a target whose rest is over is due for a probe only when its provider is too', () => {
  const table = createHealthTable();
  recordOutcome(table, large, fail('RATE_LIMITED'), 0, RULES);
  recordOutcome(table, small, fail('REGION_BLOCKED'), 0, RULES);
  expect(availability(table, large, 30_000).kind).toBe('resting');
  expect(availability(table, large, 60_000).kind).toBe('probe-due');
});

test('while one target probes for the provider, its siblings rest', () => {
  const table = createHealthTable();
  recordOutcome(table, large, fail('REGION_BLOCKED'), 0, RULES);
  startProbe(table, small, 60_000, RULES);
  expect(availability(table, large, 60_001).kind).toBe('resting');
  recordOutcome(table, small, success(60_000), 60_500, RULES);
  expect(availability(table, large, 60_501).kind).toBe('ready');
});

test('a probe that failed for another reason frees what it did not speak about', () => {
  const table = createHealthTable();
  recordOutcome(table, large, fail('UNAUTHORIZED'), 0, RULES);
  startProbe(table, small, 60_000, RULES);
  recordOutcome(table, small, fail('SERVER_ERROR', 60_000), 60_500, RULES);
  expect(availability(table, large, 60_501).kind).toBe('probe-due');
});

test('an operator’s reset frees a target and all that it shares', () => {
  const table = createHealthTable();
  recordOutcome(table, large, fail('UNAUTHORIZED'), 0, RULES);
  recordOutcome(table, large, fail('MODEL_NOT_FOUND'), 0, RULES);
  resetHealth(table, large);
  expect(table.entries.size).toBe(0);
});

test('what is healthy takes no memory', () => {
  const table = createHealthTable();
  for (let at = 0; at < 100; at += 1) recordOutcome(table, large, success(at), at, RULES);
  recordOutcome(table, large, fail('SERVER_ERROR'), 100, RULES);
  expect(table.entries.size).toBe(1);
  for (let at = 0; at < 11; at += 1) recordOutcome(table, large, success(200), 200, RULES);
  expect(table.entries.size).toBe(0);
});

test('invented models do not make it grow, and what no longer matters goes first', () => {
  const table = createHealthTable(100);
  recordOutcome(table, azure, fail('BILLING'), 0, RULES);
  recordOutcome(table, small, fail('SERVER_ERROR'), 0, RULES);
  for (let index = 0; index < 98; index += 1) {
    recordOutcome(table, makeTarget('openai', `invented-${index}`), fail('MODEL_NOT_FOUND'), 1, RULES);
  }
  recordOutcome(table, makeTarget('openai', 'one-more'), fail('MODEL_NOT_FOUND'), 2, RULES);
  expect(table.entries.size).toBe(100);
  expect(table.entries.has(scopeKeys(small).target)).toBe(false);
  expect(availability(table, azure, 3).kind).toBe('resting');
  for (let index = 0; index < 10_000; index += 1) {
    recordOutcome(table, makeTarget('openai', `flood-${index}`), fail('MODEL_NOT_FOUND'), 3, RULES);
  }
  expect(table.entries.size).toBe(100);
});
