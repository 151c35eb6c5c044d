/** What is needed to take an edit of user files back, byte for byte. Plain data: stored as JSON. */

/** One replacement: at offset `at` (UTF-16 units), `removed` stood and `inserted` stands now. */
export interface Splice {
  readonly at: number;
  readonly removed: string;
  readonly inserted: string;
}

/** What one edit did to one file. */
export interface FileReceipt {
  readonly path: string;
  readonly realPath: string;
  /** SHA-256 of the text in hex; `null`: there was, or is, no file. */
  readonly beforeHash: string | null;
  readonly afterHash: string | null;
  /** In the order in which they were made, each against the result of the one before. */
  readonly splices: readonly Splice[];
  /** The same by key, for a file that was changed since: TOML source of the value, `null` for none. */
  readonly keys: readonly KeyChange[];
}

export interface KeyChange {
  /** A table that was made as a whole, and that is useless in parts: such as a provider. */
  readonly isUnit?: true;
  readonly path: readonly (string | number)[];
  readonly before: string | null;
  readonly after: string | null;
}

export interface EditReceipt {
  readonly version: 1;
  /** Sorts by time. */
  readonly id: string;
  /** Wall clock, ms since 1970. */
  readonly atMs: number;
  /** What was asked for, e.g. `codex connect`. */
  readonly command: string;
  readonly files: readonly FileReceipt[];
  /** True once it was taken back. */
  readonly isUndone: boolean;
}

/** Where receipts are kept. Knows nothing of their content. */
export interface ReceiptStore {
  readonly save: (id: string, content: string) => Promise<void>;
  /** Newest first. */
  readonly list: () => Promise<readonly { readonly id: string; readonly content: string }[]>;
}
