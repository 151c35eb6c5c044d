import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codexBinary } from './run-codex.ts';

const MAIN = join(import.meta.dir, '..', '..', 'src', 'main.ts');
/** Nothing that would reach beyond the machine. */
const QUIET = [
  'check_for_update_on_startup=false',
  'analytics.enabled=false',
  'otel.exporter="none"',
  'otel.metrics_exporter="none"',
  'features.plugins=false',
].flatMap((setting) => ['-c', setting]);

/** Who takes longer hangs: the same commands take seconds on a machine that is busy with other things. */
const HANGS_AFTER_MS = 60_000;

/** How Codex ends in a folder that is no repository, once it has accepted its configuration. */
export const ACCEPTED = /Not inside a trusted directory/;

export interface Run {
  readonly exitCode: number | null;
  readonly output: string;
}

/** A user's machine in a temporary folder: a home of Codex, one of Holdfast, and a folder to work in. */
export interface CodexSandbox {
  readonly folder: string;
  readonly home: string;
  readonly work: string;
  readonly codex: (args: readonly string[], env?: Record<string, string>, timeoutMs?: number) => Promise<Run>;
  /** A run of Holdfast whose output nobody wants. */
  readonly startHoldfast: (args: readonly string[]) => Bun.Subprocess;
  readonly holdfast: (args: readonly string[], env?: Record<string, string>) => Promise<Run>;
  /** A whole run of Codex with one turn. */
  readonly turn: (args?: readonly string[], env?: Record<string, string>, timeoutMs?: number) => Promise<Run>;
  /** The same, ended as soon as it has said `words`. */
  readonly turnUntil: (words: string) => Promise<Run>;
  /** Codex loads its configuration and ends. */
  readonly load: (args?: readonly string[]) => Promise<Run>;
  readonly write: (name: string, text: string) => void;
  readonly read: (name: string) => string;
  readonly remove: () => void;
}

export function createCodexSandbox(): CodexSandbox {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-config-'));
  const home = join(folder, 'codex');
  const work = join(folder, 'work');
  mkdirSync(home);
  mkdirSync(work);
  const environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    CODEX_HOME: home,
    HOLDFAST_HOME: join(folder, 'holdfast'),
    LANG: 'C.UTF-8',
    TERM: 'dumb',
  };
  const spawn = async (
    command: readonly string[],
    env: Record<string, string>,
    timeoutMs: number,
    lastWords?: string,
  ): Promise<Run> => {
    const child = Bun.spawn([...command], {
      cwd: work,
      env: { ...environment, ...env },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> => {
      const decoder = new TextDecoder();
      let text = '';
      for await (const chunk of stream) {
        text += decoder.decode(chunk, { stream: true });
        if (lastWords !== undefined && text.includes(lastWords)) child.kill('SIGKILL');
      }
      return text;
    };
    const [stdout, stderr] = await Promise.all([read(child.stdout), read(child.stderr), child.exited]);
    return { exitCode: child.exitCode, output: stdout + stderr };
  };
  const oneTurn = ['exec', '--skip-git-repo-check', ...QUIET];
  const codex: CodexSandbox['codex'] = (args, env = {}, timeoutMs = HANGS_AFTER_MS) =>
    spawn([codexBinary(), ...args], env, timeoutMs);
  return {
    folder,
    home,
    work,
    codex,
    startHoldfast: (args) =>
      Bun.spawn([process.execPath, MAIN, ...args], {
        cwd: work,
        env: environment,
        stdio: ['ignore', 'ignore', 'ignore'],
      }),
    holdfast: (args, env = {}) => spawn([process.execPath, MAIN, ...args], env, HANGS_AFTER_MS),
    turn: (args = [], env = {}, timeoutMs = HANGS_AFTER_MS) => codex([...oneTurn, ...args, 'hi'], env, timeoutMs),
    turnUntil: (words) => spawn([codexBinary(), ...oneTurn, 'hi'], {}, HANGS_AFTER_MS, words),
    load: (args = []) => codex(['exec', ...args, 'hi']),
    write: (name, text) => writeFileSync(join(home, name), text),
    read: (name) => readFileSync(join(home, name), 'utf8'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
