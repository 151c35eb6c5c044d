import packageJson from '../package.json' with { type: 'json' };
import { type CommandEntry, runCli } from './serve/cli/run-cli.ts';
import { createCliDeps, loadCodexCommand, loadConfigCommand } from './wiring.ts';

const COMMANDS: readonly CommandEntry[] = [
  { name: 'codex', summary: "Codex's own configuration: connect, check, repair, undo", load: loadCodexCommand },
  { name: 'config', summary: 'The configuration: check it, explain it, its schema', load: loadConfigCommand },
  {
    name: 'sim',
    summary: 'A simulated provider to rehearse failures with',
    load: () => import('./serve/cli/sim-command.ts'),
  },
];

process.exitCode = await runCli(COMMANDS, packageJson.version, createCliDeps());
