import {
  isArray,
  isTable,
  type KeyPath,
  type TomlInput,
  type TomlTable,
  type TomlValue,
  toTomlTable,
  toTomlValue,
  valueAt,
} from './toml-data.ts';

/** One change of a TOML file, in terms of its data. */
export type EditOperation =
  /**
   * Gives one key its value: in place when it has one, else in the table where it belongs. `source` is how the value is
   * to be written, when it was written somehow before.
   */
  | { readonly kind: 'set'; readonly path: KeyPath; readonly value: TomlInput; readonly source?: string }
  /** A new table, at the end of the file. */
  | { readonly kind: 'add-table'; readonly path: KeyPath; readonly lines: readonly TableLine[] }
  /**
   * Takes a key, or a table with all its sub-tables, away. Comments between the first and the last line of a table go
   * with it; with `ownLines` only those that are among them.
   */
  | { readonly kind: 'remove'; readonly path: KeyPath; readonly ownLines?: readonly string[] }
  /** Gives the last key of `path` another name, wherever it is written. */
  | { readonly kind: 'rename'; readonly path: KeyPath; readonly to: string };

export interface TableLine {
  /** Written above the key. */
  readonly comment?: string;
  readonly key: string;
  readonly value: TomlInput;
}

/** Data after an operation, or why it does not apply. This is what an edited text must say when it is read again. */
export function applyToData(data: TomlTable, operation: EditOperation): TomlTable | string {
  switch (operation.kind) {
    case 'set':
      return replaceAt(data, operation.path, toTomlValue(operation.value));
    case 'add-table': {
      const entries = Object.fromEntries(operation.lines.map(({ key, value }) => [key, value]));
      return replaceAt(data, operation.path, toTomlTable(entries));
    }
    case 'remove':
      return removeAt(data, operation.path);
    case 'rename': {
      const value = valueAt(data, operation.path);
      const renamed = [...operation.path.slice(0, -1), operation.to];
      if (value === undefined) return 'there is nothing to rename';
      if (valueAt(data, renamed) !== undefined) return `"${operation.to}" exists already`;
      const removed = removeAt(data, operation.path);
      return typeof removed === 'string' ? removed : replaceAt(removed, renamed, value);
    }
  }
}

function replaceAt(table: TomlTable, path: KeyPath, value: TomlValue): TomlTable | string {
  const changed = replaceIn(table, path, value);
  return typeof changed === 'string' || isTable(changed) ? changed : 'no key was named';
}

/** A copy of a table or array with another value at `path`, or why not. Missing tables on the way are made. */
export function replaceIn(container: TomlValue | undefined, path: KeyPath, value: TomlValue): TomlValue {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (typeof key === 'number') {
    if (!isArray(container) || container[key] === undefined) return `there is no element ${key}`;
    const changed = replaceIn(container[key], rest, value);
    return rest.length > 0 && typeof changed === 'string' ? changed : container.with(key, changed);
  }
  const table = container ?? new Map<string, TomlValue>();
  if (!isTable(table)) return 'is not a table';
  const inner = table.get(key);
  if (rest.length > 0 && inner !== undefined && !isTable(inner) && !isArray(inner)) return `"${key}" is not a table`;
  if (rest.length > 0 && isArray(inner) && typeof rest[0] !== 'number') return `"${key}" is not a table`;
  const changed = replaceIn(inner, rest, value);
  return rest.length > 0 && typeof changed === 'string' ? changed : new Map(table).set(key, changed);
}

function removeAt(table: TomlTable, path: KeyPath): TomlTable | string {
  const [key, ...rest] = path;
  if (typeof key !== 'string') return 'elements of arrays are not removed';
  const inner = table.get(key);
  if (inner === undefined) return table;
  const copy = new Map(table);
  if (rest.length === 0) {
    copy.delete(key);
    return copy;
  }
  if (!isTable(inner)) return `"${key}" is not a table`;
  const changed = removeAt(inner, rest);
  return typeof changed === 'string' ? changed : copy.set(key, changed);
}
