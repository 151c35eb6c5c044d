import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TranslatedWire } from '../traffic/lane-answers.ts';
import { type Contender, pinned, type StartOptions, spawnGroup, stopGroup } from './contender.ts';

export const ROOT = join(import.meta.dir, '..', '..');

/** `unchanged`: the body travels as it came. `changed`: the model's name is replaced and client_metadata cut. */
type BodyTreatment = 'unchanged' | 'changed';

interface HoldfastOptions extends StartOptions {
  readonly name: string;
  readonly treatment: BodyTreatment;
  /** What the provider speaks. Default: Responses, so the raw lane. */
  readonly wire?: TranslatedWire;
  /** More lines of configuration. */
  readonly config?: string;
  /** Start Bun itself instead of the launcher that finds it. */
  readonly isDirect?: boolean;
  /** Before the script's name. */
  readonly bunArgs?: readonly string[];
  /** Another checkout to measure. */
  readonly root?: string;
}

const KEY = 'bench-key-0123456789abcdef0123456789abcdef';
const START_MS = 20_000;

/** Holdfast as a user starts it: the launcher, a configuration file, ledger and key check on, two healthy targets. */
export async function startHoldfast(options: HoldfastOptions): Promise<Contender> {
  const folder = join(options.folder, options.name);
  const home = join(folder, 'home');
  mkdirSync(home, { recursive: true });
  const config = join(folder, 'holdfast.toml');
  writeFileSync(config, renderConfig(options));
  const root = options.root ?? ROOT;
  const args = ['up', '--config', config, '--json'];
  const entry = entryOf(root);
  const command =
    options.isDirect === true
      ? [process.execPath, ...(options.bunArgs ?? []), entry, ...args]
      : [...launcherOf(root), ...args];
  const child = spawnGroup(pinned(options.core, command), {
    cwd: folder,
    env: {
      ...process.env,
      HOLDFAST_HOME: home,
      BENCH_HOLDFAST_KEY: KEY,
      BUN_CONFIG_MAX_HTTP_REQUESTS: '65336',
      // A launcher in Node reads them at its start, for 100 ms. The providers here speak plain HTTP.
      NODE_EXTRA_CA_CERTS: undefined,
    },
    quiet: true,
  });
  try {
    const url = await readUrl(child);
    return {
      name: options.name,
      port: Number(new URL(url).port),
      key: KEY,
      pid: child.pid,
      stop: () => stopGroup(child),
    };
  } catch (error) {
    await stopGroup(child);
    throw error;
  }
}

/** The shell script that becomes Bun; in an older checkout, the Node process that stays beside it. */
function launcherOf(root: string): readonly string[] {
  const script = join(root, 'bin/holdfast');
  return existsSync(script) ? [script] : ['node', `${script}.js`];
}

const entries = new Map<string, string>();

/** What the launcher runs: the bundle, made anew once per run; the sources of a checkout that knows no bundle. */
function entryOf(root: string): string {
  const known = entries.get(root);
  if (known !== undefined) return known;
  const script = join(root, 'scripts/build.js');
  const isBundled = existsSync(script);
  if (isBundled && spawnSync('node', [script], { stdio: 'inherit' }).status !== 0)
    throw new Error('There is no bundle to measure.');
  const entry = join(root, isBundled ? 'dist/main.js' : 'src/main.ts');
  entries.set(root, entry);
  return entry;
}

/** The line that says where it listens. */
function readUrl(child: ReturnType<typeof spawnGroup>): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => reject(new Error('Holdfast did not start in time.')), START_MS);
    const settle = (): void => clearTimeout(timer);
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const url = /"url":"([^"]+)"/.exec(text)?.[1];
      if (url === undefined) return;
      settle();
      resolve(url);
    });
    child.once('exit', (code) => {
      settle();
      reject(new Error(`Holdfast ended with code ${code} before it listened.`));
    });
  });
}

function renderConfig({ upstreamPorts, treatment, wire, config = '' }: HoldfastOptions): string {
  const provider = (port: number, index: number): string => `
[providers.upstream-${index + 1}]
wire = "${wire ?? 'responses'}"
base_url = "http://127.0.0.1:${port}/v1"
key = ${wire === 'gemini' ? '{ env = "BENCH_HOLDFAST_KEY" }' : '"none"'}
`;
  const target = (_port: number, index: number): string => `
  [[routes.targets]]
  provider = "upstream-${index + 1}"
  priority = ${index + 1}
${treatment === 'changed' ? '  model = "gpt-5.5-deployment"\n  same_model = true\n' : ''}`;
  return `
[server]
listen = "127.0.0.1:0"
key = { env = "BENCH_HOLDFAST_KEY" }
${config}
${upstreamPorts.map(provider).join('')}
[[routes]]
id = "codex"
models = ["gpt-5.5"]
${upstreamPorts.map(target).join('')}`;
}
