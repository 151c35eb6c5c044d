import { lstat, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { UserFileError } from '../../core/user-files.ts';
import { errorCode, userFileError } from './user-file-error.ts';

/** Linux follows at most 40 links. */
const MAX_LINKS = 40;

export interface ResolvedPath {
  /** What a write must replace: never a symbolic link itself. */
  readonly realPath: string;
  /** Absent when the file does not exist yet. */
  readonly mode?: number;
  readonly owner?: { readonly uid: number; readonly gid: number };
  readonly size?: number;
}

/** Follows symbolic links, also to a file that does not exist yet. The folder must exist. */
export async function resolveUserPath(path: string): Promise<ResolvedPath> {
  let current = resolve(path);
  for (let links = 0; links <= MAX_LINKS; links += 1) {
    let folder: string;
    try {
      folder = await realpath(dirname(current));
      if (!(await stat(folder)).isDirectory()) throw new UserFileError('MISSING_FOLDER', path);
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) {
        throw new UserFileError('MISSING_FOLDER', path, { cause: error, detail: dirname(current) });
      }
      throw userFileError(error, path, 'UNREADABLE');
    }
    current = join(folder, basename(current));
    try {
      const found = await lstat(current);
      if (found.isFile()) {
        const owner = { uid: found.uid, gid: found.gid };
        return { realPath: current, mode: found.mode & 0o7777, owner, size: found.size };
      }
      if (!found.isSymbolicLink()) throw new UserFileError('NOT_A_FILE', path);
      current = resolve(folder, await readlink(current));
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return { realPath: current };
      throw userFileError(error, path, 'UNREADABLE');
    }
  }
  throw new UserFileError('SYMLINK_LOOP', path);
}
