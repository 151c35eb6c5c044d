import { type FileChange, type FileText, UserFileError } from '../../../core/user-files.ts';
import type { Edited } from '../../../decide/codex-config/receipt.ts';
import { renderDiff } from '../../../decide/codex-config/render-diff.ts';
import type { EditOperation } from '../../../decide/codex-config/toml/edit-operation.ts';
import { editText } from '../../../decide/codex-config/toml/edit-text.ts';
import { type CliDeps, CliError } from '../cli-deps.ts';
import { applyEdits, type PlannedEdit, previewEdits } from './apply-edits.ts';
import type { CodexDeps } from './codex-deps.ts';

export interface EditRun {
  /** What the receipt is called, as the user would type it. */
  readonly command: string;
  readonly edits: readonly PlannedEdit[];
  readonly isDryRun: boolean;
  readonly isJson: boolean;
  /** Added to the JSON object; asked when the edits are done. */
  readonly report?: () => Readonly<Record<string, unknown>>;
  /** Said at the end, unless this was a dry run. */
  readonly hints?: () => readonly string[];
}

type Change = Omit<FileChange, 'realPath'>;

/** Carries out edits, or shows them, and says what happened. Resolves to the files that changed or would change. */
export async function runEdits(run: EditRun, cli: CliDeps, deps: CodexDeps): Promise<readonly string[]> {
  const { isDryRun, isJson, report, hints } = run;
  const changes = await carryOut(run, deps);
  if (isJson) cli.out(JSON.stringify({ isDryRun, files: pathsOf(changes), ...report?.() }));
  else {
    for (const line of describeChanges(changes, isDryRun)) cli.out(line);
    if (!isDryRun) for (const hint of hints?.() ?? []) cli.out(hint);
  }
  return pathsOf(changes);
}

/** The edits alone, without a word. */
export async function carryOut(
  run: Pick<EditRun, 'command' | 'edits' | 'isDryRun'>,
  deps: CodexDeps,
): Promise<readonly Change[]> {
  return await refuseClearly(async () =>
    run.isDryRun ? await previewEdits(run.edits, deps) : (await applyEdits(run.command, run.edits, deps)).changes,
  );
}

export const pathsOf = (changes: readonly Change[]): readonly string[] => [...new Set(changes.map(({ path }) => path))];

export function describeChanges(changes: readonly Change[], isDryRun: boolean): readonly string[] {
  if (changes.length === 0) return ['Nothing to change.'];
  if (isDryRun) return changes.map(({ path, before, after }) => `${renderDiff(path, before, after)}\n`);
  return changes.map(({ path, before, after }) => {
    if (after === undefined) return `Removed ${path}`;
    return `${before === undefined ? 'Created' : 'Edited'} ${path}`;
  });
}

/** Edits one file by key, or ends the command with the reason and an untouched file. */
export function editByKey(path: string, text: FileText, operations: readonly EditOperation[]): Edited {
  const result = editText(text, operations);
  if (result.kind === 'edited') return result;
  throw new CliError(`${path}: ${result.reason}. The file was left as it is.`);
}

/** Puts what the file system refused into a message and an exit code. */
export async function refuseClearly<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UserFileError && error.problem === 'MISSING_FOLDER') {
      throw new CliError(`${error.message}. Start Codex once, or create the folder.`);
    }
    if (error instanceof UserFileError) throw new CliError(`${error.message}. The file was left as it is.`);
    throw error;
  }
}
