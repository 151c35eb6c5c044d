import type { FileText } from '../../../core/user-files.ts';
import { UserFileError } from '../../../core/user-files.ts';
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
  /** Added to the JSON object. */
  readonly report?: Readonly<Record<string, unknown>>;
  /** Said after a change was made. */
  readonly hints?: readonly string[];
}

/** Carries out edits, or shows them, and says what happened. Resolves to the files that changed or would change. */
export async function runEdits(run: EditRun, cli: CliDeps, deps: CodexDeps): Promise<readonly string[]> {
  const changes = await refuseClearly(() =>
    run.isDryRun ? previewEdits(run.edits, deps) : applyEdits(run.command, run.edits, deps),
  );
  const paths = [...new Set(changes.map(({ path }) => path))];
  if (run.isJson) {
    cli.out(JSON.stringify({ isDryRun: run.isDryRun, files: paths, ...run.report }));
    return paths;
  }
  if (changes.length === 0) cli.out('Nothing to change.');
  else if (run.isDryRun) for (const { path, before, after } of changes) cli.out(`${renderDiff(path, before, after)}\n`);
  else for (const path of paths) cli.out(`Wrote ${path}`);
  if (!run.isDryRun) for (const hint of run.hints ?? []) cli.out(hint);
  return paths;
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
    if (error instanceof UserFileError) throw new CliError(`${error.message}. The file was left as it is.`);
    throw error;
  }
}
