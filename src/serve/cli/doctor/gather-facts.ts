import type { CodexRun } from '../../../core/codex-cli.ts';
import { describeConfigProblem } from '../../../core/config-problem.ts';
import type { Credential } from '../../../core/ports.ts';
import {
  currentActivation,
  isExpired,
  parseJournal,
} from '../../../decide/codex-config/activation/activation-journal.ts';
import type {
  AuthCommandFact,
  CodexDoctorCheck,
  DoctorFacts,
  GatewayFact,
  StrictLoad,
} from '../../../decide/codex-config/doctor/doctor-facts.ts';
import { activeAddress } from '../../../decide/codex-config/lint/environment-rules.ts';
import { activeProviderId, createContext, type LintContext } from '../../../decide/codex-config/lint/lint-context.ts';
import { isLoopback } from '../../../decide/codex-config/lint/network.ts';
import { isTable, textsAt, valueAt } from '../../../decide/codex-config/toml/toml-data.ts';
import type { SettingsLoad } from '../../config/load-settings.ts';
import { askLoopback, type LoopbackAnswer } from '../../http/ask-loopback.ts';
import type { CliDeps } from '../cli-deps.ts';
import { gatherConfig } from '../codex/gather-config.ts';
import { readStrictLoad, STRICT_LOAD } from '../codex/strict-load.ts';
import type { DoctorDeps, DoctorRequest } from './doctor-deps.ts';
import { probeAll } from './probe-all.ts';

const CODEX_TIMEOUT_MS = 30_000;
const HTTP_TIMEOUT_MS = 3_000;
const CERTIFICATE_VARIABLES = ['CODEX_CA_CERTIFICATE', 'SSL_CERT_FILE'];

export async function gatherFacts(request: DoctorRequest, cli: CliDeps, deps: DoctorDeps): Promise<DoctorFacts> {
  const { codexHome, profile, progress } = request;
  const exists = await deps.inspect.fileExists(codexHome);
  const input = await gatherConfig(codexHome, profile, cli, deps.files);
  const context = createContext(input);
  const file = deps.codex.find();
  progress('asking Codex …');
  const version = file === undefined ? undefined : await deps.codex.version();
  const canAsk = version !== undefined && exists;
  const run = (args: readonly string[]): Promise<CodexRun> =>
    deps.codex.run(args, { codexHome, timeoutMs: CODEX_TIMEOUT_MS });
  const profileArgs = profile === undefined ? [] : ['-p', profile];
  // One after the other: Codex's own doctor complains of a database that another Codex is just making.
  const doctor = canAsk ? await run(['doctor', '--json']) : undefined;
  const strict = canAsk ? await run(['exec', ...profileArgs, ...STRICT_LOAD]) : undefined;
  const models = canAsk ? await run(['debug', 'models', '--bundled']) : undefined;
  const auth = await runAuth(context, codexHome, cli, deps);
  const settings = await deps.loadSettings(cli);
  progress('asking the gateway …');
  const gateway = await askGateway({ context, settings, key: auth?.key, codexHome, canAsk }, cli, deps);
  const probes = await probeAll({ context, settings, gateway, request }, cli, deps);
  return {
    codex: { file, version },
    codexHome: { path: codexHome, exists },
    input,
    ...(strict === undefined ? {} : { strictLoad: readStrictLoad(strict) }),
    codexDoctor: doctor === undefined ? [] : readDoctorReport(doctor),
    ...(auth === undefined ? {} : { authCommand: auth.fact }),
    ...(gateway === undefined ? {} : { gateway }),
    probes,
    certificates: await Promise.all(
      CERTIFICATE_VARIABLES.filter((variable) => (cli.env[variable] ?? '') !== '').map(async (variable) => {
        return { variable, exists: await deps.inspect.fileExists(cli.env[variable] ?? '') };
      }),
    ),
    ...(await findExpired(deps)),
    sessions: await deps.inspect.recentSessions(codexHome),
    ...describeSettings(settings),
    knownModels: models === undefined ? [] : readModels(models),
  };
}

function readDoctorReport(run: CodexRun): readonly CodexDoctorCheck[] {
  if (run.kind !== 'ended') return [];
  const report = readJson(run.stdout);
  const checks = typeof report['checks'] === 'object' && report['checks'] !== null ? report['checks'] : {};
  return Object.values(checks).flatMap((check): CodexDoctorCheck[] => {
    const { id, status, summary, remediation, details } = asObject(check);
    if (typeof id !== 'string' || typeof summary !== 'string') return [];
    if (status !== 'ok' && status !== 'warning' && status !== 'fail') return [];
    // An upgrade that is answered so costs nothing: Codex goes over to HTTP at once.
    if (id === 'network.websocket_reachability' && JSON.stringify(details ?? '').includes('http 426')) return [];
    return [{ id, status, summary, remediation: typeof remediation === 'string' ? remediation : undefined }];
  });
}

function readModels(run: CodexRun): readonly string[] {
  if (run.kind !== 'ended') return [];
  const { models } = readJson(run.stdout);
  if (!Array.isArray(models)) return [];
  return models.flatMap((model) => {
    const { slug } = asObject(model);
    return typeof slug === 'string' ? [slug] : [];
  });
}

async function runAuth(
  context: LintContext,
  codexHome: string,
  cli: CliDeps,
  deps: DoctorDeps,
): Promise<{ readonly fact: AuthCommandFact; readonly key: Credential | undefined } | undefined> {
  const auth = valueAt(context.effective.data, ['model_providers', activeProviderId(context), 'auth']);
  const command = isTable(auth) ? auth.get('command') : undefined;
  if (!isTable(auth) || typeof command !== 'string' || command === '') return undefined;
  const timeout = auth.get('timeout_ms');
  const timeoutMs = typeof timeout === 'number' && timeout > 0 ? timeout : 5000;
  const cwd = auth.get('cwd');
  const args = textsAt(auth, 'args');
  const folder = typeof cwd === 'string' ? (cwd.startsWith('/') ? cwd : `${codexHome}/${cwd}`) : cli.cwd;
  const result = await deps.inspect.runAuthCommand({ command, args, cwd: folder, timeoutMs });
  if (result.kind !== 'printed') return { fact: { command, timeoutMs, outcome: result }, key: undefined };
  const { kind, lines, durationMs, key } = result;
  return { fact: { command, timeoutMs, outcome: { kind, lines, durationMs } }, key: lines === 1 ? key : undefined };
}

interface GatewayQuestion {
  readonly context: LintContext;
  readonly settings: SettingsLoad;
  readonly key: Credential | undefined;
  readonly codexHome: string;
  /** True when Codex can be run. */
  readonly canAsk: boolean;
}

/** What answers at the address on this machine that Codex asks; `undefined` when it asks none. */
async function askGateway(
  { context, settings, key, codexHome, canAsk }: GatewayQuestion,
  cli: CliDeps,
  deps: DoctorDeps,
): Promise<GatewayFact | undefined> {
  const address = activeAddress(context);
  const isOurs = activeProviderId(context) === 'holdfast';
  if (address === undefined || !isLoopback(address)) return undefined;
  const configured = settings.kind === 'loaded' ? (await deps.gateway(cli)).baseUrl : undefined;
  // A local server of somebody else, such as Ollama, is asked like any provider.
  if (!isOurs && configured !== address) return undefined;
  const origin = URL.parse(address)?.origin ?? address;
  const health = await get(`${origin}/healthz`);
  const common = { address, configured };
  if (health === undefined) return { ...common, health: 'down' };
  if (health.status !== 200 || health.text.trim() !== 'ok') return { ...common, health: 'something-else' };
  const secret = key?.reveal();
  if (secret === undefined) return { ...common, health: 'up' };
  const models = await get(`${address}/models?client_version=0.169.0`, secret);
  const fact: GatewayFact = { ...common, health: 'up', acceptsKey: models === undefined || models.status !== 401 };
  if (models?.status !== 200 || !canAsk) return fact;
  return { ...fact, catalogue: await tryCatalogue(models.text, codexHome, deps) };
}

/** Codex says nothing of a catalogue that it cannot read, so it is asked in a way in which it must. */
async function tryCatalogue(text: string, codexHome: string, deps: DoctorDeps): Promise<StrictLoad> {
  const { models } = readJson(text);
  // Laid over Codex's own list, an empty one changes nothing.
  if (Array.isArray(models) && models.length === 0) return { kind: 'accepted' };
  const options = { codexHome, timeoutMs: CODEX_TIMEOUT_MS };
  return readStrictLoad(await deps.codex.runWithCatalogue(text, ['exec', '--ignore-user-config', 'hi'], options));
}

async function get(url: string, key?: string): Promise<LoopbackAnswer | undefined> {
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  return await askLoopback(url, { headers, timeoutMs: HTTP_TIMEOUT_MS }).catch(() => undefined);
}

async function findExpired(deps: DoctorDeps): Promise<Pick<DoctorFacts, 'expiredActivation'>> {
  const journal = await deps.journal.read().catch(() => undefined);
  const current = currentActivation(parseJournal(journal));
  if (current === undefined || current.expiresAtMs === null || !isExpired(current, deps.now())) return {};
  return { expiredActivation: { target: current.target, expiredAtMs: current.expiresAtMs } };
}

function describeSettings(load: SettingsLoad): Pick<DoctorFacts, 'holdfastConfig'> {
  if (load.kind === 'missing') return {};
  if (load.kind === 'loaded') return { holdfastConfig: { file: load.settings.file, errors: [] } };
  const errors = load.problems.filter(({ severity }) => severity === 'error').map(describeConfigProblem);
  return { holdfastConfig: { file: load.problems[0]?.file ?? 'holdfast.toml', errors } };
}

function readJson(text: string): Readonly<Record<string, unknown>> {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return {};
  }
}

const asObject = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
