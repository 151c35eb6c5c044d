import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReceiptStore } from '../../core/edit-receipt.ts';
import { type EditFileDeps, editUserFile } from './edit-user-file.ts';

/** Receipts that are kept; older ones are deleted, and with them the way back beyond that many edits. */
const KEPT = 200;
const SUFFIX = '.json';

/** Keeps receipts as files of the user alone: a replaced value may be a key. */
export function createReceiptStore(folder: string, deps: EditFileDeps): ReceiptStore {
  const names = async (): Promise<string[]> => {
    const all = await readdir(folder).catch(() => []);
    return all
      .filter((name) => name.endsWith(SUFFIX))
      .toSorted()
      .toReversed();
  };
  return {
    save: async (id, content) => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await editUserFile(join(folder, `${id}${SUFFIX}`), () => content, undefined, deps);
      for (const name of (await names()).slice(KEPT)) await rm(join(folder, name), { force: true });
    },
    list: async () => {
      const found: { id: string; content: string }[] = [];
      for (const name of await names()) {
        const content = await readFile(join(folder, name), 'utf8').catch(() => undefined);
        if (content !== undefined) found.push({ id: name.slice(0, -SUFFIX.length), content });
      }
      return found;
    },
  };
}
