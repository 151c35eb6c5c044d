import { Command } from 'commander';
import type { FileText } from '../../../core/user-files.ts';
import {
  connectOperations,
  GATEWAY_PROVIDER_ID,
  type GatewayAccess,
  renderGatewayProfile,
} from '../../../decide/codex-config/gateway-profile.ts';
import { type Edited, replaceWhole } from '../../../decide/codex-config/receipt.ts';
import { parseDocument } from '../../../decide/codex-config/toml/parse-document.ts';
import { stringAt } from '../../../decide/codex-config/toml/toml-data.ts';
import { type CliDeps, CliError } from '../cli-deps.ts';
import type { PlannedEdit } from './apply-edits.ts';
import type { CodexDeps } from './codex-deps.ts';
import { CODEX_HOME_OPTION, configFile, findCodexHome, profileFile } from './codex-home.ts';
import { editByKey, runEdits } from './run-edits.ts';

/** What the receipts of all forms of connecting are called. */
export const CONNECT = 'codex connect';

interface ConnectOptions {
  readonly codexHome?: string;
  readonly default?: true;
  readonly openaiBaseUrl?: true;
  readonly gateway?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

export function createConnectCommand(cli: CliDeps, deps: CodexDeps): Command {
  return new Command('connect')
    .description(
      `Send Codex to the gateway. Without --default: with a profile file of its own, and your config.toml is not\n` +
        `touched; then start Codex with: codex --profile ${GATEWAY_PROVIDER_ID}`,
    )
    .option(...CODEX_HOME_OPTION)
    .option('--default', 'make the gateway the default provider in config.toml, key by key')
    .option('--openai-base-url', 'keep the provider "openai" and change only its address; see below')
    .option('--gateway <url>', 'address of the gateway (default: from the configuration of Holdfast)')
    .option('--dry-run', 'show what would change and write nothing')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Which form:
  (none)             Nothing changes for those who do not ask for it: codex --profile ${GATEWAY_PROVIDER_ID}.
  --default          Every Codex on this machine uses the gateway. Sessions that began with another provider cannot
                     be resumed until "holdfast codex disconnect": Codex binds a session to its provider.
  --openai-base-url  Sessions of the provider "openai" stay resumable. Codex then sends its own login instead of the
                     gateway's key, and its retries cannot be tuned: run it with CODEX_API_KEY="$(holdfast token)".

Examples:
  holdfast codex connect
  holdfast codex connect --default --dry-run
  holdfast codex disconnect`,
    )
    .action((options: ConnectOptions) => connect(options, cli, deps));
}

async function connect(options: ConnectOptions, cli: CliDeps, deps: CodexDeps): Promise<void> {
  if (options.default && options.openaiBaseUrl) {
    throw new CliError('--default and --openai-base-url exclude each other', 2);
  }
  const codexHome = findCodexHome(options.codexHome, cli, deps);
  const gateway = await deps.gateway(cli);
  const { command, args } = deps.holdfastCommand;
  const access: GatewayAccess = {
    baseUrl: options.gateway === undefined ? gateway.baseUrl : readGatewayUrl(options.gateway),
    longestSilenceMs: gateway.longestSilenceMs,
    command,
    args: [...args, 'token'],
  };
  const { edit, form, hints } = planForm(options, codexHome, access);
  const { dryRun: isDryRun = false, json: isJson = false } = options;
  const report = (): Record<string, unknown> => ({ form, baseUrl: access.baseUrl });
  const edits = [edit];
  await runEdits(
    { command: `${CONNECT}${form === 'profile' ? '' : ` --${form}`}`, edits, isDryRun, isJson, report, hints },
    cli,
    deps,
  );
}

interface Form {
  readonly form: 'profile' | 'default' | 'openai-base-url';
  readonly edit: PlannedEdit;
  readonly hints: () => readonly string[];
}

function planForm(options: ConnectOptions, codexHome: string, access: GatewayAccess): Form {
  const undo = 'Undo it:  holdfast codex disconnect';
  const config = configFile(codexHome);
  if (options.default) {
    const hints = [
      'Every Codex on this machine now uses the gateway. Sessions of other providers wait for the undo.',
      undo,
    ];
    const edit = (text: FileText): Edited => connectByKey(config, text, access);
    return { form: 'default', edit: { path: config, edit }, hints: () => hints };
  }
  if (options.openaiBaseUrl) {
    const hints = ['Use it:   CODEX_API_KEY="$(holdfast token)" codex exec …', undo];
    const edit = (text: FileText): Edited => redirectOpenAi(config, text, access);
    return { form: 'openai-base-url', edit: { path: config, edit }, hints: () => hints };
  }
  const path = profileFile(codexHome, GATEWAY_PROVIDER_ID);
  const edit = (text: FileText): Edited =>
    text === undefined ? replaceWhole(text, renderGatewayProfile(access)) : connectByKey(path, text, access);
  return {
    form: 'profile',
    edit: { path, edit },
    hints: () => [`Use it:   codex --profile ${GATEWAY_PROVIDER_ID}`, undo],
  };
}

function connectByKey(path: string, text: FileText, access: GatewayAccess): Edited {
  const parsed = parseDocument(text ?? '');
  return editByKey(path, text, parsed.kind === 'ok' ? connectOperations(parsed.document.data, access) : []);
}

function redirectOpenAi(path: string, text: FileText, access: GatewayAccess): Edited {
  const parsed = parseDocument(text ?? '');
  const provider = parsed.kind === 'ok' ? stringAt(parsed.document.data, ['model_provider']) : undefined;
  if (provider !== undefined && provider !== 'openai') {
    throw new CliError(
      `${path} chooses the provider "${provider}", beside which openai_base_url has no effect. Use --default instead.`,
    );
  }
  return editByKey(path, text, [
    { kind: 'set', path: ['openai_base_url'], value: access.baseUrl },
    { kind: 'set', path: ['features', 'unbounded_connection_retries'], value: false },
  ]);
}

/** `http://127.0.0.1:4141` and `http://127.0.0.1:4141/v1/` mean the same. */
function readGatewayUrl(text: string): string {
  const url = URL.parse(text);
  const isPlain = url !== null && url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  if (!isPlain || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new CliError(`--gateway ${text}: not an http(s) address without a query or a password`, 2);
  }
  const path = url.pathname.replace(/\/+$/, '');
  return `${url.origin}${path === '' ? '/v1' : path}`;
}
