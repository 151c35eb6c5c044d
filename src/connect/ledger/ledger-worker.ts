/** The ledger's own thread. Whatever the disk does, it blocks nobody but this file. */
import { parentPort, workerData } from 'node:worker_threads';
import { isDamaged, type LedgerFile, openLedgerFile, problemOf, setAside } from './ledger-file.ts';
import type { FromWorker, ToWorker, WorkerInput } from './ledger-messages.ts';

/** Between two small deletions, so that writes come first. */
const PRUNE_PAUSE_MS = 20;

const { file } = workerData as WorkerInput;
const post = (message: FromWorker): void => parentPort?.postMessage(message);

let opened: LedgerFile | undefined;
let total = 0;

function closeFile(): void {
  try {
    opened?.close();
  } catch {
    // it is given up either way
  }
  opened = undefined;
}

function openFile(): LedgerFile {
  if (opened !== undefined && !opened.isInPlace()) {
    closeFile();
    post({ kind: 'replaced' });
  }
  if (opened === undefined) {
    opened = openLedgerFile(file);
    total = opened.count();
    post({ kind: 'counted', total });
  }
  return opened;
}

/** Runs `action` on the open file. After any error the file is opened afresh, a damaged one set aside first. */
function withFile<Result>(action: (ledger: LedgerFile) => Result): Result {
  try {
    return action(openFile());
  } catch (error) {
    closeFile();
    if (!isDamaged(error)) throw error;
    post({ kind: 'damaged', aside: setAside(file) });
    return action(openFile());
  }
}

function write(exchanges: string): void {
  try {
    const added = withFile((ledger) => ledger.write(exchanges.split('\n')));
    total += added;
    post({ kind: 'written', total });
  } catch (error) {
    post({ kind: 'failed', problem: problemOf(error) });
  }
}

function read(reading: number, limit: number): void {
  let exchanges: string[] = [];
  try {
    exchanges = withFile((ledger) => ledger.recent(limit));
  } catch {
    // the next write reports it
  }
  post({ kind: 'read', reading, exchanges: `[${exchanges.join(',')}]` });
}

function prune(beforeMs: number): void {
  try {
    const removed = withFile((ledger) => ledger.prune(beforeMs));
    if (removed === 0) return;
    total -= removed;
    post({ kind: 'counted', total });
    setTimeout(() => prune(beforeMs), PRUNE_PAUSE_MS);
  } catch {
    // the next write reports it, and the next pruning finds the same rows
  }
}

parentPort?.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'write':
      return write(message.exchanges);
    case 'read':
      return read(message.reading, message.limit);
    case 'prune':
      return prune(message.beforeMs);
    case 'close':
      closeFile();
      post({ kind: 'closed' });
      return;
  }
});
