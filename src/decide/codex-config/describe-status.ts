import { hideAddress } from './hide-secrets.ts';
import {
  activeProviderId,
  type CheckedFile,
  dataOf,
  effectiveValue,
  type LintContext,
  placeOf,
} from './lint/lint-context.ts';
import { firstSet } from './lint/network.ts';
import { BUILT_IN_IDS, PROJECT_IGNORED_KEYS, RETRY_DEFAULTS, STREAM_RETRY_CAP } from './lint/provider-keys.ts';
import { requestsPerStep } from './lint/retry-rules.ts';
import { isTable, type KeyPath, type TomlTable, type TomlValue, valueAt } from './toml/toml-data.ts';

/** What Codex will really use, and which file says so. Holds names of variables, never their values. */
export interface CodexStatus {
  readonly profile: string | null;
  readonly model: StatusValue;
  readonly provider: ProviderStatus;
  /** Every other top-level setting in effect. */
  readonly settings: ReadonlyArray<{ readonly key: string; readonly from: string }>;
  readonly files: readonly FileStatus[];
  readonly login: LintContext['login'];
  readonly environment: readonly VariableStatus[];
}

export interface StatusValue {
  readonly value: string | null;
  /** `file:line`; `null` for Codex's own default. */
  readonly from: string | null;
}

export interface ProviderStatus {
  readonly id: StatusValue;
  readonly isBuiltIn: boolean;
  readonly name: string | null;
  readonly address: StatusValue;
  /** How requests are authenticated, in words. */
  readonly key: string;
  readonly retries: RetryStatus | null;
}

export interface RetryStatus {
  readonly request: number;
  readonly stream: number;
  readonly idleMs: number;
  /** Requests that one failing step may make. */
  readonly requestsPerStep: number;
}

export interface FileStatus {
  readonly path: string;
  readonly role: CheckedFile['role'];
  readonly profile?: string;
  readonly isUsed: boolean;
  /** Why not, or what of it does not count. */
  readonly note: string | null;
}

export interface VariableStatus {
  readonly name: string;
  readonly isSet: boolean;
  readonly note: string;
}

export function describeStatus(context: LintContext): CodexStatus {
  return {
    profile: context.profile ?? null,
    model: statusValue(context, ['model']),
    provider: describeProvider(context),
    settings: [...context.effective.data.keys()]
      .filter((key) => !['model', 'model_provider', 'model_providers', 'profiles', 'projects'].includes(key))
      .map((key) => ({ key, from: statusValue(context, [key]).from ?? '' })),
    files: context.files.map((file) => describeFile(context, file)),
    login: context.login,
    environment: describeVariables(context),
  };
}

function statusValue(context: LintContext, path: KeyPath): StatusValue {
  const found = effectiveValue(context, path);
  if (found === undefined) return { value: null, from: null };
  const place = placeOf(found.file, path);
  return { value: typeof found.value === 'string' ? found.value : null, from: `${place.path}:${place.line}` };
}

function describeProvider(context: LintContext): ProviderStatus {
  const id = activeProviderId(context);
  const isBuiltIn = BUILT_IN_IDS.includes(id);
  const found = valueAt(context.effective.data, ['model_providers', id]);
  const table: TomlTable = isTable(found) ? found : new Map();
  const addressPath = id === 'openai' ? ['openai_base_url'] : ['model_providers', id, 'base_url'];
  const address = statusValue(context, addressPath);
  const name = table.get('name');
  return {
    id: { value: id, from: statusValue(context, ['model_provider']).from },
    isBuiltIn,
    name: typeof name === 'string' ? name : null,
    address: { value: address.value === null ? null : hideAddress(address.value), from: address.from },
    key: describeKey(id, table, context),
    retries: isBuiltIn ? null : describeRetries(table),
  };
}

export function describeKey(id: string, table: TomlTable, context: LintContext): string {
  const auth = table.get('auth');
  if (isTable(auth)) return `the command ${String(auth.get('command') ?? '(none)')}`;
  const variable = table.get('env_key');
  if (typeof variable === 'string' && /^\w{1,64}$/.test(variable)) {
    return `the variable ${variable} (${firstSet(context.env, [variable]) === undefined ? 'not set' : 'set'})`;
  }
  if (typeof variable === 'string') return 'env_key, which does not look like the name of a variable';
  if (table.has('experimental_bearer_token')) return 'a token in the file';
  if (id === 'openai' || table.get('requires_openai_auth') === true) return describeLogin(context);
  if (id.startsWith('amazon-bedrock')) return 'AWS credentials';
  if (id === 'gcp') return 'Google credentials';
  return 'none';
}

function describeLogin(context: LintContext): string {
  if (firstSet(context.env, ['CODEX_API_KEY']) !== undefined) return 'the variable CODEX_API_KEY (set)';
  const words = { none: 'not logged in', 'api-key': 'an API key', chatgpt: 'ChatGPT', unknown: 'of an unknown kind' };
  return `Codex's own login: ${words[context.login]}`;
}

export function describeRetries(table: TomlTable): RetryStatus {
  return {
    request: numberOr(table.get('request_max_retries'), RETRY_DEFAULTS.request),
    stream: Math.min(numberOr(table.get('stream_max_retries'), RETRY_DEFAULTS.stream), STREAM_RETRY_CAP),
    idleMs: numberOr(table.get('stream_idle_timeout_ms'), RETRY_DEFAULTS.idleMs),
    requestsPerStep: requestsPerStep(table),
  };
}

const numberOr = (value: TomlValue | undefined, otherwise: number): number =>
  typeof value === 'number' ? value : otherwise;

function describeFile(context: LintContext, file: CheckedFile): FileStatus {
  const { path, role, profile } = file;
  const isUsed = context.effective.layers.includes(file) && file.problem === undefined;
  return { path, role, ...(profile === undefined ? {} : { profile }), isUsed, note: fileNote(context, file) };
}

function fileNote(context: LintContext, file: CheckedFile): string | null {
  if (file.problem !== undefined) return `not valid TOML, line ${file.problem.line}`;
  if (file.role === 'profile')
    return file.profile === context.profile ? null : `only with --profile ${file.profile ?? ''}`;
  if (file.role === 'user') return null;
  if (!context.isProjectTrusted) return 'ignored: the project is not trusted';
  const ignored = [...dataOf(file).keys()].filter((key) => PROJECT_IGNORED_KEYS.includes(key));
  return ignored.length === 0 ? null : `ignored in it: ${ignored.join(', ')}`;
}

/** Variables that change what Codex does, or that people believe to. */
const VARIABLES: ReadonlyArray<readonly [name: string, note: string]> = [
  ['CODEX_HOME', "Codex's folder"],
  ['CODEX_API_KEY', 'replaces the login for this run'],
  ['OPENAI_API_KEY', 'used only where env_key names it'],
  ['OPENAI_BASE_URL', 'ignored by Codex'],
  ['CODEX_PROFILE', 'ignored by Codex'],
  ['HTTP_PROXY', 'used, also towards this machine'],
  ['HTTPS_PROXY', 'used'],
  ['ALL_PROXY', 'used, also towards this machine'],
  ['NO_PROXY', 'exempts hosts from the proxy'],
  ['CODEX_CA_CERTIFICATE', 'trusted certificates'],
  ['SSL_CERT_FILE', 'trusted certificates'],
  ['NODE_EXTRA_CA_CERTS', 'ignored by Codex'],
];

function describeVariables(context: LintContext): readonly VariableStatus[] {
  const isSet = (name: string): boolean => firstSet(context.env, [name, name.toLowerCase()]) !== undefined;
  return VARIABLES.filter(([name]) => isSet(name)).map(([name, note]) => ({ name, isSet: true, note }));
}
