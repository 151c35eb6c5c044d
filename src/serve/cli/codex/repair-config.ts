import type { Finding } from '../../../decide/codex-config/lint/finding.ts';
import type { LintInput } from '../../../decide/codex-config/lint/lint-context.ts';
import type { LintRule } from '../../../decide/codex-config/lint/lint-rule.ts';
import { runLint } from '../../../decide/codex-config/lint/run-lint.ts';
import { moveProfile, type ProfileMove, profileMoves, repairText } from '../../../decide/codex-config/repair-text.ts';
import { type CliDeps, CliError } from '../cli-deps.ts';
import type { PlannedEdit } from './apply-edits.ts';
import type { CodexDeps } from './codex-deps.ts';
import { profileFile } from './codex-home.ts';
import { describeFindings, plainFinding } from './describe-findings.ts';
import { gatherConfig } from './gather-config.ts';
import { carryOut, describeChanges, pathsOf } from './run-edits.ts';

export interface RepairRun {
  /** What the receipt is called. */
  readonly command: string;
  readonly rules: readonly LintRule[];
  readonly codexHome: string;
  readonly input: LintInput;
  readonly isDryRun: boolean;
  readonly isJson: boolean;
  /** Made together with the repairs. */
  readonly edits?: readonly PlannedEdit[];
}

/** Repairs all files of a configuration with one way back. Exit 1 when errors remain. */
export async function repairConfig(run: RepairRun, cli: CliDeps, deps: CodexDeps): Promise<void> {
  const { command, input, rules, codexHome, isDryRun, isJson } = run;
  const repaired = new Map<string, Finding>();
  const moves = profileMoves(runLint(input, rules));
  const edits = [
    // First the new files, so that at no moment a setting is in no file.
    ...moves.map((move) => planMove(move, run, repaired)),
    ...input.sources.map((source): PlannedEdit => {
      const edit: PlannedEdit['edit'] = (text) => {
        const result = repairText(source, text, input, rules);
        for (const finding of result.repaired) repaired.set(keyOf(finding), finding);
        return result;
      };
      return { path: source.path, edit };
    }),
    ...(run.edits ?? []),
  ];
  const changes = await carryOut({ command, edits, isDryRun }, deps);
  const left = isDryRun ? [] : runLint(await gatherConfig(codexHome, input.profile, cli, deps.files));
  const done = [...repaired.values()];
  if (isJson) {
    const files = pathsOf(changes);
    cli.out(JSON.stringify({ isDryRun, files, repaired: done.map(plainFinding), findings: left.map(plainFinding) }));
  } else {
    for (const line of describeChanges(changes, isDryRun)) cli.out(line);
    for (const { rule, message } of done) cli.out(`  ${isDryRun ? 'would repair' : 'repaired'} ${rule}: ${message}`);
    for (const { profile } of moves) cli.out(`  Use the moved profile with: codex --profile ${profile}`);
    if (!isDryRun && changes.length > 0) cli.out('Undo: holdfast codex undo');
    if (left.length > 0) cli.out('\nLeft for you to decide:\n');
    for (const line of describeFindings(left, cli)) cli.out(line);
  }
  if (left.some(({ severity }) => severity === 'error')) throw new CliError('', 1);
}

function planMove(move: ProfileMove, run: RepairRun, repaired: Map<string, Finding>): PlannedEdit {
  const path = profileFile(run.codexHome, move.profile);
  const from = run.input.sources.find((source) => source.path === move.from)?.text ?? '';
  return {
    path,
    edit: (text) => {
      const moved = moveProfile(move, from, text);
      if (typeof moved === 'string') throw new CliError(`${path}: ${moved}. Nothing was changed.`);
      const source = { path, role: 'profile' as const, profile: move.profile };
      const result = repairText(source, moved.text, run.input, run.rules);
      for (const finding of result.repaired) repaired.set(keyOf(finding), finding);
      const { keys, splices } = moved;
      return { text: result.text, splices: [...splices, ...result.splices], keys: [...keys, ...result.keys] };
    },
  };
}

const keyOf = ({ rule, place, message }: Finding): string => JSON.stringify([rule, place, message]);
