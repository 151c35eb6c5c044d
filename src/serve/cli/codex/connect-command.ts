import { Command } from 'commander';
import type { FileText } from '../../../core/user-files.ts';
import { findCodexPreset, providerLines, VIA_PRESETS } from '../../../decide/codex-config/codex-presets.ts';
import { compareVersions } from '../../../decide/codex-config/doctor/diagnose.ts';
import {
  connectOperations,
  GATEWAY_PROVIDER_ID,
  type GatewayAccess,
  renderGatewayProfile,
} from '../../../decide/codex-config/gateway-profile.ts';
import { type Edited, replaceWhole } from '../../../decide/codex-config/receipt.ts';
import { parseDocument } from '../../../decide/codex-config/toml/parse-document.ts';
import { stringAt, valueAt } from '../../../decide/codex-config/toml/toml-data.ts';
import { type CliDeps, CliError } from '../cli-deps.ts';
import type { PlannedEdit } from './apply-edits.ts';
import type { CodexDeps } from './codex-deps.ts';
import { CODEX_HOME_OPTION, configFile, findCodexHome, profileFile } from './codex-home.ts';
import { collectPair } from './provider-options.ts';
import { editByKey, runEdits } from './run-edits.ts';

/** What the receipts of all forms of connecting are called. */
export const CONNECT = 'codex connect';

interface ConnectOptions {
  readonly codexHome?: string;
  readonly default?: true;
  readonly openaiBaseUrl?: true;
  readonly via?: string;
  readonly gateway?: string;
  readonly envKey?: string;
  readonly set?: Readonly<Record<string, string>>;
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
    .option('--via <gateway>', `use a gateway that the team runs already: ${Object.keys(VIA_PRESETS).join(', ')}`)
    .option('--env-key <variable>', 'with --via: the variable that holds the key for it')
    .option('--set <name=value>', 'with --via: a part of its address, such as account=… (repeat)', collectPair, {})
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
                     It asks this provider for no model list: windows and tools are what Codex itself knows.

  --via NAME         No Holdfast gateway at all: a profile file for the other one, under its own name.

Examples:
  holdfast codex connect
  holdfast codex connect --via litellm --gateway https://llm.example.com/v1
  holdfast codex connect --default --dry-run
  holdfast codex disconnect`,
    )
    .action((options: ConnectOptions) => connect(options, cli, deps));
}

async function connect(options: ConnectOptions, cli: CliDeps, deps: CodexDeps): Promise<void> {
  if ([options.default, options.openaiBaseUrl, options.via].filter((form) => form !== undefined).length > 1) {
    throw new CliError('--default, --openai-base-url and --via exclude each other', 2);
  }
  if (options.via !== undefined) {
    await connectVia(options.via, options, cli, deps);
    return;
  }
  const codexHome = findCodexHome(options.codexHome, cli, deps);
  const gateway = await deps.gateway(cli);
  const { command, args } = deps.holdfastCommand;
  const access: GatewayAccess = {
    baseUrl: options.gateway === undefined ? gateway.baseUrl : readGatewayUrl(options.gateway),
    longestSilenceMs: gateway.longestSilenceMs,
    command,
    args: [...args, 'token', ...(gateway.keyFile === undefined ? [] : ['--config', gateway.keyFile])],
  };
  const { edit, form, hints: usual } = planForm(options, codexHome, access);
  const version = form === 'profile' ? await deps.codex.version() : undefined;
  const isOld = version !== undefined && compareVersions(version, PROFILES_SINCE) < 0;
  const warning = `Codex ${version ?? ''} reads no profile files, which exist since 0.134: update it, or use --default.`;
  const hints = (): readonly string[] => [...usual(), ...(isOld ? [warning] : [])];
  const { dryRun: isDryRun = false, json: isJson = false } = options;
  const report = (): Record<string, unknown> => ({ form, baseUrl: access.baseUrl });
  const edits = [edit];
  await runEdits(
    { command: `${CONNECT}${form === 'profile' ? '' : ` --${form}`}`, edits, isDryRun, isJson, report, hints },
    cli,
    deps,
  );
}

/** A profile file for another gateway, which Codex then talks to without Holdfast. */
async function connectVia(name: string, options: ConnectOptions, cli: CliDeps, deps: CodexDeps): Promise<void> {
  const preset = findCodexPreset(VIA_PRESETS[name] ?? '');
  if (preset === undefined) throw new CliError(`--via ${name}: there are ${Object.keys(VIA_PRESETS).join(', ')}`, 2);
  const baseUrl = options.gateway === undefined ? undefined : readAddress(options.gateway);
  const wishes = { baseUrl, envKey: options.envKey, parameters: options.set };
  const lines = providerLines(preset.providerId, preset, wishes);
  if (typeof lines === 'string') throw new CliError(lines, 2);
  const path = profileFile(findCodexHome(options.codexHome, cli, deps), name);
  const provider = ['model_providers', preset.providerId];
  const edit = (text: FileText): Edited => {
    const head = text ?? `# Use: codex --profile ${name}. Undo: holdfast codex disconnect.\n`;
    const parsed = parseDocument(head);
    const isThere = parsed.kind === 'ok' && valueAt(parsed.document.data, provider) !== undefined;
    const edited = editByKey(path, head, [
      { kind: 'set', path: ['model_provider'], value: preset.providerId },
      ...(isThere
        ? lines.map(({ key, value }) => ({ kind: 'set' as const, path: [...provider, key], value }))
        : [{ kind: 'add-table' as const, path: provider, lines }]),
    ]);
    return text === undefined ? replaceWhole(text, edited.text) : edited;
  };
  const { dryRun: isDryRun = false, json: isJson = false } = options;
  const variable = lines.find(({ key }) => key === 'env_key')?.value;
  const hints = (): readonly string[] => [
    `Use it:   codex --profile ${name}`,
    ...(typeof variable === 'string' ? [`Its key:  the variable ${variable}`] : []),
    ...(preset.hint === undefined ? [] : [preset.hint]),
    'Undo it:  holdfast codex disconnect',
  ];
  const report = (): Record<string, unknown> => ({ form: 'via', provider: preset.providerId });
  const edits = [{ path, edit }];
  await runEdits({ command: `${CONNECT} --via ${name}`, edits, isDryRun, isJson, report, hints }, cli, deps);
}

/** Profiles are files since this version. */
const PROFILES_SINCE = [0, 134, 0] as const;

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
    const hints = [
      'Use it:   CODEX_API_KEY="$(holdfast token)" codex exec …',
      'Note:     Codex takes no model list from the gateway in this form: context windows and "tools" of a route do not',
      '          reach it. The other two forms do that.',
      undo,
    ];
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
  const address = readAddress(text);
  return URL.parse(address)?.pathname === '/' ? `${address}/v1` : address;
}

/** An address without its last slash. */
function readAddress(text: string): string {
  const url = URL.parse(text);
  const isPlain = url !== null && url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  if (!isPlain || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new CliError(`--gateway ${text}: not an http(s) address without a query or a password`, 2);
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}
