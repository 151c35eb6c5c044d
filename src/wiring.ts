/** The composition root: the only file that constructs adapters. Heavy ones are loaded when first needed. */
import { randomBytes, randomUUID } from 'node:crypto';
import { homedir, hostname, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import packageJson from '../package.json' with { type: 'json' };
import { describeConfigProblem } from './core/config-problem.ts';
import type { Clock, Credentials, Ledger, Logger } from './core/ports.ts';
import type { Settings } from './core/settings.ts';
import type { GatewayActivation } from './serve/admin/gateway-activation.ts';
import type { ActivateDeps } from './serve/cli/activate/activate-deps.ts';
import type { AdminAccess } from './serve/cli/admin-client.ts';
import type { CliDeps, CommandModule } from './serve/cli/cli-deps.ts';
import type { CodexDeps } from './serve/cli/codex/codex-deps.ts';
import type { DoctorDeps } from './serve/cli/doctor/doctor-deps.ts';
import type { LaunchOptions, LaunchResult } from './serve/cli/gateway-launcher.ts';
import { findHoldfastHome, homeConfigFile, type SettingsLoad } from './serve/config/load-settings.ts';
import type { DemoGateway } from './serve/demo/run-demo.ts';
import type { Gateway } from './serve/gateway/create-gateway.ts';

export function createCliDeps(): CliDeps {
  const { promise: stopRequested, resolve } = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  return {
    argv: process.argv.slice(2),
    env: process.env,
    cwd: process.cwd(),
    out: (text) => void process.stdout.write(`${text}\n`),
    err: (text) => void process.stderr.write(`${text}\n`),
    isColor: process.stdout.isTTY === true && !process.env['NO_COLOR'],
    isInteractive: process.stdin.isTTY === true && process.stdout.isTTY === true,
    stopRequested,
  };
}

/** `$HOLDFAST_HOME`, default `~/.holdfast`: everything that Holdfast writes for itself. */
export function holdfastHome(): string {
  const named = process.env['HOLDFAST_HOME'];
  return named === undefined || named === '' ? join(homedir(), '.holdfast') : resolve(named);
}

export async function loadCodexCommand(): Promise<CommandModule> {
  const { createCodexCommand } = await import('./serve/cli/codex/create-codex-command.ts');
  const codexDeps = await createCodexDeps();
  return { createCommand: (deps) => createCodexCommand(deps, codexDeps) };
}

const createFileDeps = () => ({
  now: Date.now,
  sleep: Bun.sleep,
  uniqueName: () => randomBytes(6).toString('hex'),
});

async function createCodexDeps(): Promise<CodexDeps> {
  const { createUserFiles } = await import('./connect/codex/create-user-files.ts');
  const { createReceiptStore } = await import('./connect/codex/create-receipt-store.ts');
  const { createCodexCli } = await import('./connect/codex/create-codex-cli.ts');
  const { findHoldfastCommand } = await import('./connect/codex/find-holdfast-command.ts');
  const fileDeps = createFileDeps();
  return {
    files: createUserFiles(fileDeps),
    codex: createCodexCli(process.env),
    receipts: createReceiptStore(join(holdfastHome(), 'codex-receipts'), fileDeps),
    now: Date.now,
    uniqueName: fileDeps.uniqueName,
    defaultCodexHome: join(homedir(), '.codex'),
    holdfastCommand: findHoldfastCommand(process.env, join(import.meta.dir, '..')),
    gateway: async (cli) => {
      const { describeGatewayAddress } = await import('./serve/cli/codex/gateway-address.ts');
      const load = await createConfigAccess().load(cli, undefined);
      return describeGatewayAddress(
        load.kind === 'loaded' ? load.settings : undefined,
        homeConfigFile({ ...cli, homeDir: homedir() }),
      );
    },
  };
}

export async function loadDoctorCommand(): Promise<CommandModule> {
  const { createDoctorCommand } = await import('./serve/cli/doctor/doctor-command.ts');
  const doctorDeps = await createDoctorDeps();
  return { createCommand: (cli) => createDoctorCommand(cli, doctorDeps) };
}

async function createDoctorDeps(): Promise<DoctorDeps> {
  const { createCodexInspector } = await import('./connect/codex/create-codex-inspector.ts');
  const { createOwnFile } = await import('./connect/codex/create-own-file.ts');
  const monotonic = (): number => performance.now();
  return {
    ...(await createCodexDeps()),
    inspect: createCodexInspector({ env: process.env, monotonic }),
    journal: createOwnFile(join(holdfastHome(), 'activations.jsonl'), createFileDeps()),
    loadSettings: (cli) => createConfigAccess().load(cli, undefined),
    readSettings: async (text, cli) => {
      const { readSettings } = await import('./decide/config/read-settings.ts');
      const home = homedir();
      const holdfastHome = findHoldfastHome({ ...cli, homeDir: home });
      return readSettings(new TextEncoder().encode(text), { file: '', homeDir: home, holdfastHome, env: cli.env });
    },
    probe: async (request, base) => {
      const { probeTarget } = await import('./serve/probe/probe-target.ts');
      const newId = (): string => randomBytes(16).toString('hex');
      return await probeTarget(request, base, { start: startProbeGateway, monotonic, newId });
    },
  };
}

export async function loadActivateCommand(): Promise<CommandModule> {
  const { createActivateCommand } = await import('./serve/cli/activate/activate-command.ts');
  const doctorDeps = await createDoctorDeps();
  return { createCommand: (cli) => createActivateCommand(cli, createActivateDeps(cli, doctorDeps)) };
}

export async function loadDeactivateCommand(): Promise<CommandModule> {
  const { createDeactivateCommand } = await import('./serve/cli/activate/deactivate-command.ts');
  const doctorDeps = await createDoctorDeps();
  return { createCommand: (cli) => createDeactivateCommand(cli, createActivateDeps(cli, doctorDeps)) };
}

export async function loadRunbookCommand(): Promise<CommandModule> {
  const { createRunbookCommand } = await import('./serve/cli/activate/runbook-command.ts');
  const doctorDeps = await createDoctorDeps();
  return { createCommand: (cli) => createRunbookCommand(cli, createActivateDeps(cli, doctorDeps)) };
}

export async function loadImportCommand(): Promise<CommandModule> {
  const { createImportCommand } = await import('./serve/cli/import/import-command.ts');
  const { readCcSwitchDatabase } = await import('./connect/codex/read-cc-switch-database.ts');
  const importDeps = { ...(await createDoctorDeps()), readCcSwitchDatabase };
  return { createCommand: (cli) => createImportCommand(cli, importDeps) };
}

function createActivateDeps(cli: CliDeps, doctorDeps: DoctorDeps): ActivateDeps {
  return {
    ...doctorDeps,
    who: `${userInfo().username}@${hostname()}`,
    sleep: Bun.sleep,
    gatewayGeneration: async () => {
      const { createAdminClient } = await import('./serve/cli/admin-client.ts');
      const status = await createAdminClient(() => locateGateway(cli))
        .get('status')
        .catch(() => undefined);
      const hasGeneration = typeof status === 'object' && status !== null && 'generation' in status;
      return hasGeneration && typeof status.generation === 'number' ? status.generation : undefined;
    },
    changeActivation: async (origin, method, body) => {
      const { changeActivation } = await import('./serve/cli/activate/change-activation.ts');
      return await changeActivation({ origin, method, body }, await locateGateway(cli), cli);
    },
  };
}

/** A gateway for one question: nothing of it is recorded or shown. */
async function startProbeGateway(
  settings: Settings,
  gatewayKey: string,
  env: LaunchOptions['env'] = process.env,
): Promise<Gateway> {
  const [
    { assembleGateway },
    { createSystemClock },
    { createUpstream },
    { createAiSdkUpstream },
    { createCredentials },
    { runCommand },
    memory,
  ] = await Promise.all([
    import('./serve/gateway/assemble-gateway.ts'),
    import('./connect/upstream/create-system-clock.ts'),
    import('./connect/upstream/create-upstream.ts'),
    import('./connect/ai-sdk/create-ai-sdk-upstream.ts'),
    import('./connect/credentials/create-credentials.ts'),
    import('./connect/credentials/run-command.ts'),
    import('./connect/ledger/create-memory-ledger.ts'),
  ]);
  const clock = createSystemClock();
  return assembleGateway({
    clock,
    random: Math.random,
    newId: () => randomUUID().replaceAll('-', ''),
    upstream: createAiSdkUpstream(createUpstream({ clock, env })),
    credentials: createCredentials({ clock, env, runCommand }),
    ledger: memory.createMemoryLedger(),
    createMetrics: () => ({ recordExchange: () => {}, render: async () => '' }),
    log: { info: () => {}, warn: () => {} },
    currentSettings: () => settings,
    configProblem: () => undefined,
    gatewayKey,
    adminKey: gatewayKey,
    version: packageJson.version,
  });
}

/** How commands come to their settings: `file` is what `--config` says. */
export function createConfigAccess(): {
  readonly load: (cli: Pick<CliDeps, 'cwd' | 'env'>, file: string | undefined) => Promise<SettingsLoad>;
  readonly watch: (file: string, onChange: () => Promise<void>, clock: Clock) => Promise<() => void>;
} {
  return {
    load: async ({ cwd, env }, file) => {
      const { loadSettings } = await import('./serve/config/load-settings.ts');
      const { readConfigFile } = await import('./connect/config/read-config-file.ts');
      return loadSettings({ file, cwd, env, homeDir: homedir(), readFile: readConfigFile });
    },
    watch: async (file, onChange, clock) => {
      const { fingerprintFile, watchConfig } = await import('./connect/config/watch-config.ts');
      return watchConfig(file, onChange, { clock, fingerprint: fingerprintFile });
    },
  };
}

export async function loadConfigCommand(): Promise<CommandModule> {
  const { createConfigCommand } = await import('./serve/cli/config-command.ts');
  const access = createConfigAccess();
  return { createCommand: (cli) => createConfigCommand(cli, access) };
}

/** Reading Codex's catalogue takes some 30 ms, and a process where it is not known yet. */
const CATALOGUE_DELAY_MS = 250;

/** Starts the gateway of a configuration: what `holdfast up` and the demo run. */
export async function launchGateway(options: LaunchOptions): Promise<LaunchResult> {
  const access = createConfigAccess();
  const load = (): Promise<SettingsLoad> => access.load(options, options.configFile);
  const initial = await load();
  if (initial.kind !== 'loaded') return initial;
  const { settings } = initial;
  const [
    { assembleGateway },
    { createSettingsHolder },
    { createSystemClock },
    { createUpstream },
    { createAiSdkUpstream },
    { createCredentials },
    { createMetrics },
    { runCommand },
    { readOrCreateLocalKey },
    running,
    { warnOfToolLosses },
  ] = await Promise.all([
    import('./serve/gateway/assemble-gateway.ts'),
    import('./serve/config/settings-holder.ts'),
    import('./connect/upstream/create-system-clock.ts'),
    import('./connect/upstream/create-upstream.ts'),
    import('./connect/ai-sdk/create-ai-sdk-upstream.ts'),
    import('./connect/credentials/create-credentials.ts'),
    import('./connect/telemetry/create-metrics.ts'),
    import('./connect/credentials/run-command.ts'),
    import('./connect/home/local-keys.ts'),
    import('./connect/home/running-gateway.ts'),
    import('./serve/admin/describe-tools.ts'),
  ]);
  const clock = createSystemClock();
  const log = createLineLogger(options.log, clock);
  const home = findHoldfastHome({ ...options, homeDir: homedir() });
  const credentials = createCredentials({ clock, env: options.env, runCommand });
  const gatewayKey = await readGatewayKey(settings, home, credentials);
  const ledger = await openLedger(settings, clock, log);
  const holder = createSettingsHolder({ initial: settings, load, log });
  const activation = await openActivation(home, holder.current, options.env, clock, log);
  let bundledCatalogue: unknown;
  try {
    const gateway = assembleGateway({
      clock,
      random: Math.random,
      newId: () => randomUUID().replaceAll('-', ''),
      upstream: createAiSdkUpstream(createUpstream({ clock, env: options.env })),
      credentials,
      ledger,
      createMetrics,
      log,
      collectGarbage: () => Bun.gc(false),
      currentSettings: activation.settings,
      activation,
      configProblem: () => holder.rejected().map(describeConfigProblem)[0],
      bundledCatalogue: () => bundledCatalogue,
      gatewayKey,
      adminKey: await readOrCreateLocalKey(home, 'admin'),
      version: packageJson.version,
    });
    const unwatch = await access.watch(settings.file, async () => void (await holder.reload()), clock);
    running.writeRunningGateway(home, { url: gateway.url, pid: process.pid });
    // Nothing waits for it, and the first request does not share the processor with it.
    const cancelCatalogue = clock.after(CATALOGUE_DELAY_MS, () => {
      void loadBundledCatalogue(options.env, home).then((catalogue) => {
        bundledCatalogue = catalogue;
      });
    });
    const stop = async (): Promise<void> => {
      cancelCatalogue();
      unwatch();
      running.removeRunningGateway(home, process.pid);
      await gateway.stop(holder.current().server.graceMs);
      await ledger.close();
    };
    const { file } = settings;
    const toolLosses = warnOfToolLosses(settings);
    return { kind: 'running', gateway, file, warnings: initial.problems, toolLosses, stop, gatewayKey, ledger };
  } catch (error) {
    await ledger.close();
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    if (isTaken) return { kind: 'address-in-use', address: `${settings.server.hostname}:${settings.server.port}` };
    throw error;
  }
}

/** What a team has put first on this gateway: kept beside the keys, so that a restart forgets nothing. */
async function openActivation(
  home: string,
  configured: () => Settings,
  env: LaunchOptions['env'],
  clock: Clock,
  log: Logger,
): Promise<GatewayActivation> {
  const { createGatewayActivation } = await import('./serve/admin/gateway-activation.ts');
  const { createOwnFile } = await import('./connect/codex/create-own-file.ts');
  return await createGatewayActivation({
    configured,
    journal: createOwnFile(join(home, 'team-activations.jsonl'), createFileDeps()),
    probe: async (request, base) => {
      const { probeTarget } = await import('./serve/probe/probe-target.ts');
      const start = (settings: Settings, key: string): Promise<Gateway> => startProbeGateway(settings, key, env);
      const newId = (): string => randomBytes(16).toString('hex');
      return await probeTarget(request, base, { start, monotonic: clock.monotonic, newId });
    },
    now: clock.now,
    log,
  });
}

/** Never rejects. The program gets no key that stands in the environment. */
async function loadBundledCatalogue(env: LaunchOptions['env'], home: string): Promise<unknown> {
  const { createCodexCli } = await import('./connect/codex/create-codex-cli.ts');
  const { readBundledCatalogue } = await import('./connect/codex/read-bundled-catalogue.ts');
  const { selectEnvironment } = await import('./connect/credentials/select-environment.ts');
  return await readBundledCatalogue(createCodexCli(selectEnvironment(env)), home);
}

async function readGatewayKey(settings: Settings, home: string, credentials: Credentials): Promise<string> {
  const { key } = settings.server;
  if (key === undefined) {
    const { readOrCreateLocalKey } = await import('./connect/home/local-keys.ts');
    return await readOrCreateLocalKey(home, 'gateway');
  }
  const secret = (await credentials.obtain({ key })).reveal();
  if (secret === undefined)
    throw new Error('server.key gives no key. Remove it to use the random local key, or set it.');
  return secret;
}

async function openLedger(settings: Settings, clock: Clock, log: Logger): Promise<Ledger> {
  if (!settings.ledger.enabled) {
    const { createMemoryLedger } = await import('./connect/ledger/create-memory-ledger.ts');
    return createMemoryLedger();
  }
  const { createSqliteLedger } = await import('./connect/ledger/create-sqlite-ledger.ts');
  return createSqliteLedger({ file: settings.ledger.file, keepMs: settings.ledger.keepMs, clock, log });
}

/** One line per event: `2026-11-22T16:00:00.000Z exchange outcome=ok`. */
function createLineLogger(write: (line: string) => void, clock: Clock): Logger {
  const line: Logger['info'] = (event, fields = {}) => {
    const details = Object.entries(fields).filter(([, value]) => value !== undefined);
    write(
      [
        new Date(clock.now()).toISOString(),
        event,
        ...details.map(([name, value]) => `${name}=${quote(String(value))}`),
      ].join(' '),
    );
  };
  return { info: line, warn: line };
}

const quote = (text: string): string => (/^[\w./:@+-]*$/.test(text) ? text : JSON.stringify(text));

export async function loadUpCommand(): Promise<CommandModule> {
  const { createUpCommand } = await import('./serve/cli/up-command.ts');
  return { createCommand: (cli) => createUpCommand(cli, { launch: launchGateway }) };
}

export async function loadTokenCommand(): Promise<CommandModule> {
  const { createTokenCommand } = await import('./serve/cli/token-command.ts');
  return { createCommand: (cli) => createTokenCommand(cli, (name, file) => readTokenFor(cli, name, file)) };
}

/** The key that the gateway of this home and configuration expects. */
async function readTokenFor(cli: CliDeps, name: 'gateway' | 'admin', file: string | undefined): Promise<string> {
  const place = { ...cli, homeDir: homedir() };
  const home = findHoldfastHome(place);
  if (name === 'admin') {
    const { readOrCreateLocalKey } = await import('./connect/home/local-keys.ts');
    return readOrCreateLocalKey(home, 'admin');
  }
  const load = await createConfigAccess().load(cli, file ?? homeConfigFile(place));
  const { createSystemClock } = await import('./connect/upstream/create-system-clock.ts');
  const { createCredentials } = await import('./connect/credentials/create-credentials.ts');
  const { runCommand } = await import('./connect/credentials/run-command.ts');
  const { readOrCreateLocalKey } = await import('./connect/home/local-keys.ts');
  if (load.kind !== 'loaded') return await readOrCreateLocalKey(home, 'gateway');
  return await readGatewayKey(
    load.settings,
    home,
    createCredentials({ clock: createSystemClock(), env: cli.env, runCommand }),
  );
}

export async function loadStatusCommand(): Promise<CommandModule> {
  const { createStatusCommand } = await import('./serve/cli/status-command.ts');
  const { createAdminClient } = await import('./serve/cli/admin-client.ts');
  return {
    createCommand: (cli) =>
      createStatusCommand(
        cli,
        createAdminClient(() => locateGateway(cli)),
        Bun.sleep,
      ),
  };
}

export async function loadExplainCommand(): Promise<CommandModule> {
  const { createExplainCommand } = await import('./serve/cli/explain-command.ts');
  const { createAdminClient } = await import('./serve/cli/admin-client.ts');
  return {
    createCommand: (cli) =>
      createExplainCommand(
        cli,
        createAdminClient(() => locateGateway(cli)),
        (file) => createConfigAccess().load(cli, file),
      ),
  };
}

async function locateGateway(cli: CliDeps): Promise<AdminAccess | undefined> {
  const home = findHoldfastHome({ ...cli, homeDir: homedir() });
  const { readRunningGateway } = await import('./connect/home/running-gateway.ts');
  const { readOrCreateLocalKey } = await import('./connect/home/local-keys.ts');
  const running = readRunningGateway(home);
  return running === undefined ? undefined : { url: running.url, key: await readOrCreateLocalKey(home, 'admin') };
}

export async function loadDemoCommand(): Promise<CommandModule> {
  const { createDemoCommand } = await import('./serve/cli/demo-command.ts');
  return {
    createCommand: (cli) => createDemoCommand(cli, (configFile, home) => launchDemoGateway(cli, configFile, home)),
  };
}

async function launchDemoGateway(cli: CliDeps, configFile: string, home: string): Promise<DemoGateway> {
  const launched = await launchGateway({
    configFile,
    cwd: cli.cwd,
    env: { ...cli.env, HOLDFAST_HOME: home, HOLDFAST_LISTEN: undefined },
    log: () => {},
  });
  if (launched.kind !== 'running') throw new Error(`the demo's gateway did not start (${launched.kind})`);
  const { gateway, ledger, gatewayKey: key, stop } = launched;
  return { gateway, key, recent: () => ledger.recent(50), stop };
}
