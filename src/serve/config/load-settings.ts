import { join, resolve } from 'node:path';
import type { ConfigFileReading } from '../../core/config-file.ts';
import type { ConfigProblem } from '../../core/config-problem.ts';
import type { SettingsReading } from '../../decide/config/read-settings.ts';

export interface LoadDeps {
  /** What `--config` says. Then no other place is looked at. */
  readonly file?: string | undefined;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's home folder. */
  readonly homeDir: string;
  /** Never rejects. */
  readonly readFile: (path: string) => Promise<ConfigFileReading>;
}

/** `missing`: no file at any of the places that were looked at, in this order. */
export type SettingsLoad = SettingsReading | { readonly kind: 'missing'; readonly looked: readonly string[] };

/** `$HOLDFAST_HOME`, default `~/.holdfast`. */
export function findHoldfastHome(deps: Pick<LoadDeps, 'cwd' | 'env' | 'homeDir'>): string {
  const named = deps.env['HOLDFAST_HOME'];
  return named === undefined || named === '' ? join(deps.homeDir, '.holdfast') : resolve(deps.cwd, named);
}

/** The configuration that is the user's own, and not of whatever folder a command is started in. */
export const homeConfigFile = (deps: Pick<LoadDeps, 'cwd' | 'env' | 'homeDir'>): string =>
  join(findHoldfastHome(deps), 'holdfast.toml');

/** Where a configuration is looked for, in order. */
function configCandidates(deps: Pick<LoadDeps, 'file' | 'cwd' | 'env' | 'homeDir'>): readonly string[] {
  if (deps.file !== undefined) return [resolve(deps.cwd, deps.file)];
  return [...new Set([resolve(deps.cwd, 'holdfast.toml'), homeConfigFile(deps)])];
}

/** Finds, reads and checks the configuration. Never rejects: what is wrong comes back as problems. */
export async function loadSettings(deps: LoadDeps): Promise<SettingsLoad> {
  const looked = configCandidates(deps);
  for (const file of looked) {
    const reading = await deps.readFile(file);
    if (reading.kind === 'missing') continue;
    if (reading.kind === 'unreadable') return { kind: 'invalid', problems: [unreadable(file, reading.reason)] };
    // The schema library is loaded only now: commands that need no configuration start without it.
    const { readSettings } = await import('../../decide/config/read-settings.ts');
    const context = { file, homeDir: deps.homeDir, holdfastHome: findHoldfastHome(deps), env: deps.env };
    return readSettings(reading.bytes, context);
  }
  return { kind: 'missing', looked };
}

const unreadable = (file: string, reason: string): ConfigProblem => ({
  severity: 'error',
  code: 'UNREADABLE',
  message: `the configuration cannot be read: ${reason}. Name another file with --config, or correct this one`,
  file,
  line: 0,
  column: 0,
  path: '',
});
