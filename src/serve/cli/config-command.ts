import { Command } from 'commander';
import type { SettingLayer } from '../../decide/config/explain-settings.ts';
import { nearestName } from '../../decide/config/nearest-name.ts';
import { describeMissing, describeProblems } from '../config/describe-load.ts';
import type { SettingsLoad } from '../config/load-settings.ts';
import { type CliDeps, CliError } from './cli-deps.ts';

export interface ConfigCommandDeps {
  /** Loads the configuration; `file` is what `--config` says. */
  readonly load: (cli: CliDeps, file: string | undefined) => Promise<SettingsLoad>;
}

interface Options {
  readonly config?: string;
  readonly json?: true;
}

/** `holdfast config check | explain | schema`. Exit 0: the configuration can be used; 2: it cannot. */
export function createConfigCommand(cli: CliDeps, deps: ConfigCommandDeps): Command {
  const withOptions = (command: Command): Command =>
    command
      .option('--config <file>', 'the configuration file (default: ./holdfast.toml, then $HOLDFAST_HOME/holdfast.toml)')
      .option('--json', 'print one JSON object');
  const check = withOptions(new Command('check'))
    .description('Say whether the configuration can be used, and what is wrong with it.')
    .addHelpText('after', '\nExamples:\n  holdfast config check\n  holdfast config check --config ./team.toml --json')
    .action((options: Options) => runCheck(options, cli, deps));
  const explain = withOptions(new Command('explain'))
    .argument('[key]', 'a setting or a part of the configuration, such as timeouts or providers.openai')
    .description('Show every setting in effect and which layer set it: default, preset, file or environment.')
    .addHelpText('after', '\nExamples:\n  holdfast config explain\n  holdfast config explain providers.openai.base_url')
    .action((key: string | undefined, options: Options) => runExplain(key, options, cli, deps));
  const schema = new Command('schema')
    .description('Print the JSON Schema of holdfast.toml, for editors.')
    .action(async () => {
      const { createJsonSchema } = await import('../../decide/config/json-schema.ts');
      cli.out(JSON.stringify(createJsonSchema(), undefined, 2));
    });
  return new Command('config')
    .description('The configuration: check it, explain it, its schema.')
    .addCommand(check)
    .addCommand(explain)
    .addCommand(schema);
}

async function runCheck(options: Options, cli: CliDeps, deps: ConfigCommandDeps): Promise<void> {
  const load = await deps.load(cli, options.config);
  if (options.json) {
    cli.out(JSON.stringify(checkReport(load)));
    if (load.kind !== 'loaded') throw new CliError('', 2);
    return;
  }
  const { settings } = requireLoaded(load, cli);
  const targets = settings.routes.reduce((sum, route) => sum + route.targets.length, 0);
  cli.out(
    `${settings.file} can be used: providers ${settings.providers.size}, routes ${settings.routes.length}, targets ${targets}.`,
  );
}

function checkReport(load: SettingsLoad): object {
  if (load.kind === 'missing') return { ok: false, looked: load.looked, problems: [] };
  if (load.kind === 'invalid') return { ok: false, problems: load.problems };
  return { ok: true, file: load.settings.file, problems: load.problems };
}

/** Shows every problem; ends the command when the configuration cannot be used. */
function requireLoaded(load: SettingsLoad, cli: CliDeps): Extract<SettingsLoad, { kind: 'loaded' }> {
  if (load.kind === 'missing') throw new CliError(describeMissing(load.looked), 2);
  for (const line of describeProblems(load)) cli.err(line);
  if (load.kind === 'invalid') throw new CliError('', 2);
  return load;
}

async function runExplain(
  key: string | undefined,
  options: Options,
  cli: CliDeps,
  deps: ConfigCommandDeps,
): Promise<void> {
  const load = await deps.load(cli, options.config);
  if (options.json && load.kind !== 'loaded') {
    cli.out(JSON.stringify(checkReport(load)));
    throw new CliError('', 2);
  }
  const { settings, layers } = options.json && load.kind === 'loaded' ? load : requireLoaded(load, cli);
  const chosen = layers.filter((layer) => isPartOf(layer.key, key));
  if (chosen.length === 0) throw new CliError(describeUnknown(key ?? '', layers), 2);
  if (options.json) cli.out(JSON.stringify({ file: settings.file, settings: chosen }));
  else for (const line of renderLayers(chosen)) cli.out(line);
}

const isPartOf = (candidate: string, key: string | undefined): boolean =>
  key === undefined || candidate === key || candidate.startsWith(`${key}.`) || candidate.startsWith(`${key}[`);

function describeUnknown(key: string, layers: readonly SettingLayer[]): string {
  const keys = layers.flatMap((layer) => {
    const parts = layer.key.split('.');
    return parts.map((_, index) => parts.slice(0, index + 1).join('.'));
  });
  const suggestion = nearestName(key, [...new Set(keys)]);
  const next = suggestion === undefined ? 'Run "holdfast config explain" to see all' : `Did you mean "${suggestion}"?`;
  return `there is no setting "${key}". ${next}`;
}

function renderLayers(layers: readonly SettingLayer[]): readonly string[] {
  const settings = layers.map((layer) => `${layer.key} = ${layer.note ?? JSON.stringify(layer.value) ?? 'not set'}`);
  const width = Math.min(72, Math.max(...settings.map((text) => text.length)));
  return layers.map((layer, index) => `${(settings[index] ?? '').padEnd(width)}  # ${describeSource(layer)}`);
}

function describeSource({ source }: SettingLayer): string {
  switch (source.kind) {
    case 'default':
      return 'default';
    case 'preset':
      return `preset ${source.preset}`;
    case 'inherited':
      return `from ${source.from}`;
    case 'file':
      return `file, line ${source.line}`;
    case 'environment':
      return `environment, ${source.name}`;
  }
}
