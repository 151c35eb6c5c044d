import { Command } from 'commander';
import type { CliDeps } from '../cli-deps.ts';
import { createBypassCommand } from './bypass-command.ts';
import type { CodexDeps } from './codex-deps.ts';
import { createConnectCommand } from './connect-command.ts';
import { createDisconnectCommand } from './disconnect-command.ts';
import { createDriftCommand } from './drift-command.ts';
import { createLintCommand } from './lint-command.ts';
import { createMigrateCommand } from './migrate-command.ts';
import { createProfilesCommand } from './profiles-command.ts';
import { createProvidersCommand } from './providers-command.ts';
import { createRetriesCommand } from './retries-command.ts';
import { createStatusCommand } from './status-command.ts';
import { createUndoCommand } from './undo-command.ts';

export function createCodexCommand(cli: CliDeps, deps: CodexDeps): Command {
  return new Command('codex')
    .description("Codex's own configuration: edited by key, never destroyed.")
    .addHelpText(
      'after',
      '\nExamples:\n  holdfast codex status\n  holdfast codex lint\n  holdfast codex connect\n  holdfast codex undo',
    )
    .addCommand(createStatusCommand(cli, deps))
    .addCommand(createConnectCommand(cli, deps))
    .addCommand(createDisconnectCommand(cli, deps))
    .addCommand(createLintCommand(cli, deps))
    .addCommand(createMigrateCommand(cli, deps))
    .addCommand(createProvidersCommand(cli, deps))
    .addCommand(createProfilesCommand(cli, deps))
    .addCommand(createRetriesCommand(cli, deps))
    .addCommand(createBypassCommand(cli, deps))
    .addCommand(createUndoCommand(cli, deps))
    .addCommand(createDriftCommand(cli, deps));
}
