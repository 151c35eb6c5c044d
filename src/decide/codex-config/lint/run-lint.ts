import { ADDRESS_RULES } from './address-rules.ts';
import { CATALOGUE_RULES } from './catalogue-rules.ts';
import { CLOUD_RULES } from './cloud-rules.ts';
import { CREDENTIAL_RULES } from './credential-rules.ts';
import { CREDENTIAL_USE_RULES } from './credential-use-rules.ts';
import { ENVIRONMENT_RULES } from './environment-rules.ts';
import { FEATURE_RULES } from './feature-rules.ts';
import { compareFindings, type Finding } from './finding.ts';
import { GATEWAY_OAUTH_RULES } from './gateway-oauth-rules.ts';
import { LEGACY_RULES } from './legacy-rules.ts';
import { createContext, type LintInput } from './lint-context.ts';
import { type LintRule, toFinding } from './lint-rule.ts';
import { FILE_RULES, PROJECT_RULES } from './project-rules.ts';
import { PROVIDER_RULES } from './provider-rules.ts';
import { RETRY_RULES } from './retry-rules.ts';
import { VALUE_RULES } from './value-rules.ts';

/** Everything that `holdfast codex lint` looks for. Each is proven by running the real CLI on an example. */
export const LINT_RULES: readonly LintRule[] = [
  ...FILE_RULES,
  ...LEGACY_RULES,
  ...PROVIDER_RULES,
  ...VALUE_RULES,
  ...CREDENTIAL_RULES,
  ...CREDENTIAL_USE_RULES,
  ...GATEWAY_OAUTH_RULES,
  ...CLOUD_RULES,
  ...CATALOGUE_RULES,
  ...ADDRESS_RULES,
  ...RETRY_RULES,
  ...FEATURE_RULES,
  ...PROJECT_RULES,
  ...ENVIRONMENT_RULES,
];

/** Worst first, then by place. */
export function runLint(input: LintInput, rules: readonly LintRule[] = LINT_RULES): readonly Finding[] {
  const context = createContext(input);
  return rules.flatMap((rule) => rule.check(context).map((hit) => toFinding(rule, hit))).toSorted(compareFindings);
}
