import { Command } from 'commander';
import type { FileText } from '../../../core/user-files.ts';
import { bypassOperations, routeLines } from '../../../decide/codex-config/bypass.ts';
import { findCodexPreset, providerLines } from '../../../decide/codex-config/codex-presets.ts';
import { GATEWAY_PROVIDER_ID } from '../../../decide/codex-config/gateway-profile.ts';
import { hideAddress } from '../../../decide/codex-config/hide-secrets.ts';
import { createContext, dataOf, type LintContext } from '../../../decide/codex-config/lint/lint-context.ts';
import type { TableLine } from '../../../decide/codex-config/toml/edit-operation.ts';
import { parseDocument } from '../../../decide/codex-config/toml/parse-document.ts';
import { isTable, valueAt } from '../../../decide/codex-config/toml/toml-data.ts';
import { type CliDeps, CliError } from '../cli-deps.ts';
import type { PlannedEdit } from './apply-edits.ts';
import type { CodexDeps, GatewayProvider } from './codex-deps.ts';
import { CODEX_HOME_OPTION, findCodexHome } from './codex-home.ts';
import { gatherConfig } from './gather-config.ts';
import { editByKey, runEdits } from './run-edits.ts';
import { readReceipts, undoReceipts } from './undo-receipts.ts';

const BYPASS = 'codex bypass';

interface BypassOptions {
  readonly codexHome?: string;
  readonly model?: string;
  readonly off?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

export function createBypassCommand(cli: CliDeps, deps: CodexDeps): Command {
  return new Command('bypass')
    .description('Go straight to a provider, without the gateway: for the day the gateway itself is the problem.')
    .argument('[provider]', "one of Codex's providers, of the gateway's, or a preset")
    .option(...CODEX_HOME_OPTION)
    .option('--model <name>', 'the model there, if it has another name')
    .option('--off', 'back to the gateway')
    .option('--dry-run', 'show what would change and write nothing')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
The provider id "${GATEWAY_PROVIDER_ID}" stays and only its address and key change, so that running sessions can be resumed.
There is no failover, no policy and no ledger while the bypass is on.

Examples:
  holdfast codex bypass openai
  holdfast codex bypass azure-eu --model gpt-5.5-eu --dry-run
  holdfast codex bypass --off`,
    )
    .action((provider: string | undefined, options: BypassOptions) => bypass(provider, options, cli, deps));
}

async function bypass(
  provider: string | undefined,
  options: BypassOptions,
  cli: CliDeps,
  deps: CodexDeps,
): Promise<void> {
  const { dryRun: isDryRun = false, json: isJson = false } = options;
  const codexHome = findCodexHome(options.codexHome, cli, deps);
  const context = createContext(await gatherConfig(codexHome, undefined, cli, deps.files));
  if (options.off) {
    const files = context.files.map(({ path }) => path);
    const receipts = (await readReceipts(deps)).filter(
      (receipt) => receipt.command.startsWith(BYPASS) && receipt.files.every(({ path }) => files.includes(path)),
    );
    await undoReceipts({ command: 'codex bypass --off', receipts, isDryRun, isJson }, cli, deps);
    return;
  }
  if (provider === undefined) throw new CliError('say which provider, or --off', 2);
  const files = context.files.filter(
    (file) => file.role !== 'project' && isTable(valueAt(dataOf(file), ['model_providers', GATEWAY_PROVIDER_ID])),
  );
  if (files.length === 0) throw new CliError('Codex is not connected to the gateway: there is nothing to bypass');
  const route = findRoute(provider, context, (await deps.gateway(cli)).providers);
  const edits = files.map(({ path }): PlannedEdit => {
    const edit = (text: FileText): ReturnType<typeof editByKey> => {
      const parsed = parseDocument(text ?? '');
      const data = parsed.kind === 'ok' ? parsed.document.data : new Map();
      return editByKey(path, text, bypassOperations(data, route, options.model));
    };
    return { path, edit };
  });
  const variable = route.find(({ key }) => key === 'env_key')?.value;
  const hints = (): readonly string[] => [
    `Codex now talks straight to ${hideAddress(String(route.find(({ key }) => key === 'base_url')?.value ?? 'OpenAI'))}: no failover, no policy, no ledger.`,
    ...(typeof variable === 'string' && (cli.env[variable] ?? '') === ''
      ? [`Set the variable ${variable}: without it every turn fails.`]
      : []),
    'Go back:  holdfast codex bypass --off',
  ];
  await runEdits({ command: `${BYPASS} ${provider}`, edits, isDryRun, isJson, hints }, cli, deps);
}

/** Address and key of a provider: as Codex knows it, as the gateway knows it, or from a preset. */
function findRoute(id: string, context: LintContext, ofGateway: readonly GatewayProvider[]): readonly TableLine[] {
  const ofCodex = valueAt(dataOf(context.user), ['model_providers', id]);
  if (isTable(ofCodex) && id !== GATEWAY_PROVIDER_ID) return routeLines(ofCodex);
  const known = ofGateway.find((each) => each.id === id);
  if (known !== undefined) return gatewayRoute(known);
  const preset = findCodexPreset(id);
  const lines = preset === undefined || preset.isBuiltIn ? undefined : providerLines(id, preset, {});
  if (lines === undefined) {
    const names = ofGateway.map((each) => each.id).join(', ');
    throw new CliError(`there is no provider "${id}"${names === '' ? '' : `. The gateway has: ${names}`}`, 2);
  }
  if (typeof lines === 'string')
    throw new CliError(`${lines}. Add it as a provider first: holdfast codex providers add`, 2);
  return lines.filter(({ key }) => key !== 'name' && key !== 'wire_api');
}

function gatewayRoute(provider: GatewayProvider): readonly TableLine[] {
  if (provider.wire !== 'responses') {
    throw new CliError(
      `"${provider.id}" speaks "${provider.wire}", which only the gateway can translate: choose another one`,
    );
  }
  const { key } = provider;
  const address: TableLine = { key: 'base_url', value: provider.baseUrl };
  if (key.kind === 'aws-env' || (key.kind === 'command' && key.prints === 'aws')) {
    throw new CliError(
      `requests to "${provider.id}" are signed with AWS's keys: choose Codex's own provider "amazon-bedrock" instead`,
    );
  }
  if (key.kind === 'env') return [address, { key: 'env_key', value: key.name }];
  if (key.kind === 'none') return [address];
  if (key.kind === 'command') {
    const { command, args, timeoutMs, refreshIntervalMs } = key;
    const value = { command, args, timeout_ms: timeoutMs, refresh_interval_ms: refreshIntervalMs };
    return [address, { key: 'auth', value }];
  }
  throw new CliError(
    `the key of "${provider.id}" stands in the configuration of Holdfast and is not copied: add it as a provider with --env-key first`,
  );
}
