import { dirname } from 'node:path';
import { Command } from 'commander';
import type { FileText } from '../../../core/user-files.ts';
import { disconnectOperations } from '../../../decide/codex-config/gateway-profile.ts';
import { replaceWhole } from '../../../decide/codex-config/receipt.ts';
import { parseDocument } from '../../../decide/codex-config/toml/parse-document.ts';
import type { CliDeps } from '../cli-deps.ts';
import type { PlannedEdit } from './apply-edits.ts';
import type { CodexDeps } from './codex-deps.ts';
import { CODEX_HOME_OPTION, configFile, findCodexHome, profileFile } from './codex-home.ts';
import { CONNECT } from './connect-command.ts';
import { editByKey } from './run-edits.ts';
import { readReceipts, undoReceipts } from './undo-receipts.ts';

interface DisconnectOptions {
  readonly codexHome?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

export function createDisconnectCommand(cli: CliDeps, deps: CodexDeps): Command {
  return new Command('disconnect')
    .description('Take back what "holdfast codex connect" wrote, byte for byte.')
    .option(...CODEX_HOME_OPTION)
    .option('--dry-run', 'show what would change and write nothing')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExamples:\n  holdfast codex disconnect\n  holdfast codex disconnect --dry-run')
    .action((options: DisconnectOptions) => disconnect(options, cli, deps));
}

async function disconnect(options: DisconnectOptions, cli: CliDeps, deps: CodexDeps): Promise<void> {
  const codexHome = findCodexHome(options.codexHome, cli, deps);
  const { dryRun: isDryRun = false, json: isJson = false } = options;
  const ours = [configFile(codexHome), profileFile(codexHome, 'holdfast')];
  const receipts = (await readReceipts(deps)).filter(
    (receipt) => receipt.command.startsWith(CONNECT) && receipt.files.every(({ path }) => dirname(path) === codexHome),
  );
  const withReceipt = receipts.flatMap(({ files }) => files.map(({ path }) => path));
  // Connected by hand, or the receipt is lost: what names the gateway goes, everything else stays.
  const others = ours.filter((path) => !withReceipt.includes(path));
  const edits = others.map((path): PlannedEdit => ({ path, edit: (text) => removeGateway(path, text) }));
  await undoReceipts({ command: 'codex disconnect', receipts, edits, isDryRun, isJson }, cli, deps);
}

function removeGateway(path: string, text: FileText): ReturnType<typeof replaceWhole> {
  const parsed = parseDocument(text ?? '');
  const operations = parsed.kind === 'ok' ? disconnectOperations(parsed.document) : [];
  const edited = editByKey(path, text, operations);
  const rest = parseDocument(edited.text ?? '');
  const isEmptied = operations.length > 0 && rest.kind === 'ok' && rest.document.data.size === 0;
  return isEmptied && path.endsWith('holdfast.config.toml') ? replaceWhole(text, undefined) : edited;
}
