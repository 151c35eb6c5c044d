/**
 * Every rule of `holdfast codex lint`, what the real Codex does about it, and the test that shows it by running Codex.
 *
 * - `refuses`: Codex ends with the message that the test expects.
 * - `warns`: Codex says so, and goes on.
 * - `ignores`: what Codex requests from a server, or does not, shows it.
 * - `tries`: how often, how long or where to Codex goes on, counted at a server.
 */
export interface LintProof {
  readonly codex: 'refuses' | 'warns' | 'ignores' | 'tries';
  readonly in: 'codex-config' | 'codex-config-uses';
}

const refuses: LintProof = { codex: 'refuses', in: 'codex-config' };
const ignores: LintProof = { codex: 'ignores', in: 'codex-config' };
const tries: LintProof = { codex: 'tries', in: 'codex-config' };
const warns: LintProof = { codex: 'warns', in: 'codex-config' };
const inUses = (codex: LintProof['codex']): LintProof => ({ codex, in: 'codex-config-uses' });

export const LINT_PROOFS: Readonly<Record<string, LintProof>> = {
  'not-toml': refuses,
  'profile-name-invalid': refuses,
  'profile-missing': ignores,
  'legacy-profile-key': refuses,
  'legacy-profiles-table': refuses,
  'profile-table-singular': refuses,
  'wire-api-chat': refuses,
  'approval-untrusted': refuses,
  'provider-not-found': refuses,
  'reserved-provider': refuses,
  'built-in-provider-key': refuses,
  'bedrock-table-elsewhere': refuses,
  'provider-name-missing': refuses,
  'wrong-type': refuses,
  'unknown-provider-key': refuses,
  'no-native-failover': refuses,
  'name-changes-wire': ignores,
  'openai-base-url-unused': ignores,
  'remote-compaction-value': inUses('refuses'),
  'auth-combined': refuses,
  'auth-incomplete': refuses,
  'unknown-auth-key': refuses,
  'env-key-is-a-key': ignores,
  'env-key-not-set': ignores,
  'header-variable-not-set': ignores,
  'header-name-invalid': ignores,
  'key-in-file': ignores,
  'openai-login-missing': ignores,
  'credential-not-used': inUses('ignores'),
  'login-sent-elsewhere': inUses('ignores'),
  'auth-command-words': inUses('ignores'),
  'auth-never-refreshed': inUses('tries'),
  'gateway-oauth-conflict': refuses,
  'gateway-oauth-incomplete': inUses('refuses'),
  'gateway-oauth-login': inUses('tries'),
  'gateway-oauth-catalogue': inUses('refuses'),
  'bedrock-region-missing': inUses('refuses'),
  'bedrock-model-name': inUses('warns'),
  'vertex-key-elsewhere': inUses('ignores'),
  'openai-catalogue-host': inUses('refuses'),
  'catalogue-not-fetched': inUses('ignores'),
  'base-url-missing': ignores,
  'base-url-query': ignores,
  'base-url-endpoint': ignores,
  'base-url-not-an-address': ignores,
  'azure-old-address': ignores,
  'retries-multiply': tries,
  'stream-retries-capped': tries,
  'waits-for-ever': tries,
  'idle-timeout-short': tries,
  'service-tier-omitted': inUses('warns'),
  'multi-agent-deprecated': inUses('warns'),
  'project-not-trusted': warns,
  'project-key-ignored': warns,
  'project-beats-profile': inUses('ignores'),
  'project-profile-ignored': inUses('ignores'),
  'variable-ignored': ignores,
  'loopback-through-proxy': ignores,
  'ca-variable-ignored': ignores,
  'option-gone': refuses,
  'codex-itself': inUses('refuses'),
};
