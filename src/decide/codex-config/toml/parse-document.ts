import { type AST, ParseError, parseTOML } from 'toml-eslint-parser';
import { isArray, isTable, type KeyPath, type TomlTable, type TomlValue } from './toml-data.ts';

/** A TOML text with its data and with where everything in it stands. Offsets count UTF-16 units of `text`. */
export interface TomlDocument {
  readonly text: string;
  readonly newline: '\n' | '\r\n';
  readonly data: TomlTable;
  /** `key = value` lines outside inline tables, in file order. */
  readonly entries: readonly TomlEntry[];
  /** `[table]` and `[[table]]` lines, in file order. */
  readonly headers: readonly TomlHeader[];
}

export interface TomlEntry {
  /** From the top of the file; numbers are positions in arrays of tables. */
  readonly path: readonly (string | number)[];
  /** How many of `path`'s last keys are written in this entry: more than one for a dotted key. */
  readonly ownKeys: number;
  readonly start: number;
  readonly end: number;
  /** Where each own key is written. */
  readonly keyRanges: readonly TextRange[];
  readonly valueRange: TextRange;
  readonly value: TomlValue;
  /** Entries of an inline table; absent for every other value. */
  readonly children?: readonly TomlEntry[];
  /** Position in `headers` of the table it stands in; -1 before the first. */
  readonly header: number;
}

export interface TomlHeader {
  readonly path: readonly (string | number)[];
  readonly isArray: boolean;
  /** Where each key inside the brackets is written. */
  readonly keyRanges: readonly TextRange[];
  readonly start: number;
  /** After the closing bracket. */
  readonly end: number;
}

export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** Not TOML. The message never quotes the text, which may hold keys. */
export interface TomlProblem {
  readonly message: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

export type ParsedToml =
  | { readonly kind: 'ok'; readonly document: TomlDocument }
  | { readonly kind: 'broken'; readonly problem: TomlProblem };

const BYTE_ORDER_MARK = '\uFEFF';

/** Reads TOML 1.0 and 1.1, with or without a byte-order mark. Never throws. */
export function parseDocument(text: string): ParsedToml {
  const skipped = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  try {
    return { kind: 'ok', document: readProgram(text, parseTOML(text.slice(skipped)), skipped) };
  } catch (error) {
    // Not only syntax: thousands of nested brackets exhaust the stack.
    return { kind: 'broken', problem: describeProblem(error) };
  }
}

function describeProblem(error: unknown): TomlProblem {
  if (!(error instanceof ParseError)) return { message: 'cannot be read as TOML', line: 1, column: 1 };
  // Some messages name the offending character or key: only the part before it is ours to repeat.
  const message = error.message.split(/[:"'`]/)[0]?.trim() ?? '';
  // A value that is missing is noticed at the start of the next line.
  const isLineBefore = error.column === 0 && error.lineNumber > 1 && message.startsWith('Unspecified');
  const line = error.lineNumber - (isLineBefore ? 1 : 0);
  return { message: message === '' ? 'not valid TOML' : message, line, column: error.column + 1 };
}

function readProgram(text: string, program: AST.TOMLProgram, skipped: number): TomlDocument {
  const data = new Map<string, TomlValue>();
  const entries: TomlEntry[] = [];
  const headers: TomlHeader[] = [];
  const addEntry = (entry: TomlEntry): void => {
    entries.push(entry);
    place(data, entry.path, entry.value);
  };
  for (const node of program.body[0].body) {
    if (node.type === 'TOMLKeyValue') {
      addEntry(readEntry(node, [], -1, skipped));
      continue;
    }
    const end = text.indexOf(']', node.key.range[1] + skipped) + (node.kind === 'array' ? 2 : 1);
    const keyRanges = node.key.keys.map((key) => toRange(key.range, skipped));
    const isArray = node.kind === 'array';
    headers.push({ path: node.resolvedKey, isArray, keyRanges, start: node.range[0] + skipped, end });
    tableFor(data, node.resolvedKey);
    for (const child of node.body) addEntry(readEntry(child, node.resolvedKey, headers.length - 1, skipped));
  }
  const firstBreak = text.indexOf('\n');
  const newline = firstBreak > 0 && text[firstBreak - 1] === '\r' ? '\r\n' : '\n';
  return { text, newline, data, entries, headers };
}

function readEntry(
  node: AST.TOMLKeyValue,
  base: readonly (string | number)[],
  header: number,
  skipped: number,
): TomlEntry {
  const path = [...base, ...node.key.keys.map(keyName)];
  const common = {
    path,
    ownKeys: node.key.keys.length,
    start: node.range[0] + skipped,
    end: node.range[1] + skipped,
    keyRanges: node.key.keys.map((key) => toRange(key.range, skipped)),
    valueRange: toRange(node.value.range, skipped),
    value: readValue(node.value),
    header,
  };
  if (node.value.type !== 'TOMLInlineTable') return common;
  return { ...common, children: node.value.body.map((child) => readEntry(child, path, header, skipped)) };
}

const toRange = (range: readonly [number, number], skipped: number): TextRange => ({
  start: range[0] + skipped,
  end: range[1] + skipped,
});

const keyName = (key: AST.TOMLBare | AST.TOMLQuoted): string => (key.type === 'TOMLBare' ? key.name : key.value);

function readValue(node: AST.TOMLContentNode): TomlValue {
  if (node.type === 'TOMLArray') return node.elements.map(readValue);
  if (node.type === 'TOMLInlineTable') {
    const table = new Map<string, TomlValue>();
    for (const child of node.body) place(table, child.key.keys.map(keyName), readValue(child.value));
    return table;
  }
  switch (node.kind) {
    case 'string':
    case 'boolean':
      return node.value;
    case 'integer':
      return Number.isSafeInteger(node.value) ? node.value : node.bigint;
    case 'float':
      return { kind: 'float', source: node.number };
    default:
      return { kind: node.kind, source: node.datetime };
  }
}

/** Puts a value where its path says; the parser has made sure that nothing stands there. */
function place(root: Map<string, TomlValue>, path: readonly (string | number)[], value: TomlValue): void {
  const last = path.at(-1);
  if (typeof last === 'string') tableFor(root, path.slice(0, -1)).set(last, value);
}

/** The table at a path, made with all that is missing on the way. */
function tableFor(root: Map<string, TomlValue>, path: readonly (string | number)[]): Map<string, TomlValue> {
  let table = root;
  for (let index = 0; index < path.length; index += 1) {
    const key = path[index];
    const next = path[index + 1];
    if (typeof key !== 'string') continue;
    const found = table.get(key);
    if (typeof next === 'number') {
      const elements = isArray(found) ? (found as TomlValue[]) : [];
      if (found === undefined) table.set(key, elements);
      const element = elements[next];
      const made = isTable(element) ? (element as Map<string, TomlValue>) : new Map<string, TomlValue>();
      if (element === undefined) elements[next] = made;
      table = made;
    } else {
      const made = isTable(found) ? (found as Map<string, TomlValue>) : new Map<string, TomlValue>();
      if (found === undefined) table.set(key, made);
      table = made;
    }
  }
  return table;
}

/** True when `path` leads exactly there, and not through an array of tables. */
export const isPath = (path: readonly (string | number)[], wanted: KeyPath): boolean =>
  path.length === wanted.length && path.every((key, index) => key === wanted[index]);

export const startsWithPath = (path: readonly (string | number)[], start: KeyPath): boolean =>
  path.length >= start.length && start.every((key, index) => key === path[index]);

/** Line and column of an offset, both from 1. */
export function positionOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - (before.lastIndexOf('\n') + 1) + 1 };
}
