import type { Credential } from './ports.ts';

/** The Codex CLI that is installed, as a program to be asked. */
export interface CodexCli {
  /** Its file; `undefined` when there is none. */
  readonly find: () => string | undefined;
  /** What `codex --version` says, e.g. `0.169.0`; `undefined` when it is missing or answers something else. */
  readonly version: () => Promise<string | undefined>;
  /** Runs it with a time limit. Never rejects: what goes wrong is part of the outcome. */
  readonly run: (args: readonly string[], options: CodexRunOptions) => Promise<CodexRun>;
  /** The same with a model catalogue in place of its own: what it makes of that JSON. */
  readonly runWithCatalogue: (
    catalogue: string,
    args: readonly string[],
    options: CodexRunOptions,
  ) => Promise<CodexRun>;
}

export interface CodexRunOptions {
  readonly codexHome: string;
  /** Default: an empty folder of its own, which is no project. */
  readonly cwd?: string;
  readonly timeoutMs: number;
}

export type CodexRun =
  | { readonly kind: 'ended'; readonly exitCode: number; readonly stdout: string; readonly stderr: string }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'not-started'; readonly reason: string };

/** Looks at what Codex uses, as Codex would. */
export interface CodexInspector {
  /** Runs an `auth` command with the whole environment and no input, as Codex does. Never rejects. */
  readonly runAuthCommand: (request: AuthCommandRequest) => Promise<AuthCommandResult>;
  /** Provider ids of recent sessions, and how many sessions each has. */
  readonly recentSessions: (codexHome: string) => Promise<ReadonlyMap<string, number>>;
  readonly fileExists: (path: string) => Promise<boolean>;
}

export interface AuthCommandRequest {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly timeoutMs: number;
}

export type AuthCommandResult =
  | { readonly kind: 'printed'; readonly lines: number; readonly durationMs: number; readonly key: Credential }
  | { readonly kind: 'failed'; readonly exitCode: number }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'not-started' };
