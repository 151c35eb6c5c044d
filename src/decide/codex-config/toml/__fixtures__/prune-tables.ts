import { isTable, type TomlTable, type TomlValue } from '../toml-data.ts';

/** Without empty tables: one that existed only through its keys is not missed. */
export function pruneTables(data: TomlTable): TomlTable {
  const kept = new Map<string, TomlValue>();
  for (const [name, inner] of data) {
    const pruned = isTable(inner) ? pruneTables(inner) : inner;
    if (!isTable(pruned) || pruned.size > 0) kept.set(name, pruned);
  }
  return kept;
}
