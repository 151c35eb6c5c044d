import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { OwnFile } from '../../core/user-files.ts';
import { type EditFileDeps, editUserFile, readUserFile } from './edit-user-file.ts';

export function createOwnFile(path: string, deps: EditFileDeps): OwnFile {
  return {
    read: () => readUserFile(path),
    edit: async (compute) => {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await editUserFile(path, compute, undefined, deps);
    },
  };
}
