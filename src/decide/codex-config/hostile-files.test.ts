import { expect, test } from 'bun:test';
import { findBreaks } from '../../core/__fixtures__/hostile-json.ts';
import { type ActivationRecord, appendRecord, isExpired, parseJournal } from './activation/activation-journal.ts';
import { readActivationRequest } from './activation/activation-request.ts';
import { isInEffect, parseTeamFile } from './activation/team-file.ts';
import { parseReceipt } from './receipt.ts';

/** Throws for a field that is not what its type says. */
const expectText = (value: unknown): void => expect(value === null || typeof value === 'string').toBe(true);
const expectDate = (ms: number): void => expect(new Date(ms).toISOString()).toBeString();

test('a journal that somebody damaged anywhere is read as far as it is whole', () => {
  const record: ActivationRecord = {
    version: 1,
    action: 'activate',
    kind: 'gateway-target',
    target: 'a/b',
    atMs: 1_800_000_000_000,
    by: 'user@machine',
    reason: 'drill',
    check: 'ok',
    isForced: false,
    receiptIds: ['r'],
    expiresAtMs: 1_800_000_100_000,
    previous: { kind: 'provider', target: 'openai', model: 'm' },
    followed: '/team/file',
  };
  expect(parseJournal(appendRecord('{"version":1', record))).toEqual([record]);
  const read = (damaged: unknown): void => {
    for (const one of parseJournal(JSON.stringify(damaged))) {
      for (const text of [one.target, one.by, one.reason, one.check, one.followed, one.previous?.target ?? null])
        expectText(text);
      for (const ms of [one.atMs, one.expiresAtMs ?? 0]) expectDate(ms);
      expect(isExpired(one, 0)).toBeBoolean();
    }
  };
  expect(findBreaks(record, read)).toEqual([]);
});

test('a receipt that somebody damaged anywhere is whole, or none', () => {
  const receipt = {
    version: 1,
    id: 'r',
    atMs: 1_800_000_000_000,
    command: 'connect',
    isUndone: false,
    files: [
      {
        path: '/a',
        realPath: '/a',
        beforeHash: 'h',
        afterHash: 'h',
        splices: [{ at: 0, removed: '', inserted: 'x' }],
        keys: [{ path: ['a', 0], before: null, after: 'x' }],
      },
    ],
  };
  const read = (damaged: unknown): void => {
    const found = parseReceipt(JSON.stringify(damaged));
    if (found === undefined) return;
    expectDate(found.atMs);
    for (const { path, keys } of found.files)
      for (const text of [path, keys.map((key) => key.path.join('.')).join()]) expectText(text);
  };
  expect(parseReceipt(JSON.stringify(receipt))).toBeDefined();
  expect(findBreaks(receipt, read)).toEqual([]);
});

test('a team file, and what asks for it, are whole, or none', () => {
  const file = {
    version: 1,
    isActive: true,
    target: 'a/b',
    by: 'u',
    reason: null,
    at: '2026-11-23T00:00:00Z',
    expiresAt: '2026-11-24T00:00:00Z',
  };
  const read = (damaged: unknown): void => {
    const found = parseTeamFile(JSON.stringify(damaged));
    if (found !== undefined) expect(isInEffect(found, 0)).toBeBoolean();
  };
  expect(parseTeamFile(JSON.stringify(file))).toBeDefined();
  expect(findBreaks(file, read)).toEqual([]);
  const request = { target: 'a/b', by: 'u', reason: 'r', expiresInMs: 1000, isForced: true };
  const ask = (damaged: unknown): void => {
    const found = readActivationRequest(JSON.stringify(damaged), true);
    if (typeof found !== 'string') expectDate(found.expiresInMs);
  };
  expect(findBreaks(request, ask)).toEqual([]);
});
