import { realpathSync } from 'node:fs';
import { delimiter, join, resolve, sep } from 'node:path';

/**
 * How Codex starts this installation of Holdfast. The name as found on PATH survives an upgrade; without one, the
 * launcher of this package by its absolute path (on Windows, which has no shell for it, Bun on the other launcher). A
 * `holdfast` on PATH that is another program is not taken. A `HOLDFAST_HOME` of one's own travels along: the Codex of
 * another day does not have that variable.
 */
export function findHoldfastCommand(
  env: Readonly<Record<string, string | undefined>>,
  packageFolder: string,
): { readonly command: string; readonly args: readonly string[] } {
  const launcher = findLauncher(env, packageFolder);
  const home = env.HOLDFAST_HOME;
  if (home === undefined || home === '' || process.platform === 'win32') return launcher;
  return { command: '/usr/bin/env', args: [`HOLDFAST_HOME=${resolve(home)}`, launcher.command, ...launcher.args] };
}

function findLauncher(
  env: Readonly<Record<string, string | undefined>>,
  packageFolder: string,
): { readonly command: string; readonly args: readonly string[] } {
  const home = realpathSync(packageFolder) + sep;
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    // npm puts the binaries of a project on PATH while a script runs; Codex will not see them later.
    if (folder === '' || folder.includes(`node_modules${sep}.bin`)) continue;
    try {
      const file = join(folder, 'holdfast');
      if (realpathSync(file).startsWith(home)) return { command: file, args: [] };
    } catch {} // not in this folder
  }
  if (process.platform === 'win32')
    return { command: process.execPath, args: [...onlyOwnSettings(home), join(home, 'bin', 'holdfast.js')] };
  return { command: join(home, 'bin', 'holdfast'), args: [] };
}

/** Codex starts the command in the user's repository, whose settings for Bun are not for Holdfast. */
const onlyOwnSettings = (home: string): readonly string[] => [
  '--no-env-file',
  `--config=${join(home, 'bin', 'bunfig.toml')}`,
  `--tsconfig-override=${join(home, 'bin', 'tsconfig.json')}`,
];
