import { Command } from 'commander';
import type { FileText } from '../../../core/user-files.ts';
import { createSecretHider } from '../../../decide/codex-config/hide-secrets.ts';
import {
  createContext,
  dataOf,
  type LintContext,
  providersOf,
} from '../../../decide/codex-config/lint/lint-context.ts';
import { BUILT_IN_IDS, PROFILE_NAME } from '../../../decide/codex-config/lint/provider-keys.ts';
import {
  PROFILE_TEMPLATES,
  type ProfileSettings,
  type ProfileTemplate,
  profileSettings,
} from '../../../decide/codex-config/profile-templates.ts';
import { type Edited, replaceWhole } from '../../../decide/codex-config/receipt.ts';
import { stringAt } from '../../../decide/codex-config/toml/toml-data.ts';
import { type CliDeps, CliError } from '../cli-deps.ts';
import type { CodexDeps } from './codex-deps.ts';
import { CODEX_HOME_OPTION, findCodexHome, profileFile } from './codex-home.ts';
import { gatherConfig } from './gather-config.ts';
import { editByKey, runEdits } from './run-edits.ts';

interface ProfileOptions {
  readonly codexHome?: string;
  readonly template?: string;
  readonly provider?: string;
  readonly model?: string;
  readonly effort?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

export function createProfilesCommand(cli: CliDeps, deps: CodexDeps): Command {
  const plain = (command: Command): Command =>
    command.option(...CODEX_HOME_OPTION).option('--json', 'print one JSON object');
  const writing = (command: Command): Command =>
    plain(command)
      .option('--provider <id>', 'the provider that the profile uses')
      .option('--model <name>', 'the model that the profile uses')
      .option('--effort <level>', 'how much the model thinks: low, medium, high')
      .option('--dry-run', 'show what would change and write nothing');
  const templates = PROFILE_TEMPLATES.map(({ id, summary }) => `  ${id.padEnd(10)} ${summary}`).join('\n');
  return new Command('profiles')
    .description('Profile files (NAME.config.toml, used with "codex --profile NAME"): list, show, add, edit, remove.')
    .addHelpText(
      'after',
      '\nExamples:\n  holdfast codex profiles list\n  holdfast codex profiles add backup --template failover --provider openrouter',
    )
    .addCommand(
      plain(new Command('list').description('All profiles.'))
        .addHelpText('after', '\nExamples:\n  holdfast codex profiles list\n  holdfast codex profiles list --json')
        .action((options: ProfileOptions) => list(options, cli, deps)),
    )
    .addCommand(
      plain(new Command('show').argument('<name>').description('One profile, without keys.'))
        .addHelpText('after', '\nExamples:\n  holdfast codex profiles show backup')
        .action((name: string, options: ProfileOptions) => show(name, options, cli, deps)),
    )
    .addCommand(
      writing(new Command('add').argument('<name>').description('Write a new profile file.'))
        .option('--template <name>', 'start from failover, regulated or fast')
        .addHelpText(
          'after',
          `\nTemplates:\n${templates}\n\nExamples:\n  holdfast codex profiles add backup --template failover --provider openrouter --model openai/gpt-5.5\n  holdfast codex profiles add quick --template fast`,
        )
        .action((name: string, options: ProfileOptions) => add(name, options, cli, deps)),
    )
    .addCommand(
      writing(new Command('edit').argument('<name>').description('Change a profile, key by key.'))
        .addHelpText('after', '\nExamples:\n  holdfast codex profiles edit backup --model gpt-5.5')
        .action((name: string, options: ProfileOptions) => edit(name, options, cli, deps)),
    )
    .addCommand(
      plain(new Command('remove').argument('<name>').description('Remove a profile file (undo: holdfast codex undo).'))
        .addHelpText(
          'after',
          '\nExamples:\n  holdfast codex profiles remove backup\n  holdfast codex profiles remove backup --dry-run',
        )
        .option('--dry-run', 'show what would change and write nothing')
        .action((name: string, options: ProfileOptions) => remove(name, options, cli, deps)),
    );
}

async function contextOf(options: ProfileOptions, cli: CliDeps, deps: CodexDeps): Promise<LintContext> {
  return createContext(await gatherConfig(findCodexHome(options.codexHome, cli, deps), undefined, cli, deps.files));
}

async function list(options: ProfileOptions, cli: CliDeps, deps: CodexDeps): Promise<void> {
  const { files } = await contextOf(options, cli, deps);
  const profiles = files
    .filter(({ role }) => role === 'profile')
    .map((file) => {
      const { profile = '', path, problem } = file;
      const data = dataOf(file);
      const provider = stringAt(data, ['model_provider']) ?? null;
      return {
        name: profile,
        path,
        provider,
        model: stringAt(data, ['model']) ?? null,
        isValid: problem === undefined,
      };
    });
  if (options.json) cli.out(JSON.stringify({ profiles }));
  else if (profiles.length === 0) cli.out('There are no profiles. Add one with "holdfast codex profiles add".');
  else {
    for (const { name, provider, model, isValid } of profiles) {
      const words = [provider === null ? '' : `provider ${provider}`, model === null ? '' : `model ${model}`];
      cli.out(`${name.padEnd(20)} ${isValid ? words.filter((word) => word !== '').join(', ') : 'not valid TOML'}`);
    }
  }
}

async function show(name: string, options: ProfileOptions, cli: CliDeps, deps: CodexDeps): Promise<void> {
  const { files } = await contextOf(options, cli, deps);
  const file = files.find(({ profile }) => profile === name);
  if (file === undefined) throw new CliError(`there is no profile "${name}"`);
  const lines = file.text.trimEnd().split(/\r?\n/).map(createSecretHider());
  if (options.json) cli.out(JSON.stringify({ name, path: file.path, lines }));
  else for (const line of [`# ${file.path}`, ...lines]) cli.out(line);
}

async function add(name: string, options: ProfileOptions, cli: CliDeps, deps: CodexDeps): Promise<void> {
  if (!PROFILE_NAME.test(name))
    throw new CliError(`"${name}": a profile's name has letters, digits, hyphens and underscores`, 2);
  const template = findTemplate(options.template);
  if (template?.needsProvider && options.provider === undefined) {
    throw new CliError(`the template "${template.id}" needs --provider`, 2);
  }
  const settings = profileSettings(template, options);
  if (settings.length === 0)
    throw new CliError('say what it should set: --template, --provider, --model or --effort', 2);
  await refuseUnknownProvider(options, cli, deps);
  const path = profileFile(findCodexHome(options.codexHome, cli, deps), name);
  const head = `# Use it with: codex --profile ${name}\n`;
  const write = (text: FileText): Edited => {
    if (text !== undefined)
      throw new CliError(`${path} exists already. Change it with: holdfast codex profiles edit ${name}`);
    return replaceWhole(text, editByKey(path, head, operations(settings)).text);
  };
  await run(`codex profiles add ${name}`, path, write, options, [`Use it:   codex --profile ${name}`], cli, deps);
}

function findTemplate(id: string | undefined): ProfileTemplate | undefined {
  const found = PROFILE_TEMPLATES.find((template) => template.id === id);
  if (id !== undefined && found === undefined) {
    throw new CliError(`there is no template "${id}": ${PROFILE_TEMPLATES.map((each) => each.id).join(', ')}`, 2);
  }
  return found;
}

/** A profile with a provider that does not exist would stop every run with it. */
async function refuseUnknownProvider(options: ProfileOptions, cli: CliDeps, deps: CodexDeps): Promise<void> {
  const { provider } = options;
  if (provider === undefined || BUILT_IN_IDS.includes(provider)) return;
  const context = await contextOf(options, cli, deps);
  const known = providersOf(context)
    .filter(({ file }) => file.role === 'user')
    .map(({ id }) => id);
  if (known.includes(provider)) return;
  throw new CliError(`there is no provider "${provider}". Add it first: holdfast codex providers add ${provider} …`);
}

async function edit(name: string, options: ProfileOptions, cli: CliDeps, deps: CodexDeps): Promise<void> {
  const settings = profileSettings(undefined, options);
  if (settings.length === 0) throw new CliError('nothing to change was said', 2);
  await refuseUnknownProvider(options, cli, deps);
  const path = profileFile(findCodexHome(options.codexHome, cli, deps), name);
  const change = (text: FileText): Edited => {
    if (text === undefined) throw new CliError(`there is no profile "${name}"`);
    return editByKey(path, text, operations(settings));
  };
  await run(`codex profiles edit ${name}`, path, change, options, [], cli, deps);
}

async function remove(name: string, options: ProfileOptions, cli: CliDeps, deps: CodexDeps): Promise<void> {
  const path = profileFile(findCodexHome(options.codexHome, cli, deps), name);
  const drop = (text: FileText): Edited => {
    if (text === undefined) throw new CliError(`there is no profile "${name}"`);
    return replaceWhole(text, undefined);
  };
  await run(`codex profiles remove ${name}`, path, drop, options, [], cli, deps);
}

const operations = (settings: ProfileSettings): Parameters<typeof editByKey>[2] =>
  settings.map(({ path, value }) => ({ kind: 'set', path, value }));

async function run(
  command: string,
  path: string,
  change: (text: FileText) => Edited,
  options: ProfileOptions,
  hints: readonly string[],
  cli: CliDeps,
  deps: CodexDeps,
): Promise<void> {
  const { dryRun: isDryRun = false, json: isJson = false } = options;
  const edits = [{ path, edit: change }];
  await runEdits(
    { command, edits, isDryRun, isJson, hints: () => [...hints, 'Undo it:  holdfast codex undo'] },
    cli,
    deps,
  );
}
