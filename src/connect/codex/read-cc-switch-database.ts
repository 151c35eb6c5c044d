import { Database } from 'bun:sqlite';

/** cc-switch's database, as its older JSON file had it: only what it stores for Codex. Throws when it is not one. */
export function readCcSwitchDatabase(file: string): string {
  const database = new Database(file, { readonly: true, strict: true });
  try {
    const known = columnsOf(database);
    // Older versions have neither a failover queue nor an order.
    const queued = known.has('in_failover_queue') ? 'in_failover_queue' : '0';
    const order = known.has('sort_index') ? 'COALESCE(sort_index, 999999), id' : 'id';
    const rows: unknown[] = database
      .query(
        `SELECT id, name, settings_config, is_current, ${queued} AS is_queued FROM providers WHERE app_type = 'codex' ORDER BY ${order}`,
      )
      .all();
    const providers = rows.filter(isRow).map((row) => ({
      id: row.id,
      name: row.name,
      settingsConfig: parse(row.settings_config),
      inFailoverQueue: row.is_queued === 1,
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
  readonly is_queued: unknown;
}

const columnsOf = (database: Database): ReadonlySet<string> =>
  new Set(
    database
      .query("SELECT name FROM pragma_table_info('providers')")
      .all()
      .flatMap((row) =>
        typeof row === 'object' && row !== null && 'name' in row && typeof row.name === 'string' ? [row.name] : [],
      ),
  );

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
