import { Command } from 'commander';
import {
  type ActivationRecord,
  type ActivationTarget,
  currentActivation,
  isExpired,
  parseJournal,
} from '../../../decide/codex-config/activation/activation-journal.ts';
import { DEFAULT_TEAM_EXPIRES_MS } from '../../../decide/codex-config/activation/activation-request.ts';
import { refusePreference } from '../../../decide/codex-config/activation/prefer-in-settings.ts';
import { isInEffect, parseTeamFile } from '../../../decide/codex-config/activation/team-file.ts';
import { type CliDeps, CliError } from '../cli-deps.ts';
import { applyEdits, previewEdits } from '../codex/apply-edits.ts';
import { CODEX_HOME_OPTION, findCodexHome } from '../codex/codex-home.ts';
import { gatherConfig } from '../codex/gather-config.ts';
import { duration } from '../codex/provider-options.ts';
import { describeChanges, refuseClearly } from '../codex/run-edits.ts';
import type { ActivateDeps } from './activate-deps.ts';
import { checkTarget } from './check-target.ts';
import { deactivate, takeBack } from './deactivate-command.ts';
import { createMachine, findTarget, type Machine, presentTarget } from './find-target.ts';
import { planSwitch } from './plan-switch.ts';
import { publishTeamFile, teamFilePath } from './publish-team-file.ts';
import { recordSwitch } from './record-switch.ts';
import { activateOnGateway, isAddress } from './team-gateway.ts';
import { waitForGateway } from './wait-for-gateway.ts';

interface ActivateOptions {
  readonly codexHome?: string;
  readonly model?: string;
  readonly reason?: string;
  readonly team?: string;
  readonly expires?: number;
  readonly follow?: string;
  readonly force?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

/** `holdfast activate`. Exit 0: the target is in use; 1: refused; 2: wrong usage. */
export function createActivateCommand(cli: CliDeps, deps: ActivateDeps): Command {
  return new Command('activate')
    .description(
      'Switch this machine to another target, after that target has called a tool in a real request. Recorded, and taken\n' +
        'back byte for byte by "holdfast deactivate".',
    )
    .argument(
      '[target]',
      "a target of the gateway (provider or provider/model), a profile, or a provider of Codex's own",
    )
    .option(...CODEX_HOME_OPTION)
    .option('--model <name>', 'the model, for a provider or profile')
    .option('--reason <text>', 'why; goes into the record')
    .option('--expires <time>', 'until when it is meant, such as 4h; --team without it: 24h', duration)
    .option(
      '--team <where>',
      'publish it to a shared file or folder, which others follow, or to a gateway by its address',
    )
    .option('--follow <path>', 'do what the team published there, and go back when that has ended')
    .option('--force', 'also when the target does not answer; recorded')
    .option('--dry-run', 'ask the target and show what would change')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
A name can mean several things; gateway:NAME, provider:NAME and profile:NAME settle it.
With the address of a gateway, that gateway asks the target and puts it first for everybody who uses it; nothing on this
machine changes. Its admin key is read from HOLDFAST_ADMIN_KEY ("holdfast token --admin" prints it on the gateway's
machine); for the gateway of this machine none is needed.

Examples:
  holdfast activate azure-eu --reason "outage of the primary"
  holdfast activate profile:backup --dry-run
  holdfast activate azure-eu --team ../ops-repo --expires 4h
  holdfast activate azure-eu --team http://gateway:4141 --expires 4h --reason "outage of the primary"
  holdfast activate --follow ../ops-repo
  holdfast deactivate`,
    )
    .action((name: string | undefined, options: ActivateOptions) =>
      options.follow === undefined
        ? activate(name, { ...options, followed: null }, cli, deps)
        : follow(name, options.follow, options, cli, deps),
    );
}

interface ActivateRequest extends ActivateOptions {
  readonly followed: string | null;
}

async function readMachine(codexHome: string, cli: CliDeps, deps: ActivateDeps): Promise<Machine> {
  const input = await gatherConfig(codexHome, undefined, cli, deps.files);
  return createMachine(input, await deps.loadSettings(cli));
}

async function activate(
  name: string | undefined,
  request: ActivateRequest,
  cli: CliDeps,
  deps: ActivateDeps,
): Promise<void> {
  if (name === undefined) throw new CliError('say which target, or --follow', 2);
  if (request.team !== undefined && isAddress(request.team)) {
    if (request.dryRun) throw new CliError('--dry-run cannot be used with a gateway', 2);
    await activateOnGateway(name, request.team, request, cli, deps);
    return;
  }
  const codexHome = findCodexHome(request.codexHome, cli, deps);
  const machine = await readMachine(codexHome, cli, deps);
  const target = findTarget(name, request.model, machine);
  const current = currentActivation(parseJournal(await deps.journal.read()));
  if (current !== undefined && isSame(current, target) && !isExpired(current, deps.now())) {
    await sayActiveAlready(current, request, cli, deps);
    return;
  }
  if (!request.json) cli.err(`asking ${target.target} …`);
  refuseForbidden(target, machine);
  const check = await checkTarget(target, machine, codexHome, cli, deps);
  if (!check.isPassed && !request.force) {
    if (request.json) cli.out(JSON.stringify({ activated: null, check }));
    throw new CliError(`${check.text}. Nothing was changed. To switch all the same: --force`);
  }
  if (request.dryRun) {
    const edits = await planSwitch(target, machine, codexHome, cli, deps);
    const changes = await refuseClearly(() => previewEdits(edits, deps));
    if (request.json) cli.out(JSON.stringify({ isDryRun: true, check, files: changes.map(({ path }) => path) }));
    else for (const line of [check.text, ...describeChanges(changes, true)]) cli.out(line);
    return;
  }
  const expiresMs = request.expires ?? (request.team === undefined ? undefined : DEFAULT_TEAM_EXPIRES_MS);
  await switchTo({ target, check, machine, codexHome, current, expiresMs }, request, cli, deps);
}

/** What a route's own rule forbids, no switch can bring about. */
function refuseForbidden({ kind, target }: ActivationTarget, { settings }: Machine): void {
  if (kind !== 'gateway-target' || settings === undefined) return;
  const reason = refusePreference(settings, target);
  if (reason !== undefined)
    throw new CliError(`${reason}. Nothing was changed. This cannot be forced: change the route`);
}

/** Publishing is made up for: what is active here may not have been told to the team yet. */
async function sayActiveAlready(
  current: ActivationRecord,
  request: ActivateRequest,
  cli: CliDeps,
  deps: ActivateDeps,
): Promise<void> {
  const isPublished = request.team !== undefined && !request.dryRun;
  const nowMs = deps.now();
  const expiresAtMs = nowMs + (request.expires ?? DEFAULT_TEAM_EXPIRES_MS);
  const published = {
    ...current,
    by: deps.who,
    atMs: nowMs,
    reason: request.reason ?? current.reason,
    expiresAtMs,
  };
  const team = isPublished ? await publishTeamFile(request.team, published, true, cli, deps) : undefined;
  if (request.json) {
    cli.out(JSON.stringify({ activated: current.target, kind: current.kind, isNew: false, team: team?.path }));
    return;
  }
  const since = new Date(current.atMs).toISOString();
  cli.out(`${current.target} is active already, since ${since}. Back: holdfast deactivate`);
  for (const line of team?.hints ?? []) cli.out(line);
}

interface Switch {
  readonly target: ActivationTarget;
  readonly check: { readonly isPassed: boolean; readonly text: string };
  readonly machine: Machine;
  readonly codexHome: string;
  readonly current: ActivationRecord | undefined;
  readonly expiresMs: number | undefined;
}

async function switchTo(plan: Switch, request: ActivateRequest, cli: CliDeps, deps: ActivateDeps): Promise<void> {
  const { target, check, codexHome, current } = plan;
  // Going back must lead to where everything began, however often it was switched in between.
  if (current !== undefined) {
    await takeBack(current, cli, deps);
    const reason = `replaced by ${target.target}`;
    await recordSwitch(
      { ...current, action: 'deactivate', receiptIds: [], atMs: deps.now(), by: deps.who, reason },
      deps,
    );
  }
  const machine = current === undefined ? plan.machine : await readMachine(codexHome, cli, deps);
  const generation = await deps.gatewayGeneration();
  const edits = await planSwitch(target, machine, codexHome, cli, deps);
  const { changes, receiptId } = await refuseClearly(() => applyEdits(`activate ${target.target}`, edits, deps));
  const nowMs = deps.now();
  const record: ActivationRecord = {
    version: 1,
    action: 'activate',
    kind: target.kind,
    target: target.target,
    atMs: nowMs,
    by: deps.who,
    reason: request.reason ?? null,
    check: check.text,
    isForced: !check.isPassed,
    receiptIds: receiptId === undefined ? [] : [receiptId],
    expiresAtMs: plan.expiresMs === undefined ? null : nowMs + plan.expiresMs,
    previous: current?.previous ?? presentTarget(target, machine),
    followed: request.followed,
  };
  await recordSwitch(record, deps);
  const isTakenOver =
    target.kind === 'gateway-target' && changes.length > 0 ? await waitForGateway(generation, deps) : undefined;
  const team = request.team === undefined ? undefined : await publishTeamFile(request.team, record, true, cli, deps);
  if (request.json) {
    const files = changes.map(({ path }) => path);
    cli.out(
      JSON.stringify({
        activated: target.target,
        kind: target.kind,
        isNew: true,
        check,
        files,
        isTakenOver,
        team: team?.path,
      }),
    );
    return;
  }
  cli.out(`${check.isPassed ? 'Checked' : 'FORCED, although'}: ${check.text}`);
  for (const line of describeChanges(changes, false)) cli.out(line);
  for (const line of describeSwitch(target, isTakenOver)) cli.out(line);
  for (const line of team?.hints ?? []) cli.out(line);
  cli.out('Back:     holdfast deactivate');
}

const isSame = (record: ActivationRecord, target: ActivationTarget): boolean =>
  record.kind === target.kind && record.target === target.target;

function describeSwitch(target: ActivationTarget, isTakenOver: boolean | undefined): readonly string[] {
  if (target.kind !== 'gateway-target')
    return [`The next Codex on this machine uses ${target.target}. Running ones keep what they have.`];
  if (isTakenOver === undefined) return [`${target.target} is the first choice of its routes now.`];
  return isTakenOver
    ? [`The gateway has taken it over: ${target.target} is the first choice for the next request.`]
    : ['The gateway is not running, or has not taken it over yet: see "holdfast status".'];
}

async function follow(
  name: string | undefined,
  path: string,
  options: ActivateOptions,
  cli: CliDeps,
  deps: ActivateDeps,
): Promise<void> {
  if (name !== undefined) throw new CliError('--follow takes the target from the file: name none', 2);
  const file = await teamFilePath(path, cli, deps);
  const text = await refuseClearly(() => deps.files.read(file));
  const team = text === undefined ? undefined : parseTeamFile(text);
  if (text !== undefined && team === undefined)
    throw new CliError(`${file}: this is not a file that "holdfast activate --team" wrote`);
  if (team !== undefined && isInEffect(team, deps.now())) {
    const reason = `${team.by}: ${team.reason ?? 'no reason given'}`;
    await activate(team.target, { ...options, reason, followed: file }, cli, deps);
    return;
  }
  const current = currentActivation(parseJournal(await deps.journal.read()));
  if (current?.followed !== file) {
    if (options.json) cli.out(JSON.stringify({ activated: null, isNew: false }));
    else cli.out('The team has activated nothing.');
    return;
  }
  await deactivate(
    { ...options, reason: team === undefined ? 'the team file is gone' : 'the team ended it' },
    cli,
    deps,
  );
}
