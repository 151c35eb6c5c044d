import { Command } from 'commander';
import { type Diagnosis, diagnose } from '../../../decide/codex-config/doctor/diagnose.ts';
import { type CliDeps, CliError } from '../cli-deps.ts';
import { CODEX_HOME_OPTION, findCodexHome } from '../codex/codex-home.ts';
import type { DoctorDeps } from './doctor-deps.ts';
import { gatherFacts } from './gather-facts.ts';

interface DoctorOptions {
  readonly codexHome?: string;
  readonly profile?: string;
  readonly offline?: true;
  readonly json?: true;
}

const MARKS: Readonly<Record<Diagnosis['status'], readonly [mark: string, colour: string]>> = {
  fail: ['✗', '\u001B[31m'],
  warning: ['!', '\u001B[33m'],
  ok: ['✓', '\u001B[32m'],
  skipped: ['-', '\u001B[2m'],
};
const RESET = '\u001B[0m';

/** `holdfast doctor`. Exit 0: nothing failed; 1: something did. */
export function createDoctorCommand(cli: CliDeps, deps: DoctorDeps): Command {
  return new Command('doctor')
    .description(
      'Find out why Codex does not work: versions, configuration, keys, gateway, every target, network, sessions.\n' +
        'Asks each target one short question, which costs a few tokens; what only Codex can ask, such as its own login, it\n' +
        'asks in a turn of its own, which costs some thousand. --offline asks none.',
    )
    .option(...CODEX_HOME_OPTION)
    .option('-p, --profile <name>', 'look at what "codex --profile <name>" would use')
    .option('--offline', 'ask no provider anything')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  holdfast doctor\n  holdfast doctor -p holdfast\n  holdfast doctor --offline --json',
    )
    .action((options: DoctorOptions) => doctor(options, cli, deps));
}

async function doctor(options: DoctorOptions, cli: CliDeps, deps: DoctorDeps): Promise<void> {
  const codexHome = findCodexHome(options.codexHome, cli, deps);
  const progress = options.json || !cli.isInteractive ? () => {} : cli.err;
  const request = { codexHome, profile: options.profile, isOffline: options.offline ?? false, progress };
  const diagnoses = diagnose(await gatherFacts(request, cli, deps));
  const count = (status: Diagnosis['status']): number => diagnoses.filter((each) => each.status === status).length;
  const failed = count('fail');
  if (options.json) cli.out(JSON.stringify({ ok: failed === 0, checks: diagnoses }));
  else {
    for (const line of diagnoses.flatMap((each) => describe(each, cli.isColor))) cli.out(line);
    const warnings = count('warning');
    cli.out(failed + warnings === 0 ? 'No problems found.' : `${failed} to repair, ${warnings} to look at.`);
  }
  if (failed > 0) throw new CliError('', 1);
}

function describe({ status, what, why, fix }: Diagnosis, isColor: boolean): readonly string[] {
  const [mark, colour] = MARKS[status];
  return [
    `${isColor ? `${colour}${mark}${RESET}` : mark} ${what}`,
    ...(why === undefined ? [] : [`    ${why}`]),
    ...(fix === undefined ? [] : [`    Fix: ${fix}`]),
  ];
}
