import type { EditReceipt } from '../../../core/edit-receipt.ts';
import { parseReceipt } from '../../../decide/codex-config/receipt.ts';
import { undoFile } from '../../../decide/codex-config/undo-file.ts';
import { type CliDeps, CliError } from '../cli-deps.ts';
import type { PlannedEdit } from './apply-edits.ts';
import type { CodexDeps } from './codex-deps.ts';
import { runEdits } from './run-edits.ts';

/** Edits that can still be taken back, newest first. */
export async function readReceipts(deps: Pick<CodexDeps, 'receipts'>): Promise<readonly EditReceipt[]> {
  const stored = await deps.receipts.list();
  return stored.flatMap(({ content }) => {
    const receipt = parseReceipt(content);
    return receipt === undefined || receipt.isUndone ? [] : [receipt];
  });
}

export interface UndoRun {
  /** What the receipt of the undoing is called: that is an edit too. */
  readonly command: string;
  readonly receipts: readonly EditReceipt[];
  /** Made together with the undoing. */
  readonly edits?: readonly PlannedEdit[];
  readonly isDryRun: boolean;
  readonly isJson: boolean;
}

/** Takes edits back, the newest first, and says what could not be restored byte for byte. */
export async function undoReceipts(run: UndoRun, cli: CliDeps, deps: CodexDeps): Promise<readonly string[]> {
  const { command, receipts, isDryRun, isJson } = run;
  const changedSince = new Set<string>();
  const kept = new Set<string>();
  const edits = receipts.flatMap((receipt) =>
    receipt.files.toReversed().map((file): PlannedEdit => {
      const edit: PlannedEdit['edit'] = (text) => {
        const undone = undoFile(text, file);
        if (undone.kind === 'refused') {
          throw new CliError(`${file.path}: ${undone.reason}. It was changed since, and was left as it is.`);
        }
        if (!undone.isExact) changedSince.add(file.path);
        for (const key of undone.kept) kept.add(`${file.path}: ${key}`);
        return undone.edited;
      };
      return { path: file.path, edit };
    }),
  );
  const report = (): Record<string, unknown> => ({
    undone: receipts.map(({ id }) => id),
    changedSince: [...changedSince],
    kept: [...kept],
  });
  const hints = (): readonly string[] => [
    ...[...changedSince].map((path) => `${path} was changed since: our own keys were taken back, the rest was left.`),
    ...[...kept].map((key) => `Kept, because somebody changed it since: ${key}`),
  ];
  const all = [...edits, ...(run.edits ?? [])];
  const changed = await runEdits({ command, edits: all, isDryRun, isJson, report, hints }, cli, deps);
  if (!isDryRun) for (const receipt of receipts) await markUndone(receipt, deps);
  return changed;
}

async function markUndone(receipt: EditReceipt, deps: CodexDeps): Promise<void> {
  const undone: EditReceipt = { ...receipt, isUndone: true };
  await deps.receipts.save(receipt.id, JSON.stringify(undone));
}
