import { Command } from 'commander';
import { type CliDeps, CliError } from '../cli-deps.ts';
import type { CodexDeps } from './codex-deps.ts';
import { readReceipts, undoReceipts } from './undo-receipts.ts';

interface UndoOptions {
  readonly list?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

/** What the undoing of an edit is recorded as: `undo` goes further back, it never undoes itself. */
const UNDO = 'codex undo';

export function createUndoCommand(cli: CliDeps, deps: CodexDeps): Command {
  return new Command('undo')
    .description(
      'Take back the last edit that Holdfast made to files of Codex: byte for byte, or key by key if they changed since.',
    )
    .argument('[id]', 'which edit; see --list (default: the last one)')
    .option('--list', 'list the edits that can be taken back')
    .option('--dry-run', 'show what would change and write nothing')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  holdfast codex undo\n  holdfast codex undo --list\n  holdfast codex undo --dry-run',
    )
    .action((id: string | undefined, options: UndoOptions) => undo(id, options, cli, deps));
}

async function undo(id: string | undefined, options: UndoOptions, cli: CliDeps, deps: CodexDeps): Promise<void> {
  const receipts = (await readReceipts(deps)).filter(({ command }) => command !== UNDO);
  const { dryRun: isDryRun = false, json: isJson = false } = options;
  if (options.list) {
    const facts = receipts.map(({ id: name, atMs, command, files }) => {
      return { id: name, at: new Date(atMs).toISOString(), command, files: files.map(({ path }) => path) };
    });
    if (isJson) cli.out(JSON.stringify({ edits: facts }));
    else if (facts.length === 0) cli.out('There is nothing to take back.');
    else for (const fact of facts) cli.out(`${fact.id}  ${fact.command}\n    ${fact.files.join('\n    ')}`);
    return;
  }
  const chosen = id === undefined ? receipts[0] : receipts.find((receipt) => receipt.id === id);
  if (id !== undefined && chosen === undefined)
    throw new CliError(`there is no edit "${id}". See: holdfast codex undo --list`, 2);
  if (chosen === undefined) {
    if (isJson) cli.out(JSON.stringify({ isDryRun, files: [], undone: [] }));
    else cli.out('There is nothing to take back.');
    return;
  }
  if (!isJson) cli.out(`Taking back: ${chosen.command} (${new Date(chosen.atMs).toISOString()})`);
  await undoReceipts({ command: UNDO, receipts: [chosen], isDryRun, isJson }, cli, deps);
}
