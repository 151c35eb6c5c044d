import { Command } from 'commander';
import type { CliDeps } from './cli-deps.ts';

/** `holdfast token`: what Codex runs as `auth.command`. Prints the gateway key and nothing else. */
export function createTokenCommand(deps: CliDeps, readKey: (name: 'gateway' | 'admin') => Promise<string>): Command {
  return new Command('token')
    .description('Print the gateway key (Codex runs this as its auth.command)')
    .option('--admin', 'the key of the admin address instead, for HOLDFAST_ADMIN_KEY of those who may switch a team')
    .addHelpText(
      'after',
      '\nExamples:\n  curl -H "Authorization: Bearer $(holdfast token)" http://127.0.0.1:4141/v1/models\n  holdfast token --admin',
    )
    .action(async (options: { admin?: true }) => deps.out(await readKey(options.admin ? 'admin' : 'gateway')));
}
