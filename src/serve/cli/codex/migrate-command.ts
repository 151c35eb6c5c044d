import { resolve } from 'node:path';
import { Command } from 'commander';
import { LINT_RULES } from '../../../decide/codex-config/lint/run-lint.ts';
import { repairScript } from '../../../decide/codex-config/repair-script.ts';
import { type CliDeps, CliError } from '../cli-deps.ts';
import type { PlannedEdit } from './apply-edits.ts';
import type { CodexDeps } from './codex-deps.ts';
import { CODEX_HOME_OPTION, findCodexHome } from './codex-home.ts';
import { gatherConfig } from './gather-config.ts';
import { repairConfig } from './repair-config.ts';

interface MigrateOptions {
  readonly codexHome?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

/** `holdfast codex migrate`. Exit 0: Codex finds nothing left to refuse; 1: errors remain. */
export function createMigrateCommand(cli: CliDeps, deps: CodexDeps): Command {
  return new Command('migrate')
    .description(
      'Bring old syntax into the form that Codex takes today: [profiles.x], [profile.x], profile =,\n' +
        'wire_api = "chat", changed built-in providers, old Bedrock and Azure blocks. Comments move along.',
    )
    .argument('[scripts...]', 'scripts and CI files in which to repair calls such as codex -q')
    .option(...CODEX_HOME_OPTION)
    .option('--dry-run', 'show the changes and write nothing')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  holdfast codex migrate --dry-run\n  holdfast codex migrate\n  holdfast codex migrate ci/*.sh\n  holdfast codex undo',
    )
    .action(async (scripts: readonly string[], options: MigrateOptions) => {
      const codexHome = findCodexHome(options.codexHome, cli, deps);
      const input = await gatherConfig(codexHome, undefined, cli, deps.files);
      const rules = LINT_RULES.filter(({ isLegacy }) => isLegacy);
      const { dryRun: isDryRun = false, json: isJson = false } = options;
      const edits = scripts.map((script) => planScript(resolve(cli.cwd, script)));
      await repairConfig({ command: 'codex migrate', rules, codexHome, input, isDryRun, isJson, edits }, cli, deps);
    });
}

const planScript = (path: string): PlannedEdit => ({
  path,
  edit: (text) => {
    if (text === undefined) throw new CliError(`${path}: there is no such file`, 2);
    return repairScript(text);
  },
});
