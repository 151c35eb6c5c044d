import { Command } from 'commander';
import type { EditReceipt, FileReceipt } from '../../../core/edit-receipt.ts';
import { describeDrift, type FileDrift } from '../../../decide/codex-config/describe-drift.ts';
import { type CliDeps, CliError } from '../cli-deps.ts';
import type { CodexDeps } from './codex-deps.ts';
import { refuseClearly } from './run-edits.ts';
import { readReceipts } from './undo-receipts.ts';

interface DriftOptions {
  readonly json?: true;
}

/** `holdfast codex drift`. Exit 0: every file is as we left it; 1: something changed since. */
export function createDriftCommand(cli: CliDeps, deps: CodexDeps): Command {
  return new Command('drift')
    .description('Show what changed in files of Codex since Holdfast wrote them.')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExamples:\n  holdfast codex drift\n  holdfast codex drift --json')
    .action((options: DriftOptions) => drift(options, cli, deps));
}

async function drift(options: DriftOptions, cli: CliDeps, deps: CodexDeps): Promise<void> {
  const found: Array<FileDrift & { readonly path: string }> = [];
  for (const [path, receipts] of latestPerFile(await readReceipts(deps))) {
    const text = await refuseClearly(() => deps.files.read(path));
    found.push({ path, ...describeDrift(text, receipts) });
  }
  const hasDrifted = found.some(({ state }) => state !== 'as-written');
  if (options.json) cli.out(JSON.stringify({ files: found }));
  else if (found.length === 0) cli.out('Holdfast has written nothing that is still in effect.');
  else for (const line of found.flatMap(describe)) cli.out(line);
  if (hasDrifted) throw new CliError('', 1);
}

/** Receipts of each file, the newest first. */
function latestPerFile(receipts: readonly EditReceipt[]): ReadonlyMap<string, readonly FileReceipt[]> {
  const perFile = new Map<string, FileReceipt[]>();
  for (const receipt of receipts) {
    for (const file of receipt.files) perFile.set(file.path, [...(perFile.get(file.path) ?? []), file]);
  }
  return perFile;
}

function describe({ path, state, keys }: FileDrift & { readonly path: string }): readonly string[] {
  const words = {
    'as-written': 'as Holdfast left it',
    'changed-elsewhere': 'changed since, but not in keys that Holdfast wrote',
    'keys-changed': 'changed since in keys that Holdfast wrote:',
    missing: 'removed since',
    unreadable: 'changed since, and not valid TOML any more',
  };
  return [`${path}: ${words[state]}`, ...keys.map(({ key, what }) => `    ${key} ${what}`)];
}
