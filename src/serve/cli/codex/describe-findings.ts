import type { Finding, Severity } from '../../../decide/codex-config/lint/finding.ts';
import type { CliDeps } from '../cli-deps.ts';

const COLOURS: Readonly<Record<Severity, string>> = { error: '\u001B[31m', warning: '\u001B[33m', info: '\u001B[36m' };
const RESET = '\u001B[0m';

/** Findings for people, as `file:line:column severity rule`, then what is so and what to do. */
export function describeFindings(findings: readonly Finding[], cli: Pick<CliDeps, 'isColor'>): readonly string[] {
  return findings.map((finding) => {
    const { severity, rule, place, message, fix } = finding;
    const where = place === undefined ? 'environment' : `${place.path}:${place.line}:${place.column}`;
    const mark = cli.isColor ? `${COLOURS[severity]}${severity}${RESET}` : severity;
    return `${where}  ${mark}  ${rule}\n    ${message}\n    Fix: ${fix}\n`;
  });
}

/** For `--json`: without the edits, which are ours alone. */
export function plainFinding(finding: Finding): object {
  const { rule, severity, place, message, fix, repair } = finding;
  return { rule, severity, ...place, message, fix, isRepairable: repair !== undefined };
}
