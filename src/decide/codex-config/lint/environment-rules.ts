import { activeProviderId, effectiveValue, type LintContext } from './lint-context.ts';
import type { LintRule, RuleHit } from './lint-rule.ts';
import { firstSet, isLoopback, proxyVariable } from './network.ts';

export const ENVIRONMENT_RULES: readonly LintRule[] = [
  {
    id: 'variable-ignored',
    severity: 'warning',
    summary: 'CODEX_PROFILE and OPENAI_BASE_URL have no effect',
    check: ({ env }) => [
      ...ignored(env, 'CODEX_PROFILE', 'Use: codex --profile NAME'),
      ...ignored(env, 'OPENAI_BASE_URL', 'Set openai_base_url in config.toml, or add a provider.'),
    ],
  },
  {
    id: 'loopback-through-proxy',
    severity: 'error',
    summary: 'Codex sends requests to this machine through the proxy too',
    check: (context) => {
      const address = activeAddress(context);
      if (address === undefined || !isLoopback(address)) return [];
      const name = proxyVariable(context.env, address);
      if (name === undefined) return [];
      return [
        {
          message: `${name} is set, and Codex sends requests to ${URL.parse(address)?.host ?? 'this machine'} through that proxy too.`,
          fix: 'Set NO_PROXY=127.0.0.1,localhost (add to it, if it is set).',
        },
      ];
    },
  },
  {
    id: 'ca-variable-ignored',
    severity: 'warning',
    summary: 'NODE_EXTRA_CA_CERTS has no effect on Codex',
    check: ({ env }) => {
      if (firstSet(env, ['NODE_EXTRA_CA_CERTS']) === undefined) return [];
      if (firstSet(env, ['CODEX_CA_CERTIFICATE', 'SSL_CERT_FILE']) !== undefined) return [];
      const message =
        'NODE_EXTRA_CA_CERTS is set, but Codex does not read it. A proxy that opens TLS looks like "waiting for network".';
      return [{ message, fix: 'Set CODEX_CA_CERTIFICATE to the same file.' }];
    },
  },
];

function ignored(env: LintContext['env'], name: string, fix: string): readonly RuleHit[] {
  return firstSet(env, [name]) === undefined ? [] : [{ message: `${name} is set, but Codex ignores it.`, fix }];
}

/** Where requests of the provider in use go, as far as the configuration says. */
export function activeAddress(context: LintContext): string | undefined {
  const id = activeProviderId(context);
  const path = id === 'openai' ? ['openai_base_url'] : ['model_providers', id, 'base_url'];
  const found = effectiveValue(context, path)?.value;
  if (typeof found === 'string') return found;
  return id === 'openai' ? 'https://api.openai.com/v1' : undefined;
}
