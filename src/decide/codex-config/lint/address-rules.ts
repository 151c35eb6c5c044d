import { isTable, stringAt, type TomlTable } from '../toml/toml-data.ts';
import { type ConfiguredProvider, type LintContext, mergedProvider, providersOf } from './lint-context.ts';
import { type LintRule, type RuleHit, repairBy } from './lint-rule.ts';
import { BUILT_IN_IDS } from './provider-keys.ts';

/** Paths that Codex appends itself, or that belong to other wires. */
const ENDPOINT = /\/(responses|chat\/completions|completions|messages)\/*$/;
const AZURE_HOST = /\.(openai\.azure\.com|cognitiveservices\.azure\.com|services\.ai\.azure\.com)$/;

const perAddress = (
  context: LintContext,
  check: (provider: ConfiguredProvider, address: string) => readonly RuleHit[],
): readonly RuleHit[] =>
  providersOf(context).flatMap((provider) => {
    const address = stringAt(provider.table, ['base_url']);
    return address === undefined ? [] : check(provider, address);
  });

export const ADDRESS_RULES: readonly LintRule[] = [
  {
    id: 'base-url-missing',
    severity: 'warning',
    summary: 'a provider without `base_url` is OpenAI',
    check: (context) =>
      providersOf(context).flatMap((provider): RuleHit[] => {
        const { file, id, path } = provider;
        if (BUILT_IN_IDS.includes(id) || mergedProvider(context, provider).has('base_url')) return [];
        return [
          {
            file,
            path,
            message: `Provider "${id}" has no address: its requests, and its key, go to api.openai.com.`,
            fix: 'Add base_url.',
          },
        ];
      }),
  },
  {
    id: 'base-url-query',
    severity: 'error',
    summary: 'a query in `base_url` breaks every address',
    check: (context) =>
      perAddress(context, ({ file, path, table }, address) => {
        const [base = '', query] = splitOnce(address, '?');
        if (query === undefined) return [];
        const inner = table.get('query_params');
        const parameters = [...new URLSearchParams(query)];
        const known: TomlTable = isTable(inner) ? inner : new Map();
        return [
          {
            file,
            path: [...path, 'base_url'],
            message: 'Codex appends "/responses" to the query: requests go to an address that does not exist.',
            fix: 'Move what follows the question mark to query_params.',
            repair: repairBy(
              { kind: 'set', path: [...path, 'base_url'], value: base },
              { kind: 'set', path: [...path, 'query_params'], value: new Map([...parameters, ...known]) },
            ),
          },
        ];
      }),
  },
  {
    id: 'base-url-endpoint',
    severity: 'error',
    summary: '`base_url` ends with what Codex appends itself',
    check: (context) =>
      perAddress(context, ({ file, path }, address) => {
        const [base = ''] = splitOnce(address, '?');
        if (!ENDPOINT.test(base)) return [];
        const value = base.replace(ENDPOINT, '');
        return [
          {
            file,
            path: [...path, 'base_url'],
            message: 'Codex appends "/responses" itself: requests go to an address that does not exist.',
            fix: 'Remove the last part of the address.',
            repair: repairBy({ kind: 'set', path: [...path, 'base_url'], value }),
          },
        ];
      }),
  },
  {
    id: 'base-url-not-an-address',
    severity: 'error',
    summary: '`base_url` is not an http(s) address',
    check: (context) =>
      perAddress(context, ({ file, path }, address) => {
        const url = URL.parse(address);
        if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return [];
        const message = 'This is not an http(s) address: every request fails.';
        return [{ file, path: [...path, 'base_url'], message, fix: 'Write it in full, as in https://host/v1.' }];
      }),
  },
  {
    id: 'azure-old-address',
    severity: 'warning',
    summary: "Azure's address before its v1 API, which no longer needs a version",
    isLegacy: true,
    check: (context) =>
      perAddress(context, ({ file, path, table }, address) => {
        const url = URL.parse(address);
        const isOld = url !== null && AZURE_HOST.test(url.hostname) && !/^\/openai\/v1\/?$/.test(url.pathname);
        if (!isOld || !/^\/(openai(\/deployments\/[^/]+)?\/?)?$/.test(url.pathname)) return [];
        const value = `${url.origin}/openai/v1`;
        const parameters = table.get('query_params');
        const isOnlyVersion = isTable(parameters) && parameters.size === 1;
        const versionPath = [...path, 'query_params', ...(isOnlyVersion ? [] : ['api-version'])];
        return [
          {
            file,
            path: [...path, 'base_url'],
            message: "This is Azure's address before its v1 API, which is tied to an api-version that gets retired.",
            fix: `Use ${value} without api-version, and the deployment's name as the model.`,
            repair: repairBy(
              { kind: 'set', path: [...path, 'base_url'], value },
              ...(isTable(parameters) && parameters.has('api-version')
                ? [{ kind: 'remove' as const, path: versionPath }]
                : []),
            ),
          },
        ];
      }),
  },
];

function splitOnce(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
