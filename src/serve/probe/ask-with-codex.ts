import type { CodexCli, CodexRun } from '../../core/codex-cli.ts';

export interface CodexQuestion {
  readonly codexHome: string;
  /** Arguments that choose provider, profile and model. */
  readonly choose: readonly string[];
  readonly prompt: string;
  readonly timeoutMs: number;
}

export type CodexAnswer =
  | {
      readonly kind: 'answered';
      readonly ranCommand: boolean;
      /** What Codex said of a catalogue that it could not use. */
      readonly catalogueProblem?: string;
    }
  | { readonly kind: 'failed'; readonly reason: string };

/**
 * Lets Codex itself ask: for providers that only Codex can use, such as its own login. A whole turn, of some thousand
 * tokens. Nothing is kept of it, and nothing may be written.
 */
export async function askWithCodex(question: CodexQuestion, codex: Pick<CodexCli, 'run'>): Promise<CodexAnswer> {
  const { codexHome, choose, prompt, timeoutMs } = question;
  const run = await codex.run(
    [
      'exec',
      '--json',
      '--ephemeral',
      '--skip-git-repo-check',
      '--sandbox',
      'read-only',
      '-c',
      'features.unbounded_connection_retries=false',
      ...choose,
      prompt,
    ],
    { codexHome, timeoutMs },
  );
  return readAnswer(run, timeoutMs);
}

function readAnswer(run: CodexRun, timeoutMs: number): CodexAnswer {
  if (run.kind === 'not-started') return { kind: 'failed', reason: 'Codex could not be started' };
  if (run.kind === 'timed-out') return { kind: 'failed', reason: `no answer within ${timeoutMs / 1000} s` };
  if (run.exitCode === 0) {
    const problem = /failed to refresh available models: ([^\n]{1,200})/.exec(run.stderr)?.[1];
    const ranCommand = /"type":"command_execution"/.test(run.stdout);
    return { kind: 'answered', ranCommand, ...(problem === undefined ? {} : { catalogueProblem: problem }) };
  }
  const failure = /"type":"turn\.failed","error":\{"message":"((?:[^"\\]|\\.){1,200})/.exec(run.stdout)?.[1];
  return { kind: 'failed', reason: failure ?? `Codex ended with ${run.exitCode}` };
}
