import type { Splice } from '../../../core/edit-receipt.ts';
import { type EditOperation, replaceIn, type TableLine } from './edit-operation.ts';
import { findEntry, findTable, lineEnd, lineStart, type TablePlace } from './find-place.ts';
import type { TomlDocument, TomlEntry } from './parse-document.ts';
import { removeSplices } from './remove-entries.ts';
import { renameSplices } from './rename-key.ts';
import { renderEntry, renderKey, renderPath, renderValue } from './render-value.ts';
import { type KeyPath, type TomlValue, toTomlTable, toTomlValue } from './toml-data.ts';

/** Splices in the order in which they are made, each against the result of the one before. */
export type Candidate = readonly Splice[];

/**
 * Ways to write an operation into a text, the best first. Some layouts forbid some of them, which only reading the
 * result again can tell: the caller takes the first whose data is as intended.
 */
export function placeOperation(document: TomlDocument, operation: EditOperation): readonly Candidate[] {
  switch (operation.kind) {
    case 'set':
      return placeSet(document, operation.path, toTomlValue(operation.value), operation.source);
    case 'add-table':
      return placeTable(document, operation.path, operation.lines);
    case 'remove':
      return [removeSplices(document, operation)];
    case 'rename':
      return [renameSplices(document, operation)];
  }
}

function placeSet(
  document: TomlDocument,
  path: KeyPath,
  value: TomlValue,
  source: string | undefined,
): readonly Candidate[] {
  const entry = findEntry(document, path);
  if (entry !== undefined) {
    const { start, end } = entry.valueRange;
    return [[{ at: start, removed: document.text.slice(start, end), inserted: source ?? renderValue(value) }]];
  }
  const inArray = replaceArray(document, path, value);
  if (inArray !== undefined) return [inArray];
  const key = path.at(-1);
  if (typeof key !== 'string') return [];
  const parent = path.slice(0, -1);
  const place = findTable(document, parent);
  if (place.kind !== 'implied' && place.kind !== 'absent') return insertEntry(document, place, key, value, source);
  const outer = nearestPlace(document, parent);
  const nested = nest(parent.slice(outer.depth), new Map([[key, value]]));
  const asInline = insertNested(document, outer, parent, nested);
  if (outer.place.kind === 'inline') return asInline;
  const line = `${renderKey(key)} = ${source ?? renderValue(value)}`;
  return [appendBlock(document, [`[${renderPath(parent)}]`, line]), ...asInline];
}

function placeTable(document: TomlDocument, path: KeyPath, lines: readonly TableLine[]): readonly Candidate[] {
  const outer = nearestPlace(document, path);
  const table = toTomlTable(Object.fromEntries(lines.map(({ key, value }) => [key, value])));
  const asInline = insertNested(document, outer, path, nest(path.slice(outer.depth), table));
  if (outer.place.kind === 'inline') return asInline;
  return [appendBlock(document, [`[${renderPath(path)}]`, ...renderLines(lines)]), ...asInline];
}

/** An array that is written as a value is written anew, with its one changed element. */
function replaceArray(document: TomlDocument, path: KeyPath, value: TomlValue): Candidate | undefined {
  for (let depth = path.length - 1; depth > 0; depth -= 1) {
    const entry = typeof path[depth] === 'number' ? findEntry(document, path.slice(0, depth)) : undefined;
    if (entry === undefined) continue;
    const { start, end } = entry.valueRange;
    const inserted = renderValue(replaceIn(entry.value, path.slice(depth), value));
    return [{ at: start, removed: document.text.slice(start, end), inserted }];
  }
  return undefined;
}

/** Lines of a table's body. */
export const renderLines = (lines: readonly TableLine[]): readonly string[] =>
  lines.flatMap(({ comment, key, value }) => {
    const entry = renderEntry(key, toTomlValue(value));
    return comment === undefined ? [entry] : [`# ${comment}`, entry];
  });

/** The innermost table on the way to `path` into which a key can be written. */
function nearestPlace(document: TomlDocument, path: KeyPath): { readonly place: TablePlace; readonly depth: number } {
  for (let depth = path.length - 1; depth > 0; depth -= 1) {
    const place = findTable(document, path.slice(0, depth));
    if (place.kind !== 'absent' && place.kind !== 'implied') return { place, depth };
  }
  return { place: findTable(document, []), depth: 0 };
}

/** `a = { b = value }` for the path a, b. */
function nest(path: KeyPath, value: TomlValue): TomlValue {
  return path.slice(1).reduceRight<TomlValue>((inner, key) => new Map([[String(key), inner]]), value);
}

function insertNested(
  document: TomlDocument,
  outer: { readonly place: TablePlace; readonly depth: number },
  path: KeyPath,
  value: TomlValue,
): readonly Candidate[] {
  const key = path[outer.depth];
  return typeof key !== 'string' ? [] : insertEntry(document, outer.place, key, value);
}

function insertEntry(
  document: TomlDocument,
  place: TablePlace,
  key: string,
  value: TomlValue,
  source?: string,
): readonly Candidate[] {
  const { text } = document;
  const line = `${renderKey(key)} = ${source ?? renderValue(value)}`;
  switch (place.kind) {
    case 'root':
      return [place.after === undefined ? insertAtTop(document, line) : insertAfter(document, place.after, line)];
    case 'header': {
      if (place.after !== undefined) return [insertAfter(document, place.after, line)];
      return [insertLine(document, lineEnd(text, place.header.end), indentOf(text, place.header.start) + line)];
    }
    case 'inline': // one line, whatever the source was: TOML 1.0 allows no line break there
      return [insertInline(document, place.entry, renderEntry(key, value))];
    case 'dotted':
      return [insertAfter(document, place.after, `${place.prefix}.${line}`)];
    case 'implied':
    case 'absent':
      return [];
  }
}

/** Before everything but a heading comment, with a blank line before what follows. */
function insertAtTop(document: TomlDocument, line: string): Candidate {
  const { text, newline } = document;
  const at = topOf(text);
  const isBlankBelow = /^[ \t]*(?:\r?\n|$)/.test(text.slice(at));
  return isBlankBelow ? insertLine(document, at, line) : [{ at, removed: '', inserted: line + newline + newline }];
}

/** After an entry: on a line of its own, or behind a comma when the entry stands in an inline table. */
function insertAfter(document: TomlDocument, after: TomlEntry, entry: string): Candidate {
  const isOnLine = document.entries.includes(after);
  if (!isOnLine) return [{ at: after.end, removed: '', inserted: `, ${entry}` }];
  return insertLine(document, lineEnd(document.text, after.end), indentOf(document.text, after.start) + entry);
}

function insertInline(document: TomlDocument, table: TomlEntry, entry: string): Candidate {
  const last = table.children?.at(-1);
  if (last !== undefined) return [{ at: last.end, removed: '', inserted: `, ${entry}` }];
  const { start, end } = table.valueRange;
  return [{ at: start, removed: document.text.slice(start, end), inserted: `{ ${entry} }` }];
}

/** A line at the start of a line, or at the end of a text whose last line has no line break: then neither has ours. */
function insertLine(document: TomlDocument, at: number, line: string): Candidate {
  const { text, newline } = document;
  const isAfterOpenLine = at === text.length && lineStart(text, at) !== at;
  return [{ at, removed: '', inserted: isAfterOpenLine ? newline + line : line + newline }];
}

function appendBlock(document: TomlDocument, lines: readonly string[]): Candidate {
  const { text, newline } = document;
  const block = lines.join(newline);
  const content = text.replace('\uFEFF', '');
  if (content === '') return [{ at: text.length, removed: '', inserted: block + newline }];
  if (!content.endsWith('\n')) return [{ at: text.length, removed: '', inserted: newline + newline + block }];
  const hasBlankLine = content === '\n' || content.endsWith('\n\n') || content.endsWith('\n\r\n');
  return [{ at: text.length, removed: '', inserted: (hasBlankLine ? '' : newline) + block + newline }];
}

const indentOf = (text: string, offset: number): string => {
  const before = text.slice(lineStart(text, offset), offset);
  return /^[ \t]*/.exec(before)?.[0] ?? '';
};

/** Where the first top-level key of a file goes: after a comment that heads the file, before everything else. */
function topOf(text: string): number {
  const start = text.startsWith('\uFEFF') ? 1 : 0;
  const heading = /^(?:#[^\n]*\n)+(?=\r?\n|$)/.exec(text.slice(start));
  return start + (heading?.[0].length ?? 0);
}
