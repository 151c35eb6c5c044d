import { expect, test } from 'bun:test';
import { hashBase62 } from './hash-text.ts';

test('is the same in every release: providers have these names and ids in their caches', () => {
  expect(hashBase62('call_a', 9)).toBe('Bw7SDB556');
  expect(hashBase62('', 4)).toHaveLength(4);
});

test('ids that differ in one place stay apart', () => {
  const ids = Array.from({ length: 50_000 }, (_nothing, at) => `call_${at}`);
  expect(new Set(ids.map((id) => hashBase62(id, 9))).size).toBe(ids.length);
  expect(new Set(ids.slice(0, 5000).map((id) => hashBase62(`ns__${id}`, 8))).size).toBe(5000);
});
