import { type AST, ParseError, parseTOML } from 'toml-eslint-parser';

export type TomlPath = readonly (string | number)[];

export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units, as editors count. */
  readonly column: number;
}

/** A parsed file: its values, and where each of them stands. */
export interface TomlDocument {
  /** Tables have no prototype; integers beyond 2^53 are `bigint`; dates are `Date`. */
  readonly value: TomlTable;
  /** Whether the file itself sets this path. */
  readonly has: (path: TomlPath) => boolean;
  /** Where the key of this path stands; for what is not in the file, the nearest table or list around it. */
  readonly locate: (path: TomlPath) => Position;
}

/** No setting is nearly as deep; without a limit, the paths of a hostile file would fill the memory. */
const DEEPEST = 32;

export type TomlTable = { [key: string]: unknown };

export interface TomlError extends Position {
  readonly reason: string;
}

/**
 * Reads TOML 1.0 with positions. The syntax tree is read directly, because its own conversion drops `__proto__` keys
 * and rounds large integers, and Bun's parser knows no positions. Never throws; a leading byte order mark is ignored.
 */
export function parseTomlDocument(text: string): { document: TomlDocument } | { error: TomlError } {
  try {
    return { document: readProgram(parseTOML(text.startsWith('\uFEFF') ? text.slice(1) : text)) };
  } catch (error) {
    if (error instanceof ParseError) {
      return { error: { line: error.lineNumber, column: error.column + 1, reason: lowerFirst(error.message) } };
    }
    // The parser is recursive and spreads strings over the stack: both overflow on absurd input only.
    return { error: { line: 1, column: 1, reason: 'it is nested too deeply or has too long a string' } };
  }
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
const keyOf = (path: TomlPath): string => JSON.stringify(path);
const keyName = (node: AST.TOMLBare | AST.TOMLQuoted): string => (node.type === 'TOMLBare' ? node.name : node.value);
const startOf = (node: AST.TOMLNode): Position => ({ line: node.loc.start.line, column: node.loc.start.column + 1 });
const newTable = (): TomlTable => Object.create(null);

function readProgram(program: AST.TOMLProgram): TomlDocument {
  const positions = new Map<string, Position>();
  const root = newTable();
  const mark = (path: TomlPath, node: AST.TOMLNode): void => {
    if (path.length > DEEPEST) throw new RangeError('too deep');
    if (!positions.has(keyOf(path))) positions.set(keyOf(path), startOf(node));
  };

  const readValue = (node: AST.TOMLContentNode, path: TomlPath): unknown => {
    switch (node.type) {
      case 'TOMLArray':
        return node.elements.map((element, index) => {
          mark([...path, index], element);
          return readValue(element, [...path, index]);
        });
      case 'TOMLInlineTable': {
        const table = newTable();
        for (const entry of node.body) readKeyValue(entry, table, path);
        return table;
      }
      case 'TOMLValue':
        return node.kind === 'integer' && !Number.isSafeInteger(node.value) ? node.bigint : node.value;
    }
  };

  const readKeyValue = (entry: AST.TOMLKeyValue, into: TomlTable, base: TomlPath): void => {
    let table = into;
    const path: (string | number)[] = [...base];
    entry.key.keys.forEach((node, index) => {
      const name = keyName(node);
      path.push(name);
      mark(path, node);
      if (index === entry.key.keys.length - 1) table[name] = readValue(entry.value, path);
      else table = childTable(table, name);
    });
  };

  for (const node of program.body[0].body) {
    if (node.type === 'TOMLKeyValue') {
      readKeyValue(node, root, []);
      continue;
    }
    const table = openTable(root, node, mark);
    for (const entry of node.body) readKeyValue(entry, table, node.resolvedKey);
  }

  const locate = (path: TomlPath): Position => {
    for (let length = path.length; length > 0; length -= 1) {
      const position = positions.get(keyOf(path.slice(0, length)));
      if (position !== undefined) return position;
    }
    return { line: 1, column: 1 };
  };
  return { value: root, has: (path) => positions.has(keyOf(path)), locate };
}

/** Makes the tables and lists that a `[header]` or `[[header]]` names, and returns the innermost. */
function openTable(
  root: TomlTable,
  node: AST.TOMLTable,
  mark: (path: TomlPath, node: AST.TOMLNode) => void,
): TomlTable {
  let at: TomlTable | unknown[] = root;
  let keyIndex = -1;
  node.resolvedKey.forEach((segment, index) => {
    if (typeof segment === 'string') keyIndex += 1;
    const keyNode = node.key.keys[keyIndex];
    mark(node.resolvedKey.slice(0, index + 1), keyNode ?? node);
    const next = node.resolvedKey[index + 1];
    at = typeof next === 'number' ? childList(at, segment) : childTable(at, segment);
  });
  return at as unknown as TomlTable;
}

function childTable(parent: TomlTable | unknown[], key: string | number): TomlTable {
  const found = (parent as TomlTable)[key];
  if (typeof found === 'object' && found !== null) return found as TomlTable;
  const made = newTable();
  (parent as TomlTable)[key] = made;
  return made;
}

function childList(parent: TomlTable | unknown[], key: string | number): unknown[] {
  const found = (parent as TomlTable)[key];
  if (Array.isArray(found)) return found;
  const made: unknown[] = [];
  (parent as TomlTable)[key] = made;
  return made;
}

/** `routes[0].targets[1].provider`, quoting what needs it. */
export function describePath(path: TomlPath): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += `${text === '' ? '' : '.'}${/^[A-Za-z0-9_-]+$/.test(part) ? part : JSON.stringify(part)}`;
  }
  return text;
}

/** The value at a path, or `undefined`. */
export function valueAt(root: unknown, path: TomlPath): unknown {
  let at = root;
  for (const part of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as TomlTable)[part];
  }
  return at;
}
