import { isArray, isTable, type KeyPath, type TomlTable, type TomlValue } from './toml-data.ts';

const BARE_KEY = /^[A-Za-z0-9_-]+$/;
const ESCAPES: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
  '"': '\\"',
  '\\': '\\\\',
};

/** TOML source of a value on one line. */
export function renderValue(value: TomlValue): string {
  if (typeof value === 'string') return renderString(value);
  if (isTable(value)) return renderInlineTable(value);
  if (isArray(value)) return `[${value.map(renderValue).join(', ')}]`;
  if (typeof value === 'object') return value.source;
  return String(value);
}

export const renderKey = (key: string): string => (BARE_KEY.test(key) ? key : renderString(key));

/** `a."b c".d`, with `[0]` for a position in an array. */
export const renderPath = (path: KeyPath): string =>
  path.map((key, index) => (typeof key === 'number' ? `[${key}]` : (index === 0 ? '' : '.') + renderKey(key))).join('');

/** `key = value`, without a line break. */
export const renderEntry = (key: string, value: TomlValue): string => `${renderKey(key)} = ${renderValue(value)}`;

function renderInlineTable(table: TomlTable): string {
  if (table.size === 0) return '{}';
  return `{ ${[...table].map(([key, value]) => renderEntry(key, value)).join(', ')} }`;
}

function renderString(text: string): string {
  // A Windows path reads better, and is copied more safely, without doubled backslashes.
  if (text.includes('\\') && !text.includes("'") && !hasControl(text)) return `'${text}'`;
  return `"${text.replace(/["\\\p{Cc}]/gu, escapeCharacter)}"`;
}

const hasControl = (text: string): boolean => /\p{Cc}/u.test(text);

function escapeCharacter(character: string): string {
  return ESCAPES[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase()}`;
}
