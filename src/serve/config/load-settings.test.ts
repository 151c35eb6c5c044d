import { describe, expect, test } from 'bun:test';
import type { ConfigFileReading } from '../../core/config-file.ts';
import { joinLines, PROVIDER, ROUTE } from '../../decide/config/__fixtures__/mistakes.ts';
import { loadSettings } from './load-settings.ts';

const GOOD: ConfigFileReading = { kind: 'read', bytes: new TextEncoder().encode(joinLines([PROVIDER, ROUTE])) };

function load(files: Record<string, ConfigFileReading>, options: { file?: string; home?: string } = {}) {
  const asked: string[] = [];
  const deps = {
    file: options.file,
    cwd: '/work/project',
    env: options.home === undefined ? {} : { HOLDFAST_HOME: options.home },
    homeDir: '/home/me',
    readFile: async (path: string): Promise<ConfigFileReading> => {
      asked.push(path);
      return files[path] ?? { kind: 'missing' };
    },
  };
  return { result: loadSettings(deps), asked };
}

describe('where the configuration is looked for', () => {
  test.each([
    ['the folder one is in', {}, '/work/project/holdfast.toml'],
    ["then Holdfast's home", {}, '/home/me/.holdfast/holdfast.toml'],
    ["Holdfast's home from the environment", { home: '/srv/hf' }, '/srv/hf/holdfast.toml'],
    ['a relative home is relative to the folder one is in', { home: 'hf' }, '/work/project/hf/holdfast.toml'],
    ['the file that was named', { file: '../team.toml' }, '/work/team.toml'],
  ])('%s', async (_name, options, path) => {
    expect(await load({ [path]: GOOD }, options).result).toMatchObject({ kind: 'loaded', settings: { file: path } });
  });

  test('the folder one is in wins over the home', async () => {
    const files = { '/work/project/holdfast.toml': GOOD, '/home/me/.holdfast/holdfast.toml': GOOD };
    const { result, asked } = load(files);
    expect(await result).toMatchObject({ kind: 'loaded', settings: { file: '/work/project/holdfast.toml' } });
    expect(asked).toEqual(['/work/project/holdfast.toml']);
  });

  test('a named file that is missing is not replaced by another', async () => {
    const { result } = load({ '/work/project/holdfast.toml': GOOD }, { file: 'other.toml' });
    expect(await result).toEqual({ kind: 'missing', looked: ['/work/project/other.toml'] });
  });

  test('an unreadable file is not replaced by another either', async () => {
    const unreadable: ConfigFileReading = { kind: 'unreadable', reason: 'it is a directory, not a file' };
    const { result } = load({ '/work/project/holdfast.toml': unreadable, '/home/me/.holdfast/holdfast.toml': GOOD });
    expect(await result).toMatchObject({
      kind: 'invalid',
      problems: [{ code: 'UNREADABLE', line: 0, message: expect.stringContaining('a directory') }],
    });
  });

  test('without any file it says where it looked', async () => {
    const looked = ['/work/project/holdfast.toml', '/home/me/.holdfast/holdfast.toml'];
    expect(await load({}).result).toEqual({ kind: 'missing', looked });
  });
});
