import { Command } from 'commander';
import { currentActivation, parseJournal } from '../../../decide/codex-config/activation/activation-journal.ts';
import { type RunbookFacts, renderRunbook } from '../../../decide/codex-config/activation/render-runbook.ts';
import { activeAddress } from '../../../decide/codex-config/lint/environment-rules.ts';
import { activeProviderId, providersOf } from '../../../decide/codex-config/lint/lint-context.ts';
import { isLoopback } from '../../../decide/codex-config/lint/network.ts';
import type { CliDeps } from '../cli-deps.ts';
import { CODEX_HOME_OPTION, findCodexHome } from '../codex/codex-home.ts';
import { gatherConfig } from '../codex/gather-config.ts';
import type { ActivateDeps } from './activate-deps.ts';
import { createMachine, type Machine } from './find-target.ts';

interface RunbookOptions {
  readonly codexHome?: string;
  readonly json?: true;
}

export function createRunbookCommand(cli: CliDeps, deps: ActivateDeps): Command {
  return new Command('runbook')
    .description('Print the steps for the day Codex does not answer, with the names of this configuration. Markdown.')
    .option(...CODEX_HOME_OPTION)
    .option('--json', 'print the facts as one JSON object')
    .addHelpText('after', '\nExamples:\n  holdfast runbook > RUNBOOK.md')
    .action(async (options: RunbookOptions) => {
      const codexHome = findCodexHome(options.codexHome, cli, deps);
      const input = await gatherConfig(codexHome, undefined, cli, deps.files);
      const facts = await gatherRunbook(createMachine(input, await deps.loadSettings(cli)), cli, deps);
      cli.out(options.json ? JSON.stringify(facts) : renderRunbook(facts).trimEnd());
    });
}

async function gatherRunbook({ context, settings }: Machine, cli: CliDeps, deps: ActivateDeps): Promise<RunbookFacts> {
  const activation = currentActivation(parseJournal(await deps.journal.read()));
  const profiles = context.files.flatMap(({ profile }) => (profile === undefined ? [] : [profile]));
  return {
    date: new Date(deps.now()).toISOString().slice(0, 10),
    connection: connectionOf(context, profiles),
    gatewayAddress: (await deps.gateway(cli)).baseUrl,
    gatewayConfig: settings?.file,
    routes: (settings?.routes ?? []).map(({ id, models, targets }) => ({
      id,
      models,
      targets: targets.flatMap(({ provider, model, priority }) =>
        (model === undefined ? models : [model]).map((name) => ({ name: `${provider.id}/${name}`, tier: priority })),
      ),
    })),
    profiles,
    providers: providersOf(context)
      .filter(({ file, id }) => file.role === 'user' && id !== 'holdfast')
      .map(({ id }) => id),
    activeProvider: activeProviderId(context),
    activation:
      activation === undefined
        ? undefined
        : {
            target: activation.target,
            since: new Date(activation.atMs).toISOString(),
            by: activation.by,
            reason: activation.reason,
          },
  };
}

function connectionOf(context: Machine['context'], profiles: readonly string[]): RunbookFacts['connection'] {
  if (activeProviderId(context) === 'holdfast') return 'default';
  const address = activeAddress(context);
  if (activeProviderId(context) === 'openai' && address !== undefined && isLoopback(address)) return 'openai-base-url';
  return profiles.includes('holdfast') ? 'profile' : 'none';
}
