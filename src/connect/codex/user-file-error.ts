import { UserFileError, type UserFileProblem } from '../../core/user-files.ts';

const PROBLEM_OF_CODE: Readonly<Record<string, UserFileProblem>> = {
  EACCES: 'READ_ONLY',
  EPERM: 'READ_ONLY',
  EROFS: 'READ_ONLY',
  ENOSPC: 'NO_SPACE',
  EDQUOT: 'NO_SPACE',
  EFBIG: 'NO_SPACE',
  ELOOP: 'SYMLINK_LOOP',
  EISDIR: 'NOT_A_FILE',
};

/** The system's error code, e.g. `ENOENT`; empty when there is none. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Puts a system error into the words of UserFileError; one that is already such passes unchanged. */
export function userFileError(error: unknown, path: string, otherwise: UserFileProblem): UserFileError {
  if (error instanceof UserFileError) return error;
  const code = errorCode(error);
  const mapped = PROBLEM_OF_CODE[code];
  // A file that may not be read is not "read-only".
  const problem = mapped === 'READ_ONLY' && otherwise === 'UNREADABLE' ? 'UNREADABLE' : (mapped ?? otherwise);
  return new UserFileError(problem, path, { cause: error, detail: code === '' ? undefined : code });
}
