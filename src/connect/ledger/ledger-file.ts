import { Database } from 'bun:sqlite';
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { textOfJson } from '../../core/text-of-json.ts';
import exchanges from './migrations/1-exchanges.sql' with { type: 'text' };

/** One file per version; its position is the `user_version` it leads to. */
const MIGRATIONS = [exchanges];
/** How long another process may hold the file before a write counts as failed. */
const BUSY_MS = 500;
/** Damaged files that are kept; a further one replaces the last. */
const MAX_SET_ASIDE = 3;
const PRUNE_ROWS = 500;

/** An open ledger file. Everything here blocks, and throws what SQLite throws. Exchanges are lines of JSON. */
export interface LedgerFile {
  /** One transaction. Answers how many exchanges were new. */
  readonly write: (exchanges: readonly string[]) => number;
  /** Newest first. */
  readonly recent: (limit: number) => string[];
  readonly count: () => number;
  /** Deletes a few of the exchanges before `beforeMs`; answers how many. 0 when there are no more. */
  readonly prune: (beforeMs: number) => number;
  /** False when the path leads elsewhere by now, or nowhere: somebody deleted or replaced the file. */
  readonly isInPlace: () => boolean;
  readonly close: () => void;
}

/**
 * Opens or makes the ledger. Only its owner can read the file, because rows name sessions and models.
 *
 * A rollback journal and not WAL: WAL keeps its index in memory-mapped shared memory, and a process whose map is cut
 * short (a truncated `-shm` file, a dying disk) is killed by SIGBUS, all threads of it (docs/decisions).
 */
export function openLedgerFile(file: string): LedgerFile {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  closeSync(openSync(file, 'a', 0o600));
  const stats = statSync(file);
  const { ino, mode } = stats;
  if (!stats.isFile()) throw new LedgerFileError('NOT_A_FILE');
  // SQLite gives its journal the mode of the database.
  if ((mode & 0o077) !== 0) chmodSync(file, 0o600);
  const database = new Database(file, { readwrite: true, create: false });
  try {
    database.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
    database.exec('PRAGMA mmap_size = 0');
    database.exec('PRAGMA journal_mode = PERSIST');
    database.exec('PRAGMA journal_size_limit = 1048576');
    database.exec('PRAGMA synchronous = NORMAL');
    migrate(database);
    return useDatabase(database, file, ino);
  } catch (error) {
    database.close();
    throw error;
  }
}

function migrate(database: Database): void {
  const read = database.query<{ user_version: number }, []>('PRAGMA user_version');
  const upgrade = database.transaction(() => {
    const version = read.get()?.user_version ?? 0;
    if (version > MIGRATIONS.length) throw new LedgerFileError('NEWER_VERSION');
    for (const [index, sql] of MIGRATIONS.entries()) {
      if (index < version) continue;
      database.exec(sql);
      database.exec(`PRAGMA user_version = ${index + 1}`);
    }
  });
  // Immediate: of two processes that start at once, one waits and then finds the work done.
  upgrade.immediate();
}

function useDatabase(database: Database, file: string, ino: number): LedgerFile {
  const insert = database.prepare<unknown, [string]>('INSERT OR IGNORE INTO records (body) VALUES (?)');
  const select = database.prepare<{ body: string }, [number]>(
    'SELECT body FROM records ORDER BY at_ms DESC, id DESC LIMIT ?',
  );
  const count = database.prepare<{ total: number }, []>('SELECT count(*) AS total FROM records');
  const remove = database.prepare<unknown, [number, number]>(
    'DELETE FROM records WHERE rowid IN (SELECT rowid FROM records WHERE at_ms < ? ORDER BY at_ms LIMIT ?)',
  );
  const write = database.transaction((exchanges: readonly string[]) => {
    let added = 0;
    for (const exchange of exchanges) added += insert.run(exchange).changes;
    return added;
  });
  return {
    write: (exchanges) => write.immediate(exchanges),
    recent: (limit) => select.all(limit).map(({ body }) => body),
    count: () => count.get()?.total ?? 0,
    prune: (beforeMs) => remove.run(beforeMs, PRUNE_ROWS).changes,
    isInPlace: () => statSync(file, { throwIfNoEntry: false })?.ino === ino,
    close: () => {
      for (const statement of [insert, select, count, remove]) statement.finalize();
      database.close();
    },
  };
}

/** `NOT_A_FILE`: a device, say. `NEWER_VERSION`: written by a later version of Holdfast, so it is left alone. */
class LedgerFileError extends Error {
  readonly code: 'NOT_A_FILE' | 'NEWER_VERSION';

  constructor(code: LedgerFileError['code']) {
    super(code);
    this.code = code;
  }
}

/** SQLite says that the file itself is damaged, or is something else. */
export function isDamaged(error: unknown): boolean {
  return /^SQLITE_(?:CORRUPT|NOTADB)/.test(problemOf(error));
}

/** A short code for logs: `SQLITE_FULL`, `ENOSPC`. */
export function problemOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return 'UNKNOWN';
  return textOfJson(error.code).slice(0, 40);
}

/** Renames a damaged ledger, so that a new one can be begun. Answers the new name. */
export function setAside(file: string): string {
  let number = 1;
  while (number < MAX_SET_ASIDE && existsSync(`${file}.damaged-${number}`)) number += 1;
  const aside = `${file}.damaged-${number}`;
  renameSync(file, aside);
  rmSync(`${file}-journal`, { force: true });
  return aside;
}
