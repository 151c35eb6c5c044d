import { chmod, chown, link, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type FileChange, type FileText, UserFileError } from '../../core/user-files.ts';
import { type LockDeps, takeLock } from './lock-file.ts';
import { type ResolvedPath, resolveUserPath } from './resolve-user-path.ts';
import { errorCode, userFileError } from './user-file-error.ts';

/** The moments of a write at which a crash must leave the old or the new file. */
export const WRITE_STEPS = [
  'resolved',
  'locked',
  'read',
  'temporary-created',
  'temporary-written',
  'temporary-synced',
  're-read',
  'receipt-stored',
  'committed',
  'folder-synced',
] as const;

export type WriteStep = (typeof WRITE_STEPS)[number];

export interface EditFileDeps extends LockDeps {
  /** Called after each step; tests kill the process or change the file here. */
  readonly onStep?: (step: WriteStep) => void | Promise<void>;
}

const MAX_BYTES = 16 * 1024 * 1024;
/** How often a file may change under our hands before we give up. */
const MAX_ROUNDS = 5;

/** See `UserFiles.edit`. */
export async function editUserFile(
  path: string,
  compute: (text: FileText) => FileText,
  beforeCommit: ((change: FileChange) => Promise<void>) | undefined,
  deps: EditFileDeps,
): Promise<FileChange | undefined> {
  const resolved = await resolveUserPath(path);
  await deps.onStep?.('resolved');
  // No lock and no write permission are needed to find out that there is nothing to do.
  const seen = await readUserFile(path);
  if (compute(seen) === seen) return undefined;
  refuseReadOnly(path, resolved);
  const lockTemporary = (): string => temporaryPath(resolved.realPath, deps.uniqueName());
  const unlock = await takeLock(`${resolved.realPath}.holdfast-lock`, path, lockTemporary, deps);
  try {
    await deps.onStep?.('locked');
    await removeLeftovers(resolved.realPath);
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const before = await readUserFile(path);
      await deps.onStep?.('read');
      const after = compute(before);
      if (after === before) return undefined;
      const change: FileChange = { path, realPath: resolved.realPath, before, after };
      if (await commitChange(change, resolved, beforeCommit, deps)) return change;
    }
    throw new UserFileError('CHANGED_MEANWHILE', path);
  } finally {
    await unlock();
  }
}

/** Text of a file, or `undefined` when it, or its folder, does not exist. */
export async function readUserFile(path: string): Promise<FileText> {
  const resolved = await resolveUserPath(path).catch((error: unknown) => {
    if (error instanceof UserFileError && error.problem === 'MISSING_FOLDER') return undefined;
    throw error;
  });
  if (resolved?.size === undefined) return undefined;
  if (resolved.size > MAX_BYTES) throw new UserFileError('TOO_LARGE', path);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(resolved.realPath);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw userFileError(error, path, 'UNREADABLE');
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new UserFileError('NOT_UTF8', path, { cause: error });
  }
}

/** A rename would replace a file without write permission all the same, and root may write anything: the user's wish counts. */
function refuseReadOnly(path: string, resolved: ResolvedPath): void {
  if (resolved.mode !== undefined && (resolved.mode & 0o222) === 0) throw new UserFileError('READ_ONLY', path);
}

/** False when the file is no longer what it was: nothing was written. */
async function commitChange(
  change: FileChange,
  resolved: ResolvedPath,
  beforeCommit: ((change: FileChange) => Promise<void>) | undefined,
  deps: EditFileDeps,
): Promise<boolean> {
  const temporary = temporaryPath(change.realPath, deps.uniqueName());
  try {
    if (change.after !== undefined) await writeTemporary(temporary, change.after, resolved, deps);
    if ((await readUserFile(change.path)) !== change.before) return false;
    await deps.onStep?.('re-read');
    await beforeCommit?.(change);
    // That took a while on a slow disk.
    if (beforeCommit !== undefined && (await readUserFile(change.path)) !== change.before) return false;
    await deps.onStep?.('receipt-stored');
    if (change.after === undefined) await rm(change.realPath);
    else if (change.before !== undefined) await rename(temporary, change.realPath);
    else if (!(await createFrom(temporary, change.realPath))) return false;
    await deps.onStep?.('committed');
    await syncFolder(dirname(change.realPath));
    await deps.onStep?.('folder-synced');
    return true;
  } catch (error) {
    throw userFileError(error, change.path, 'WRITE_FAILED');
  } finally {
    await rm(temporary, { force: true }).catch(() => {});
  }
}

/** Unlike a rename, a link never replaces a file that another program created meanwhile. */
async function createFrom(temporary: string, realPath: string): Promise<boolean> {
  try {
    await link(temporary, realPath);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    await rename(temporary, realPath); // a file system without hard links
  }
  return true;
}

async function writeTemporary(
  temporary: string,
  text: string,
  resolved: ResolvedPath,
  deps: EditFileDeps,
): Promise<void> {
  // A new file may hold commands that print keys, so it is the user's alone, as Codex's own files are.
  const mode = resolved.mode ?? 0o600;
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await deps.onStep?.('temporary-created');
    await handle.writeFile(text);
    await deps.onStep?.('temporary-written');
    await handle.sync();
    await deps.onStep?.('temporary-synced');
  } finally {
    await handle.close();
  }
  if (resolved.owner !== undefined) await chown(temporary, resolved.owner.uid, resolved.owner.gid).catch(() => {}); // only root may
  await chmod(temporary, mode); // after chown, which clears special bits; open() alone would apply the umask
}

const temporaryPrefix = (realPath: string): string => `.${basename(realPath)}.holdfast-tmp-`;
const temporaryPath = (realPath: string, unique: string): string =>
  join(dirname(realPath), `${temporaryPrefix(realPath)}${unique}`);

/** Under the lock, a temporary file of ours was left behind by a crash, or is of one who waits and makes another. */
async function removeLeftovers(realPath: string): Promise<void> {
  const folder = dirname(realPath);
  for (const name of await readdir(folder)) {
    if (name.startsWith(temporaryPrefix(realPath))) await rm(join(folder, name), { force: true });
  }
}

/** Makes the rename itself durable. Not every system can: the file is whole either way. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {}
}
