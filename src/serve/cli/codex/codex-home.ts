import { join, resolve } from 'node:path';
import type { CliDeps } from '../cli-deps.ts';
import type { CodexDeps } from './codex-deps.ts';

/** Codex's folder: `--codex-home`, else `CODEX_HOME`, else `~/.codex`. Absolute. */
export function findCodexHome(option: string | undefined, cli: CliDeps, deps: CodexDeps): string {
  const named = option ?? cli.env.CODEX_HOME;
  return named === undefined || named === '' ? deps.defaultCodexHome : resolve(cli.cwd, named);
}

export const configFile = (codexHome: string): string => join(codexHome, 'config.toml');

export const profileFile = (codexHome: string, profile: string): string => join(codexHome, `${profile}.config.toml`);

/** The same option in every command. */
export const CODEX_HOME_OPTION = [
  '--codex-home <folder>',
  "Codex's folder (default: CODEX_HOME, else ~/.codex)",
] as const;
