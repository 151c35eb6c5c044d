import type { FileReceipt, KeyChange, Splice } from '../../core/edit-receipt.ts';
import type { FileText } from '../../core/user-files.ts';
import { applyToData, type EditOperation } from './toml/edit-operation.ts';
import { type EditResult, editText } from './toml/edit-text.ts';
import { parseDocument } from './toml/parse-document.ts';
import { renderPath } from './toml/render-value.ts';
import { isTable, type KeyPath, sameData, type TomlTable, type TomlValue, valueAt } from './toml/toml-data.ts';

export interface UndoneByKey {
  readonly result: EditResult;
  /** Keys that were changed since by somebody else, and therefore stay: in TOML's spelling. */
  readonly kept: readonly string[];
}

/**
 * Takes an edit back in a file that was changed since: each key that is still as we left it returns to what it was;
 * one that somebody changed since stays theirs, unless it is in a table that we made as a whole. Everything else in the
 * file stays as it is now.
 */
export function undoByKey(text: FileText, receipt: FileReceipt): UndoneByKey {
  const parsed = parseDocument(text ?? '');
  if (parsed.kind === 'broken') return { result: editText(text, []), kept: [] };
  const ownLines = commentsOf(receipt.splices);
  const operations: EditOperation[] = [];
  const kept: string[] = [];
  let data = parsed.document.data;
  for (const change of receipt.keys.toReversed()) {
    const step = undoKey(data, change, ownLines);
    kept.push(...step.kept);
    for (const operation of step.operations) {
      const next = applyToData(data, operation);
      if (typeof next === 'string') return { result: { kind: 'refused', reason: next }, kept };
      data = next;
      operations.push(operation);
    }
  }
  const result = editText(text, operations);
  // Our own text taken out word for word also restores comments and layout, where it still stands.
  const exact = undoByText(text ?? '', receipt.splices);
  if (exact !== undefined && result.kind === 'edited' && sameMeaning(exact.text, result.text)) {
    return { result: { ...result, text: exact.text, splices: exact.splices }, kept };
  }
  return { result, kept };
}

type UndoStep = { readonly operations: readonly EditOperation[]; readonly kept: readonly string[] };

function undoKey(data: TomlTable, change: KeyChange, ownLines: readonly string[]): UndoStep {
  const now = valueAt(data, change.path);
  const before = change.before === null ? undefined : readSource(change.before);
  const after = change.after === null ? undefined : readSource(change.after);
  if (now === undefined || isSame(now, before)) {
    // Somebody took away what we had put there: only what we had taken away comes back.
    return change.after === null && now === undefined && before !== undefined
      ? { operations: [restore(change, before, ownLines)], kept: [] }
      : { operations: [], kept: [] };
  }
  if (isSame(now, after)) return { operations: [restore(change, before, ownLines)], kept: [] };
  if (change.isUnit) return { operations: [restore(change, before, ownLines)], kept: [] };
  if (before === undefined && isTable(now) && isTable(after)) return removeOurs(change.path, now, after, ownLines);
  return { operations: [], kept: [renderPath(change.path)] };
}

function restore(change: KeyChange, before: TomlValue | undefined, ownLines: readonly string[]): EditOperation {
  const { path } = change;
  if (before === undefined || change.before === null) return { kind: 'remove', path, ownLines };
  if (!isTable(before)) return { kind: 'set', path, value: before, source: change.before };
  if (change.after !== null) return { kind: 'set', path, value: before };
  return { kind: 'add-table', path, lines: [...before].map(([key, value]) => ({ key, value })) };
}

/** A table that we made and others added to: our keys go, theirs and the table stay. */
function removeOurs(path: KeyPath, now: TomlTable, ours: TomlTable, ownLines: readonly string[]): UndoStep {
  const operations: EditOperation[] = [];
  const kept: string[] = [];
  for (const [key, value] of now) {
    const own = ours.get(key);
    const inner = [...path, key];
    if (own === undefined) continue;
    if (sameData(value, own)) operations.push({ kind: 'remove', path: inner, ownLines });
    else if (isTable(value) && isTable(own)) {
      const step = removeOurs(inner, value, own, ownLines);
      operations.push(...step.operations);
      kept.push(...step.kept);
    } else kept.push(renderPath(inner));
  }
  return operations.length === now.size && kept.length === 0
    ? { operations: [{ kind: 'remove', path, ownLines }], kept }
    : { operations, kept };
}

const isSame = (left: TomlValue | undefined, right: TomlValue | undefined): boolean =>
  left === undefined || right === undefined ? left === right : sameData(left, right);

/** The value that a piece of TOML source stands for. */
export function readSource(source: string): TomlValue | undefined {
  const parsed = parseDocument(`value = ${source}`);
  return parsed.kind === 'ok' ? parsed.document.data.get('value') : undefined;
}

const commentsOf = (splices: readonly Splice[]): readonly string[] =>
  splices.flatMap(({ inserted }) => inserted.split(/\r?\n/).filter((line) => line.trim().startsWith('#')));

function undoByText(
  text: string,
  splices: readonly Splice[],
): { text: string; splices: readonly Splice[] } | undefined {
  let current = text;
  const made: Splice[] = [];
  for (const { removed, inserted } of splices.toReversed()) {
    // A deletion, or a bare value, does not tell where it stood.
    const at = inserted.includes('\n') ? current.indexOf(inserted) : -1;
    if (at === -1 || current.indexOf(inserted, at + 1) !== -1) return undefined;
    made.push({ at, removed: inserted, inserted: removed });
    current = current.slice(0, at) + removed + current.slice(at + inserted.length);
  }
  return { text: current, splices: made };
}

function sameMeaning(left: FileText, right: FileText): boolean {
  const one = parseDocument(left ?? '');
  const other = parseDocument(right ?? '');
  return one.kind === 'ok' && other.kind === 'ok' && sameData(one.document.data, other.document.data);
}
