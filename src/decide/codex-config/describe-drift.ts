import type { FileReceipt } from '../../core/edit-receipt.ts';
import type { FileText } from '../../core/user-files.ts';
import { hashText } from './receipt.ts';
import { parseDocument } from './toml/parse-document.ts';
import { renderPath } from './toml/render-value.ts';
import { isTable, type KeyPath, sameData, type TomlTable, type TomlValue, valueAt } from './toml/toml-data.ts';
import { readSource } from './undo-by-key.ts';

export interface FileDrift {
  readonly state: 'as-written' | 'changed-elsewhere' | 'keys-changed' | 'missing' | 'unreadable';
  /** Keys that we wrote and that are not what we wrote any more. Without values, which may be keys. */
  readonly keys: ReadonlyArray<{ readonly key: string; readonly what: 'was removed' | 'was changed' | 'came back' }>;
}

/** What became of a file since our edits of it, the newest receipt first. */
export function describeDrift(text: FileText, receipts: readonly FileReceipt[]): FileDrift {
  const [newest] = receipts;
  if (newest === undefined || hashText(text) === newest.afterHash) return { state: 'as-written', keys: [] };
  if (text === undefined) return { state: 'missing', keys: [] };
  const parsed = parseDocument(text);
  if (parsed.kind === 'broken') return { state: 'unreadable', keys: [] };
  // The newest edit of a key says what it should be.
  const expected = new Map<string, { readonly path: KeyPath; readonly after: string | null }>();
  for (const { path, after } of receipts.flatMap(({ keys }) => keys.toReversed())) {
    const name = renderPath(path);
    if (!expected.has(name)) expected.set(name, { path, after });
  }
  const keys = [...expected.values()].flatMap(({ path, after }) =>
    compare(parsed.document.data, path, after === null ? undefined : readSource(after)),
  );
  return { state: keys.length === 0 ? 'changed-elsewhere' : 'keys-changed', keys };
}

function compare(data: TomlTable, path: KeyPath, wanted: TomlValue | undefined): FileDrift['keys'] {
  const now = valueAt(data, path);
  const key = renderPath(path);
  if (wanted === undefined) return now === undefined ? [] : [{ key, what: 'came back' }];
  if (now === undefined) return [{ key, what: 'was removed' }];
  // Others may have added keys to our table: only ours count.
  if (isTable(wanted) && isTable(now))
    return [...wanted].flatMap(([inner, value]) => compare(data, [...path, inner], value));
  return sameData(now, wanted) ? [] : [{ key, what: 'was changed' }];
}
