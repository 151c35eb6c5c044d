import type { FileReceipt } from '../../core/edit-receipt.ts';
import type { FileText } from '../../core/user-files.ts';
import { type Edited, undoExactly } from './receipt.ts';
import { parseDocument } from './toml/parse-document.ts';
import { undoByKey } from './undo-by-key.ts';

export type UndoneFile =
  | {
      readonly kind: 'undone';
      readonly edited: Edited;
      /** True when the file is byte for byte what it was before. */
      readonly isExact: boolean;
      /** Keys that somebody changed since, and that stay. */
      readonly kept: readonly string[];
    }
  | { readonly kind: 'refused'; readonly reason: string };

/** Takes one edit of a file back: exactly if nobody touched the file since, else key by key. */
export function undoFile(text: FileText, receipt: FileReceipt): UndoneFile {
  const exact = undoExactly(text, receipt);
  const unchanged: Edited = { text, splices: [], keys: [] };
  if (exact.kind === 'nothing-to-do') return { kind: 'undone', edited: unchanged, isExact: true, kept: [] };
  if (exact.kind === 'exact') {
    const splices = receipt.splices
      .toReversed()
      .map(({ at, removed, inserted }) => ({ at, removed: inserted, inserted: removed }));
    const keys = receipt.keys.toReversed().map(({ path, before, after }) => ({ path, before: after, after: before }));
    return { kind: 'undone', edited: { text: exact.text, splices, keys }, isExact: true, kept: [] };
  }
  // Deleted since: what we had put there is gone already, and what we had taken away was not missed.
  if (text === undefined) return { kind: 'undone', edited: unchanged, isExact: false, kept: [] };
  const { result, kept } = undoByKey(text, receipt);
  if (result.kind === 'refused') return { kind: 'refused', reason: result.reason };
  const isOurs = receipt.beforeHash === null && isLeftover(result.text, receipt);
  if (!isOurs) return { kind: 'undone', edited: result, isExact: false, kept };
  const splices = [...result.splices, { at: 0, removed: result.text ?? '', inserted: '' }];
  return { kind: 'undone', edited: { text: undefined, splices, keys: result.keys }, isExact: false, kept };
}

/** A file that we created and that says nothing any more, except in our own comments. */
function isLeftover(text: FileText, receipt: FileReceipt): boolean {
  const parsed = parseDocument(text ?? '');
  if (parsed.kind === 'broken' || parsed.document.data.size > 0) return false;
  const ours = new Set(receipt.splices.flatMap(({ inserted }) => inserted.split('\n').map((line) => line.trim())));
  return (text ?? '').split('\n').every((line) => line.trim() === '' || ours.has(line.trim()));
}
