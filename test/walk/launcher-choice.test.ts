import { beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { linkSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { layOutBun, layOutPackage, link, run, SYSTEM_PATH, useFolders, writeScript } from './lay-out-package.ts';

setDefaultTimeout(120_000);

const makeFolder = useFolders();

describe.skipIf(process.platform === 'win32')('the launcher looks for Bun where npm puts it', () => {
  const at = (folder: string, name: string): string => join(folder, 'node_modules', name);
  const fakeBun = (file: string): void => writeScript(file, 'echo "Bun: $0"');
  const stub = (folder: string): void => {
    for (const name of ['bun', 'bunx']) writeScript(at(folder, `bun/bin/${name}.exe`), 'echo "not Bun"; exit 1');
  };
  const moved = (folder: string): void => {
    mkdirSync(at(folder, '@oven/bun-linux-x64/bin'), { recursive: true });
    fakeBun(at(folder, 'bun/bin/bun.exe'));
    linkSync(at(folder, 'bun/bin/bun.exe'), at(folder, 'bun/bin/bunx.exe'));
  };
  /** `outer` has the folder of `inner`, whose own node_modules are nearer. */
  const rows: readonly (readonly [string, (inner: string, outer: string) => void, string])[] = [
    [
      'in its package',
      (_, outer) => fakeBun(at(outer, '@oven/bun-linux-x64/bin/bun')),
      'outer/@oven/bun-linux-x64/bin/bun',
    ],
    [
      'in its package, beside the text that stands for it',
      (_, outer) => {
        stub(outer);
        fakeBun(at(outer, '@oven/bun-darwin-aarch64/bin/bun'));
      },
      'outer/@oven/bun-darwin-aarch64/bin/bun',
    ],
    ['moved by its postinstall script', (_, outer) => moved(outer), 'outer/bun/bin/bun.exe'],
    [
      'in the nearer of two places',
      (inner, outer) => {
        moved(outer);
        fakeBun(at(inner, '@oven/bun-linux-x64/bin/bun'));
      },
      'inner/@oven/bun-linux-x64/bin/bun',
    ],
    ['nowhere', () => undefined, 'node'],
    ['as the text that stands for it', (_, outer) => stub(outer), 'node'],
    [
      'as that text, where the package is broken',
      (_, outer) => {
        stub(outer);
        mkdirSync(at(outer, '@oven/bun-linux-x64'), { recursive: true });
      },
      'node',
    ],
    [
      'for two kinds of machine',
      (_, outer) => {
        fakeBun(at(outer, '@oven/bun-linux-x64/bin/bun'));
        fakeBun(at(outer, '@oven/bun-linux-x64-musl/bin/bun'));
      },
      'node',
    ],
  ];
  test.each(rows)('%s', (name, arrange, expected) => {
    const outer = makeFolder(`bun ${name}`);
    const inner = layOutPackage(outer);
    arrange(inner, outer);
    writeScript(join(outer, 'path/node'), 'echo "node $1"');
    const { out, code } = run([join(inner, 'bin/holdfast')], { PATH: `${join(outer, 'path')}:${SYSTEM_PATH}` });
    const [place = '', ...rest] = expected.split('/');
    const file = join(place === 'inner' ? inner : outer, 'node_modules', ...rest);
    const line = place === 'node' ? `node ${join(inner, 'bin/holdfast.js')}` : `Bun: ${file}`;
    expect({ out, code }).toEqual({ out: `${line}\n`, code: 0 });
  });

  test('and says so, with exit code 127, when there is none', () => {
    const project = makeFolder('no bun');
    const launcher = join(layOutPackage(project), 'bin/holdfast');
    const node = link(Bun.which('node') ?? '', join(project, 'path/node'));
    for (const tool of ['sh', 'readlink']) link(Bun.which(tool) ?? '', join(project, 'tools', tool));
    const tools = join(project, 'tools');
    const withNode = run([launcher], { PATH: `${dirname(node)}:${tools}` });
    expect(withNode).toMatchObject({ code: 127, error: expect.stringContaining('Bun could not be started') });
    const withNeither = run([launcher], { PATH: tools });
    expect(withNeither).toMatchObject({ code: 127, error: expect.stringContaining('Node is not on PATH') });
  });
});

const hasChangeTimes = process.platform !== 'win32' && run(['find', '.', '-prune', '-cnewer', '.'], {}).code === 0;
if (!hasChangeTimes) console.warn('`find` does not know -cnewer: skipped');
describe.skipIf(!hasChangeTimes)('in a checkout the launcher leaves to Node what is not certain', () => {
  const FILES = ['src/main.ts', 'src/core/one.ts', 'src/core/two.ts', 'package.json', 'package-lock.json'];
  let home = '';

  beforeAll(() => {
    home = layOutPackage(makeFolder('checkout'));
    layOutBun(home);
    mkdirSync(join(home, 'src/core'), { recursive: true });
    for (const name of FILES) writeFileSync(join(home, name), '{}');
    writeScript(join(makeFolder('checkout/path'), 'node'), 'echo node');
    writeScript(join(makeFolder('checkout/broken'), 'find'), 'exit 1');
  });
  /** Everything is older than the stamp, and what comes is newer. */
  async function settle(): Promise<void> {
    await Bun.sleep(30);
    writeFileSync(join(home, 'dist/sources.stamp'), '');
    await Bun.sleep(30);
  }
  const entry = (path = SYSTEM_PATH): 'bundle' | 'node' =>
    run([join(home, 'bin/holdfast')], { PATH: `${makeFolder('checkout/path')}:${path}` }).out === 'node\n'
      ? 'node'
      : 'bundle';

  test.each<[string, () => void]>([
    ['a file was edited', () => writeFileSync(join(home, 'src/core/one.ts'), '[]')],
    [
      'a file was edited and given its old time',
      () => {
        writeFileSync(join(home, 'src/core/one.ts'), '[]');
        utimesSync(join(home, 'src/core/one.ts'), 1000, 1000);
      },
    ],
    ['a file came', () => writeFileSync(join(home, 'src/core/three.ts'), '')],
    ['a file went', () => rmSync(join(home, 'src/core/three.ts'))],
    ['a file was renamed', () => renameSync(join(home, 'src/core/two.ts'), join(home, 'src/core/zwei.ts'))],
    ['the package changed', () => writeFileSync(join(home, 'package.json'), '{ }')],
    ['the lockfile changed', () => writeFileSync(join(home, 'package-lock.json'), '{ }')],
    ['the stamp is missing', () => rmSync(join(home, 'dist/sources.stamp'))],
  ])('%s', async (_name, change) => {
    await settle();
    expect(entry()).toBe('bundle');
    change();
    expect(entry()).toBe('node');
  });

  test('the sources cannot be looked at', async () => {
    await settle();
    expect(entry(`${makeFolder('checkout/broken')}:${SYSTEM_PATH}`)).toBe('node');
  });

  test('the bundle is missing', async () => {
    await settle();
    rmSync(join(home, 'dist/main.js'));
    expect(entry()).toBe('node');
  });
});
