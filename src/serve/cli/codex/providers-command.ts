import { Command } from 'commander';
import {
  codexPresets,
  findCodexPreset,
  providerLines,
  wishedKeys,
} from '../../../decide/codex-config/codex-presets.ts';
import { describeProviders, type ProviderSummary } from '../../../decide/codex-config/describe-providers.ts';
import { createContext, dataOf, type LintContext } from '../../../decide/codex-config/lint/lint-context.ts';
import { BUILT_IN_IDS, RESERVED_IDS } from '../../../decide/codex-config/lint/provider-keys.ts';
import type { EditOperation } from '../../../decide/codex-config/toml/edit-operation.ts';
import { isTable, stringAt, valueAt } from '../../../decide/codex-config/toml/toml-data.ts';
import { nearestName } from '../../../decide/config/nearest-name.ts';
import { type CliDeps, CliError } from '../cli-deps.ts';
import type { CodexDeps } from './codex-deps.ts';
import { CODEX_HOME_OPTION, configFile, findCodexHome } from './codex-home.ts';
import { describeRetries } from './describe-retries.ts';
import { gatherConfig } from './gather-config.ts';
import { type ProviderOptions, readWishes, withProviderOptions } from './provider-options.ts';
import { editByKey, runEdits } from './run-edits.ts';

interface PlainOptions {
  readonly codexHome?: string;
  readonly force?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

export function createProvidersCommand(cli: CliDeps, deps: CodexDeps): Command {
  const plain = (command: Command): Command =>
    command.option(...CODEX_HOME_OPTION).option('--json', 'print one JSON object');
  return new Command('providers')
    .description('The providers in config.toml: list, show, add, edit, remove. Keys are never asked for nor shown.')
    .addHelpText(
      'after',
      '\nExamples:\n  holdfast codex providers list\n  holdfast codex providers add --preset openrouter --default',
    )
    .addCommand(
      plain(new Command('list').description('All configured providers.'))
        .addHelpText('after', '\nExamples:\n  holdfast codex providers list\n  holdfast codex providers list --json')
        .action((options: PlainOptions) => list(options, cli, deps)),
    )
    .addCommand(
      new Command('presets')
        .description('The presets that "add --preset" takes.')
        .addHelpText(
          'after',
          '\nExamples:\n  holdfast codex providers presets\n  holdfast codex providers presets --json',
        )
        .option('--json', 'print one JSON object')
        .action((options: PlainOptions) => presets(options, cli)),
    )
    .addCommand(
      plain(new Command('show').argument('<id>').description('One provider.'))
        .addHelpText('after', '\nExamples:\n  holdfast codex providers show inhouse')
        .action((id: string, options: PlainOptions) => show(id, options, cli, deps)),
    )
    .addCommand(
      withProviderOptions(new Command('add').argument('[id]').description('Add a provider at the end of config.toml.'))
        .option('--preset <name>', 'start from a preset; see "holdfast codex providers presets"')
        .addHelpText(
          'after',
          `
Examples:
  holdfast codex providers add --preset openrouter
  holdfast codex providers add --preset azure-openai --set resource=myorg
  holdfast codex providers add --preset amazon-bedrock --aws-region eu-west-1
  holdfast codex providers add inhouse --base-url http://10.0.0.5:8000/v1 --env-key INHOUSE_KEY --default`,
        )
        .action((id: string | undefined, options: ProviderOptions) => add(id, options, cli, deps)),
    )
    .addCommand(
      withProviderOptions(new Command('edit').argument('<id>').description('Change a provider, key by key.'))
        .addHelpText('after', '\nExamples:\n  holdfast codex providers edit inhouse --stream-retries 2 --idle 120s')
        .action((id: string, options: ProviderOptions) => edit(id, options, cli, deps)),
    )
    .addCommand(
      plain(new Command('remove').argument('<id>').description('Remove a provider that nothing uses.'))
        .option('--force', 'also when something uses it')
        .option('--dry-run', 'show what would change and write nothing')
        .addHelpText('after', '\nExamples:\n  holdfast codex providers remove inhouse\n  holdfast codex undo')
        .action((id: string, options: PlainOptions) => remove(id, options, cli, deps)),
    );
}

async function contextOf(options: PlainOptions | ProviderOptions, cli: CliDeps, deps: CodexDeps): Promise<LintContext> {
  return createContext(await gatherConfig(findCodexHome(options.codexHome, cli, deps), undefined, cli, deps.files));
}

async function list(options: PlainOptions, cli: CliDeps, deps: CodexDeps): Promise<void> {
  const providers = describeProviders(await contextOf(options, cli, deps));
  if (options.json) {
    cli.out(JSON.stringify({ providers }));
    return;
  }
  if (providers.length === 0) cli.out('No providers are configured: Codex uses OpenAI. Add one with "providers add".');
  for (const { id, isDefault, address, file } of providers) {
    cli.out(`${isDefault ? '*' : ' '} ${id.padEnd(24)} ${(address ?? 'built in').padEnd(44)} ${file}`);
  }
}

function presets(options: PlainOptions, cli: CliDeps): void {
  const found = codexPresets();
  if (options.json) cli.out(JSON.stringify({ presets: found }));
  else for (const { id, title, baseUrl } of found) cli.out(`${id.padEnd(20)} ${title.padEnd(40)} ${baseUrl}`);
}

async function show(id: string, options: PlainOptions, cli: CliDeps, deps: CodexDeps): Promise<void> {
  const found = describeProviders(await contextOf(options, cli, deps)).filter((each) => each.id === id);
  if (found.length === 0) throw new CliError(`there is no provider "${id}"`);
  if (options.json) cli.out(JSON.stringify({ providers: found }));
  else for (const provider of found) for (const line of describe(provider)) cli.out(line);
}

function describe(provider: ProviderSummary): readonly string[] {
  return [
    `${provider.id}${provider.isDefault ? ' (default)' : ''}  [${provider.file}]`,
    `  name      ${provider.name ?? '-'}`,
    `  address   ${provider.address ?? "Codex's own"}`,
    `  key       ${provider.key}`,
    `  retries   ${describeRetries(provider.retries)}`,
    `  keys set  ${provider.keys.join(', ')}`,
  ];
}

async function add(given: string | undefined, options: ProviderOptions, cli: CliDeps, deps: CodexDeps): Promise<void> {
  const preset = options.preset === undefined ? undefined : findCodexPreset(options.preset);
  if (options.preset !== undefined && preset === undefined) throw new CliError(unknownPreset(options.preset), 2);
  const id = given ?? preset?.providerId;
  if (id === undefined) throw new CliError('an id or a --preset is needed', 2);
  if (RESERVED_IDS.includes(id))
    throw new CliError(`"${id}" is built into Codex and cannot be configured: choose another id`, 2);
  if (BUILT_IN_IDS.includes(id) && !preset?.isBuiltIn) {
    throw new CliError(`"${id}" is built into Codex: use --preset ${id}, or choose another id`, 2);
  }
  if (preset?.isBuiltIn && id !== preset.providerId)
    throw new CliError(`the id of this preset is "${preset.providerId}"`, 2);
  const lines = providerLines(id, preset, readWishes(options));
  if (typeof lines === 'string') throw new CliError(lines, 2);
  const path = configFile(findCodexHome(options.codexHome, cli, deps));
  const operations: EditOperation[] = [{ kind: 'add-table', path: ['model_providers', id], lines }];
  if (options.default) operations.push({ kind: 'set', path: ['model_provider'], value: id });
  const variable = lines.find(({ key }) => key === 'env_key')?.value;
  const hints = (): readonly string[] => [
    options.default ? 'It is the default now.' : `Use it:   codex -c 'model_provider="${id}"'`,
    ...(typeof variable === 'string' && (cli.env[variable] ?? '') === ''
      ? [`Set the variable ${variable}: without it every turn fails.`]
      : []),
    ...(preset?.hint === undefined ? [] : [preset.hint]),
    'Undo it:  holdfast codex undo',
  ];
  await edits(`codex providers add ${id}`, path, operations, options, hints, cli, deps);
}

function unknownPreset(name: string): string {
  const nearest = nearestName(
    name,
    codexPresets().map(({ id }) => id),
  );
  return `there is no preset "${name}"${nearest === undefined ? '. See: holdfast codex providers presets' : `. Did you mean "${nearest}"?`}`;
}

async function edit(id: string, options: ProviderOptions, cli: CliDeps, deps: CodexDeps): Promise<void> {
  const context = await contextOf(options, cli, deps);
  const base = ['model_providers', id];
  const present = valueAt(dataOf(context.user), base);
  if (!isTable(present)) throw new CliError(`there is no provider "${id}" in config.toml`);
  const lines = wishedKeys(readWishes(options));
  if (lines.length === 0 && !options.default) throw new CliError('nothing to change was said', 2);
  const operations: EditOperation[] = [];
  // Codex takes one kind of key only.
  const others = { auth: ['env_key', 'experimental_bearer_token', 'requires_openai_auth'], env_key: ['auth'] };
  for (const { key, value } of lines) {
    const replaced = key === 'auth' || key === 'env_key' ? others[key] : [];
    for (const other of replaced) if (present.has(other)) operations.push({ kind: 'remove', path: [...base, other] });
    operations.push({ kind: 'set', path: [...base, key], value });
  }
  if (options.default) operations.push({ kind: 'set', path: ['model_provider'], value: id });
  const path = configFile(findCodexHome(options.codexHome, cli, deps));
  await edits(
    `codex providers edit ${id}`,
    path,
    operations,
    options,
    () => ['Undo it:  holdfast codex undo'],
    cli,
    deps,
  );
}

async function remove(id: string, options: PlainOptions, cli: CliDeps, deps: CodexDeps): Promise<void> {
  const context = await contextOf(options, cli, deps);
  const base = ['model_providers', id];
  if (!isTable(valueAt(dataOf(context.user), base))) throw new CliError(`there is no provider "${id}" in config.toml`);
  const users = context.files.filter(
    (file) => file.role !== 'project' && stringAt(dataOf(file), ['model_provider']) === id,
  );
  if (users.length > 0 && !options.force) {
    const places = users.map(({ path }) => path).join(', ');
    throw new CliError(
      `"${id}" is the provider in ${places}: Codex would refuse to start. Choose another one there, or --force`,
    );
  }
  const path = configFile(findCodexHome(options.codexHome, cli, deps));
  const hints = (): readonly string[] => [
    'Sessions that began with it cannot be resumed without it.',
    'Undo it:  holdfast codex undo',
  ];
  await edits(`codex providers remove ${id}`, path, [{ kind: 'remove', path: base }], options, hints, cli, deps);
}

async function edits(
  command: string,
  path: string,
  operations: readonly EditOperation[],
  options: { readonly dryRun?: true; readonly json?: true },
  hints: () => readonly string[],
  cli: CliDeps,
  deps: CodexDeps,
): Promise<void> {
  const { dryRun: isDryRun = false, json: isJson = false } = options;
  const planned = [{ path, edit: (text: string | undefined) => editByKey(path, text, operations) }];
  await runEdits({ command, edits: planned, isDryRun, isJson, hints }, cli, deps);
}
