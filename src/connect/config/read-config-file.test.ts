import { afterAll, expect, test } from 'bun:test';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAX_CONFIG_BYTES } from '../../core/config-file.ts';
import { readConfigFile } from './read-config-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-read-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);

test('a file is read as it is', async () => {
  writeFileSync(at('plain.toml'), 'a = "é"\r\n');
  expect(await readConfigFile(at('plain.toml'))).toEqual({ kind: 'read', bytes: Buffer.from('a = "é"\r\n') as never });
});

test('an empty file is read', async () => {
  writeFileSync(at('empty.toml'), '');
  expect(await readConfigFile(at('empty.toml'))).toMatchObject({ kind: 'read', bytes: new Uint8Array() });
});

test('of a file beyond the limit one byte too many is read, and no more', async () => {
  writeFileSync(at('large.toml'), Buffer.alloc(3 * MAX_CONFIG_BYTES));
  const reading = await readConfigFile(at('large.toml'));
  expect(reading.kind === 'read' && reading.bytes.byteLength).toBe(MAX_CONFIG_BYTES + 1);
});

test('what is not there is missing', async () => {
  expect(await readConfigFile(at('none.toml'))).toEqual({ kind: 'missing' });
  expect(await readConfigFile(join(at('plain.toml'), 'below'))).toEqual({ kind: 'missing' });
});

test('a directory is not a file', async () => {
  expect(await readConfigFile(folder)).toEqual({ kind: 'unreadable', reason: 'it is a directory, not a file' });
});

test('a device is not a file', async () => {
  expect(await readConfigFile('/dev/zero')).toEqual({ kind: 'unreadable', reason: 'it is not a regular file' });
});

test('a circle of symbolic links is told', async () => {
  symlinkSync(at('one'), at('two'));
  symlinkSync(at('two'), at('one'));
  expect(await readConfigFile(at('one'))).toMatchObject({
    kind: 'unreadable',
    reason: expect.stringContaining('circle'),
  });
});

test.if(process.getuid?.() !== 0)('a file without permission is told', async () => {
  writeFileSync(at('secret.toml'), '');
  chmodSync(at('secret.toml'), 0);
  expect(await readConfigFile(at('secret.toml'))).toMatchObject({
    kind: 'unreadable',
    reason: expect.stringContaining('permission'),
  });
});
