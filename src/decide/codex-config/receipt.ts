import type { EditReceipt, FileReceipt, Splice } from '../../core/edit-receipt.ts';
import type { FileChange, FileText } from '../../core/user-files.ts';
import { isTime } from './is-time.ts';
import { undoSplices } from './splice.ts';
import { parseDocument } from './toml/parse-document.ts';
import { renderValue } from './toml/render-value.ts';

/** SHA-256 in hex; `null` for a file that does not exist. */
export function hashText(text: FileText): string | null {
  return text === undefined ? null : new Bun.CryptoHasher('sha256').update(text).digest('hex');
}

/** A file with all that was done to it. */
export interface Edited {
  readonly text: FileText;
  readonly splices: readonly Splice[];
  readonly keys: FileReceipt['keys'];
}

/** The whole TOML file written, replaced or (`text` undefined) deleted. */
export function replaceWhole(before: FileText, text: FileText): Edited {
  const [old, fresh] = [topLevel(before), topLevel(text)];
  const keys = [...new Set([...old.keys(), ...fresh.keys()])].map((key) => ({
    path: [key],
    before: old.get(key) ?? null,
    after: fresh.get(key) ?? null,
  }));
  return { text, splices: [{ at: 0, removed: before ?? '', inserted: text ?? '' }], keys };
}

function topLevel(text: FileText): ReadonlyMap<string, string> {
  const parsed = parseDocument(text ?? '');
  if (parsed.kind === 'broken') return new Map();
  return new Map([...parsed.document.data].map(([key, value]) => [key, renderValue(value)]));
}

export function makeFileReceipt(change: FileChange, edited: Edited): FileReceipt {
  return {
    path: change.path,
    realPath: change.realPath,
    beforeHash: hashText(change.before),
    afterHash: hashText(change.after),
    splices: edited.splices,
    keys: edited.keys,
  };
}

export type UndoOutcome =
  /** `text` is exactly what stood before the edit. */
  | { readonly kind: 'exact'; readonly text: FileText }
  /** The edit never happened, or was already taken back. */
  | { readonly kind: 'nothing-to-do' }
  /** The file was changed since. */
  | { readonly kind: 'changed-since' };

/** Byte-exact undo: only when the file is still what the edit left behind. */
export function undoExactly(text: FileText, receipt: FileReceipt): UndoOutcome {
  const hash = hashText(text);
  if (hash === receipt.beforeHash) return { kind: 'nothing-to-do' };
  if (hash !== receipt.afterHash) return { kind: 'changed-since' };
  const restored = undoSplices(text ?? '', receipt.splices);
  if (receipt.beforeHash === null) return { kind: 'exact', text: undefined };
  if (restored === undefined || hashText(restored) !== receipt.beforeHash) return { kind: 'changed-since' };
  return { kind: 'exact', text: restored };
}

/** Reads a stored receipt; `undefined` when it is not one. */
export function parseReceipt(content: string): EditReceipt | undefined {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    return undefined;
  }
  return isReceipt(value) ? value : undefined;
}

function isReceipt(value: unknown): value is EditReceipt {
  if (!isRecord(value) || value.version !== 1) return false;
  const { id, atMs, command, files, isUndone } = value;
  if (typeof id !== 'string' || !isTime(atMs) || typeof command !== 'string') return false;
  return typeof isUndone === 'boolean' && Array.isArray(files) && files.every(isFileReceipt);
}

function isFileReceipt(value: unknown): value is FileReceipt {
  if (!isRecord(value)) return false;
  const { path, realPath, beforeHash, afterHash, splices, keys } = value;
  if (typeof path !== 'string' || typeof realPath !== 'string') return false;
  if (!isText(beforeHash) || !isText(afterHash) || !Array.isArray(splices) || !Array.isArray(keys)) return false;
  return splices.every(isSplice) && keys.every(isKeyChange);
}

function isSplice(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { at, removed, inserted } = value;
  return Number.isSafeInteger(at) && typeof removed === 'string' && typeof inserted === 'string';
}

function isKeyChange(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { path, before, after } = value;
  return (
    Array.isArray(path) &&
    path.every((key) => typeof key === 'string' || typeof key === 'number') &&
    isText(before) &&
    isText(after)
  );
}

const isText = (value: unknown): value is string | null => value === null || typeof value === 'string';
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
