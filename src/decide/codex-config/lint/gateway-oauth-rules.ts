import { isTable, type TomlTable } from '../toml/toml-data.ts';
import { type ConfiguredProvider, type LintContext, mergedProvider, providersOf } from './lint-context.ts';
import type { LintRule, RuleHit } from './lint-rule.ts';

const OAUTH_KEYS = ['authorization_url', 'token_url', 'client_id'];
/** Any of these means a login in a browser. */
const LOGIN_KEYS = [...OAUTH_KEYS, 'device_authorization_url', 'resource', 'scopes', 'redirect_port'];

/** `[model_providers.<id>.gateway_oauth]`: a token for a gateway beside the provider's own key. */
export const GATEWAY_OAUTH_RULES: readonly LintRule[] = [
  {
    id: 'gateway-oauth-conflict',
    severity: 'error',
    summary: 'a gateway token and a provider key cannot share one header',
    check: (context) =>
      perGateway(context, ({ file, id, path }, oauth, table) => {
        const hasKey = ['env_key', 'experimental_bearer_token', 'auth'].some((key) => table.has(key));
        if (oauth.has('delivery') || !hasKey) return [];
        return [
          {
            file,
            path,
            message: `Provider "${id}" sends two credentials in the Authorization header: Codex refuses to start.`,
            fix: 'Give the gateway its own: gateway_oauth.delivery = { kind = "header", name = "X-Gateway-Authorization" }',
          },
        ];
      }),
  },
  {
    id: 'gateway-oauth-incomplete',
    severity: 'error',
    summary: '`gateway_oauth` needs a command or a login, and not both',
    check: (context) =>
      perGateway(context, ({ file, path }, oauth) => {
        const exports = oauth.has('credential_export');
        const isComplete = exports
          ? !LOGIN_KEYS.some((key) => oauth.has(key))
          : OAUTH_KEYS.every((key) => oauth.has(key));
        if (isComplete) return [];
        const message = exports
          ? '`gateway_oauth` has both a command and a login: Codex refuses to start.'
          : '`gateway_oauth` has neither a command nor a whole login: Codex refuses to start.';
        const fix = 'Give it credential_export alone, or authorization_url, token_url and client_id.';
        return [{ file, path, message, fix }];
      }),
  },
  {
    id: 'gateway-oauth-login',
    severity: 'warning',
    summary: '`codex exec` waits for somebody who logs in with a browser',
    check: (context) =>
      perGateway(context, ({ file, id, path }, oauth) => {
        if (oauth.has('credential_export') || !OAUTH_KEYS.every((key) => oauth.has(key))) return [];
        const message = `Provider "${id}" logs in with a browser: \`codex exec\` prints an address and waits, also where nobody is.`;
        return [{ file, path, message, fix: 'For scripts and CI use gateway_oauth.credential_export.' }];
      }),
  },
  {
    id: 'gateway-oauth-catalogue',
    severity: 'error',
    summary: "a gateway's token may not go to a catalogue elsewhere",
    check: (context) =>
      perGateway(context, ({ file, id, path: oauthPath }, _oauth, table) => {
        const origins = [table.get('base_url'), table.get('model_catalog_url')].map((address) =>
          typeof address === 'string' ? URL.parse(address)?.origin : undefined,
        );
        const [base, catalogue] = origins;
        if (base === undefined || catalogue === undefined || base === catalogue) return [];
        const message = `Provider "${id}" would send its gateway's token to another server for the catalogue: Codex refuses to start.`;
        const path = [...oauthPath.slice(0, -1), 'model_catalog_url'];
        return [{ file, path, message, fix: 'Use an address with the scheme, host and port of base_url.' }];
      }),
  },
];

function perGateway(
  context: LintContext,
  check: (
    place: Pick<ConfiguredProvider, 'file' | 'id' | 'path'>,
    oauth: TomlTable,
    table: TomlTable,
  ) => readonly RuleHit[],
): readonly RuleHit[] {
  return providersOf(context).flatMap((provider) => {
    const table = mergedProvider(context, provider);
    const oauth = table.get('gateway_oauth');
    const { file, id, path } = provider;
    return isTable(oauth) ? check({ file, id, path: [...path, 'gateway_oauth'] }, oauth, table) : [];
  });
}
