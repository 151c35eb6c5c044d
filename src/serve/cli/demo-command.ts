import { Command } from 'commander';
import { describeTimeline } from '../demo/describe-timeline.ts';
import { findCodex } from '../demo/find-codex.ts';
import { type DemoDeps, runDemo } from '../demo/run-demo.ts';
import { type CliDeps, CliError } from './cli-deps.ts';

/** `holdfast demo`: a provider dies, Codex does not notice. No keys needed. */
export function createDemoCommand(deps: CliDeps, launch: DemoDeps['launch']): Command {
  return new Command('demo')
    .description('Watch Codex survive a provider that dies in mid-stream; no keys needed')
    .option('--json', 'the result as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  holdfast demo\n\nEverything runs on this machine in a temporary folder, which is removed at the end.',
    )
    .action(async (options: { json?: boolean }) => {
      const codex = findCodex(deps.env);
      if (codex === undefined)
        throw new CliError('no Codex CLI found. Install one (npm install -g @openai/codex) and run the demo again.');
      const isJson = options.json === true;
      const result = await runDemo({
        env: deps.env,
        codex,
        launch,
        say: (text) => (isJson ? undefined : deps.out(`• ${text}`)),
      });
      if (isJson) deps.out(JSON.stringify(result));
      else for (const line of ['', 'What happened:', ...describeTimeline(result.exchanges), '']) deps.out(line);
      const isGood = result.isDone && result.exitCode === 0 && result.errors === '';
      if (!isGood)
        throw new CliError(
          `the demo did not go as it should: Codex ended with exit code ${result.exitCode ?? 'none'}, its task is ${result.isDone ? '' : 'not '}done.\n${result.errors}`,
        );
      if (!isJson)
        deps.out(
          'Codex ended with exit code 0: the command ran once, the patch was applied once, and no error was shown.',
        );
    });
}
