import packageJson from '../package.json' with { type: 'json' };
import { type CommandEntry, runCli } from './serve/cli/run-cli.ts';
import { createCliDeps } from './wiring.ts';

const COMMANDS: readonly CommandEntry[] = [];

process.exitCode = await runCli(COMMANDS, packageJson.version, createCliDeps());
