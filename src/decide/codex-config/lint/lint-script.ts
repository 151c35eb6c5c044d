import type { Finding } from './finding.ts';

/** Options that today's Codex refuses, most of them from older versions, and what does the same. */
const GONE_OPTIONS: ReadonlyArray<readonly [option: RegExp, name: string, fix: string]> = [
  [/(?<=^|\s)(-q|--quiet)(?=[\s=]|$)/, '-q, --quiet', 'Use: codex exec "…"'],
  [/--full-auto(?=[\s=]|$)/, '--full-auto', 'Use: --sandbox workspace-write'],
  [/--approval-mode(?=[\s=]|$)/, '--approval-mode', 'Use: -c \'approval_policy="never"\''],
  [/\bexec\b.*\s(-a|--ask-for-approval)(?=[\s=]|$)/, 'exec --ask-for-approval', 'Use: -c \'approval_policy="never"\''],
  [
    /^\s*(?:(?:-p|--profile)[\s=]\S+\s+(?:doctor|features)\b|(?:doctor|features)\b.*\s(?:-p|--profile)(?=[\s=]|$))/,
    '--profile for doctor and features',
    'Use: holdfast doctor --profile NAME',
  ],
  [/(?:-p|--profile)[\s=]\S+.*\s(?:-p|--profile)[\s=]/, 'a second --profile', 'Give one profile.'],
  [/--(?:model-)?provider(?=[\s=]|$)/, '--provider', 'Use: -c \'model_provider="ID"\', or --profile NAME'],
];

const IGNORED_VARIABLES: ReadonlyArray<readonly [name: string, fix: string]> = [
  ['CODEX_PROFILE', 'Use: codex --profile NAME'],
  ['OPENAI_BASE_URL', 'Use: -c \'openai_base_url="…"\', if it was meant for Codex'],
];

/** A call of Codex: the word at the start of a command, not a part of another word or of a path's middle. */
const CALL = /(?:^|[\s;|&("'`$/])codex(?=\s)/;

export interface ScriptCall {
  /** Where the word `codex` stands. */
  readonly codexAt: number;
  /** Where its arguments begin. */
  readonly argumentsAt: number;
  /** The arguments, character for character, with blanks for what is quoted or belongs to another command. */
  readonly masked: string;
}

/** The call of Codex in a line, unless the line is a comment. What stands in a prompt does not count. */
export function findCall(line: string): ScriptCall | undefined {
  const call = /^\s*(#|\/\/)/.test(line) ? null : CALL.exec(line);
  if (call === null) return undefined;
  const argumentsAt = call.index + call[0].length + 1;
  const plain = line.slice(argumentsAt).replace(/"[^"]*"|'[^']*'/g, (quoted) => '_'.repeat(quoted.length));
  const masked = plain.split(/&&|\|\||[;|]/)[0] ?? '';
  return { codexAt: call.index + call[0].length - 'codex'.length, argumentsAt, masked };
}

/** Circulated snippets in scripts, CI files and aliases: command lines that today's Codex refuses or ignores. */
export function lintScript(path: string, text: string): readonly Finding[] {
  const mentionsCodex = /\bcodex\b/i.test(text);
  const findings: Finding[] = [];
  text.split('\n').forEach((line, index) => {
    if (/^\s*(#|\/\/)/.test(line)) return;
    const call = findCall(line);
    const rest = call?.masked ?? '';
    const place = { path, line: index + 1, column: (call?.codexAt ?? 0) + 1 };
    for (const [option, name, fix] of GONE_OPTIONS) {
      if (!option.test(rest)) continue;
      const message = `Codex does not take this (${name}), and ends with an error.`;
      findings.push({ rule: 'option-gone', severity: 'error', place, message, fix });
    }
    for (const [name, fix] of IGNORED_VARIABLES) {
      if (!mentionsCodex || !new RegExp(`\\b${name}\\b\\s*[:=]`).test(line)) continue;
      const column = line.indexOf(name) + 1;
      const message = `Codex ignores the variable ${name}.`;
      findings.push({ rule: 'variable-ignored', severity: 'warning', place: { ...place, column }, message, fix });
    }
  });
  return findings;
}
