import { Command } from 'commander';
import { printableText } from '../../decide/codex-config/printable-text.ts';
import type { ActivationReport, StatusReport } from '../admin/gateway-report.ts';
import { describeTimeline } from '../demo/describe-timeline.ts';
import type { AdminClient } from './admin-client.ts';
import { type CliDeps, CliError } from './cli-deps.ts';

const NOT_RUNNING = 'no gateway is running for this home. Start one with: holdfast up';

/** `holdfast status [--watch]`. */
export function createStatusCommand(deps: CliDeps, client: AdminClient, sleep: (ms: number) => Promise<void>): Command {
  return new Command('status')
    .description('Health of the targets and the latest requests of the running gateway')
    .option('--watch', 'again every two seconds, until Ctrl-C')
    .option('--json', 'as JSON (one object per line with --watch)')
    .addHelpText('after', '\nExamples:\n  holdfast status\n  holdfast status --watch\n  holdfast status --json')
    .action(async (options: { watch?: boolean; json?: boolean }) => {
      let isStopped = false;
      void deps.stopRequested.then(() => {
        isStopped = true;
      });
      do {
        // Written by our own gateway of the same version.
        const report = (await client.get('status')) as StatusReport | undefined;
        if (report === undefined) throw new CliError(NOT_RUNNING);
        if (options.json === true) deps.out(JSON.stringify(report));
        else for (const line of describeStatus(report)) deps.out(line);
        if (options.watch === true) await Promise.race([sleep(2000), deps.stopRequested]);
      } while (options.watch === true && !isStopped);
    });
}

/** The report in lines for people. */
function describeStatus(report: StatusReport): readonly string[] {
  const { ledger } = report;
  const lines = [
    `Holdfast ${report.version}, up ${Math.round(report.uptimeMs / 1000)} s, ${report.openExchanges} open, ${ledger.exchanges} recorded${ledger.lost > 0 ? `, ${ledger.lost} LOST from the ledger` : ''}`,
    `configuration ${report.configFile} (generation ${report.generation})`,
  ];
  if (report.configProblem !== undefined)
    lines.push(`the file has changed and was not taken over: ${report.configProblem}`);
  if (report.activation !== undefined) lines.push(describeActivation(report.activation));
  lines.push('', 'targets');
  for (const target of report.targets)
    lines.push(
      `  ${target.route}  tier ${target.tier}  ${target.target}  ${target.state}${target.reason === undefined ? '' : `: ${target.reason}`}`,
    );
  lines.push('', 'latest requests', ...(report.recent.length === 0 ? ['  none yet'] : describeTimeline(report.recent)));
  return lines;
}

/** Who put a target first, for people. */
export function describeActivation(activation: ActivationReport): string {
  const { target, by, reason, isForced, since, until, isKnown } = activation;
  const limits = `since ${since}${until === null ? '' : ` until ${until}`}`;
  const why = reason === null ? '' : `: ${reason}`;
  const notes = [
    ...(isForced ? ['forced, although it did not answer'] : []),
    ...(isKnown ? [] : ['without effect: the configuration names no such target any more']),
  ];
  const text = `ACTIVATED ${target} by ${by} ${limits}${why}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`;
  return printableText(text);
}
