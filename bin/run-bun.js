// Runs Bun with this process's terminal, signals and exit code.
import { spawn } from 'node:child_process';
import { findBun } from './find-bun.js';

/** What Bun and its parts are told by environment only. The user's own word wins. */
const DEFAULTS = {
  // Bun's fetch otherwise keeps at most 256 upstream connections at once, which would cap concurrent streams.
  BUN_CONFIG_MAX_HTTP_REQUESTS: '65336',
  // Without the last compiler the gateway is as fast, and at full speed after hundreds of requests instead of thousands.
  BUN_JSC_useFTLJIT: '0',
  // Freed memory goes back to the system after 10 s, not at once: page faults cost a quarter of a request's time.
  MIMALLOC_PURGE_DELAY: '10000',
};

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
