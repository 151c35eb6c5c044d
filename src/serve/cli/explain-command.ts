import { Command } from 'commander';
import type { Settings } from '../../core/settings.ts';
import { explainModel } from '../admin/describe-gateway.ts';
import { reportTools, type ToolReport } from '../admin/describe-tools.ts';
import type { ExplainReport } from '../admin/gateway-report.ts';
import { describeMissing, describeProblems } from '../config/describe-load.ts';
import type { SettingsLoad } from '../config/load-settings.ts';
import type { AdminClient } from './admin-client.ts';
import { type CliDeps, CliError } from './cli-deps.ts';

type LoadSettings = (configFile: string | undefined) => Promise<SettingsLoad>;

interface ExplainOptions {
  readonly config?: string;
  readonly json?: boolean;
  readonly tools?: boolean;
}

/** `holdfast explain MODEL`. Without a running gateway it plans from the configuration alone. */
export function createExplainCommand(deps: CliDeps, client: AdminClient, load: LoadSettings): Command {
  return new Command('explain')
    .description('Which targets a request for a model would go to now, and why the others would not get it')
    .argument('<model>', 'the model name that Codex asks for')
    .option('--tools', "what each target makes of Codex's tools: native, bridged, dropped or refused")
    .option('--config <file>', 'plan from this file instead of asking the running gateway')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  holdfast explain gpt-5.5\n  holdfast explain gpt-5.5 --json\n  holdfast explain --tools gpt-5.5',
    )
    .action((model: string, options: ExplainOptions) =>
      options.tools === true
        ? explainTools(model, options, deps, client, load)
        : explainPlan(model, options, deps, client, load),
    );
}

async function explainPlan(
  model: string,
  options: ExplainOptions,
  deps: CliDeps,
  client: AdminClient,
  load: LoadSettings,
): Promise<void> {
  const asked =
    options.config === undefined ? await client.get(`explain?model=${encodeURIComponent(model)}`) : undefined;
  // Written by our own gateway of the same version. Offline no health is known: every target counts as ready.
  const report =
    (asked as ExplainReport | undefined) ??
    explainModel(await loadOffline(options.config, deps, load), { entries: new Map() }, model, 0);
  if (options.json === true) deps.out(JSON.stringify(report));
  else for (const line of describeExplanation(report, asked !== undefined)) deps.out(line);
  if (report.denied !== undefined) throw new CliError('', 1);
}

async function explainTools(
  model: string,
  options: ExplainOptions,
  deps: CliDeps,
  client: AdminClient,
  load: LoadSettings,
): Promise<void> {
  const asked = options.config === undefined ? await client.get(`tools?model=${encodeURIComponent(model)}`) : undefined;
  const report = (asked as ToolReport | undefined) ?? reportTools(await loadOffline(options.config, deps, load), model);
  if (options.json === true) deps.out(JSON.stringify(report));
  else for (const line of describeToolReport(report)) deps.out(line);
  if (report.route === undefined) throw new CliError('', 1);
}

async function loadOffline(configFile: string | undefined, deps: CliDeps, load: LoadSettings): Promise<Settings> {
  const loaded = await load(configFile);
  if (loaded.kind === 'missing') throw new CliError(describeMissing(loaded.looked), 2);
  if (loaded.kind === 'invalid') {
    for (const line of describeProblems(loaded)) deps.err(line);
    throw new CliError('the configuration is not valid.', 2);
  }
  return loaded.settings;
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

/** Native tools share a line; every other one says what happens to it. */
function describeToolReport({ model, route, targets, losses }: ToolReport): readonly string[] {
  if (route === undefined) return [`${model}`, '  no target: no route serves this model'];
  const lines = [`${model} → route ${route}`];
  for (const { target, tier, wire, dialect, tools } of targets) {
    lines.push(`  ${target}  tier ${tier}  ${dialect === undefined ? wire : `${wire} (${dialect})`}`);
    const plain = tools.filter((line) => line.note === undefined).map((line) => line.tool);
    if (plain.length > 0) lines.push(`    native   ${plain.join(', ')}`);
    for (const { tool, handling, note } of tools) {
      if (note !== undefined) lines.push(`    ${handling.padEnd(8)} ${tool}: ${note}`);
    }
  }
  if (losses.length > 0) lines.push('Lost on a fallback:', ...losses.map((loss) => `  ${loss}`));
  return lines;
}
