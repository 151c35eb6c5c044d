import type { Command } from 'commander';

/** What a command may touch of the process. Tests pass their own. */
export interface CliDeps {
  /** Arguments after the program's name. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Results. A line break is added. */
  readonly out: (text: string) => void;
  /** Progress, warnings and errors. A line break is added. */
  readonly err: (text: string) => void;
  /** True when `out` is a terminal that understands colour (and NO_COLOR is unset). */
  readonly isColor: boolean;
  /** True when a person can be asked. */
  readonly isInteractive: boolean;
  /** Resolves at SIGINT or SIGTERM. */
  readonly stopRequested: Promise<void>;
}

/**
 * A command's module exports `createCommand`. Its actions set the exit code by returning normally (0) or by throwing
 * `CliError`. Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.
 */
export interface CommandModule {
  readonly createCommand: (deps: CliDeps) => Command;
}

/** Ends the command with a message for people and an exit code. */
export class CliError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.name = 'CliError';
    this.exitCode = exitCode;
  }
}
