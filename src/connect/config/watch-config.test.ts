import { afterEach, expect, test } from 'bun:test';
import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fingerprintFile, watchConfig } from './watch-config.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-watch-'));
  folders.push(folder);
  return folder;
}

/** One timer at a time, as the watcher uses it; `tick` lets it fire and everything that follows happen. */
function fakeClock() {
  let waiting: { ms: number; callback: () => void } | undefined;
  return {
    after: (ms: number, callback: () => void) => {
      waiting = { ms, callback };
      return () => {
        waiting = undefined;
      };
    },
    waitsMs: () => waiting?.ms,
    tick: async () => {
      const due = waiting;
      waiting = undefined;
      due?.callback();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

function startWatching(onChange: () => Promise<void> = async () => {}) {
  const clock = fakeClock();
  const state = { fingerprint: 'one', changes: 0 };
  const stop = watchConfig(
    '/holdfast.toml',
    async () => {
      state.changes += 1;
      await onChange();
    },
    { clock, fingerprint: async () => state.fingerprint },
  );
  return { clock, state, stop };
}

test('it calls once after the start, and then only when something changed', async () => {
  const { clock, state } = startWatching();
  await clock.tick();
  expect(state.changes).toBe(0);
  await clock.tick();
  expect(state.changes).toBe(1);
  for (let look = 0; look < 5; look += 1) await clock.tick();
  expect(state.changes).toBe(1);
  expect(clock.waitsMs()).toBe(1_000);
});

test('a file that is still being written is left alone until it settles', async () => {
  const { clock, state } = startWatching();
  await clock.tick();
  await clock.tick();
  for (const fingerprint of ['half', 'more', 'ENOENT', 'done']) {
    state.fingerprint = fingerprint;
    await clock.tick();
    expect(clock.waitsMs()).toBe(200);
  }
  expect(state.changes).toBe(1);
  await clock.tick();
  expect(state.changes).toBe(2);
});

test('a callback that fails does not end the watch', async () => {
  const { clock, state } = startWatching(() => Promise.reject(new Error('no')));
  await clock.tick();
  await clock.tick();
  state.fingerprint = 'two';
  await clock.tick();
  await clock.tick();
  expect(state.changes).toBe(2);
});

test('a slow callback is never called a second time meanwhile', async () => {
  const gate = Promise.withResolvers<void>();
  const { clock, state } = startWatching(() => gate.promise);
  await clock.tick();
  await clock.tick();
  state.fingerprint = 'two';
  expect(clock.waitsMs()).toBeUndefined();
  gate.resolve();
  await clock.tick();
  expect(clock.waitsMs()).toBe(1_000);
});

test('after a stop nothing is called any more', async () => {
  const { clock, state, stop } = startWatching();
  await clock.tick();
  stop();
  await clock.tick();
  expect(state.changes).toBe(0);
  expect(clock.waitsMs()).toBeUndefined();
});

test.each([
  ['is written in place', (file: string) => writeFileSync(file, 'b = 22\n')],
  [
    'is written in place with the same size and time',
    (file: string) => {
      writeFileSync(file, 'b = 1\n');
      utimesSync(file, 1, 1);
    },
  ],
  [
    'is replaced by a rename',
    (file: string) => {
      writeFileSync(`${file}.tmp`, 'a = 1\n');
      renameSync(`${file}.tmp`, file);
    },
  ],
  ['is removed', (file: string) => unlinkSync(file)],
])('the fingerprint changes when the file %s', async (_name, change) => {
  const file = join(makeFolder(), 'holdfast.toml');
  writeFileSync(file, 'a = 1\n');
  utimesSync(file, 1, 1);
  const before = await fingerprintFile(file);
  expect(await fingerprintFile(file)).toBe(before);
  await Bun.sleep(10);
  change(file);
  expect(await fingerprintFile(file)).not.toBe(before);
});

test('the fingerprint changes when a symbolic link above the file is swapped', async () => {
  const folder = makeFolder();
  for (const version of ['v1', 'v2']) {
    mkdirSync(join(folder, version));
    writeFileSync(join(folder, version, 'holdfast.toml'), 'a = 1\n');
  }
  symlinkSync('v1', join(folder, 'data'));
  symlinkSync('data/holdfast.toml', join(folder, 'holdfast.toml'));
  const before = await fingerprintFile(join(folder, 'holdfast.toml'));
  symlinkSync('v2', join(folder, 'data.tmp'));
  renameSync(join(folder, 'data.tmp'), join(folder, 'data'));
  expect(await fingerprintFile(join(folder, 'holdfast.toml'))).not.toBe(before);
});
