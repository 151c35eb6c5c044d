import { afterAll, beforeAll } from 'bun:test';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dir, '..', '..');
/** Where a shell and its tools are; a test that means another Node puts it before. */
export const SYSTEM_PATH = '/usr/bin:/bin';

/** Stands for the bundle: says how it was started. */
const PROBE = `
import 'node:os';
const { argv, env, pid, ppid } = process;
console.log(JSON.stringify({ main: argv[1], args: argv.slice(2), env, pid, ppid }));
if (argv[2] === 'exit') process.exit(Number(argv[3]));
if (argv[2] === 'wait') setInterval(() => {}, 1000);
`;

/** What the probe says. */
export interface Seen {
  readonly main: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly pid: number;
  readonly ppid: number;
}

/** Makes folders for the tests of one file, by their paths; they are gone when all have run. */
export function useFolders(): (path: string) => string {
  let top = '';
  beforeAll(() => {
    top = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-launcher-')));
  });
  afterAll(() => rmSync(top, { recursive: true, force: true }));
  return (path) => {
    const folder = join(top, path);
    mkdirSync(folder, { recursive: true });
    return folder;
  };
}

export function link(target: string, file: string): string {
  mkdirSync(dirname(file), { recursive: true });
  symlinkSync(target, file);
  return file;
}

export function writeScript(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
}

/** A published package with the probe for a bundle, in `node_modules` of `project`; gives its folder. */
export function layOutPackage(project: string): string {
  const home = join(project, 'node_modules', 'holdfast');
  mkdirSync(join(home, 'dist'), { recursive: true });
  cpSync(join(ROOT, 'bin'), join(home, 'bin'), { recursive: true });
  writeFileSync(join(home, 'dist/main.js'), PROBE);
  writeFileSync(join(home, 'package.json'), '{"name":"holdfast","type":"module"}');
  return home;
}

/** Bun, as it stands after an installation without its postinstall script. */
export const layOutBun = (project: string): string =>
  link(process.execPath, join(project, 'node_modules/@oven/bun-this-machine/bin/bun'));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

/** Runs a command with no other environment than `env`. */
export function run(command: readonly string[], env: Record<string, string> = {}, cwd = '/'): Ended {
  const { exitCode, stdout, stderr } = Bun.spawnSync([...command], { cwd, env: { PATH: SYSTEM_PATH, ...env } });
  return { code: exitCode, out: stdout.toString(), error: stderr.toString() };
}

export function probe(command: readonly string[], env: Record<string, string> = {}, cwd = '/'): Seen {
  const { code, out, error } = run(command, env, cwd);
  if (code !== 0) throw new Error(`${code}: ${error}`);
  return JSON.parse(out);
}
