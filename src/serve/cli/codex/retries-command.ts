import { Command } from 'commander';
import { describeProviders, type ProviderSummary } from '../../../decide/codex-config/describe-providers.ts';
import { createContext, dataOf } from '../../../decide/codex-config/lint/lint-context.ts';
import { BUILT_IN_IDS } from '../../../decide/codex-config/lint/provider-keys.ts';
import { isTable, valueAt } from '../../../decide/codex-config/toml/toml-data.ts';
import { type CliDeps, CliError } from '../cli-deps.ts';
import type { CodexDeps } from './codex-deps.ts';
import { CODEX_HOME_OPTION, findCodexHome } from './codex-home.ts';
import { describeRetries } from './describe-retries.ts';
import { gatherConfig } from './gather-config.ts';
import { duration, wholeNumber } from './provider-options.ts';
import { editByKey, runEdits } from './run-edits.ts';

interface RetryOptions {
  readonly codexHome?: string;
  readonly request?: number;
  readonly stream?: number;
  readonly idle?: number;
  readonly dryRun?: true;
  readonly json?: true;
}

export function createRetriesCommand(cli: CliDeps, deps: CodexDeps): Command {
  return new Command('retries')
    .description('Show or set how often and how long Codex tries, for one provider. The built-in ones cannot be tuned.')
    .argument('[provider]', 'the provider; without options, all are shown')
    .option(...CODEX_HOME_OPTION)
    .option('--request <count>', 'how often a request is repeated (Codex: 4)', wholeNumber)
    .option('--stream <count>', 'how often an interrupted answer is repeated (Codex: 5, at most 100)', wholeNumber)
    .option('--idle <time>', 'longest silence within an answer, such as 120s (Codex: 5m)', duration)
    .option('--dry-run', 'show what would change and write nothing')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
The two counts multiply: (request + 1) × (stream + 1) requests for one failing step. Neither limits the wait for the
first byte, which has no limit in Codex, nor the wait for an address where nobody listens, which is without end unless
[features] unbounded_connection_retries = false.

Examples:
  holdfast codex retries
  holdfast codex retries inhouse --request 1 --stream 2 --idle 120s`,
    )
    .action((id: string | undefined, options: RetryOptions) => retries(id, options, cli, deps));
}

async function retries(id: string | undefined, options: RetryOptions, cli: CliDeps, deps: CodexDeps): Promise<void> {
  const context = createContext(
    await gatherConfig(findCodexHome(options.codexHome, cli, deps), undefined, cli, deps.files),
  );
  const { request, stream, idle } = options;
  if (request === undefined && stream === undefined && idle === undefined) {
    const found = describeProviders(context).filter((each) => id === undefined || each.id === id);
    if (id !== undefined && found.length === 0) throw new CliError(describeMissing(id));
    if (options.json)
      cli.out(
        JSON.stringify({
          providers: found.map(({ id: name, file, retries: counts }) => ({ id: name, file, ...counts })),
        }),
      );
    else for (const line of found.flatMap(describe)) cli.out(line);
    if (found.length === 0 && !options.json)
      cli.out('No providers are configured; those built into Codex cannot be tuned.');
    return;
  }
  if (id === undefined) throw new CliError('say which provider', 2);
  const base = ['model_providers', id];
  const file = context.files.findLast((each) => each.role !== 'project' && isTable(valueAt(dataOf(each), base)));
  if (BUILT_IN_IDS.includes(id) || file === undefined) throw new CliError(describeMissing(id));
  const wanted = { request_max_retries: request, stream_max_retries: stream, stream_idle_timeout_ms: idle };
  const operations = Object.entries(wanted).flatMap(([key, value]) =>
    value === undefined ? [] : [{ kind: 'set' as const, path: [...base, key], value }],
  );
  const { dryRun: isDryRun = false, json: isJson = false } = options;
  const edits = [{ path: file.path, edit: (text: string | undefined) => editByKey(file.path, text, operations) }];
  const hints = (): readonly string[] => ['Undo it:  holdfast codex undo'];
  await runEdits({ command: `codex retries ${id}`, edits, isDryRun, isJson, hints }, cli, deps);
}

const describeMissing = (id: string): string =>
  BUILT_IN_IDS.includes(id)
    ? `"${id}" is built into Codex: its retries cannot be tuned. A provider of your own can: holdfast codex providers add`
    : `there is no provider "${id}"`;

const describe = ({ id, file, retries: counts }: ProviderSummary): readonly string[] => [
  `${id}  [${file}]`,
  `  ${describeRetries(counts)}`,
];
