import type { Splice } from '../../../core/edit-receipt.ts';
import { lineEnd, lineStart, wholeLines } from './find-place.ts';
import { startsWithPath, type TextRange, type TomlDocument, type TomlEntry } from './parse-document.ts';
import type { KeyPath } from './toml-data.ts';

/** Deletes whatever gives `path` a value: lines, whole tables, and entries of inline tables. Last one first. */
export function removeSplices(
  document: TomlDocument,
  operation: { readonly path: KeyPath; readonly ownLines?: readonly string[] },
): readonly Splice[] {
  const { path, ownLines } = operation;
  const ranges: TextRange[] = [];
  document.headers.forEach((header, index) => {
    if (startsWithPath(header.path, path)) ranges.push(...tableRanges(document, index, ownLines));
  });
  for (const entry of document.entries) {
    const isInRemovedTable = startsWithPath(document.headers[entry.header]?.path ?? [], path);
    if (!isInRemovedTable && startsWithPath(entry.path, path)) ranges.push(linesOf(document.text, entry, ownLines));
    else if (!isInRemovedTable && entry.children !== undefined)
      ranges.push(...inlineRanges(document.text, entry, path));
  }
  return mergeRanges(ranges)
    .toReversed()
    .map(({ start, end }) => ({ at: start, removed: document.text.slice(start, end), inserted: '' }));
}

/** Lines from the header to the last entry of a table, without the comments that stay. */
function tableRanges(
  document: TomlDocument,
  index: number,
  ownLines: readonly string[] | undefined,
): readonly TextRange[] {
  const { text } = document;
  const header = document.headers[index];
  if (header === undefined) return [];
  const entries = document.entries.filter((entry) => entry.header === index);
  const whole = { start: lineStart(text, header.start), end: lineEnd(text, entries.at(-1)?.end ?? header.end) };
  if (ownLines === undefined) return [withBlankLine(text, whole)];
  const own = asSet(ownLines);
  const ranges = [wholeLines(text, header), ...entries.map((entry) => wholeLines(text, entry))];
  for (let at = whole.start; at < whole.end; at = lineEnd(text, at)) {
    const line = { start: at, end: lineEnd(text, at) };
    if (own.has(text.slice(line.start, line.end).trim())) ranges.push(line);
  }
  const merged = mergeRanges(ranges);
  const [only] = merged;
  return only !== undefined && merged.length === 1 ? [withBlankLine(text, only)] : merged;
}

/** The lines of an entry, with those of our own comments that stand right above it. */
function linesOf(text: string, entry: TomlEntry, ownLines: readonly string[] | undefined): TextRange {
  const own = asSet(ownLines ?? []);
  const { end } = wholeLines(text, entry);
  let { start } = wholeLines(text, entry);
  while (start > 0) {
    const above = lineStart(text, start - 1);
    if (above === start || !own.has(text.slice(above, start).trim())) break;
    start = above;
  }
  return { start, end };
}

const asSet = (lines: readonly string[]): ReadonlySet<string> => new Set(lines.map((line) => line.trim()));

/** With the blank line that separated the table, so that no two stay behind. */
function withBlankLine(text: string, range: TextRange): TextRange {
  const before = lineStart(text, range.start - 1);
  const isBlankBefore = range.start === 0 || text.slice(before, range.start).trim() === '';
  const after = lineEnd(text, range.end);
  if (range.end < text.length && isBlankBefore && text.slice(range.end, after).trim() === '') {
    return { start: range.start, end: after };
  }
  return range.end === text.length && isBlankBefore && before > 0 ? { start: before, end: range.end } : range;
}

/** Entries of an inline table, each with one comma. */
function inlineRanges(text: string, table: TomlEntry, path: KeyPath): readonly TextRange[] {
  const children = table.children ?? [];
  const kept = children.filter((child) => !startsWithPath(child.path, path));
  if (kept.length === children.length) return children.flatMap((child) => inlineRanges(text, child, path));
  if (kept.length === 0) return [{ start: table.valueRange.start + 1, end: table.valueRange.end - 1 }];
  const firstKept = kept[0];
  return children.flatMap((child, index) => {
    if (kept.includes(child)) return [];
    const previous = children[index - 1];
    const next = children[index + 1];
    // Before the first one that stays, a comma follows; after it, a comma precedes.
    if (firstKept !== undefined && child.start < firstKept.start && next !== undefined) {
      return [{ start: child.start, end: next.start }];
    }
    return previous === undefined ? [] : [{ start: previous.end, end: child.end }];
  });
}

function mergeRanges(ranges: readonly TextRange[]): readonly TextRange[] {
  const merged: TextRange[] = [];
  for (const range of ranges.toSorted((left, right) => left.start - right.start)) {
    const last = merged.at(-1);
    if (last !== undefined && range.start <= last.end) {
      merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, range.end) };
    } else merged.push(range);
  }
  return merged;
}
