import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GatewayError } from '../../core/failures.ts';
import { localKeyFile, readLocalKey, readOrCreateLocalKey } from './local-keys.ts';

let folder = '';
let home = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-'));
  home = join(folder, 'a', 'home');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

function errorOf(action: () => unknown): GatewayError {
  try {
    action();
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error('nothing failed');
}

describe.skipIf(process.platform === 'win32')('local keys', () => {
  test('reading makes nothing', () => {
    expect(readLocalKey(home, 'gateway')).toBeUndefined();
    expect(existsSync(home)).toBe(false);
  });

  test('the first call makes a key, later ones read it; only the owner can read it, and nothing else is left', () => {
    const key = readOrCreateLocalKey(home, 'gateway');
    expect(key).toMatch(/^hf_[A-Za-z0-9_-]{43}$/);
    expect([readOrCreateLocalKey(home, 'gateway'), readLocalKey(home, 'gateway')]).toEqual([key, key]);
    expect([mode(home), mode(localKeyFile(home, 'gateway'))]).toEqual(['700', '600']);
    expect(readdirSync(home)).toEqual(['gateway.key']);
  });

  test('the admin key is another one', () => {
    expect(readOrCreateLocalKey(home, 'admin')).toMatch(/^hf_admin_[A-Za-z0-9_-]{43}$/);
    expect(readLocalKey(home, 'gateway')).toBeUndefined();
  });

  test('a folder that exists keeps its mode', () => {
    mkdirSync(home, { recursive: true, mode: 0o755 });
    readOrCreateLocalKey(home, 'gateway');
    expect(mode(home)).toBe('755');
  });

  test('processes that start at once end with the same key', async () => {
    const script = `
      const { readOrCreateLocalKey } = await import(${JSON.stringify(new URL('./local-keys.ts', import.meta.url).href)});
      while (Date.now() < Number(process.argv[1])) {}
      console.log(readOrCreateLocalKey(${JSON.stringify(home)}, 'gateway'));`;
    const startMs = Date.now() + 400;
    const children = Array.from({ length: 6 }, () =>
      Bun.spawn([process.execPath, '-e', script, String(startMs)], { stdout: 'pipe' }),
    );
    const keys = await Promise.all(children.map((child) => new Response(child.stdout).text()));
    expect(new Set(keys)).toEqual(new Set([`${readLocalKey(home, 'gateway')}\n`]));
    expect(readdirSync(home)).toEqual(['gateway.key']);
  });

  test.each<[string, string, (file: string) => void]>([
    ['others can read', 'chmod 600', (file) => chmodSync(file, 0o644)],
    ['the group can read', 'chmod 600', (file) => chmodSync(file, 0o640)],
    ['is in a folder that others can write', 'chmod 700', () => chmodSync(home, 0o777)],
    ['is empty', 'does not hold a key', (file) => writeFileSync(file, '')],
    ['holds something else', 'does not hold a key', (file) => writeFileSync(file, 'hf_short')],
    ['is much too long', 'does not hold a key', (file) => writeFileSync(file, `hf_${'a'.repeat(100_000)}`)],
    ['is the other key', 'does not hold a key', (file) => writeFileSync(file, `hf_admin_${'a'.repeat(43)}`)],
    [
      'is a link to a good key',
      'symbolic link',
      (file) => {
        writeFileSync(join(folder, 'elsewhere'), `hf_${'a'.repeat(43)}`, { mode: 0o600 });
        rmSync(file);
        symlinkSync(join(folder, 'elsewhere'), file);
      },
    ],
    [
      'is a link to nothing',
      'symbolic link',
      (file) => {
        rmSync(file);
        symlinkSync(join(folder, 'nowhere'), file);
      },
    ],
    [
      'is a folder',
      'is not a file',
      (file) => {
        rmSync(file);
        mkdirSync(file);
      },
    ],
    [
      'is a pipe that nobody writes',
      'is not a file',
      (file) => {
        rmSync(file);
        Bun.spawnSync(['mkfifo', file]);
      },
    ],
  ])('a key file that %s is refused, with the cure', (_name, hint, spoil) => {
    const key = readOrCreateLocalKey(home, 'gateway');
    spoil(localKeyFile(home, 'gateway'));
    const error = errorOf(() => readOrCreateLocalKey(home, 'gateway'));
    expect(error.failure.code).toBe('CONFIG_INVALID');
    expect(error.message).toContain(hint);
    expect(error.message).not.toContain(key.slice(3));
    expect(existsSync(join(folder, 'nowhere'))).toBe(false);
  });

  test('a home that cannot be made is named', () => {
    writeFileSync(join(folder, 'a'), 'a file');
    expect(errorOf(() => readOrCreateLocalKey(home, 'gateway')).message).toMatch(
      /cannot be (read|written) \(ENOTDIR\)/,
    );
  });
});
