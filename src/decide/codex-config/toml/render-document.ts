import { renderEntry, renderPath } from './render-value.ts';
import { isTable, type KeyPath, type TomlTable } from './toml-data.ts';

/** A whole TOML text: plain keys first, then a table for each table. Ends with a line break. */
export function renderDocument(table: TomlTable): string {
  const blocks = renderBlocks(table, []);
  return blocks.length === 0 ? '' : `${blocks.join('\n\n')}\n`;
}

function renderBlocks(table: TomlTable, path: KeyPath): readonly string[] {
  const plain = [...table].filter(([, value]) => !isTable(value));
  const tables = [...table].flatMap(([key, value]) => (isTable(value) ? renderBlocks(value, [...path, key]) : []));
  const lines = plain.map(([key, value]) => renderEntry(key, value));
  // A table that only holds tables needs no header of its own; an empty one does.
  const header = path.length > 0 && (plain.length > 0 || table.size === 0) ? [`[${renderPath(path)}]`] : [];
  const own = [...header, ...lines].join('\n');
  return own === '' ? tables : [own, ...tables];
}
