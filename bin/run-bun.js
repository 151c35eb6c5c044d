// Runs Bun with this process's terminal, signals and exit code.
import { spawn } from 'node:child_process';
import { findBun } from './find-bun.js';

/** Starts Bun with `args` and ends this process as Bun ends. */
export function runBun(args) {
  // Bun's fetch otherwise keeps at most 256 upstream connections at once, which would cap concurrent streams.
  // Without its last compiler the gateway is as fast, and at full speed after hundreds of requests instead of thousands.
  const env = { BUN_CONFIG_MAX_HTTP_REQUESTS: '65336', BUN_JSC_useFTLJIT: '0', ...process.env };
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
