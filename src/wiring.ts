/** The composition root: the only file that constructs adapters. Heavy ones are loaded when first needed. */
import type { CliDeps } from './serve/cli/cli-deps.ts';

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
