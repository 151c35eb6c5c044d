import { isTable, type TomlTable, valueAt } from '../toml/toml-data.ts';
import { type ConfiguredProvider, type LintContext, mergedProvider, providersOf } from './lint-context.ts';
import { type LintRule, type RuleHit, repairBy } from './lint-rule.ts';
import { isLoopback } from './network.ts';

const OPENAI_HOST = /(^|\.)(openai|chatgpt)\.com$/;
const PLAIN_WORD = /^[\w./:@=,+-]+$/;

/** What Codex does with keys that are all well formed. */
export const CREDENTIAL_USE_RULES: readonly LintRule[] = [
  {
    id: 'credential-not-used',
    severity: 'warning',
    summary: 'of several keys Codex sends one',
    check: (context) =>
      providersOf(context).flatMap((provider): readonly RuleHit[] => {
        const table = mergedProvider(context, provider);
        const used = ['env_key', 'auth', 'experimental_bearer_token'].find((key) => table.has(key));
        if (used === undefined) return [];
        return unusedBeside(used, table).map((path) => ({
          file: provider.file,
          path: [...provider.path, ...path],
          message: `Codex sends the key of \`${used}\`, and not this one.`,
          fix: 'Remove one of the two.',
        }));
      }),
  },
  {
    id: 'login-sent-elsewhere',
    severity: 'warning',
    summary: 'your OpenAI login goes to another server',
    check: (context) =>
      providersOf(context).flatMap((provider): readonly RuleHit[] => {
        const { file, id, path } = provider;
        const table = mergedProvider(context, provider);
        const address = table.get('base_url');
        if (table.get('requires_openai_auth') !== true || table.has('env_key') || typeof address !== 'string')
          return [];
        const host = URL.parse(address)?.hostname ?? '';
        if (host === '' || OPENAI_HOST.test(host) || isLoopback(address)) return [];
        return [
          {
            file,
            path: [...path, provider.table.has('requires_openai_auth') ? 'requires_openai_auth' : 'base_url'],
            message: `Provider "${id}" gets your OpenAI login, with the id of your account: it goes to ${host}.`,
            fix: 'Unless that server is yours, remove requires_openai_auth, and consider the login as exposed.',
          },
        ];
      }),
  },
  {
    id: 'auth-command-words',
    severity: 'error',
    summary: '`auth.command` is one program, not a command line',
    check: (context) => perAuth(context, checkWords),
  },
  {
    id: 'auth-never-refreshed',
    severity: 'info',
    summary: '`refresh_interval_ms = 0` gets a new key only after a refusal',
    check: (context) =>
      perAuth(context, ({ file, path }, auth) => {
        if (auth.get('refresh_interval_ms') !== 0) return [];
        const message =
          'Codex runs the command once, and again only after a 401. A key that ends with a 403 is never replaced.';
        return [{ file, path: [...path, 'refresh_interval_ms'], message, fix: 'Write less than the key lives.' }];
      }),
  },
];

function unusedBeside(used: string, table: TomlTable): ReadonlyArray<readonly string[]> {
  const literal = used !== 'experimental_bearer_token' && used !== 'auth' && table.has('experimental_bearer_token');
  const login = used === 'env_key' && table.get('requires_openai_auth') === true;
  const headers = ['http_headers', 'env_http_headers'].flatMap((key) => {
    const inner = valueAt(table, [key]);
    if (!isTable(inner)) return [];
    return [...inner.keys()].filter((name) => name.toLowerCase() === 'authorization').map((name) => [key, name]);
  });
  return [
    ...(literal ? [['experimental_bearer_token']] : []),
    ...(login ? [['requires_openai_auth']] : []),
    ...headers,
  ];
}

function perAuth(
  context: LintContext,
  check: (place: Pick<ConfiguredProvider, 'file' | 'path'>, auth: TomlTable) => readonly RuleHit[],
): readonly RuleHit[] {
  return providersOf(context).flatMap(({ file, path, table }) => {
    const auth = table.get('auth');
    return isTable(auth) ? check({ file, path: [...path, 'auth'] }, auth) : [];
  });
}

/** A folder may have spaces in its name, so only what cannot be the path of a program counts. */
function checkWords({ file, path }: Pick<ConfiguredProvider, 'file' | 'path'>, auth: TomlTable): readonly RuleHit[] {
  const command = auth.get('command');
  if (typeof command !== 'string') return [];
  const name = command.trim().split(/[\\/]/).at(-1) ?? '';
  const isPath = /^([\\/.~]|[A-Za-z]:)/.test(command.trim());
  if (!/\s/.test(isPath ? name : command.trim())) return [];
  const [first = '', ...rest] = command.trim().split(/\s+/);
  const isPlain = [first, ...rest].every((word) => PLAIN_WORD.test(word)) && !auth.has('args');
  const repair = repairBy(
    { kind: 'set', path: [...path, 'command'], value: first },
    { kind: 'set', path: [...path, 'args'], value: rest },
  );
  return [
    {
      file,
      path: [...path, 'command'],
      message: 'Codex takes all of this for the name of one program, without a shell: requests go out without a key.',
      fix: `Write the program alone, and its arguments as args = [ … ]. A pipe needs: command = "sh", args = ["-c", "…"]`,
      ...(isPlain ? { repair } : {}),
    },
  ];
}
