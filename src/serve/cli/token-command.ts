import { Command } from 'commander';
import type { CliDeps } from './cli-deps.ts';

/** `holdfast token`: what Codex runs as `auth.command`. Prints the gateway key and nothing else. */
export function createTokenCommand(deps: CliDeps, readKey: () => Promise<string>): Command {
  return new Command('token')
    .description('Print the gateway key (Codex runs this as its auth.command)')
    .addHelpText(
      'after',
      '\nExample:\n  curl -H "Authorization: Bearer $(holdfast token)" http://127.0.0.1:4141/v1/models',
    )
    .action(async () => deps.out(await readKey()));
}
