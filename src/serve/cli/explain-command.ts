import { Command } from 'commander';
import { explainModel } from '../admin/describe-gateway.ts';
import type { ExplainReport } from '../admin/gateway-report.ts';
import { describeMissing, describeProblems } from '../config/describe-load.ts';
import type { SettingsLoad } from '../config/load-settings.ts';
import type { AdminClient } from './admin-client.ts';
import { type CliDeps, CliError } from './cli-deps.ts';

/** `holdfast explain MODEL`. Without a running gateway it plans from the configuration alone. */
export function createExplainCommand(
  deps: CliDeps,
  client: AdminClient,
  load: (configFile: string | undefined) => Promise<SettingsLoad>,
): Command {
  return new Command('explain')
    .description('Which targets a request for a model would go to now, and why the others would not get it')
    .argument('<model>', 'the model name that Codex asks for')
    .option('--config <file>', 'plan from this file instead of asking the running gateway')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExamples:\n  holdfast explain gpt-5.5\n  holdfast explain gpt-5.5 --json')
    .action(async (model: string, options: { config?: string; json?: boolean }) => {
      const asked =
        options.config === undefined ? await client.get(`explain?model=${encodeURIComponent(model)}`) : undefined;
      // Written by our own gateway of the same version.
      const report = (asked as ExplainReport | undefined) ?? (await planOffline(model, options.config, deps, load));
      if (options.json === true) deps.out(JSON.stringify(report));
      else for (const line of describeExplanation(report, asked !== undefined)) deps.out(line);
      if (report.denied !== undefined) throw new CliError('', 1);
    });
}

/** No health is known: every target counts as ready. */
async function planOffline(
  model: string,
  configFile: string | undefined,
  deps: CliDeps,
  load: (configFile: string | undefined) => Promise<SettingsLoad>,
): Promise<ExplainReport> {
  const loaded = await load(configFile);
  if (loaded.kind === 'missing') throw new CliError(describeMissing(loaded.looked), 2);
  if (loaded.kind === 'invalid') {
    for (const line of describeProblems(loaded)) deps.err(line);
    throw new CliError('the configuration is not valid.', 2);
  }
  return explainModel(loaded.settings, { entries: new Map() }, model, 0);
}

function describeExplanation(report: ExplainReport, isLive: boolean): readonly string[] {
  const lines = [
    `${report.model}${report.route === undefined ? '' : ` → route ${report.route}`}${isLive ? '' : ' (from the configuration; no gateway was asked, so health is not known)'}`,
  ];
  if (report.denied !== undefined) lines.push(`  no target: ${report.denied}`);
  report.attempts.forEach((attempt, index) => {
    lines.push(
      `  ${index + 1}. ${attempt.target}  tier ${attempt.tier}  ${attempt.reason}${attempt.substitute ? '  (another model than asked for)' : ''}`,
    );
  });
  for (const skip of report.skipped) lines.push(`  –  ${skip.targetId}  skipped: ${skip.reason}`);
  return lines;
}
