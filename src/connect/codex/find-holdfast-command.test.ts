import { afterAll, describe, expect, test } from 'bun:test';
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { findHoldfastCommand } from './find-holdfast-command.ts';

const PACKAGE = realpathSync(join(import.meta.dir, '..', '..', '..'));
const LAUNCHER = join(PACKAGE, 'bin', 'holdfast');
const top = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-command-')));
afterAll(() => rmSync(top, { recursive: true, force: true }));

function link(folder: string, target: string): string {
  const file = join(top, folder, 'holdfast');
  mkdirSync(dirname(file), { recursive: true });
  symlinkSync(target, file);
  return file;
}

describe.skipIf(process.platform === 'win32')('findHoldfastCommand', () => {
  const other = join(top, 'other');
  writeFileSync(other, '');
  const linked = link('linked', LAUNCHER);
  const foreign = link('foreign', other);
  const ofProject = link('project/node_modules/.bin', LAUNCHER);

  test.each<[string, readonly string[], string]>([
    ['the name as found on PATH', [linked], linked],
    ['not another program of that name', [foreign, linked], linked],
    ['not what npm puts on PATH for a script', [ofProject], LAUNCHER],
    ['its own launcher when PATH has none', [], LAUNCHER],
  ])('gives %s', (_name, files, command) => {
    const PATH = files.map(dirname).join(delimiter);
    expect(findHoldfastCommand({ PATH }, PACKAGE)).toEqual({ command, args: [] });
  });

  test('gives a program that can be started', () => {
    const { command } = findHoldfastCommand({}, PACKAGE);
    expect(() => accessSync(command, constants.X_OK)).not.toThrow();
  });

  test('carries a HOLDFAST_HOME of one’s own along', () =>
    expect(findHoldfastCommand({ HOLDFAST_HOME: '/srv/home' }, PACKAGE)).toEqual({
      command: '/usr/bin/env',
      args: ['HOLDFAST_HOME=/srv/home', LAUNCHER],
    }));
});
