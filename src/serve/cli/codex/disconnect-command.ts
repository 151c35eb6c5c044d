import { Command } from 'commander';
import type { EditReceipt } from '../../../core/edit-receipt.ts';
import { parseReceipt, replaceWhole, undoExactly } from '../../../decide/codex-config/receipt.ts';
import { type CliDeps, CliError } from '../cli-deps.ts';
import type { CodexDeps } from './codex-deps.ts';
import { findCodexHome, profileFile } from './codex-home.ts';

interface DisconnectOptions {
  readonly codexHome?: string;
  readonly json?: true;
}

export function createDisconnectCommand(cli: CliDeps, deps: CodexDeps): Command {
  return new Command('disconnect')
    .description('Take back what "holdfast codex connect" wrote, byte for byte.')
    .option('--codex-home <folder>', "Codex's folder (default: CODEX_HOME, else ~/.codex)")
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExamples:\n  holdfast codex disconnect')
    .action((options: DisconnectOptions) => disconnect(options, cli, deps));
}

async function disconnect(options: DisconnectOptions, cli: CliDeps, deps: CodexDeps): Promise<void> {
  const file = profileFile(findCodexHome(options.codexHome, cli, deps), 'holdfast');
  const restored: string[] = [];
  for (const { content } of await deps.receipts.list()) {
    const receipt = parseReceipt(content);
    if (receipt === undefined || receipt.isUndone || receipt.command !== 'codex connect') continue;
    for (const fileReceipt of receipt.files.filter(({ path }) => path === file)) {
      const change = await deps.files.edit(file, (text) => {
        const outcome = undoExactly(text, fileReceipt);
        if (outcome.kind === 'changed-since') throw new CliError(`${file} was changed since; it was left as it is`);
        return replaceWhole(text, outcome.kind === 'exact' ? outcome.text : text).text;
      });
      if (change !== undefined) restored.push(file);
    }
    const undone: EditReceipt = { ...receipt, isUndone: true };
    await deps.receipts.save(receipt.id, JSON.stringify(undone));
  }
  if (options.json) cli.out(JSON.stringify({ files: restored }));
  else cli.out(restored.length === 0 ? 'Codex was not connected: nothing to do.' : `Restored: ${restored.join(', ')}`);
}
