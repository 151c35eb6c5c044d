import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Something that stands between the load generator and the upstream. */
export interface Contender {
  readonly name: string;
  readonly port: number;
  readonly key: string;
  /** Of the process that was started; `undefined` for nothing at all. */
  readonly pid: number | undefined;
  readonly stop: () => Promise<void>;
}

export interface StartOptions {
  /** Of the upstream: the first is used, the second is there in case of need. */
  readonly upstreamPorts: readonly number[];
  /** For everything that is written. */
  readonly folder: string;
  /** The core it runs on; `undefined`: any. */
  readonly core: number | undefined;
}

const TASKSET = '/usr/bin/taskset';

export const canPin = existsSync(TASKSET);

/** In front of a command, keeps it and its children on one core. */
export const pinned = (core: number | undefined, command: readonly string[]): readonly string[] =>
  core === undefined || !canPin ? command : [TASKSET, '-c', String(core), ...command];

/** Starts a command as the head of a process group of its own. */
export function spawnGroup(
  command: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv; readonly quiet?: boolean },
): ChildProcess {
  const [program = '', ...args] = command;
  return spawn(program, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    detached: true,
    stdio: ['ignore', 'pipe', options.quiet === true ? 'ignore' : 'inherit'],
  });
}

const STOP_MS = 5_000;

/** Asks the group to end, then makes it. */
export async function stopGroup(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  process.kill(-pid, 'SIGTERM');
  const timer = setTimeout(() => process.kill(-pid, 'SIGKILL'), STOP_MS);
  await exited;
  clearTimeout(timer);
}

/** Resolves when something accepts connections at the port. */
export async function waitForPort(port: number, timeoutMs = 10_000): Promise<void> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    try {
      const socket = await Bun.connect({ hostname: '127.0.0.1', port, socket: { data: () => undefined } });
      socket.end();
      return;
    } catch (error) {
      if (performance.now() > until) throw error;
      await Bun.sleep(5);
    }
  }
}
