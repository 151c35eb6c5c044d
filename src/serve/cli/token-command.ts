import { Command } from 'commander';
import type { CliDeps } from './cli-deps.ts';

/** Reads a key. `file`: what `--config` says. */
export type ReadKey = (name: 'gateway' | 'admin', file: string | undefined) => Promise<string>;

/**
 * `holdfast token`: what Codex runs as `auth.command`. Prints the gateway key and nothing else. Codex runs it in whatever
 * repository it works on, so a `holdfast.toml` there is not read: it could name any program as where the key comes from.
 */
export function createTokenCommand(deps: CliDeps, readKey: ReadKey): Command {
  return new Command('token')
    .description('Print the gateway key (Codex runs this as its auth.command)')
    .option(
      '--config <file>',
      'the configuration that names the key (default: holdfast.toml in $HOLDFAST_HOME, and never in the working folder)',
    )
    .option('--admin', 'the key of the admin address instead, for HOLDFAST_ADMIN_KEY of those who may switch a team')
    .addHelpText(
      'after',
      '\nExamples:\n  curl -H "Authorization: Bearer $(holdfast token)" http://127.0.0.1:4141/v1/models\n  holdfast token --admin',
    )
    .action(async (options: { config?: string; admin?: true }) =>
      deps.out(await readKey(options.admin ? 'admin' : 'gateway', options.config)),
    );
}
