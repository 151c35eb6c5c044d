import {
  isPath,
  startsWithPath,
  type TextRange,
  type TomlDocument,
  type TomlEntry,
  type TomlHeader,
} from './parse-document.ts';
import type { KeyPath } from './toml-data.ts';

/** How a table is written, which decides where a new key of it goes. */
export type TablePlace =
  | { readonly kind: 'root'; readonly after: TomlEntry | undefined }
  | { readonly kind: 'header'; readonly header: TomlHeader; readonly after: TomlEntry | undefined }
  | { readonly kind: 'inline'; readonly entry: TomlEntry }
  /** By dotted keys such as `a.b = 1`: `after` is the last of them, `prefix` the text of its leading keys. */
  | { readonly kind: 'dotted'; readonly after: TomlEntry; readonly prefix: string }
  /** Only through its sub-tables: `[a.b]` makes `a`. */
  | { readonly kind: 'implied' }
  | { readonly kind: 'absent' };

/** Every entry, those of inline tables included, outermost first. */
export function* allEntries(entries: readonly TomlEntry[]): Generator<TomlEntry> {
  for (const entry of entries) {
    yield entry;
    if (entry.children !== undefined) yield* allEntries(entry.children);
  }
}

/** The entry that gives `path` its value. */
export function findEntry(document: TomlDocument, path: KeyPath): TomlEntry | undefined {
  for (const entry of allEntries(document.entries)) if (isPath(entry.path, path)) return entry;
  return undefined;
}

export function findTable(document: TomlDocument, path: KeyPath): TablePlace {
  if (path.length === 0) return { kind: 'root', after: document.entries.findLast((entry) => entry.header === -1) };
  const entry = findEntry(document, path);
  if (entry?.children !== undefined) return { kind: 'inline', entry };
  const index = document.headers.findIndex((header) => isPath(header.path, path));
  const header = document.headers[index];
  if (header !== undefined) {
    return { kind: 'header', header, after: document.entries.findLast((candidate) => candidate.header === index) };
  }
  const dotted = findDotted(document, path);
  if (dotted !== undefined) return dotted;
  const isImplied = document.headers.some((candidate) => startsWithPath(candidate.path, path));
  return { kind: isImplied ? 'implied' : 'absent' };
}

function findDotted(document: TomlDocument, path: KeyPath): TablePlace | undefined {
  const entries = [...allEntries(document.entries)];
  const after = entries.findLast(
    (entry) => startsWithPath(entry.path, path) && entry.path.length - entry.ownKeys < path.length,
  );
  if (after === undefined || after.path.length === path.length) return undefined;
  const leading = path.length - (after.path.length - after.ownKeys);
  const last: TextRange | undefined = after.keyRanges[leading - 1];
  if (last === undefined) return undefined;
  return { kind: 'dotted', after, prefix: document.text.slice(after.start, last.end) };
}

/** The whole line or lines of a range, with the line break that ends them. */
export function wholeLines(text: string, range: TextRange): TextRange {
  return { start: lineStart(text, range.start), end: lineEnd(text, range.end) };
}

export const lineStart = (text: string, offset: number): number => {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  return start === 0 && text.startsWith('\uFEFF') ? 1 : start;
};

/** After the line break, or the end of a text that has none. */
export const lineEnd = (text: string, offset: number): number => {
  const end = text.indexOf('\n', offset);
  return end === -1 ? text.length : end + 1;
};
