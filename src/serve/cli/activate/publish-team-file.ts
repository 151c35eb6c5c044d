import { dirname, join, resolve } from 'node:path';
import type { ActivationRecord } from '../../../decide/codex-config/activation/activation-journal.ts';
import {
  parseTeamFile,
  renderTeamFile,
  TEAM_FILE_NAME,
  type TeamActivation,
} from '../../../decide/codex-config/activation/team-file.ts';
import type { CliDeps } from '../cli-deps.ts';
import { refuseClearly } from '../codex/run-edits.ts';
import type { ActivateDeps } from './activate-deps.ts';

/** The file itself, or the usual file in a folder. */
export async function teamFilePath(path: string, cli: CliDeps, deps: Pick<ActivateDeps, 'files'>): Promise<string> {
  const full = resolve(cli.cwd, path);
  const isFolder = !full.endsWith('.json') || (await deps.files.list(full)).length > 0;
  return isFolder ? join(full, TEAM_FILE_NAME) : full;
}

/** Tells the team: who follows the file does the same. */
export async function publishTeamFile(
  path: string,
  record: ActivationRecord,
  isActive: boolean,
  cli: CliDeps,
  deps: Pick<ActivateDeps, 'files'>,
): Promise<{ readonly path: string; readonly hints: readonly string[] }> {
  const file = await teamFilePath(path, cli, deps);
  const prefix = record.kind === 'gateway-target' ? 'gateway' : record.kind;
  const activation: TeamActivation = {
    version: 1,
    isActive,
    target: `${prefix}:${record.target}`,
    by: record.by,
    reason: record.reason,
    at: new Date(record.atMs).toISOString(),
    expiresAt: record.expiresAtMs === null ? null : new Date(record.expiresAtMs).toISOString(),
  };
  return await write(file, path, activation, deps);
}

/** Ends what somebody else has published, from a machine on which nothing is active. `undefined`: it is ended already. */
export async function endTeamFile(
  path: string,
  reason: string | undefined,
  cli: CliDeps,
  deps: Pick<ActivateDeps, 'files' | 'now' | 'who'>,
): Promise<{ readonly path: string; readonly hints: readonly string[] } | undefined> {
  const file = await teamFilePath(path, cli, deps);
  const text = await refuseClearly(() => deps.files.read(file));
  const team = text === undefined ? undefined : parseTeamFile(text);
  if (team === undefined || !team.isActive) return undefined;
  const at = new Date(deps.now()).toISOString();
  const ended = { ...team, isActive: false, by: deps.who, reason: reason ?? null, at, expiresAt: null };
  return await write(file, path, ended, deps);
}

async function write(
  file: string,
  path: string,
  activation: TeamActivation,
  deps: Pick<ActivateDeps, 'files'>,
): Promise<{ readonly path: string; readonly hints: readonly string[] }> {
  const { isActive, target } = activation;
  await refuseClearly(() => deps.files.edit(file, () => renderTeamFile(activation)));
  const repository = await findRepository(dirname(file), deps);
  const commit = `git -C ${dirname(file)} commit -m "${isActive ? 'activate' : 'deactivate'} ${target}" -- ${file} && git -C ${dirname(file)} push`;
  const share = repository ? [`Share it: git -C ${dirname(file)} add ${file} && ${commit}`] : [];
  return {
    path: file,
    hints: [`Published to ${file}. Others follow it with: holdfast activate --follow ${path}`, ...share],
  };
}

async function findRepository(folder: string, deps: Pick<ActivateDeps, 'files'>): Promise<boolean> {
  for (let current = folder; ; current = dirname(current)) {
    const names = await deps.files.list(current).catch((): readonly string[] => []);
    if (names.includes('.git')) return true;
    if (dirname(current) === current) return false;
  }
}
