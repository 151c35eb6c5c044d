import { Command } from 'commander';
import { describeConfigProblem } from '../../core/config-problem.ts';
import { describeMissing, describeProblems } from '../config/describe-load.ts';
import { type CliDeps, CliError } from './cli-deps.ts';
import type { GatewayLauncher } from './gateway-launcher.ts';

/** `holdfast up`: the gateway, until it is told to stop. */
export function createUpCommand(deps: CliDeps, launcher: GatewayLauncher): Command {
  return new Command('up')
    .description('Start the gateway from holdfast.toml')
    .option('--config <file>', 'configuration file (default: ./holdfast.toml, then $HOLDFAST_HOME/holdfast.toml)')
    .option('--json', 'one JSON object per line instead of text')
    .addHelpText(
      'after',
      '\nExamples:\n  holdfast up\n  holdfast up --config team.toml\n\nStop it with Ctrl-C: running answers may finish (server.grace), new requests are told to come back.',
    )
    .action(async (options: { config?: string; json?: boolean }) => {
      const result = await launcher.launch({
        ...(options.config === undefined ? {} : { configFile: options.config }),
        cwd: deps.cwd,
        env: deps.env,
        log: (line) => deps.err(line),
      });
      switch (result.kind) {
        case 'missing':
          throw new CliError(describeMissing(result.looked), 2);
        case 'invalid':
          for (const line of describeProblems(result)) deps.err(line);
          throw new CliError('the configuration is not valid; nothing was started.', 2);
        case 'address-in-use':
          throw new CliError(
            `${result.address} is already in use. Is another gateway running? "holdfast status" tells; or choose another server.listen.`,
          );
        case 'running': {
          for (const problem of result.warnings) deps.err(describeConfigProblem(problem));
          for (const line of result.toolLosses) deps.err(line);
          const line = { event: 'listening', url: `${result.gateway.url}/v1`, config: result.file };
          deps.out(
            options.json === true
              ? JSON.stringify(line)
              : `Holdfast listens on ${line.url} (configuration: ${line.config}). Set Codex up with: holdfast codex connect`,
          );
          await deps.stopRequested;
          deps.err('Stopping: running answers may finish.');
          await result.stop();
        }
      }
    });
}
