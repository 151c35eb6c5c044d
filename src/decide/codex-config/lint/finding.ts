import type { EditOperation } from '../toml/edit-operation.ts';

/** `error`: Codex refuses to start, or requests fail. `warning`: something is not what it looks like. `info`: worth knowing. */
export type Severity = 'error' | 'warning' | 'info';

/** One thing that is wrong, where it stands, and what to do. Never holds a value that may be a key. */
export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  /** Absent for what is not in a file, such as an environment variable. */
  readonly place?: Place;
  /** What is so, and what Codex makes of it. */
  readonly message: string;
  /** What to do about it. */
  readonly fix: string;
  /** How Holdfast does it. Absent: only a person can decide. */
  readonly repair?: Repair;
}

export interface Place {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

export interface Repair {
  /** In the file of the finding. */
  readonly operations: readonly EditOperation[];
  /** A profile of old syntax that moves to a file of its own before. */
  readonly movesProfile?: string;
}

export const compareFindings = (left: Finding, right: Finding): number =>
  RANK[left.severity] - RANK[right.severity] ||
  (left.place?.path ?? '').localeCompare(right.place?.path ?? '') ||
  (left.place?.line ?? 0) - (right.place?.line ?? 0);

const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };
