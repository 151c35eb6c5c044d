/** The Codex CLI that is installed, as a program to be asked. */
export interface CodexCli {
  /** Its file; `undefined` when there is none. */
  readonly find: () => string | undefined;
  /** What `codex --version` says, e.g. `0.169.0`; `undefined` when it is missing or answers something else. */
  readonly version: () => Promise<string | undefined>;
  /** Runs it with a time limit. Never rejects: what goes wrong is part of the outcome. */
  readonly run: (args: readonly string[], options: CodexRunOptions) => Promise<CodexRun>;
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
