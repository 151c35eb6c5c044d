import { renderEntry, renderPath } from './render-value.ts';
import { isArray, isTable, type KeyPath, type TomlTable, type TomlValue } from './toml-data.ts';

/** A whole TOML text: plain keys first, then a table for each table, one per element for lists of tables. */
export function renderDocument(table: TomlTable): string {
  const blocks = renderBlocks(table, [], '[');
  return blocks.length === 0 ? '' : `${blocks.join('\n\n')}\n`;
}

function renderBlocks(table: TomlTable, path: KeyPath, bracket: '[' | '[['): readonly string[] {
  const plain = [...table].filter(([, value]) => !isTable(value) && !isTableList(value));
  const inner = [...table].flatMap(([key, value]): readonly string[] => {
    if (isTable(value)) return renderBlocks(value, [...path, key], '[');
    return isTableList(value) ? value.flatMap((element) => renderBlocks(element, [...path, key], '[[')) : [];
  });
  const lines = plain.map(([key, value]) => renderEntry(key, value));
  // A table that only holds tables needs no header of its own; an empty one and each element of a list do.
  const needsHeader = path.length > 0 && (plain.length > 0 || table.size === 0 || bracket === '[[');
  const header = needsHeader ? [`${bracket}${renderPath(path)}${bracket === '[[' ? ']]' : ']'}`] : [];
  const own = [...header, ...lines].join('\n');
  return own === '' ? inner : [own, ...inner];
}

const isTableList = (value: TomlValue): value is readonly TomlTable[] =>
  isArray(value) && value.length > 0 && value.every(isTable);
