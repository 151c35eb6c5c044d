/** TOML values as plain data. Tables are maps, so that a key such as `__proto__` is a key like any other. */
export type TomlValue = string | number | bigint | boolean | TomlOther | readonly TomlValue[] | TomlTable;

export type TomlTable = ReadonlyMap<string, TomlValue>;

/** Values that Holdfast never computes with: a float or a date, as it is written. */
export interface TomlOther {
  readonly kind: 'float' | 'offset-date-time' | 'local-date-time' | 'local-date' | 'local-time';
  readonly source: string;
}

/** Where a value stands: key by key from the top of the file; numbers are positions in arrays. */
export type KeyPath = readonly (string | number)[];

/** What callers write: integers, strings, booleans, arrays, tables as objects, and whatever was read before. */
export type TomlInput = TomlValue | readonly TomlInput[] | { readonly [key: string]: TomlInput | undefined };

export const isTable = (value: TomlValue | undefined): value is TomlTable => value instanceof Map;

export const isArray = (value: TomlValue | undefined): value is readonly TomlValue[] => Array.isArray(value);

/** Data of what a caller wants to write; `undefined` entries are left out. */
export function toTomlValue(input: TomlInput): TomlValue {
  if (typeof input === 'number' && !Number.isSafeInteger(input)) throw new Error('only whole numbers can be written');
  if (typeof input !== 'object') return input;
  if (isInputArray(input)) return input.map(toTomlValue);
  if (isMap(input)) return input;
  return isOther(input) ? input : toTomlTable(input);
}

export function toTomlTable(input: { readonly [key: string]: TomlInput | undefined }): TomlTable {
  const table = new Map<string, TomlValue>();
  for (const [key, value] of Object.entries(input)) if (value !== undefined) table.set(key, toTomlValue(value));
  return table;
}

const isInputArray = (input: object): input is readonly TomlInput[] => Array.isArray(input);
const isMap = (input: object): input is TomlTable => input instanceof Map;
const OTHER_KINDS: readonly unknown[] = [
  'float',
  'offset-date-time',
  'local-date-time',
  'local-date',
  'local-time',
] satisfies readonly TomlOther['kind'][];
const isOther = (input: object): input is TomlOther =>
  'source' in input && typeof input.source === 'string' && 'kind' in input && OTHER_KINDS.includes(input.kind);

/** The value at `path`, or `undefined` when nothing stands there. */
export function valueAt(table: TomlTable, path: KeyPath): TomlValue | undefined {
  let value: TomlValue | undefined = table;
  for (const key of path) {
    if (typeof key === 'number') value = isArray(value) ? value[key] : undefined;
    else value = isTable(value) ? value.get(key) : undefined;
  }
  return value;
}

export function stringAt(table: TomlTable, path: KeyPath): string | undefined {
  const value = valueAt(table, path);
  return typeof value === 'string' ? value : undefined;
}

/** The strings of an array; empty when there is none. */
export function textsAt(table: TomlTable, key: string): readonly string[] {
  const values = table.get(key);
  return isArray(values) ? values.filter((value) => typeof value === 'string') : [];
}

/** The same keys and values, whatever their order. */
export function sameData(left: TomlValue, right: TomlValue): boolean {
  if (isTable(left)) {
    if (!isTable(right) || left.size !== right.size) return false;
    for (const [key, value] of left) {
      const other = right.get(key);
      if (other === undefined || !sameData(value, other)) return false;
    }
    return true;
  }
  if (isArray(left)) {
    if (!isArray(right) || left.length !== right.length) return false;
    return left.every((value, index) => sameData(value, right[index] ?? new Map()));
  }
  if (typeof left === 'object') {
    return typeof right === 'object' && 'kind' in right && left.kind === right.kind && left.source === right.source;
  }
  return left === right;
}
