import { existsSync, readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface RunCodexOptions {
  /** Working folder of the task. Need not be a repository. */
  readonly cwd: string;
  /** Its CODEX_HOME; created and given a `config.toml` if it has none. */
  readonly codexHome: string;
  /** What stands before `/responses`. */
  readonly baseUrl: string;
  /** Default: none, so that Codex takes its own default model. */
  readonly model?: string;
  readonly prompt: string;
  /** Added to a minimal environment; nothing else is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  /** Arguments before the prompt, e.g. `['-c', 'model_reasoning_effort="low"']`. */
  readonly extraArgs?: readonly string[];
  /** Lines added to the provider's table of the generated `config.toml`. */
  readonly providerLines?: readonly string[];
  /** Sent as the bearer token. Default: no key. */
  readonly key?: string;
  /** An installed version beside the dev dependency (see `codexBinary`). */
  readonly version?: string;
  /** The run is killed after this time. Default 60 s. */
  readonly timeoutMs?: number;
  /** Arguments instead of `exec <prompt>`, e.g. `['exec', 'resume', id, 'go on']`. */
  readonly command?: readonly string[];
}

export interface CodexEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface CodexRun {
  /** `null` if it was killed. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout's lines, parsed. */
  readonly jsonEvents: readonly CodexEvent[];
  readonly durationMs: number;
  readonly timedOut: boolean;
}

const DEFAULT_TIMEOUT_MS = 60_000;
const PROVIDER_ID = 'under_test';

/** Runs the real Codex CLI once, apart from anything the user has configured. */
export async function runCodex(options: RunCodexOptions): Promise<CodexRun> {
  await writeConfig(options);
  const startedAt = performance.now();
  const child = Bun.spawn([codexBinary(options.version), ...codexArguments(options)], {
    cwd: options.cwd,
    env: { ...minimalEnvironment(options.codexHome), ...options.env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  clearTimeout(timer);
  return {
    exitCode: child.exitCode,
    stdout,
    stderr,
    jsonEvents: parseEvents(stdout),
    durationMs: performance.now() - startedAt,
    timedOut,
  };
}

/** Text of the last message that Codex showed. */
export function lastMessage(run: CodexRun): string | undefined {
  const items = run.jsonEvents.map((event) => event['item'] as { type?: string; text?: string } | undefined);
  return items.findLast((item) => item?.type === 'agent_message')?.text;
}

/**
 * The executable of the dev dependency, or of a version that was installed with
 * `npm install --prefix .cache/codex/<version> @openai/codex@<version>`.
 */
export function codexBinary(version?: string): string {
  const root = join(import.meta.dir, '..', '..');
  const from = version === undefined ? join(root, 'package.json') : join(root, '.cache', 'codex', version, 'x.js');
  const require = createRequire(from);
  const system = process.platform === 'win32' ? 'win32' : process.platform;
  const packageFile = require.resolve(`@openai/codex-${system}-${process.arch}/package.json`);
  const vendor = join(dirname(packageFile), 'vendor');
  const executable = process.platform === 'win32' ? 'codex.exe' : 'codex';
  for (const triple of readdirSync(vendor)) {
    for (const folder of ['bin', 'codex']) {
      const file = join(vendor, triple, folder, executable);
      if (existsSync(file)) return file;
    }
  }
  throw new Error(`no Codex executable under ${vendor}`);
}

function codexArguments({ model, extraArgs = [], prompt, command }: RunCodexOptions): string[] {
  const [verb = 'exec', ...rest] = command ?? ['exec', prompt];
  return [
    verb,
    '--json',
    '--skip-git-repo-check',
    '--dangerously-bypass-approvals-and-sandbox',
    ...(model === undefined ? [] : ['--model', model]),
    ...extraArgs,
    ...rest,
  ];
}

/** A configuration without anything that would reach beyond the machine. */
async function writeConfig({ codexHome, baseUrl, providerLines = [], key }: RunCodexOptions): Promise<void> {
  const file = join(codexHome, 'config.toml');
  if (existsSync(file)) return;
  await mkdir(codexHome, { recursive: true });
  const lines = [
    `model_provider = "${PROVIDER_ID}"`,
    'check_for_update_on_startup = false',
    '[analytics]',
    'enabled = false',
    '[otel]',
    'exporter = "none"',
    'metrics_exporter = "none"',
    '[features]',
    'unbounded_connection_retries = false',
    'plugins = false',
    `[model_providers.${PROVIDER_ID}]`,
    'name = "Under test"',
    `base_url = "${baseUrl}"`,
    'wire_api = "responses"',
    ...(key === undefined ? [] : [`experimental_bearer_token = "${key}"`]),
    ...providerLines,
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
}

function minimalEnvironment(codexHome: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: codexHome,
    CODEX_HOME: codexHome,
    NO_PROXY: '127.0.0.1,localhost',
    no_proxy: '127.0.0.1,localhost',
    LANG: 'C.UTF-8',
    TERM: 'dumb',
  };
}

function parseEvents(stdout: string): readonly CodexEvent[] {
  const events: CodexEvent[] = [];
  for (const line of stdout.split('\n')) {
    try {
      events.push(JSON.parse(line) as CodexEvent);
    } catch {} // not every line is an event
  }
  return events;
}
