import { Command } from 'commander';
import { type CodexStatus, describeStatus, type StatusValue } from '../../../decide/codex-config/describe-status.ts';
import { createContext } from '../../../decide/codex-config/lint/lint-context.ts';
import { runLint } from '../../../decide/codex-config/lint/run-lint.ts';
import type { CliDeps } from '../cli-deps.ts';
import type { CodexDeps } from './codex-deps.ts';
import { CODEX_HOME_OPTION, findCodexHome } from './codex-home.ts';
import { describeRetries } from './describe-retries.ts';
import { gatherConfig } from './gather-config.ts';

interface StatusOptions {
  readonly codexHome?: string;
  readonly profile?: string;
  readonly json?: true;
}

export function createStatusCommand(cli: CliDeps, deps: CodexDeps): Command {
  return new Command('status')
    .description('Show what Codex will really use in this folder, and which file says so.')
    .option(...CODEX_HOME_OPTION)
    .option('-p, --profile <name>', 'as "codex --profile <name>" would see it')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExamples:\n  holdfast codex status\n  holdfast codex status -p holdfast --json')
    .action((options: StatusOptions) => status(options, cli, deps));
}

async function status(options: StatusOptions, cli: CliDeps, deps: CodexDeps): Promise<void> {
  const codexHome = findCodexHome(options.codexHome, cli, deps);
  const input = await gatherConfig(codexHome, options.profile, cli, deps.files);
  const found = describeStatus(createContext(input));
  const findings = runLint(input);
  const count = (severity: string): number => findings.filter((each) => each.severity === severity).length;
  const problems = { errors: count('error'), warnings: count('warning') };
  const codex = { version: (await deps.codex.version()) ?? null, file: deps.codex.find() ?? null, home: codexHome };
  if (options.json) cli.out(JSON.stringify({ codex, ...found, problems }));
  else for (const line of describe(codex, found, problems)) cli.out(line);
}

interface Installed {
  readonly version: string | null;
  readonly file: string | null;
  readonly home: string;
}

function describe(
  codex: Installed,
  found: CodexStatus,
  problems: { readonly errors: number; readonly warnings: number },
): readonly string[] {
  const { provider } = found;
  const { retries } = provider;
  const name = provider.name === null ? '' : ` (${provider.name})`;
  const rows: ReadonlyArray<readonly [string, string]> = [
    ['Codex', codex.version === null ? 'not found on PATH' : `${codex.version}  ${codex.file ?? ''}`],
    ['Folder', codex.home],
    ['Profile', found.profile ?? 'none'],
    ['Provider', `${provider.id.value ?? ''}${name}${origin(provider.id, "Codex's default")}`],
    ['  address', `${provider.address.value ?? "the provider's own"}${origin(provider.address, undefined)}`],
    ['  key', provider.key],
    ['  retries', describeRetries(retries)],
    ['Model', `${found.model.value ?? "Codex's default"}${origin(found.model, undefined)}`],
    ...found.files.map(({ path, isUsed, note }, index): readonly [string, string] => [
      index === 0 ? 'Files' : '',
      `${isUsed ? 'used   ' : 'unused '} ${path}${note === null ? '' : `  (${note})`}`,
    ]),
    ...found.environment.map((variable, index): readonly [string, string] => [
      index === 0 ? 'Variables' : '',
      `${variable.name} is set: ${variable.note}`,
    ]),
  ];
  const { errors, warnings } = problems;
  const summary = `${errors} error${errors === 1 ? '' : 's'}, ${warnings} warning${warnings === 1 ? '' : 's'}`;
  return [
    ...rows.map(([label, text]) => `${label.padEnd(11)}${text}`),
    errors + warnings === 0 ? 'No problems found.' : `${summary}: see "holdfast codex lint".`,
  ];
}

const origin = ({ from }: StatusValue, otherwise: string | undefined): string => {
  const words = from ?? otherwise;
  return words === undefined ? '' : `  [${words}]`;
};
