import type { Finding } from '../../src/decide/codex-config/lint/finding.ts';
import type { CodexSandbox } from './codex-sandbox.ts';

/** What `lint` finds, by running it as a user does. */
export async function lintAsUser(
  sandbox: CodexSandbox,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<readonly Finding[]> {
  const { output } = await sandbox.holdfast(['codex', 'lint', '--json', ...args], env);
  return JSON.parse(output.split('\n').find((line) => line.startsWith('{')) ?? '{}').findings;
}

/** Fails unless `lint` reports the rule. */
export async function findAsUser(
  sandbox: CodexSandbox,
  rule: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<Finding> {
  const findings = await lintAsUser(sandbox, args, env);
  const found = findings.find((finding) => finding.rule === rule);
  if (found === undefined)
    throw new Error(`lint did not find ${rule}, but ${findings.map((each) => each.rule).join(', ')}`);
  return found;
}

/** A provider that works, at a port. */
export const workingProvider = (port: number, lines = '', id = 'p'): string =>
  `model_provider = "${id}"\n[model_providers.${id}]\nname = "P"\nbase_url = "http://127.0.0.1:${port}/v1"\n${lines}\n`;
