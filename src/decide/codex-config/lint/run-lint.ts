import { ADDRESS_RULES } from './address-rules.ts';
import { CREDENTIAL_RULES } from './credential-rules.ts';
import { ENVIRONMENT_RULES } from './environment-rules.ts';
import { compareFindings, type Finding } from './finding.ts';
import { LEGACY_RULES } from './legacy-rules.ts';
import { createContext, type LintInput } from './lint-context.ts';
import { type LintRule, toFinding } from './lint-rule.ts';
import { FILE_RULES, PROJECT_RULES } from './project-rules.ts';
import { PROVIDER_RULES } from './provider-rules.ts';
import { RETRY_RULES } from './retry-rules.ts';

/** Everything that `holdfast codex lint` looks for. Each is proven by running the real CLI on an example. */
export const LINT_RULES: readonly LintRule[] = [
  ...FILE_RULES,
  ...LEGACY_RULES,
  ...PROVIDER_RULES,
  ...CREDENTIAL_RULES,
  ...ADDRESS_RULES,
  ...RETRY_RULES,
  ...PROJECT_RULES,
  ...ENVIRONMENT_RULES,
];

/** Worst first, then by place. */
export function runLint(input: LintInput, rules: readonly LintRule[] = LINT_RULES): readonly Finding[] {
  const context = createContext(input);
  return rules.flatMap((rule) => rule.check(context).map((hit) => toFinding(rule, hit))).toSorted(compareFindings);
}
