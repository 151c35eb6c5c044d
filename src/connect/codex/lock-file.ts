import { link, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { UserFileError } from '../../core/user-files.ts';
import { errorCode, userFileError } from './user-file-error.ts';

export interface LockDeps {
  /** Wall clock, ms since 1970: compared with the modification time of a lock. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** A string that no other process uses at this moment. */
  readonly uniqueName: () => string;
}

/** An edit takes milliseconds, so a lock of this age was left behind by a crash, whatever its process id says. */
const STALE_AFTER_MS = 30_000;
const WAIT_MS = 20_000;
const POLL_MS = 50;

/**
 * Takes the lock `file`; the result frees it. A lock whose owner is dead is taken over. `temporaryPath` names a file
 * beside it that whoever holds the lock may delete.
 */
export async function takeLock(
  file: string,
  lockedPath: string,
  temporaryPath: () => string,
  deps: LockDeps,
): Promise<() => Promise<void>> {
  const mine = JSON.stringify({ pid: process.pid, host: hostname(), token: deps.uniqueName() });
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    if (await createLock(file, mine, lockedPath, temporaryPath())) return () => freeLock(file, mine);
    const stale = await readStale(file, deps);
    if (stale !== undefined) {
      await moveAway(file, stale, deps);
      continue;
    }
    if (waitedMs >= WAIT_MS) throw new UserFileError('LOCKED', lockedPath, { detail: file });
    await deps.sleep(POLL_MS);
  }
}

async function createLock(file: string, content: string, lockedPath: string, temporary: string): Promise<boolean> {
  try {
    await writeFile(temporary, content, { flag: 'wx', mode: 0o600 });
    return await createFilled(file, content, temporary);
  } catch (error) {
    throw userFileError(error, lockedPath, 'WRITE_FAILED');
  } finally {
    await rm(temporary, { force: true }).catch(() => {});
  }
}

/** Names its owner from the first moment: an empty lock, left by a crash, would keep everybody out until it is stale. */
async function createFilled(file: string, content: string, temporary: string): Promise<boolean> {
  try {
    await link(temporary, file);
    return true;
  } catch (error) {
    // Whoever holds the lock may just have cleared the temporary file away.
    if (['EEXIST', 'ENOENT'].includes(errorCode(error))) return false;
  }
  try {
    await writeFile(file, content, { flag: 'wx', mode: 0o600 }); // a file system without hard links
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    await rm(file, { force: true }).catch(() => {}); // created but not filled: the disk is full
    throw error;
  }
}

/** Content of a lock that nobody holds any more; `undefined` when it is held, or was just freed. */
async function readStale(file: string, deps: LockDeps): Promise<string | undefined> {
  try {
    const content = await readFile(file, 'utf8');
    const ageMs = deps.now() - (await stat(file)).mtimeMs;
    if (ageMs > STALE_AFTER_MS) return content;
    const owner: unknown = JSON.parse(content);
    if (typeof owner !== 'object' || owner === null || !('pid' in owner) || !('host' in owner)) return undefined;
    const isDead = owner.host === hostname() && typeof owner.pid === 'number' && !isAlive(owner.pid);
    return isDead ? content : undefined;
  } catch {
    return undefined; // just freed, or just being written: look again
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/** Two instances may find the same stale lock. The slower one must not take the new lock of the faster one away. */
async function moveAway(file: string, stale: string, deps: LockDeps): Promise<void> {
  const aside = `${file}.${deps.uniqueName()}`;
  try {
    await rename(file, aside);
    if ((await readFile(aside, 'utf8')) !== stale) await link(aside, file);
  } catch {
  } finally {
    await rm(aside, { force: true });
  }
}

async function freeLock(file: string, mine: string): Promise<void> {
  try {
    if ((await readFile(file, 'utf8')) === mine) await rm(file, { force: true });
  } catch {} // it was taken over as stale: not ours any more
}
