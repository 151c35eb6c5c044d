/** The composition root: the only file that constructs adapters. Heavy ones are loaded when first needed. */
import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Clock } from './core/ports.ts';
import type { CliDeps, CommandModule } from './serve/cli/cli-deps.ts';
import type { SettingsLoad } from './serve/config/load-settings.ts';

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

/** How commands come to their settings: `file` is what `--config` says. */
export function createConfigAccess(): {
  readonly load: (cli: Pick<CliDeps, 'cwd' | 'env'>, file: string | undefined) => Promise<SettingsLoad>;
  readonly watch: (file: string, onChange: () => Promise<void>, clock: Clock) => Promise<() => void>;
} {
  return {
    load: async ({ cwd, env }, file) => {
      const { loadSettings } = await import('./serve/config/load-settings.ts');
      const { readConfigFile } = await import('./connect/config/read-config-file.ts');
      return loadSettings({ file, cwd, env, homeDir: homedir(), readFile: readConfigFile });
    },
    watch: async (file, onChange, clock) => {
      const { fingerprintFile, watchConfig } = await import('./connect/config/watch-config.ts');
      return watchConfig(file, onChange, { clock, fingerprint: fingerprintFile });
    },
  };
}

export async function loadConfigCommand(): Promise<CommandModule> {
  const { createConfigCommand } = await import('./serve/cli/config-command.ts');
  const access = createConfigAccess();
  return { createCommand: (cli) => createConfigCommand(cli, access) };
}
