import type { FileText } from '../../core/user-files.ts';
import type { Finding } from './lint/finding.ts';
import type { ConfigSource, LintInput } from './lint/lint-context.ts';
import type { LintRule } from './lint/lint-rule.ts';
import { runLint } from './lint/run-lint.ts';
import { mergeProfile, profileText } from './migrate-profile.ts';
import { type Edited, replaceWhole } from './receipt.ts';
import { editText } from './toml/edit-text.ts';
import { parseDocument } from './toml/parse-document.ts';
import { isTable, type KeyPath, valueAt } from './toml/toml-data.ts';

export interface Repaired extends Edited {
  readonly repaired: readonly Finding[];
}

/** More repairs than any real file needs: an end to two rules that undo each other. */
const MAX_REPAIRS = 200;

/**
 * Repairs one file until nothing is left that can be repaired without a decision. One finding at a time, because a
 * repair may move what the next one is about.
 */
export function repairText(
  source: Omit<ConfigSource, 'text'>,
  text: FileText,
  input: LintInput,
  rules: readonly LintRule[],
): Repaired {
  let current: Edited = { text, splices: [], keys: [] };
  const repaired: Finding[] = [];
  const hopeless = new Set<string>();
  for (let count = 0; count < MAX_REPAIRS && current.text !== undefined; count += 1) {
    const finding = lintOne(source, current.text, input, rules).find(
      (each) => each.repair !== undefined && !hopeless.has(describe(each)),
    );
    if (finding?.repair === undefined) break;
    const result = editText(current.text, finding.repair.operations);
    if (result.kind === 'refused' || result.text === current.text) {
      hopeless.add(describe(finding));
      continue;
    }
    repaired.push(finding);
    current = {
      text: result.text,
      splices: [...current.splices, ...result.splices],
      keys: [...current.keys, ...result.keys],
    };
  }
  return { ...current, repaired };
}

const describe = (finding: Finding): string =>
  JSON.stringify([finding.rule, finding.repair?.operations.map(({ path }) => path)]);

/** Findings in one file, with all others as they are. */
function lintOne(
  source: Omit<ConfigSource, 'text'>,
  text: string,
  input: LintInput,
  rules: readonly LintRule[],
): readonly Finding[] {
  const others = input.sources.filter(({ path }) => path !== source.path);
  // The user's file lies under all others, and a project's over them.
  const sources = source.role === 'project' ? [...others, { ...source, text }] : [{ ...source, text }, ...others];
  return runLint({ ...input, sources }, rules).filter(({ place }) => place?.path === source.path);
}

export interface ProfileMove {
  readonly profile: string;
  /** Where its old table stands in the file of the finding. */
  readonly table: KeyPath;
  readonly from: string;
}

/** Old profile tables that must get files of their own before they are removed. */
export function profileMoves(findings: readonly Finding[]): readonly ProfileMove[] {
  return findings.flatMap(({ repair, place }) => {
    const [operation] = repair?.operations ?? [];
    if (repair?.movesProfile === undefined || operation === undefined || place === undefined) return [];
    return [{ profile: repair.movesProfile, table: operation.path, from: place.path }];
  });
}

/** The profile's own file after the move: new, or with what it did not say yet. A reason when it cannot be written. */
export function moveProfile(move: ProfileMove, fromText: string, existing: FileText): Edited | string {
  const parsed = parseDocument(fromText);
  if (parsed.kind === 'broken') return 'the configuration is not valid TOML';
  const old = valueAt(parsed.document.data, move.table);
  if (!isTable(old)) return { text: existing, splices: [], keys: [] };
  if (existing === undefined) return replaceWhole(existing, profileText(parsed.document, move.table));
  const target = parseDocument(existing);
  if (target.kind === 'broken') return `line ${target.problem.line}: ${target.problem.message}`;
  const result = editText(existing, mergeProfile(target.document.data, old));
  return result.kind === 'edited' ? result : result.reason;
}
