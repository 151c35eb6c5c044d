import { beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { layOutBun, layOutPackage, link, probe, run, type Seen, SYSTEM_PATH, useFolders } from './lay-out-package.ts';

setDefaultTimeout(120_000);

const ROOT = join(import.meta.dir, '..', '..');
const makeFolder = useFolders();

/** What stands behind /bin/sh: Debian's, Alpine's and, an older one, the Mac's. */
const SHELLS = [
  { name: '/bin/sh', shell: ['/bin/sh'] },
  { name: 'dash', shell: ['dash'] },
  { name: 'busybox', shell: ['busybox', 'sh'] },
  { name: 'bash', shell: ['bash', '--posix'] },
];

/** What Bun by itself reads where it is started. */
const REPOSITORIES: [file: string, text: string][] = [
  ['.env', 'PLANTED=yes'],
  ['bunfig.toml', 'preload = ["./planted.ts"]'],
  ['tsconfig.json', '{"compilerOptions":{"paths":{"*":["./planted.ts"]}}}'],
];

function layOutRepository(file: string, text: string): string {
  const repository = makeFolder(`repository ${file}`);
  writeFileSync(join(repository, file), text);
  writeFileSync(join(repository, 'planted.ts'), "console.log('PLANTED');");
  return repository;
}

describe.skipIf(process.platform === 'win32')('the launcher', () => {
  describe.each(SHELLS)('under $name', ({ name, shell }) => {
    const isMissing = Bun.which(shell[0] ?? '', { PATH: SYSTEM_PATH }) === null;
    const it = test.skipIf(isMissing);
    if (isMissing) console.warn(`${name} is not installed: skipped`);
    let home = '';
    let start: string[] = [];
    beforeAll(() => {
      const project = makeFolder(`é "$HOME" it's ${name.replaceAll('/', '')}`);
      home = layOutPackage(project);
      layOutBun(project);
      start = [...shell, '-u', join(home, 'bin/holdfast')];
    });

    it('hands the arguments on as they are', () => {
      const args = ['', ' two  words ', '"', "it's", '$HOME `id` $(id)', 'two\nlines\n', '*', '\\n', '--', '-e', 'é…'];
      expect(probe([...start, ...args]).args).toEqual(args);
      expect(probe(start).args).toEqual([]);
    });

    it("sets what Bun is told by environment, unless the user did; the user's own variables stay as they are", () => {
      const defaults = {
        BUN_CONFIG_MAX_HTTP_REQUESTS: '65336',
        BUN_JSC_useFTLJIT: '0',
        MIMALLOC_PURGE_DELAY: '10000',
      };
      const ofShell = ['PATH', 'PWD', 'OLDPWD', 'SHLVL', '_'];
      const own = { HOME: '/h $x', root: 'a', file: 'b', name: 'c', value: 'd\ne', CDPATH: makeFolder('.'), bun: '=' };
      const { env } = probe(start, own);
      const others = Object.entries(env).filter(([key]) => !ofShell.includes(key));
      expect(Object.fromEntries(others)).toEqual({ ...own, ...defaults });
      const users = { BUN_JSC_useFTLJIT: '1', MIMALLOC_PURGE_DELAY: '' };
      expect(probe(start, users).env).toMatchObject({ ...defaults, ...users });
    });

    it.each(REPOSITORIES)("does not take %s from anybody's repository", (file, text) => {
      const repository = layOutRepository(file, text);
      const { out } = run([...start, 'up'], {}, repository);
      expect(out).not.toContain('PLANTED');
      expect(JSON.parse(out)).toMatchObject({ main: join(home, 'dist/main.js'), args: ['up'] });
    });

    it('is the process that Bun is: exit code, pid, signals', async () => {
      expect(run([...start, 'exit', '7']).code).toBe(7);
      const child = Bun.spawn([...start, 'wait'], { env: { PATH: SYSTEM_PATH }, stdout: 'pipe' });
      const reader = child.stdout.getReader();
      const { value } = await reader.read();
      const seen: Seen = JSON.parse(Buffer.from(value ?? []).toString());
      expect(seen).toMatchObject({ pid: child.pid, ppid: process.pid });
      child.kill('SIGTERM');
      await child.exited;
      expect(child.signalCode).toBe('SIGTERM');
    });

    it('finds its package through relative paths and links', () => {
      const file = join(home, 'bin/holdfast');
      const here = makeFolder(`links/${name.replaceAll('/', '')}/deep $er`);
      link(relative(here, file), join(here, 'relative'));
      link(file, join(here, 'absolute'));
      link('deep $er/relative', join(here, '../second'));
      link(join(here, '../second'), join(here, 'third'));
      link('.', join(here, '../folder'));
      const paths = [relative(here, file), 'relative', './relative', 'absolute', 'third', '../folder/second'];
      for (const path of [...paths, join(here, 'third')])
        expect(probe([...shell, path], {}, here)).toMatchObject({ main: join(home, 'dist/main.js') });
    });
  });

  test.each(REPOSITORIES)("in Node does not take %s from anybody's repository either; Bun would", (file, text) => {
    const repository = layOutRepository(file, text);
    const home = layOutPackage(makeFolder('in Node'));
    const bundle = join(home, 'dist/main.js');
    expect(run([process.execPath, bundle], {}, repository).out).toContain('PLANTED');
    if (!existsSync(join(home, 'node_modules'))) link(join(ROOT, 'node_modules'), join(home, 'node_modules'));
    const { out } = run([Bun.which('node') ?? '', join(home, 'bin/holdfast.js'), 'up'], {}, repository);
    expect(out).not.toContain('PLANTED');
    expect(JSON.parse(out)).toMatchObject({ main: bundle, args: ['up'] });
  });

  test('is installed by npm as a command that runs', () => {
    const source = layOutPackage(makeFolder('npm'));
    const { version, bin, files } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    writeFileSync(
      join(source, 'package.json'),
      JSON.stringify({ name: 'holdfast', version, bin, files, type: 'module' }),
    );
    // Not what `npm test` says of itself to its children.
    const { PATH = '', HOME = '' } = process.env;
    const env = { PATH, HOME, npm_config_offline: 'true', npm_config_ignore_scripts: 'true' };
    const pack = run(['npm', 'pack', '--json', '--pack-destination', makeFolder('.')], env, source);
    const [{ filename }] = JSON.parse(pack.out);
    const project = makeFolder('a project of $somebody');
    writeFileSync(join(project, 'package.json'), '{"private":true}');
    const npm = run(['npm', 'install', '--no-audit', '--no-fund', join(makeFolder('.'), filename)], env, project);
    expect(npm).toMatchObject({ code: 0 });
    layOutBun(project);
    const command = join(project, 'node_modules/.bin/holdfast');
    expect(readlinkSync(command)).toBe('../holdfast/bin/holdfast');
    expect(probe([command, 'up'])).toMatchObject({
      main: join(project, 'node_modules/holdfast/dist/main.js'),
      args: ['up'],
    });
    // As `npm link` and `npm install --global FOLDER` leave it; found on PATH.
    const prefix = makeFolder('prefix');
    link(join(project, 'node_modules/holdfast'), join(prefix, 'lib/node_modules/holdfast'));
    link('../lib/node_modules/holdfast/bin/holdfast', join(prefix, 'bin/holdfast'));
    const found = probe(['sh', '-c', 'holdfast up'], { PATH: `${join(prefix, 'bin')}:${SYSTEM_PATH}` });
    expect(found.main).toBe(join(project, 'node_modules/holdfast/dist/main.js'));
  });
});
