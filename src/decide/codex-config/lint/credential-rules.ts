import { isTable, stringAt, type TomlTable } from '../toml/toml-data.ts';
import {
  activeProviderId,
  type ConfiguredProvider,
  type LintContext,
  mergedProvider,
  providersOf,
} from './lint-context.ts';
import { type LintRule, type RuleHit, repairBy } from './lint-rule.ts';
import { AUTH_KEYS, BUILT_IN_IDS } from './provider-keys.ts';

/** Texts that are keys themselves where the name of a variable is expected. */
const LOOKS_LIKE_KEY = /^(sk-|gsk_|xai-|AIza|Bearer )|[^A-Za-z0-9_]|^.{41,}$/;
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const isSet = (value: string | undefined): boolean => value !== undefined && value.trim() !== '';

export const CREDENTIAL_RULES: readonly LintRule[] = [
  {
    id: 'auth-combined',
    severity: 'error',
    summary: '`auth` cannot stand beside another kind of key',
    check: (context) =>
      providersOf(context).flatMap((provider): RuleHit[] => {
        const table = mergedProvider(context, provider);
        if (!table.has('auth')) return [];
        const others = ['env_key', 'experimental_bearer_token', 'requires_openai_auth'].filter(
          (key) => table.has(key) && table.get(key) !== false,
        );
        return others.map((key) => ({
          file: provider.file,
          path: [...provider.path, provider.table.has(key) ? key : 'auth'],
          message: `Provider "${provider.id}" has both \`auth\` and \`${key}\`: Codex refuses to start.`,
          fix: `Keep the one that you use, and remove the other.`,
        }));
      }),
  },
  {
    id: 'auth-incomplete',
    severity: 'error',
    summary: '`auth` needs a command, and a time limit above 0',
    check: (context) => providersOf(context).flatMap((provider) => checkAuth(provider, context)),
  },
  {
    id: 'unknown-auth-key',
    severity: 'warning',
    summary: 'a key of `auth` that Codex does not know is ignored',
    check: (context) =>
      providersOf(context).flatMap(({ file, path, table }): RuleHit[] => {
        const auth = table.get('auth');
        if (!isTable(auth)) return [];
        return [...auth.keys()]
          .filter((key) => !(key in AUTH_KEYS))
          .map((key) => {
            const keyPath = [...path, 'auth', key];
            const repair = repairBy({ kind: 'remove', path: keyPath });
            return {
              file,
              path: keyPath,
              message: `Codex does not know \`auth.${key}\` and ignores it.`,
              fix: 'Remove it.',
              repair,
            };
          });
      }),
  },
  {
    id: 'env-key-is-a-key',
    severity: 'error',
    summary: '`env_key` holds a key instead of the name of a variable',
    check: (context) =>
      providersOf(context).flatMap(({ file, path, table }): RuleHit[] => {
        const name = table.get('env_key');
        if (typeof name !== 'string' || !LOOKS_LIKE_KEY.test(name)) return [];
        return [
          {
            file,
            path: [...path, 'env_key'],
            message: '`env_key` looks like a key. Codex takes it for the name of a variable, and every request fails.',
            fix: 'Put the key into a variable, and its name here. Consider the key as exposed.',
          },
        ];
      }),
  },
  {
    id: 'env-key-not-set',
    severity: 'warning',
    summary: 'the variable that `env_key` names is not set',
    check: (context) =>
      providersOf(context).flatMap((provider): RuleHit[] => {
        const { file, id, path } = provider;
        const name = mergedProvider(context, provider).get('env_key');
        if (typeof name !== 'string' || LOOKS_LIKE_KEY.test(name) || isSet(context.env[name])) return [];
        const isActive = activeProviderId(context) === id;
        return [
          {
            file,
            path: provider.table.has('env_key') ? [...path, 'env_key'] : path,
            severity: isActive ? 'error' : 'info',
            message: `The variable ${name} is not set: every turn with provider "${id}" fails.`,
            fix: `Set ${name}, or use auth = { command = … } so that no variable is needed.`,
          },
        ];
      }),
  },
  {
    id: 'header-variable-not-set',
    severity: 'warning',
    summary: 'a header whose variable is not set is left out',
    check: (context) =>
      providersOf(context).flatMap(({ file, path, table }): RuleHit[] =>
        stringEntries(table, 'env_http_headers')
          .filter(([, name]) => !isSet(context.env[name]))
          .map(([header, name]) => ({
            file,
            path: [...path, 'env_http_headers', header],
            message: `The variable ${name} is not set: the header ${header} is left out of requests.`,
            fix: `Set ${name}.`,
          })),
      ),
  },
  {
    id: 'header-name-invalid',
    severity: 'warning',
    summary: 'a header with an impossible name is left out',
    check: (context) =>
      providersOf(context).flatMap(({ file, path, table }): RuleHit[] =>
        ['http_headers', 'env_http_headers'].flatMap((key) =>
          stringEntries(table, key)
            .filter(([header]) => !HEADER_NAME.test(header))
            .map(([header]) => ({
              file,
              path: [...path, key, header],
              message: 'This is not a valid header name: the header is left out of requests, without a word.',
              fix: 'Use letters, digits and hyphens.',
            })),
        ),
      ),
  },
  {
    id: 'key-in-file',
    severity: 'warning',
    summary: 'a key stands in the file',
    check: (context) =>
      providersOf(context).flatMap(({ file, path, table }): RuleHit[] => {
        const fix =
          'Put it into a variable (env_key), or let a command print it (auth). Consider it as exposed if the file is shared.';
        const message = 'A key stands in this file, where backups and dotfile repositories pick it up.';
        const headers = stringEntries(table, 'http_headers').filter(([name]) =>
          /^(authorization|api-key|x-api-key)$/i.test(name),
        );
        const token = stringAt(table, ['experimental_bearer_token']);
        return [
          ...(isSet(token) ? [{ file, path: [...path, 'experimental_bearer_token'], message, fix }] : []),
          ...headers.map(([name]) => ({ file, path: [...path, 'http_headers', name], message, fix })),
        ];
      }),
  },
  {
    id: 'openai-login-missing',
    severity: 'warning',
    summary: 'OPENAI_API_KEY alone does not log Codex in',
    check: (context) => {
      const active = activeProviderId(context);
      const table = providersOf(context).find(({ id }) => id === active)?.table;
      const needsLogin = active === 'openai' || table?.get('requires_openai_auth') === true;
      if (!needsLogin || context.login !== 'none' || isSet(context.env.CODEX_API_KEY)) return [];
      const hint = isSet(context.env.OPENAI_API_KEY) ? ' OPENAI_API_KEY is set, but Codex does not use it here.' : '';
      return [
        {
          message: `Codex is not logged in, and provider "${active}" needs that: requests go out without a key.${hint}`,
          fix: 'Run: codex login. For one run: CODEX_API_KEY=… codex exec …',
        },
      ];
    },
  },
];

function checkAuth(provider: ConfiguredProvider, context: LintContext): readonly RuleHit[] {
  const { file, id, path, table } = provider;
  const auth = table.get('auth');
  if (!isTable(auth) || BUILT_IN_IDS.includes(id)) return [];
  const hits: RuleHit[] = [];
  const merged = mergedProvider(context, provider).get('auth');
  const command = isTable(merged) ? merged.get('command') : undefined;
  if (command === undefined || (typeof command === 'string' && command.trim() === '')) {
    const message = `\`auth\` of provider "${id}" has no command: Codex refuses to start.`;
    hits.push({
      file,
      path: [...path, 'auth'],
      message,
      fix: 'Name the program that prints the key, or remove `auth`.',
    });
  }
  if (auth.get('timeout_ms') === 0) {
    const keyPath = [...path, 'auth', 'timeout_ms'];
    const repair = repairBy({ kind: 'set', path: keyPath, value: 5000 });
    hits.push({
      file,
      path: keyPath,
      message: '`timeout_ms` may not be 0: Codex refuses to start.',
      fix: 'Write 5000.',
      repair,
    });
  }
  return hits;
}

function stringEntries(table: TomlTable, key: string): ReadonlyArray<readonly [string, string]> {
  const inner = table.get(key);
  if (!isTable(inner)) return [];
  return [...inner].flatMap(([name, value]) => (typeof value === 'string' ? [[name, value] as const] : []));
}
