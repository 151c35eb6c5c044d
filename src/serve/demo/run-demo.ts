import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExchangeRecord } from '../../core/exchange.ts';
import type { Gateway } from '../gateway/create-gateway.ts';
import { TASK, TASK_RESULT } from '../simulator/scenarios/task.ts';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';

/** What the demo needs started for it. */
export interface DemoDeps {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly codex: string;
  readonly say: (text: string) => void;
  readonly launch: (configFile: string, home: string) => Promise<DemoGateway>;
}

export interface DemoGateway {
  readonly gateway: Gateway;
  readonly key: string;
  readonly recent: () => Promise<readonly ExchangeRecord[]>;
  readonly stop: () => Promise<void>;
}

export interface DemoResult {
  readonly isDone: boolean;
  readonly exitCode: number | null;
  readonly exchanges: readonly ExchangeRecord[];
  readonly errors: string;
}

/** The primary is killed when this much of its second answer is out. */
const KILL_AFTER_BYTES = 2500;
const EVENT_DELAY_MS = 25;

/** Three simulated providers, the gateway, the real Codex CLI, and a primary that dies in mid-stream. */
export async function runDemo(deps: DemoDeps): Promise<DemoResult> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-demo-'));
  const simulators = await Promise.all(['aurora', 'borealis', 'cascade'].map(startProvider));
  let running: DemoGateway | undefined;
  try {
    const configFile = await writeDemoConfig(folder, simulators);
    running = await deps.launch(configFile, join(folder, 'holdfast'));
    deps.say(`Gateway on ${running.gateway.url}, with three simulated providers: aurora (first), borealis, cascade.`);
    const killed = killPrimary(simulators[0], deps.say);
    const run = await runCodex(folder, running, deps);
    killed.cancel();
    const isDone = await isTaskDone(join(folder, 'work'));
    return { isDone, exitCode: run.exitCode, exchanges: await running.recent(), errors: run.errors };
  } finally {
    await running?.stop();
    for (const simulator of simulators) await simulator.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const startProvider = (name: string): Promise<Simulator> =>
  startSimulator({ name, scenario: TASK, pace: { eventDelayMs: EVENT_DELAY_MS }, extras: { echo: false } });

async function writeDemoConfig(folder: string, simulators: readonly Simulator[]): Promise<string> {
  const providers = simulators.map(
    ({ name, url }) => `[providers.${name}]\nwire = "responses"\nbase_url = "${url}"\nkey = "none"\n`,
  );
  const targets = simulators.map(
    ({ name }, index) => `  [[routes.targets]]\n  provider = "${name}"\n  priority = ${index + 1}\n`,
  );
  const file = join(folder, 'holdfast.toml');
  await writeFile(
    file,
    `[server]\nlisten = "127.0.0.1:0"\n\n${providers.join('\n')}\n[[routes]]\nid = "demo"\nmodels = ["gpt-5.5"]\n${targets.join('')}`,
  );
  return file;
}

/** Stops the first provider while it is in the middle of its second answer: the first has made Codex run a command. */
function killPrimary(primary: Simulator | undefined, say: (text: string) => void): { readonly cancel: () => void } {
  const timer = setInterval(() => {
    const request = primary?.requests.filter((one) => one.method === 'POST')[1];
    if (primary === undefined || request === undefined || request.isFinished || request.bytesSent < KILL_AFTER_BYTES)
      return;
    clearInterval(timer);
    say(`Killing aurora in mid-stream: ${request.bytesSent} bytes of its answer are out, the rest never comes.`);
    void primary.stop();
  }, 5);
  return { cancel: () => clearInterval(timer) };
}

async function runCodex(
  folder: string,
  running: DemoGateway,
  deps: DemoDeps,
): Promise<{ readonly exitCode: number | null; readonly errors: string }> {
  const work = join(folder, 'work');
  const codexHome = join(folder, 'codex');
  await mkdir(work);
  await mkdir(codexHome);
  await Bun.$`git init -q`.cwd(work).nothrow().quiet();
  await writeFile(join(codexHome, 'config.toml'), codexConfig(running.gateway.url));
  deps.say('Codex starts its task: run a command, apply a patch, answer.');
  const child = Bun.spawn(
    [
      deps.codex,
      'exec',
      '--json',
      '--skip-git-repo-check',
      '--dangerously-bypass-approvals-and-sandbox',
      '--model',
      'gpt-5.5',
      'Append the line and write the notes.',
    ],
    {
      cwd: work,
      env: {
        PATH: deps.env['PATH'] ?? '',
        HOME: codexHome,
        CODEX_HOME: codexHome,
        HOLDFAST_DEMO_KEY: running.key,
        NO_PROXY: '127.0.0.1,localhost',
        no_proxy: '127.0.0.1,localhost',
      },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    },
  );
  const timeout = setTimeout(() => child.kill(), 120_000);
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  clearTimeout(timeout);
  const failures = stdout.split('\n').filter((line) => /"type":"(error|turn\.failed)"/.test(line));
  return {
    exitCode: child.exitCode,
    errors: [...failures, ...(child.exitCode === 0 ? [] : [stderr.trim()])].join('\n'),
  };
}

const codexConfig = (url: string): string => `model_provider = "holdfast"
check_for_update_on_startup = false
[analytics]
enabled = false
[otel]
exporter = "none"
metrics_exporter = "none"
[features]
unbounded_connection_retries = false
[model_providers.holdfast]
name = "Holdfast"
base_url = "${url}/v1"
env_key = "HOLDFAST_DEMO_KEY"
wire_api = "responses"
`;

/** Exactly once each: anything that ran twice shows as a line too many. */
async function isTaskDone(work: string): Promise<boolean> {
  const read = (name: string): Promise<string> => readFile(join(work, name), 'utf8').catch(() => '');
  return (
    (await read(TASK_RESULT.logFile)) === TASK_RESULT.logText &&
    (await read(TASK_RESULT.patchedFile)) === TASK_RESULT.patchedText
  );
}
