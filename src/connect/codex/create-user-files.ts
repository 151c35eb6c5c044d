import { readdir } from 'node:fs/promises';
import type { UserFiles } from '../../core/user-files.ts';
import { type EditFileDeps, editUserFile, readUserFile } from './edit-user-file.ts';
import { errorCode, userFileError } from './user-file-error.ts';

export function createUserFiles(deps: EditFileDeps): UserFiles {
  return {
    read: readUserFile,
    list: async (folder) => {
      try {
        return (await readdir(folder)).toSorted();
      } catch (error) {
        if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return [];
        throw userFileError(error, folder, 'UNREADABLE');
      }
    },
    edit: (path, compute, beforeCommit) => editUserFile(path, compute, beforeCommit, deps),
  };
}
