import { isTime } from '../is-time.ts';

/** Who switched what, when and why: one line of JSON each, the oldest first. No secrets. */
export interface ActivationRecord {
  readonly version: 1;
  readonly action: 'activate' | 'deactivate';
  readonly kind: ActivationKind;
  readonly target: string;
  /** Wall clock, ms since 1970. */
  readonly atMs: number;
  /** `user@machine`. */
  readonly by: string;
  readonly reason: string | null;
  /** What the check before said. */
  readonly check: string;
  /** True when the check had failed and `--force` was given. */
  readonly isForced: boolean;
  /** Edits that `deactivate` takes back. */
  readonly receiptIds: readonly string[];
  readonly expiresAtMs: number | null;
  /** What was in use before, and is again after `deactivate`; `null` when that is not known. */
  readonly previous: ActivationTarget | null;
  /** The team file that asked for it, if one did. */
  readonly followed: string | null;
}

export type ActivationKind = 'gateway-target' | 'provider' | 'profile';

export interface ActivationTarget {
  readonly kind: ActivationKind;
  readonly target: string;
  readonly model: string | null;
}

/** Lines that are kept. */
const KEPT = 1_000;

/** Reads the journal; lines that are damaged are passed over. */
export function parseJournal(text: string | undefined): readonly ActivationRecord[] {
  return (text ?? '').split('\n').flatMap((line): ActivationRecord[] => {
    try {
      const value: unknown = JSON.parse(line);
      return isRecord(value) ? [value] : [];
    } catch {
      return [];
    }
  });
}

function isRecord(value: unknown): value is ActivationRecord {
  if (typeof value !== 'object' || value === null || !('version' in value) || value.version !== 1) return false;
  const record: Partial<Record<keyof ActivationRecord, unknown>> = value;
  const { action, atMs, by, reason, check, isForced, receiptIds, expiresAtMs, previous, followed } = record;
  return (
    (action === 'activate' || action === 'deactivate') &&
    isTarget(record) &&
    isTime(atMs) &&
    typeof by === 'string' &&
    isText(reason) &&
    typeof check === 'string' &&
    typeof isForced === 'boolean' &&
    Array.isArray(receiptIds) &&
    receiptIds.every((id) => typeof id === 'string') &&
    (expiresAtMs === null || isTime(expiresAtMs)) &&
    (previous === null || isPrevious(previous)) &&
    isText(followed)
  );
}

const isText = (value: unknown): value is string | null => value === null || typeof value === 'string';

const isTarget = ({ kind, target }: { readonly kind?: unknown; readonly target?: unknown }): boolean =>
  (kind === 'gateway-target' || kind === 'provider' || kind === 'profile') && typeof target === 'string';

const isPrevious = (value: unknown): value is ActivationTarget =>
  typeof value === 'object' && value !== null && isTarget(value) && 'model' in value && isText(value.model);

export function appendRecord(text: string | undefined, record: ActivationRecord): string {
  const lines = (text ?? '').split('\n').filter((line) => line !== '');
  return `${[...lines.slice(-KEPT + 1), JSON.stringify(record)].join('\n')}\n`;
}

/** The activation that is in effect. */
export function currentActivation(journal: readonly ActivationRecord[]): ActivationRecord | undefined {
  const last = journal.at(-1);
  return last?.action === 'activate' ? last : undefined;
}

export const isExpired = (record: Pick<ActivationRecord, 'expiresAtMs'>, nowMs: number): boolean =>
  record.expiresAtMs !== null && record.expiresAtMs <= nowMs;
