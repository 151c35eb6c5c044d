import { expect, test } from 'bun:test';
import type { Settings } from '../../core/settings.ts';
import { joinLines, PROVIDER, ROUTE } from '../../decide/config/__fixtures__/mistakes.ts';
import { readSettings } from '../../decide/config/read-settings.ts';
import type { SettingsLoad } from './load-settings.ts';
import { createSettingsHolder } from './settings-holder.ts';

const context = { file: '/holdfast.toml', homeDir: '/h', holdfastHome: '/h/.holdfast', env: {} };
const read = (...lines: string[]): SettingsLoad => readSettings(new TextEncoder().encode(joinLines(lines)), context);
const GOOD = [PROVIDER, ROUTE];
const OTHER = ['[timeouts]', 'idle = "7s"', ...GOOD];

function start() {
  const first = read(...GOOD);
  if (first.kind !== 'loaded') throw new Error('the first configuration must load');
  const state = { next: first as SettingsLoad, logged: [] as string[], changes: [] as [number, number][] };
  const holder = createSettingsHolder({
    initial: first.settings,
    load: async () => state.next,
    log: {
      info: (event, fields) => state.logged.push(`${event} ${fields?.['generation']}`),
      warn: (event, fields) => state.logged.push(`${event} ${fields?.['first'] ?? fields?.['keys'] ?? ''}`.trim()),
    },
    onChange: (settings: Settings, previous: Settings) =>
      state.changes.push([previous.generation, settings.generation]),
  });
  return { holder, state };
}

test('a changed file makes a new generation, and who holds the old one keeps it', async () => {
  const { holder, state } = start();
  const old = holder.current();
  state.next = read(...OTHER);
  expect(await holder.reload()).toBe('changed');
  expect([old.generation, old.timeouts.idleMs]).toEqual([1, 60_000]);
  expect([holder.current().generation, holder.current().timeouts.idleMs]).toEqual([2, 7_000]);
  expect(state.changes).toEqual([[1, 2]]);
  expect(state.logged).toEqual(['config.changed 2']);
});

test('a file that means the same makes no new generation', async () => {
  const { holder, state } = start();
  state.next = read('# a comment', ...GOOD, '# another');
  const before = holder.current();
  expect(await holder.reload()).toBe('unchanged');
  expect(holder.current()).toBe(before);
  expect(state.logged).toEqual([]);
});

test('a broken file keeps the running generation and is reported once', async () => {
  const { holder, state } = start();
  const before = holder.current();
  state.next = read('[server', ...GOOD);
  expect(await holder.reload()).toBe('kept');
  expect(await holder.reload()).toBe('kept');
  expect(holder.current()).toBe(before);
  expect(holder.rejected()).toMatchObject([{ code: 'BROKEN_TOML' }]);
  expect(state.logged).toHaveLength(1);
  expect(state.logged[0]).toStartWith('config.rejected /holdfast.toml:2:1: error: this is not valid TOML');
});

test('a file that is gone keeps the running generation', async () => {
  const { holder, state } = start();
  state.next = { kind: 'missing', looked: ['/holdfast.toml'] };
  expect(await holder.reload()).toBe('kept');
  expect(holder.rejected()).toMatchObject([{ code: 'UNREADABLE', file: '/holdfast.toml' }]);
});

test('a file that is repaired is taken again', async () => {
  const { holder, state } = start();
  state.next = read('[server', ...GOOD);
  await holder.reload();
  state.next = read(...GOOD);
  expect(await holder.reload()).toBe('unchanged');
  expect(holder.rejected()).toEqual([]);
  state.next = read(...OTHER);
  expect(await holder.reload()).toBe('changed');
  expect(holder.current().generation).toBe(2);
  expect(state.logged.slice(1)).toEqual(['config.restored 1', 'config.changed 2']);
});

test('what needs a restart is said', async () => {
  const { holder, state } = start();
  state.next = read('[server]', 'listen = "127.0.0.1:1"', '[ledger]', 'enabled = false', ...GOOD);
  expect(await holder.reload()).toBe('changed');
  expect(state.logged).toEqual(['config.changed 2', 'config.restart_needed server.listen, ledger.enabled']);
});

test('reloads at the same time run one after the other', async () => {
  const { holder, state } = start();
  state.next = read(...OTHER);
  expect(await Promise.all([holder.reload(), holder.reload(), holder.reload()])).toEqual([
    'changed',
    'unchanged',
    'unchanged',
  ]);
  expect(state.changes).toEqual([[1, 2]]);
});
