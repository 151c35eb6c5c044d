import type { EditReceipt, FileReceipt } from '../../../core/edit-receipt.ts';
import type { FileChange, FileText } from '../../../core/user-files.ts';
import { type Edited, makeFileReceipt } from '../../../decide/codex-config/receipt.ts';
import type { CodexDeps } from './codex-deps.ts';

/** An edit of one file, worked out again whenever the file turns out to have changed. */
export interface PlannedEdit {
  readonly path: string;
  readonly edit: (text: FileText) => Edited;
}

export interface AppliedEdits {
  readonly changes: readonly FileChange[];
  /** Under which they can be taken back; absent when nothing changed. */
  readonly receiptId: string | undefined;
}

/**
 * Carries out edits in order, each atomic. The receipt is stored before each file is replaced, so that an edit that
 * happened can always be taken back. Resolves to what changed; `changes` is empty when everything was already so.
 */
export async function applyEdits(
  command: string,
  edits: readonly PlannedEdit[],
  deps: Pick<CodexDeps, 'files' | 'receipts' | 'now' | 'uniqueName'>,
): Promise<AppliedEdits> {
  const atMs = deps.now();
  const id = `${new Date(atMs).toISOString().replace(/[-:.]/g, '')}-${deps.uniqueName()}`;
  const changes: FileChange[] = [];
  const files: FileReceipt[] = [];
  for (const planned of edits) {
    let edited: Edited | undefined;
    const change = await deps.files.edit(
      planned.path,
      (text) => {
        edited = planned.edit(text);
        return edited.text;
      },
      async (pending) => {
        if (edited === undefined) return;
        const all = [...files, makeFileReceipt(pending, edited)];
        const receipt: EditReceipt = { version: 1, id, atMs, command, files: all, isUndone: false };
        await deps.receipts.save(id, JSON.stringify(receipt));
      },
    );
    if (change === undefined || edited === undefined) continue;
    files.push(makeFileReceipt(change, edited));
    changes.push(change);
  }
  return { changes, receiptId: changes.length === 0 ? undefined : id };
}

/** What `--dry-run` shows: the same edits, carried out on nothing. Several edits of one file are shown as one. */
export async function previewEdits(
  edits: readonly PlannedEdit[],
  deps: Pick<CodexDeps, 'files'>,
): Promise<readonly Omit<FileChange, 'realPath'>[]> {
  const seen = new Map<string, { readonly before: FileText; readonly after: FileText }>();
  for (const { path, edit } of edits) {
    const earlier = seen.get(path);
    const before = earlier === undefined ? await deps.files.read(path) : earlier.before;
    const after = edit(earlier === undefined ? before : earlier.after).text;
    seen.set(path, { before, after });
  }
  return [...seen].flatMap(([path, { before, after }]) => (before === after ? [] : [{ path, before, after }]));
}
