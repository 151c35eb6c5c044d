import { spawn } from 'node:child_process';

export interface CommandRequest {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string | undefined;
  /** The whole environment of the child. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
}

/** What became of it. `problem` is a fixed word, optionally with an exit status or signal: never output. */
export type CommandOutcome =
  | { readonly kind: 'done'; readonly stdout: string }
  | { readonly kind: 'failed'; readonly problem: string };

export type RunCommand = (request: CommandRequest) => Promise<CommandOutcome>;

/** A background process may keep the output open after the command itself has ended; it is not waited for. */
const DRAIN_MS = 200;

/**
 * Runs a program directly, without a shell, without stdin, and without its stderr (which may name accounts or show
 * parts of keys). It leads a process group of its own, so that a timeout ends its children as well. Never rejects.
 */
export const runCommand: RunCommand = (request) =>
  new Promise((resolve) => {
    const child = spawn(request.command, [...request.args], {
      cwd: request.cwd,
      env: { ...request.env },
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    const chunks: Buffer[] = [];
    let length = 0;

    const settle = (outcome: CommandOutcome): void => {
      clearTimeout(timer);
      child.stdout.destroy();
      resolve(outcome);
    };
    const stop = (problem: string): void => {
      killGroup(child.pid);
      settle({ kind: 'failed', problem });
    };
    const timer = setTimeout(() => stop('command_timeout'), request.timeoutMs);

    child.stdout.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > request.maxOutputBytes) stop('command_output_too_long');
      else chunks.push(chunk);
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      settle({ kind: 'failed', problem: error.code === 'ENOENT' ? 'command_not_found' : 'command_not_started' });
    });
    const end = (status: number | null, signal: NodeJS.Signals | null): void => {
      if (status !== 0) settle({ kind: 'failed', problem: `command_exit_${signal ?? status}` });
      else settle({ kind: 'done', stdout: Buffer.concat(chunks).toString('utf8') });
    };
    child.on('close', end);
    child.on('exit', (status, signal) => setTimeout(() => end(status, signal), DRAIN_MS).unref());
  });

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // already gone
  }
}
