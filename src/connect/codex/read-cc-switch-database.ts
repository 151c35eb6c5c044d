import { Database } from 'bun:sqlite';

/** cc-switch's database, as its older JSON file had it: only what it stores for Codex. Throws when it is not one. */
export function readCcSwitchDatabase(file: string): string {
  const database = new Database(file, { readonly: true, strict: true });
  try {
    const rows: unknown[] = database
      .query("SELECT id, name, settings_config, is_current FROM providers WHERE app_type = 'codex'")
      .all();
    const providers = rows.filter(isRow).map((row) => ({
      id: row.id,
      name: row.name,
      settingsConfig: parse(row.settings_config),
    }));
    const current = rows.filter(isRow).find((row) => row.is_current === 1 || row.is_current === true)?.id;
    return JSON.stringify({ codex: { providers, current } });
  } finally {
    database.close();
  }
}

interface Row {
  readonly id: string;
  readonly name: string;
  readonly settings_config: string;
  readonly is_current: unknown;
}

function isRow(value: unknown): value is Row {
  if (typeof value !== 'object' || value === null) return false;
  const row: Partial<Record<keyof Row, unknown>> = value;
  return typeof row.id === 'string' && typeof row.name === 'string' && typeof row.settings_config === 'string';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
