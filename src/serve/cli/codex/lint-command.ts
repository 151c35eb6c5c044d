import { resolve } from 'node:path';
import { Command } from 'commander';
import { compareFindings, type Finding } from '../../../decide/codex-config/lint/finding.ts';
import type { LintInput } from '../../../decide/codex-config/lint/lint-context.ts';
import type { LintRule } from '../../../decide/codex-config/lint/lint-rule.ts';
import { lintScript } from '../../../decide/codex-config/lint/lint-script.ts';
import { LINT_RULES, runLint } from '../../../decide/codex-config/lint/run-lint.ts';
import { type CliDeps, CliError } from '../cli-deps.ts';
import type { CodexDeps } from './codex-deps.ts';
import { CODEX_HOME_OPTION, findCodexHome } from './codex-home.ts';
import { describeFindings, plainFinding } from './describe-findings.ts';
import { gatherConfig } from './gather-config.ts';
import { repairConfig } from './repair-config.ts';
import { refuseClearly } from './run-edits.ts';
import { readStrictLoad, STRICT_LOAD } from './strict-load.ts';

interface LintOptions {
  readonly codexHome?: string;
  readonly profile?: string;
  readonly fix?: true;
  readonly dryRun?: true;
  readonly rules?: true;
  readonly json?: true;
}

/** The name of what Codex itself finds. */
const CODEX_RULE = 'codex-itself';
const CODEX_TIMEOUT_MS = 20_000;

/** What is found outside of the configuration's own text. */
export const EXTRA_RULES: readonly Pick<LintRule, 'id' | 'severity' | 'summary' | 'isLegacy'>[] = [
  { id: CODEX_RULE, severity: 'error', summary: 'what only the installed Codex knows' },
  { id: 'option-gone', severity: 'error', summary: 'in scripts: options that Codex refuses', isLegacy: true },
];

/** `holdfast codex lint`. Exit 0: no errors; 1: errors that remain. */
export function createLintCommand(cli: CliDeps, deps: CodexDeps): Command {
  return new Command('lint')
    .description("Find what today's Codex refuses, ignores or takes for something else, with file and line.")
    .argument('[scripts...]', 'shell scripts, CI files and the like, in which to look for calls that no longer work')
    .option(...CODEX_HOME_OPTION)
    .option('-p, --profile <name>', 'check what "codex --profile <name>" would use')
    .option('--fix', 'repair what can be repaired without a decision (undo: holdfast codex undo)')
    .option('--dry-run', 'with --fix: show the changes and write nothing')
    .option('--rules', 'list all rules')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  holdfast codex lint\n  holdfast codex lint --fix --dry-run\n  holdfast codex lint -p work',
    )
    .action((scripts: readonly string[], options: LintOptions) => lint(scripts, options, cli, deps));
}

async function lint(scripts: readonly string[], options: LintOptions, cli: CliDeps, deps: CodexDeps): Promise<void> {
  if (options.rules) return listRules(options, cli);
  const codexHome = findCodexHome(options.codexHome, cli, deps);
  const input = await gatherConfig(codexHome, options.profile, cli, deps.files);
  if (options.fix) {
    const isDryRun = options.dryRun ?? false;
    const isJson = options.json ?? false;
    await repairConfig(
      { command: 'codex lint --fix', rules: LINT_RULES, codexHome, input, isDryRun, isJson },
      cli,
      deps,
    );
    return;
  }
  const known = runLint(input);
  const asked = await askCodex(known, codexHome, options.profile, deps);
  const findings = [...known, ...asked, ...(await lintScripts(scripts, cli, deps))].toSorted(compareFindings);
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  if (options.json)
    cli.out(JSON.stringify({ findings: findings.map(plainFinding), files: input.sources.map(({ path }) => path) }));
  else describe(findings, input, cli);
  if (errors > 0) throw new CliError('', 1);
}

/** What only the installed Codex knows, such as a misspelt key of its own. It reports the first mistake it meets. */
async function askCodex(
  known: readonly Finding[],
  codexHome: string,
  profile: string | undefined,
  deps: CodexDeps,
): Promise<readonly Finding[]> {
  // It would name what is named already.
  const names = new Set(['error', 'warning']);
  if (known.some(({ place, severity }) => place !== undefined && names.has(severity))) return [];
  const profileArgs = profile === undefined ? [] : ['-p', profile];
  const run = await deps.codex.run(['exec', ...profileArgs, ...STRICT_LOAD], {
    codexHome,
    timeoutMs: CODEX_TIMEOUT_MS,
  });
  const load = readStrictLoad(run);
  return load.kind === 'refused' ? [codexFinding(load.message)] : [];
}

function codexFinding(said: string): Finding {
  const [, path, line, column, rest = said] = /^Error[^:]*:\s*(\S.*?):(\d+):(\d+): (.*)$/s.exec(said) ?? [];
  const place = path === undefined ? {} : { place: { path, line: Number(line), column: Number(column) } };
  const isUnknown = /unknown configuration field/.test(said);
  const fix = isUnknown ? 'It has no effect: correct its name, or remove it.' : 'Codex refuses to start: correct it.';
  return { rule: CODEX_RULE, severity: isUnknown ? 'warning' : 'error', ...place, message: `Codex says: ${rest}`, fix };
}

async function lintScripts(scripts: readonly string[], cli: CliDeps, deps: CodexDeps): Promise<readonly Finding[]> {
  const findings = await Promise.all(
    scripts.map(async (script) => {
      const text = await refuseClearly(() => deps.files.read(resolve(cli.cwd, script)));
      if (text === undefined) throw new CliError(`${script}: there is no such file`, 2);
      return lintScript(script, text);
    }),
  );
  return findings.flat();
}

function describe(findings: readonly Finding[], input: LintInput, cli: CliDeps): void {
  for (const line of describeFindings(findings, cli)) cli.out(line);
  const checked = `${input.sources.length} file${input.sources.length === 1 ? '' : 's'} checked`;
  if (findings.length === 0) {
    cli.out(`${checked}: nothing to report.`);
    return;
  }
  const repairable = findings.filter(({ repair }) => repair !== undefined).length;
  const count = `${findings.length} finding${findings.length === 1 ? '' : 's'}`;
  cli.out(
    `${checked}, ${count}${repairable === 0 ? '' : `; ${repairable} can be repaired by "holdfast codex lint --fix"`}.`,
  );
}

function listRules(options: LintOptions, cli: CliDeps): void {
  const facts = [...LINT_RULES, ...EXTRA_RULES].map(({ id, severity, summary, isLegacy }) => ({
    id,
    severity,
    summary,
    isLegacy: isLegacy ?? false,
  }));
  if (options.json) cli.out(JSON.stringify({ rules: facts }));
  else for (const { id, severity, summary } of facts) cli.out(`${id.padEnd(26)} ${severity.padEnd(8)} ${summary}`);
}
