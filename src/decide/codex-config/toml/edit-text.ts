import type { KeyChange, Splice } from '../../../core/edit-receipt.ts';
import type { FileText } from '../../../core/user-files.ts';
import { applySplice } from '../splice.ts';
import { applyToData, type EditOperation } from './edit-operation.ts';
import { findEntry } from './find-place.ts';
import { parseDocument, type TomlDocument, type TomlProblem } from './parse-document.ts';
import { type Candidate, placeOperation } from './place-operation.ts';
import { renderPath, renderValue } from './render-value.ts';
import { isTable, type KeyPath, sameData, type TomlTable, toTomlValue, valueAt } from './toml-data.ts';

export type EditResult =
  | {
      readonly kind: 'edited';
      readonly text: FileText;
      readonly splices: readonly Splice[];
      readonly keys: readonly KeyChange[];
    }
  /** Nothing was changed at all. */
  | { readonly kind: 'refused'; readonly reason: string; readonly problem?: TomlProblem };

interface Progress {
  document: TomlDocument;
  readonly splices: Splice[];
  readonly keys: KeyChange[];
}

/**
 * Carries out operations on a TOML text by replacing nothing but the ranges they are about. After each one the text is
 * read again: if its data is not exactly as intended, the whole edit is refused.
 */
export function editText(
  text: FileText,
  operations: readonly EditOperation[],
  place: typeof placeOperation = placeOperation,
): EditResult {
  const parsed = parseDocument(text ?? '');
  if (parsed.kind === 'broken') {
    const { message, line } = parsed.problem;
    return { kind: 'refused', reason: `line ${line}: ${message}`, problem: parsed.problem };
  }
  const progress: Progress = { document: parsed.document, splices: [], keys: [] };
  for (const operation of operations) {
    for (const step of expandOperation(progress.document, operation)) {
      const reason = carryOut(progress, step, place);
      if (reason !== undefined) return { kind: 'refused', reason: `${renderPath(step.path)}: ${reason}` };
    }
  }
  const isUnchanged = progress.splices.length === 0;
  const { splices, keys } = progress;
  return { kind: 'edited', text: isUnchanged ? text : progress.document.text, splices, keys };
}

/** A table given to a table that is written out over several lines is set key by key, so that its layout stays. */
function expandOperation(document: TomlDocument, operation: EditOperation): readonly EditOperation[] {
  if (operation.kind !== 'set') return [operation];
  const { path } = operation;
  const wanted = toTomlValue(operation.value);
  const found = valueAt(document.data, path);
  if (!isTable(wanted) || !isTable(found) || findEntry(document, path) !== undefined) return [operation];
  const extra = [...found.keys()].filter((key) => !wanted.has(key));
  return [
    ...extra.map((key): EditOperation => ({ kind: 'remove', path: [...path, key] })),
    ...[...wanted].flatMap(([key, value]) => expandOperation(document, { kind: 'set', path: [...path, key], value })),
  ];
}

/** Undefined when done, else the reason why not. */
function carryOut(progress: Progress, operation: EditOperation, place: typeof placeOperation): string | undefined {
  const { data } = progress.document;
  const refusal = refuse(progress.document, operation);
  if (refusal !== undefined) return refusal;
  const intended = applyToData(data, operation);
  if (typeof intended === 'string') return intended;
  if (sameData(data, intended)) return undefined;
  for (const candidate of place(progress.document, operation)) {
    const document = tryCandidate(progress.document.text, candidate);
    if (document === undefined || !isAsIntended(document.data, intended, operation)) continue;
    progress.keys.push(...describeKeys(progress.document, document, operation));
    progress.splices.push(...candidate);
    progress.document = document;
    return undefined;
  }
  return 'cannot be edited safely where it stands';
}

function refuse(document: TomlDocument, operation: EditOperation): string | undefined {
  const found = valueAt(document.data, operation.path);
  if (operation.kind === 'add-table' && found !== undefined) return 'exists already';
  if (operation.kind !== 'set' || !isTable(found) || isTable(toTomlValue(operation.value))) return undefined;
  return findEntry(document, operation.path) === undefined ? 'is a table' : undefined;
}

function tryCandidate(text: string, candidate: Candidate): TomlDocument | undefined {
  let current: string | undefined = text;
  for (const splice of candidate) {
    current = applySplice(current, splice);
    if (current === undefined) return undefined;
  }
  const parsed = parseDocument(current);
  return parsed.kind === 'ok' ? parsed.document : undefined;
}

/** Tables that were only there because of a removed key are gone with it, which is as intended too. */
function isAsIntended(actual: TomlTable, intended: TomlTable, operation: EditOperation): boolean {
  if (sameData(actual, intended)) return true;
  if (operation.kind !== 'remove') return false;
  let pruned: TomlTable = intended;
  for (let depth = operation.path.length - 1; depth > 0; depth -= 1) {
    const ancestor = operation.path.slice(0, depth);
    const value = valueAt(pruned, ancestor);
    if (!isTable(value) || value.size > 0) return false;
    const next = applyToData(pruned, { kind: 'remove', path: ancestor });
    if (typeof next === 'string') return false;
    pruned = next;
    if (sameData(actual, pruned)) return true;
  }
  return false;
}

/** What changed, at the outermost key that was not there before: so that undo also removes a table that we made. */
function describeKeys(before: TomlDocument, after: TomlDocument, operation: EditOperation): readonly KeyChange[] {
  const { path, kind } = operation;
  if (kind === 'add-table') return [{ isUnit: true, path, before: null, after: sourceOf(after, path) }];
  const paths: KeyPath[] = [outermostNew(before.data, path)];
  if (operation.kind === 'rename') paths.push([...operation.path.slice(0, -1), operation.to]);
  return paths.map((each) => ({ path: each, before: sourceOf(before, each), after: sourceOf(after, each) }));
}

function outermostNew(data: TomlTable, path: KeyPath): KeyPath {
  for (let depth = 1; depth < path.length; depth += 1) {
    if (valueAt(data, path.slice(0, depth)) === undefined) return path.slice(0, depth);
  }
  return path;
}

/** How the value is written; a table in several lines is put on one. */
function sourceOf(document: TomlDocument, path: KeyPath): string | null {
  const value = valueAt(document.data, path);
  if (value === undefined) return null;
  const range = findEntry(document, path)?.valueRange;
  return range === undefined ? renderValue(value) : document.text.slice(range.start, range.end);
}
