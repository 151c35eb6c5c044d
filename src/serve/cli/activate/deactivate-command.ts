import { Command } from 'commander';
import {
  type ActivationRecord,
  currentActivation,
  parseJournal,
} from '../../../decide/codex-config/activation/activation-journal.ts';
import { type CliDeps, CliError } from '../cli-deps.ts';
import { CODEX_HOME_OPTION, findCodexHome } from '../codex/codex-home.ts';
import { gatherConfig } from '../codex/gather-config.ts';
import { readReceipts, undoReceipts } from '../codex/undo-receipts.ts';
import type { ActivateDeps } from './activate-deps.ts';
import { checkTarget } from './check-target.ts';
import { createMachine } from './find-target.ts';
import { endTeamFile, publishTeamFile } from './publish-team-file.ts';
import { recordSwitch } from './record-switch.ts';
import { deactivateOnGateway, isAddress } from './team-gateway.ts';
import { waitForGateway } from './wait-for-gateway.ts';

export interface DeactivateOptions {
  readonly codexHome?: string;
  readonly reason?: string;
  readonly team?: string;
  readonly force?: true;
  readonly json?: true;
}

/** `holdfast deactivate`. Exit 0: nothing is activated; 1: refused. */
export function createDeactivateCommand(cli: CliDeps, deps: ActivateDeps): Command {
  return new Command('deactivate')
    .description(
      'Go back to what was in use before "holdfast activate", after that has called a tool in a real request.',
    )
    .option(...CODEX_HOME_OPTION)
    .option('--reason <text>', 'why; goes into the record')
    .option('--team <where>', 'end it for those who follow that file or folder, or on the gateway of that address')
    .option('--force', 'also when what was in use before does not answer; recorded')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  holdfast deactivate --reason "the primary is back"\n  holdfast deactivate --team http://gateway:4141\n  holdfast deactivate --force',
    )
    .action((options: DeactivateOptions) => deactivate(options, cli, deps));
}

export async function deactivate(options: DeactivateOptions, cli: CliDeps, deps: ActivateDeps): Promise<void> {
  if (options.team !== undefined && isAddress(options.team)) {
    await deactivateOnGateway(options.team, options, cli, deps);
    return;
  }
  const current = currentActivation(parseJournal(await deps.journal.read()));
  if (current === undefined) {
    const team = options.team === undefined ? undefined : await endTeamFile(options.team, options.reason, cli, deps);
    if (options.json) cli.out(JSON.stringify({ deactivated: null, team: team?.path }));
    else for (const line of ['Nothing is activated on this machine.', ...(team?.hints ?? [])]) cli.out(line);
    return;
  }
  const codexHome = findCodexHome(options.codexHome, cli, deps);
  const check = await checkPrevious(current, codexHome, cli, deps);
  if (!check.isPassed && !options.force) {
    if (options.json) cli.out(JSON.stringify({ deactivated: null, check }));
    throw new CliError(`${check.text}. ${current.target} stays active. To go back all the same: --force`);
  }
  const generation = await deps.gatewayGeneration();
  const files = await takeBack(current, cli, deps);
  const record: ActivationRecord = {
    ...current,
    action: 'deactivate',
    atMs: deps.now(),
    by: deps.who,
    reason: options.reason ?? null,
    check: check.text,
    isForced: !check.isPassed,
    receiptIds: [],
    expiresAtMs: null,
  };
  await recordSwitch(record, deps);
  const isTakenOver =
    current.kind === 'gateway-target' && files.length > 0 ? await waitForGateway(generation, deps) : undefined;
  const team = options.team === undefined ? undefined : await publishTeamFile(options.team, record, false, cli, deps);
  if (options.json) {
    cli.out(JSON.stringify({ deactivated: current.target, check, files, isTakenOver, team: team?.path }));
    return;
  }
  cli.out(`${check.isPassed ? 'Checked' : 'FORCED, although'}: ${check.text}`);
  for (const file of files) cli.out(`Restored ${file}`);
  if (isTakenOver === false)
    cli.out('The gateway is not running, or has not taken it over yet: see "holdfast status".');
  for (const line of team?.hints ?? []) cli.out(line);
  cli.out(`${current.target} is not active any more.`);
}

/** What is gone back to must work, or the way back makes things worse. */
async function checkPrevious(
  current: ActivationRecord,
  codexHome: string,
  cli: CliDeps,
  deps: ActivateDeps,
): Promise<{ readonly isPassed: boolean; readonly text: string }> {
  if (current.previous === null)
    return { isPassed: true, text: 'what was in use before is not known, and was not asked' };
  const machine = createMachine(
    await gatherConfig(codexHome, undefined, cli, deps.files),
    await deps.loadSettings(cli),
  );
  cli.err(`asking ${current.previous.target} …`);
  return await checkTarget(current.previous, machine, codexHome, cli, deps);
}

/** Undoes the edits of an activation. Resolves to the files that changed. */
export async function takeBack(
  current: ActivationRecord,
  cli: CliDeps,
  deps: ActivateDeps,
): Promise<readonly string[]> {
  const receipts = (await readReceipts(deps)).filter(({ id }) => current.receiptIds.includes(id));
  if (receipts.length < current.receiptIds.length) {
    cli.err(`Some edits of "activate ${current.target}" were taken back before, with "holdfast codex undo".`);
  }
  const quiet = { ...cli, out: (): void => {} };
  return await undoReceipts({ command: 'deactivate', receipts, isDryRun: false, isJson: false }, quiet, deps);
}
