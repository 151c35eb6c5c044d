// Runs Bun with this process's terminal, signals and exit code.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { findBun } from './find-bun.js';

/** What Bun and its parts are told by environment only. */
const DEFAULTS = Object.fromEntries(
  [...readFileSync(new URL('environment', import.meta.url), 'utf8').matchAll(/^(\w+)=(.*)$/gm)].map(
    ([, name, value]) => [name, value],
  ),
);

/** Starts Bun with `args` and ends this process as Bun ends. */
export function runBun(args) {
  const env = { ...DEFAULTS, ...process.env };
  const child = spawn(findBun(), args, { stdio: 'inherit', env });
  const forward = (signal) => child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, forward);
  child.on('error', (error) => {
    console.error(
      `holdfast: Bun could not be started (${error.code ?? error.message}). Run "npm ci" again, or install Bun 1.4.5 or newer.`,
    );
    process.exit(127);
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(name, forward);
    process.kill(process.pid, signal);
  });
}
