/** Files that belong to the user (design P8): they are either fully edited or untouched. */

/** Why a user's file was left as it was. */
export const USER_FILE_PROBLEMS = {
  MISSING_FOLDER: 'its folder does not exist',
  NOT_A_FILE: 'it is not a regular file',
  SYMLINK_LOOP: 'its symbolic links lead in a circle',
  READ_ONLY: 'it may not be written',
  NOT_UTF8: 'it is not UTF-8 text',
  TOO_LARGE: 'it is larger than 16 MiB',
  NO_SPACE: 'the disk is full',
  LOCKED: 'another Holdfast is editing it',
  CHANGED_MEANWHILE: 'another program keeps changing it',
  UNREADABLE: 'it cannot be read',
  WRITE_FAILED: 'writing failed',
} as const;

export type UserFileProblem = keyof typeof USER_FILE_PROBLEMS;

/** A user's file could not be read or edited. Holds its path and never its content. */
export class UserFileError extends Error {
  readonly problem: UserFileProblem;
  readonly path: string;

  constructor(
    problem: UserFileProblem,
    path: string,
    options?: { readonly cause?: unknown; readonly detail?: string | undefined },
  ) {
    const detail = options?.detail === undefined ? '' : ` (${options.detail})`;
    super(`${path}: ${USER_FILE_PROBLEMS[problem]}${detail}`, options);
    this.name = 'UserFileError';
    this.problem = problem;
    this.path = path;
  }
}

/** Text of a file, or `undefined` for a file that does not exist. A byte-order mark stays part of the text. */
export type FileText = string | undefined;

/** One file before and after an edit. */
export interface FileChange {
  /** As the caller named it. */
  readonly path: string;
  /** After symbolic links. */
  readonly realPath: string;
  readonly before: FileText;
  readonly after: FileText;
}

export interface UserFiles {
  /** Rejects with UserFileError. */
  readonly read: (path: string) => Promise<FileText>;
  /** Names of the entries of a folder, sorted; empty if there is none. */
  readonly list: (folder: string) => Promise<readonly string[]>;
  /**
   * Replaces a file atomically: symbolic links are followed, the mode is kept, a lock keeps other instances out.
   * `compute` gets the present text; its result is written, `undefined` deletes. It runs again when another program
   * changed the file meanwhile. `beforeCommit` runs under the lock when everything but the last rename is done: what
   * it stores survives a crash that comes after. Resolves to `undefined` when nothing had to change.
   */
  readonly edit: (
    path: string,
    compute: (text: FileText) => FileText,
    beforeCommit?: (change: FileChange) => Promise<void>,
  ) => Promise<FileChange | undefined>;
}

/** A file of Holdfast's own: its folder is made when it is first written. */
export interface OwnFile {
  readonly read: () => Promise<FileText>;
  readonly edit: (compute: (text: FileText) => FileText) => Promise<void>;
}
