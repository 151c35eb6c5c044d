import packageJson from '../package.json' with { type: 'json' };
import { type CommandEntry, runCli } from './serve/cli/run-cli.ts';
import { createCliDeps, loadCodexCommand } from './wiring.ts';

const COMMANDS: readonly CommandEntry[] = [
  { name: 'codex', summary: "Codex's own configuration: connect, check, repair, undo", load: loadCodexCommand },
];

process.exitCode = await runCli(COMMANDS, packageJson.version, createCliDeps());
