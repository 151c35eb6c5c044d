import { Command } from 'commander';
import { GATEWAY_PROVIDER_ID, renderGatewayProfile } from '../../../decide/codex-config/gateway-profile.ts';
import { replaceWhole } from '../../../decide/codex-config/receipt.ts';
import { type CliDeps, CliError } from '../cli-deps.ts';
import { applyEdits, type PlannedEdit, previewEdits } from './apply-edits.ts';
import type { CodexDeps } from './codex-deps.ts';
import { findCodexHome, profileFile } from './codex-home.ts';

interface ConnectOptions {
  readonly codexHome?: string;
  readonly gateway?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

export function createConnectCommand(cli: CliDeps, deps: CodexDeps): Command {
  return new Command('connect')
    .description(
      `Send Codex to the gateway with a profile file of its own; your config.toml is not touched.\n` +
        `Then: codex --profile ${GATEWAY_PROVIDER_ID}`,
    )
    .option('--codex-home <folder>', "Codex's folder (default: CODEX_HOME, else ~/.codex)")
    .option('--gateway <url>', 'address of the gateway (default: from the configuration of Holdfast)')
    .option('--dry-run', 'show what would be written and write nothing')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExamples:\n  holdfast codex connect\n  holdfast codex connect --dry-run')
    .action((options: ConnectOptions) => connect(options, cli, deps));
}

async function connect(options: ConnectOptions, cli: CliDeps, deps: CodexDeps): Promise<void> {
  const file = profileFile(findCodexHome(options.codexHome, cli, deps), GATEWAY_PROVIDER_ID);
  const gateway = await deps.gateway();
  const text = renderGatewayProfile({
    baseUrl: options.gateway === undefined ? gateway.baseUrl : readGatewayUrl(options.gateway),
    longestSilenceMs: gateway.longestSilenceMs,
    command: deps.holdfastCommand.command,
    args: [...deps.holdfastCommand.args, 'token'],
  });
  const edits: readonly PlannedEdit[] = [{ path: file, edit: (before) => replaceWhole(before, text) }];
  if (options.dryRun) {
    const changes = await previewEdits(edits, deps);
    if (options.json) cli.out(JSON.stringify({ isDryRun: true, files: changes.map(({ path }) => path) }));
    else cli.out(changes.length === 0 ? 'Nothing to do: Codex is connected.' : `Would write ${file}:\n\n${text}`);
    return;
  }
  const changes = await applyEdits('codex connect', edits, deps);
  if (options.json) cli.out(JSON.stringify({ isDryRun: false, files: changes.map(({ path }) => path) }));
  else {
    cli.out(changes.length === 0 ? `${file} is already as it should be.` : `Wrote ${file}. Nothing else was touched.`);
    cli.out(`Use it:   codex --profile ${GATEWAY_PROVIDER_ID}\nUndo it:  holdfast codex disconnect`);
  }
}

/** `http://127.0.0.1:4141` and `http://127.0.0.1:4141/v1/` mean the same. */
function readGatewayUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.search !== '' || url.hash !== '') {
    throw new CliError(`--gateway ${text}: not an http(s) address without a query`, 2);
  }
  const path = url.pathname.replace(/\/+$/, '');
  return `${url.origin}${path === '' ? '/v1' : path}`;
}
