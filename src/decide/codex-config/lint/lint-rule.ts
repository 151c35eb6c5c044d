import type { EditOperation } from '../toml/edit-operation.ts';
import type { KeyPath } from '../toml/toml-data.ts';
import type { Finding, Repair, Severity } from './finding.ts';
import { type CheckedFile, type LintContext, placeOf } from './lint-context.ts';

export interface LintRule {
  /** What `lint` calls it. */
  readonly id: string;
  readonly severity: Severity;
  /** One line for the list of rules. */
  readonly summary: string;
  /** Old syntax: `migrate` repairs it, and nothing else. */
  readonly isLegacy?: true;
  readonly check: (context: LintContext) => readonly RuleHit[];
}

/** A finding before its rule's name and its place were added. */
export interface RuleHit {
  readonly file?: CheckedFile;
  readonly path?: KeyPath;
  readonly message: string;
  readonly fix: string;
  readonly repair?: Repair;
  /** Where it differs from the rule's. */
  readonly severity?: Severity;
}

export function toFinding(rule: LintRule, hit: RuleHit): Finding {
  const { file, path = [], message, fix, repair } = hit;
  return {
    rule: rule.id,
    severity: hit.severity ?? rule.severity,
    ...(file === undefined ? {} : { place: placeOf(file, path) }),
    message,
    fix,
    ...(repair === undefined ? {} : { repair }),
  };
}

export const repairBy = (...operations: readonly EditOperation[]): Repair => ({ operations });
