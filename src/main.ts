import packageJson from '../package.json' with { type: 'json' };
import { type CommandEntry, runCli } from './serve/cli/run-cli.ts';
import {
  createCliDeps,
  loadActivateCommand,
  loadCodexCommand,
  loadConfigCommand,
  loadDeactivateCommand,
  loadDemoCommand,
  loadDoctorCommand,
  loadExplainCommand,
  loadImportCommand,
  loadRunbookCommand,
  loadStatusCommand,
  loadTokenCommand,
  loadUpCommand,
} from './wiring.ts';

const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'demo',
    summary: 'Watch Codex survive a provider that dies in mid-stream; no keys needed',
    load: loadDemoCommand,
  },
  { name: 'up', summary: 'Start the gateway from holdfast.toml', load: loadUpCommand },
  { name: 'status', summary: 'Health of the targets and the latest requests', load: loadStatusCommand },
  {
    name: 'explain',
    summary: 'Which targets a request for a model would go to now, and why',
    load: loadExplainCommand,
  },
  { name: 'token', summary: 'Print the gateway key', load: loadTokenCommand },
  { name: 'codex', summary: "Codex's own configuration: connect, check, repair, undo", load: loadCodexCommand },
  { name: 'doctor', summary: 'Find out why Codex does not work, and how to repair it', load: loadDoctorCommand },
  {
    name: 'activate',
    summary: 'Switch to another target, once it has proved that it works',
    load: loadActivateCommand,
  },
  { name: 'deactivate', summary: 'Go back to what was in use before', load: loadDeactivateCommand },
  { name: 'runbook', summary: 'Print the steps for the day Codex does not answer', load: loadRunbookCommand },
  {
    name: 'import',
    summary: "Read another tool's configuration into Holdfast's",
    load: loadImportCommand,
  },
  { name: 'config', summary: 'The configuration: check it, explain it, its schema', load: loadConfigCommand },
  {
    name: 'sim',
    summary: 'A simulated provider to rehearse failures with',
    load: () => import('./serve/cli/sim-command.ts'),
  },
];

// Not left to a natural end: a thread of the ledger that hangs on a dead disk would keep the process alive.
void runCli(COMMANDS, packageJson.version, createCliDeps()).then((exitCode) => process.exit(exitCode));
