import { isTable, valueAt } from '../toml/toml-data.ts';
import { dataOf, effectiveValue } from './lint-context.ts';
import { type LintRule, type RuleHit, repairBy } from './lint-rule.ts';
import { SERVICE_TIERS } from './provider-keys.ts';

/** Settings that are taken and do something else, or nothing. */
export const FEATURE_RULES: readonly LintRule[] = [
  {
    id: 'service-tier-omitted',
    severity: 'warning',
    summary: 'an unknown `service_tier` is left out of requests',
    check: (context) => {
      const tier = effectiveValue(context, ['service_tier']);
      if (tier === undefined || typeof tier.value !== 'string' || SERVICE_TIERS.includes(tier.value)) return [];
      const message = `Codex does not know the service tier "${tier.value}" and leaves it out of requests.`;
      const fix = `Write one of ${SERVICE_TIERS.join(', ')}, or remove it.`;
      return [{ file: tier.file, path: ['service_tier'], message, fix }];
    },
  },
  {
    id: 'multi-agent-deprecated',
    severity: 'warning',
    summary: '`[features] multi_agent` is on its way out',
    check: (context) =>
      context.files.flatMap((file): RuleHit[] => {
        const path = ['features', 'multi_agent'];
        const value = valueAt(dataOf(file), path);
        if (value === undefined) return [];
        const hit = {
          file,
          path,
          message: 'Codex warns at each start: `multi_agent` is deprecated, and counts for older models only.',
          fix: 'Use: [agents] enabled = false',
        };
        const agents = valueAt(dataOf(file), ['agents']);
        if (value !== false || (isTable(agents) && agents.has('enabled'))) return [hit];
        const operations = [
          { kind: 'set' as const, path: ['agents', 'enabled'], value: false },
          { kind: 'remove' as const, path },
        ];
        return [{ ...hit, repair: repairBy(...operations) }];
      }),
  },
];
