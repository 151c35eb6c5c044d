import { Command, CommanderError } from 'commander';
import { type CliDeps, CliError, type CommandModule } from './cli-deps.ts';

/** One line of the command table: the module is loaded only when the command runs, so that start-up stays short. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
}

/** Runs the command line and resolves to the exit code. Never throws. */
export async function runCli(entries: readonly CommandEntry[], version: string, deps: CliDeps): Promise<number> {
  const program = new Command('holdfast')
    .description("Keeps OpenAI's Codex CLI working when a model provider does not.")
    .version(version, '-V, --version')
    .showSuggestionAfterError(true)
    .addHelpText('after', '\nNew here? Run "holdfast demo": no keys needed.');
  const chosen = entries.find((entry) => entry.name === deps.argv[0]);
  for (const entry of entries) {
    if (entry === chosen) program.addCommand((await entry.load()).createCommand(deps));
    else program.command(entry.name).description(entry.summary).allowUnknownOption().allowExcessArguments();
  }
  routeOutput(program, deps);
  try {
    if (deps.argv.length === 0) {
      deps.err(program.helpInformation());
      return 2;
    }
    await program.parseAsync([...deps.argv], { from: 'user' });
    return 0;
  } catch (error) {
    return reportError(error, deps);
  }
}

function routeOutput(command: Command, deps: CliDeps): void {
  command.exitOverride();
  command.configureOutput({
    writeOut: (text) => deps.out(text.trimEnd()),
    writeErr: (text) => deps.err(text.trimEnd()),
  });
  for (const child of command.commands) routeOutput(child, deps);
}

function reportError(error: unknown, deps: CliDeps): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof CliError) {
    if (error.message !== '') deps.err(`holdfast: ${error.message}`);
    return error.exitCode;
  }
  deps.err(`holdfast: ${error instanceof Error ? error.message : 'an unknown error happened'}`);
  return 1;
}
