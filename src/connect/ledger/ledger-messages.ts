/**
 * Between the gateway's thread and the ledger's. Exchanges travel as text, a line of JSON each: several times cheaper
 * than a structured clone, and the ledger stores the lines as they are.
 */
export type ToWorker =
  | { readonly kind: 'write'; readonly exchanges: string }
  | { readonly kind: 'read'; readonly reading: number; readonly limit: number }
  | { readonly kind: 'prune'; readonly beforeMs: number }
  | { readonly kind: 'close' };

export type FromWorker =
  /** The batch is in the file, which holds `total` exchanges now. */
  | { readonly kind: 'written'; readonly total: number }
  /** Not written: the disk is full, the folder cannot be written, the file is locked … */
  | { readonly kind: 'failed'; readonly problem: string }
  | { readonly kind: 'read'; readonly reading: number; readonly exchanges: string }
  /** The file was opened, or old exchanges deleted: it holds `total` now. */
  | { readonly kind: 'counted'; readonly total: number }
  /** The file was damaged. It was renamed to `aside`, and a new one begun. */
  | { readonly kind: 'damaged'; readonly aside: string }
  /** The file was deleted or replaced while it was open. */
  | { readonly kind: 'replaced' }
  | { readonly kind: 'closed' };

/** What the worker is started with. */
export interface WorkerInput {
  readonly file: string;
}
