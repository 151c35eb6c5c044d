import { afterEach, describe, expect, test } from 'bun:test';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createCodexCli } from './create-codex-cli.ts';
import { readBundledCatalogue } from './read-bundled-catalogue.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bundled-'));
  folders.push(folder);
  return folder;
}

/** A program named codex that answers as told, and counts how often it was asked for its models. */
function fakeCodex({ version = '1.2.3', answer = '{"models":[]}', exitCode = 0 } = {}) {
  const folder = temporaryFolder();
  const file = join(folder, 'codex');
  const log = join(folder, 'asked');
  writeFileSync(log, '');
  writeFileSync(join(folder, 'answer'), answer);
  const script = `#!/bin/sh
if [ "$1" = --version ]; then echo "codex-cli ${version}"; exit 0; fi
echo "$*" >> '${log}'
cat '${join(folder, 'answer')}'
exit ${exitCode}
`;
  writeFileSync(file, script);
  chmodSync(file, 0o755);
  const cli = createCodexCli({ PATH: [folder, process.env['PATH'] ?? ''].join(delimiter) });
  return { cli, asked: () => readFileSync(log, 'utf8') };
}

describe.skipIf(process.platform === 'win32')('readBundledCatalogue', () => {
  test('asks once per version', async () => {
    const home = temporaryFolder();
    const first = fakeCodex({ answer: '{"models":[1]}' });
    expect(await readBundledCatalogue(first.cli, home)).toEqual({ models: [1] });
    expect(await readBundledCatalogue(first.cli, home)).toEqual({ models: [1] });
    expect(first.asked()).toBe('debug models --bundled\n');
    const next = fakeCodex({ version: '1.2.4', answer: '{"models":[2]}' });
    expect(await readBundledCatalogue(next.cli, home)).toEqual({ models: [2] });
    expect(readdirSync(home)).toEqual(['codex-catalogue.json']);
  });

  test.each([
    { what: 'no JSON', codex: { answer: 'models!' } },
    { what: 'a number', codex: { answer: '7' } },
    { what: 'nothing', codex: { answer: '' } },
    { what: 'a failure', codex: { exitCode: 2 } },
    { what: 'no version', codex: { version: 'unknown' } },
  ])('an answer that is $what counts as none, and is not kept', async ({ codex }) => {
    const home = temporaryFolder();
    expect(await readBundledCatalogue(fakeCodex(codex).cli, home)).toBeUndefined();
    expect(readdirSync(home)).toEqual([]);
  });

  test.each(['', '{', 'null', '{"version":"1.2.3"}', '{"version":"1.2.3","catalogue":null}'])(
    'a kept file that says %p is made anew',
    async (text) => {
      const home = temporaryFolder();
      writeFileSync(join(home, 'codex-catalogue.json'), text);
      expect(await readBundledCatalogue(fakeCodex().cli, home)).toEqual({ models: [] });
      expect(readFileSync(join(home, 'codex-catalogue.json'), 'utf8')).toContain('"models":[]');
    },
  );

  test('a home that cannot be written only costs the next start', async () => {
    const home = join(temporaryFolder(), 'missing');
    expect(await readBundledCatalogue(fakeCodex().cli, home)).toEqual({ models: [] });
  });
});
