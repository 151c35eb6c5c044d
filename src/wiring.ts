/** The composition root: the only file that constructs adapters. Heavy ones are loaded when first needed. */
import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { CliDeps, CommandModule } from './serve/cli/cli-deps.ts';

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

/** `$HOLDFAST_HOME`, default `~/.holdfast`: everything that Holdfast writes for itself. */
export function holdfastHome(): string {
  const named = process.env['HOLDFAST_HOME'];
  return named === undefined || named === '' ? join(homedir(), '.holdfast') : resolve(named);
}

export async function loadCodexCommand(): Promise<CommandModule> {
  const { createCodexCommand } = await import('./serve/cli/codex/create-codex-command.ts');
  const { createUserFiles } = await import('./connect/codex/create-user-files.ts');
  const { createReceiptStore } = await import('./connect/codex/create-receipt-store.ts');
  const { findHoldfastCommand } = await import('./connect/codex/find-holdfast-command.ts');
  const uniqueName = (): string => randomBytes(6).toString('hex');
  const fileDeps = { now: Date.now, sleep: Bun.sleep, uniqueName };
  const codexDeps = {
    files: createUserFiles(fileDeps),
    receipts: createReceiptStore(join(holdfastHome(), 'codex-receipts'), fileDeps),
    now: Date.now,
    uniqueName,
    defaultCodexHome: join(homedir(), '.codex'),
    holdfastCommand: findHoldfastCommand(process.env, join(import.meta.dir, '..')),
    gateway: async () => ({ baseUrl: 'http://127.0.0.1:4141/v1', longestSilenceMs: 90_000 }),
  };
  return { createCommand: (deps) => createCodexCommand(deps, codexDeps) };
}
