import type { Splice } from '../../../core/edit-receipt.ts';
import { allEntries } from './find-place.ts';
import { startsWithPath, type TextRange, type TomlDocument } from './parse-document.ts';
import { renderKey } from './render-value.ts';
import type { KeyPath } from './toml-data.ts';

/** Replaces the last key of `path` in every header and entry that spells it out. Last one first. */
export function renameSplices(
  document: TomlDocument,
  operation: { readonly path: KeyPath; readonly to: string },
): readonly Splice[] {
  const { path, to } = operation;
  const ranges: TextRange[] = [];
  for (const header of document.headers) {
    if (!startsWithPath(header.path, path)) continue;
    // Positions in arrays of tables are not spelled out; before the end of `path` there are none.
    const range = header.keyRanges[path.length - 1];
    if (range !== undefined) ranges.push(range);
  }
  for (const entry of allEntries(document.entries)) {
    const inherited = entry.path.length - entry.ownKeys;
    if (!startsWithPath(entry.path, path) || inherited >= path.length) continue;
    const range = entry.keyRanges[path.length - 1 - inherited];
    if (range !== undefined) ranges.push(range);
  }
  return ranges
    .toSorted((left, right) => right.start - left.start)
    .map(({ start, end }) => ({ at: start, removed: document.text.slice(start, end), inserted: renderKey(to) }));
}
