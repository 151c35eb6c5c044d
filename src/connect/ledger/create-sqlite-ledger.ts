import { Worker } from 'node:worker_threads';
import type { ExchangeRecord } from '../../core/exchange.ts';
import type { Clock, Ledger, LedgerSummary, Logger } from '../../core/ports.ts';
import type { FromWorker, ToWorker, WorkerInput } from './ledger-messages.ts';

/** Exchanges that wait in memory for a disk that does not take them. Further ones are lost, and counted. */
const MAX_PENDING = 10_000;
const BATCH_ROWS = 500;
const FLUSH_MS = 250;
/** After a failure: 1 s, 2 s, 4 s … */
const BASE_REST_MS = 1000;
const MAX_REST_MS = 30_000;
const PRUNE_INTERVAL_MS = 600_000;
const MAX_READ_ROWS = 1000;
/** Readings that may wait for a hung disk. */
const MAX_READERS = 16;

export interface SqliteLedgerOptions {
  readonly file: string;
  /** Exchanges older than this are deleted, a few at a time. */
  readonly keepMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** A disk that does not answer for so long is not waited for by who asks. Default 2 s. */
  readonly readLimitMs?: number;
  /** The same when the ledger is closed: what is not written by then is lost. Default 3 s. */
  readonly closeLimitMs?: number;
  /** Starts the thread that writes. Default: one with `ledger-worker.ts`. */
  readonly startThread?: (input: WorkerInput) => Worker;
}

/**
 * A ledger in SQLite that never fails, delays or grows whatever the disk does (P7): exchanges are queued here and
 * written by a thread of its own, a batch at a time, and tried again with growing pauses. Only what does not fit into
 * the queue, or lies in a damaged file, is lost. Trouble is logged when it begins and when it ends.
 */
export function createSqliteLedger(options: SqliteLedgerOptions): Ledger {
  const ledger = new SqliteLedger(options);
  return {
    record: (exchange) => ledger.record(exchange),
    recent: (limit) => ledger.recent(limit),
    summary: () => ledger.summary(),
    close: () => ledger.close(),
  };
}

class SqliteLedger {
  private readonly options: SqliteLedgerOptions;
  private worker: Worker | undefined;
  private queue: ExchangeRecord[] = [];
  /** What the worker was given and has not confirmed. One batch at a time, so a hung disk holds up no more than that. */
  private batch: ExchangeRecord[] = [];
  private isAwaited = false;
  private cancelTimer: (() => void) | undefined;
  private failures = 0;
  private total = 0;
  private lost = 0;
  private prunedMs = Number.NEGATIVE_INFINITY;
  private readings = 0;
  private readonly readers = new Map<number, (exchanges: readonly ExchangeRecord[]) => void>();
  private isClosed = false;
  private drained: (() => void) | undefined;

  constructor(options: SqliteLedgerOptions) {
    this.options = options;
  }

  record(exchange: ExchangeRecord): void {
    if (this.isClosed || this.queue.length + this.batch.length >= MAX_PENDING) {
      this.lost += 1;
      return;
    }
    this.queue.push(exchange);
    if (this.isAwaited || this.failures > 0) return;
    if (this.queue.length >= BATCH_ROWS) this.flush();
    else this.flushIn(FLUSH_MS);
  }

  async recent(limit: number): Promise<readonly ExchangeRecord[]> {
    const rows = Math.min(Math.max(Math.trunc(limit), 0), MAX_READ_ROWS);
    if (!this.isClosed && this.failures === 0) this.flush();
    const written = this.isClosed || this.readers.size >= MAX_READERS ? [] : await this.read(rows);
    const pending = [...this.batch, ...this.queue].reverse();
    const known = new Set(written.map(({ id }) => id));
    const missing = new Map(pending.filter(({ id }) => !known.has(id)).map((exchange) => [exchange.id, exchange]));
    return [...missing.values(), ...written].toSorted((a, b) => b.atMs - a.atMs).slice(0, rows);
  }

  summary(): LedgerSummary {
    return { exchanges: this.total + this.batch.length + this.queue.length, lost: this.lost };
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancelLimit = this.options.clock.after(this.options.closeLimitMs ?? 3000, resolve);
    this.drained = resolve;
    this.failures = 0;
    this.flush();
    await promise;
    cancelLimit();
    this.cancelTimer?.();
    this.lost += this.batch.length + this.queue.length;
    if (this.lost > 0) this.options.log.warn('ledger_lost', { exchanges: this.lost });
    this.batch = [];
    this.queue = [];
    for (const reader of this.readers.values()) reader([]);
    this.drained = undefined;
    void this.worker?.terminate();
    this.worker = undefined;
  }

  private flushIn(ms: number): void {
    this.cancelTimer ??= this.options.clock.after(ms, () => this.flush());
  }

  private flush(): void {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    if (this.isAwaited) return;
    if (this.batch.length === 0) this.batch = this.queue.splice(0, BATCH_ROWS);
    if (this.batch.length === 0) {
      // Nothing was ever written: there is no thread to close.
      if (this.isClosed && this.worker === undefined) this.drained?.();
      else if (this.isClosed) this.post({ kind: 'close' });
      return;
    }
    this.isAwaited = true;
    this.post({ kind: 'write', exchanges: this.batch.map((exchange) => JSON.stringify(exchange)).join('\n') });
    this.pruneIfDue();
  }

  private pruneIfDue(): void {
    const { clock, keepMs } = this.options;
    if (clock.monotonic() - this.prunedMs < PRUNE_INTERVAL_MS) return;
    this.prunedMs = clock.monotonic();
    this.post({ kind: 'prune', beforeMs: clock.now() - keepMs });
  }

  private read(limit: number): Promise<readonly ExchangeRecord[]> {
    const reading = ++this.readings;
    return new Promise((resolve) => {
      const finish = (exchanges: readonly ExchangeRecord[]): void => {
        cancelLimit();
        this.readers.delete(reading);
        resolve(exchanges);
      };
      const cancelLimit = this.options.clock.after(this.options.readLimitMs ?? 2000, () => finish([]));
      this.readers.set(reading, finish);
      this.post({ kind: 'read', reading, limit });
    });
  }

  private post(message: ToWorker): void {
    try {
      this.worker ??= this.startWorker();
      this.worker.postMessage(message);
    } catch {
      // The machine has no thread to spare. A reader ends by its limit, a deletion comes round again.
      if (message.kind === 'write') this.failed('NO_THREAD');
      else if (message.kind === 'close') this.drained?.();
    }
  }

  private startWorker(): Worker {
    const worker = (this.options.startThread ?? startLedgerThread)({ file: this.options.file });
    worker.unref();
    worker.on('message', (message: FromWorker) => this.receive(message));
    worker.on('error', () => {});
    worker.on('exit', () => {
      if (this.worker !== worker) return;
      this.worker = undefined;
      if (this.isAwaited) this.failed('WORKER_ENDED');
      else if (this.isClosed) this.drained?.();
    });
    return worker;
  }

  private receive(message: FromWorker): void {
    const { log } = this.options;
    switch (message.kind) {
      case 'counted':
        this.total = message.total;
        return;
      case 'written':
        this.total = message.total;
        this.settled();
        return;
      case 'failed':
        this.failed(message.problem);
        return;
      case 'read':
        this.readers.get(message.reading)?.(JSON.parse(message.exchanges) as ExchangeRecord[]);
        return;
      case 'damaged':
        log.warn('ledger_damaged', { aside: message.aside, exchanges: this.total });
        this.lost += this.total;
        this.total = 0;
        return;
      case 'replaced':
        log.warn('ledger_replaced', { file: this.options.file, exchanges: this.total });
        this.total = 0;
        return;
      case 'closed':
        this.drained?.();
        return;
    }
  }

  private settled(): void {
    if (this.failures > 0) this.options.log.info('ledger_recovered', { lost: this.lost });
    this.failures = 0;
    this.isAwaited = false;
    this.batch = [];
    if (this.isClosed || this.queue.length >= BATCH_ROWS) this.flush();
    else if (this.queue.length > 0) this.flushIn(FLUSH_MS);
  }

  /** The batch stays, and is written again later: exchanges are told apart by id, so none can count twice. */
  private failed(problem: string): void {
    this.isAwaited = false;
    if (this.isClosed) {
      // Another process is at the file, and done in a moment; the limit of close() stands.
      if (problem === 'SQLITE_BUSY' && this.drained !== undefined) this.flush();
      else this.drained?.();
      return;
    }
    if (this.failures === 0) this.options.log.warn('ledger_failing', { problem, file: this.options.file });
    const restMs = Math.min(BASE_REST_MS * 2 ** this.failures, MAX_REST_MS);
    this.failures += 1;
    this.flushIn(restMs);
  }
}

/** Beside this file, also in a bundle. */
function startLedgerThread(workerData: WorkerInput): Worker {
  const script = import.meta.url.endsWith('.ts') ? './ledger-worker.ts' : './ledger-worker.js';
  return new Worker(new URL(script, import.meta.url), { workerData });
}
