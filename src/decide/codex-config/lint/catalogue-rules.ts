import { isTable, type KeyPath, type TomlTable, valueAt } from '../toml/toml-data.ts';
import { type LintContext, mergedProvider, providersOf } from './lint-context.ts';
import { type LintRule, type RuleHit, repairBy } from './lint-rule.ts';

/** What Codex takes for its own server: found by trying. */
const CHATGPT_HOST = /(^|\.)chatgpt\.com$|^chat\.openai\.com$/;
const CREDENTIALS = ['env_key', 'experimental_bearer_token', 'auth', 'requires_openai_auth', 'gateway_oauth'];

/** Where a model catalogue comes from. */
export const CATALOGUE_RULES: readonly LintRule[] = [
  {
    id: 'openai-catalogue-host',
    severity: 'error',
    summary: 'the built-in provider "openai" takes its catalogue from ChatGPT hosts only',
    check: (context) =>
      perCatalogue(context, (address, { id, file, path }) => {
        if (id !== 'openai' || CHATGPT_HOST.test(URL.parse(address)?.hostname ?? '')) return [];
        const message = 'Codex takes the catalogue of "openai" from ChatGPT hosts only, and refuses to start.';
        const fix = 'Remove it, or use a provider of your own.';
        const table = valueAt(file.document?.data ?? new Map(), ['model_providers', id]);
        const isAlone = isTable(table) && table.size === 1;
        return [{ file, path, message, fix, ...(isAlone ? { repair: repairBy({ kind: 'remove', path }) } : {}) }];
      }),
  },
  {
    id: 'catalogue-not-fetched',
    severity: 'warning',
    summary: 'a `model_catalog_url` that Codex never asks',
    check: (context) =>
      perCatalogue(context, (address, { id, file, path, table }) => {
        if (id === 'openai') return [];
        const message = whyNotFetched(address, table, context);
        if (message === undefined) return [];
        return [{ file, path, message, fix: 'Remove it, or correct what keeps Codex from asking it.' }];
      }),
  },
];

interface Catalogue {
  readonly id: string;
  readonly file: LintContext['files'][number];
  readonly path: KeyPath;
  readonly table: TomlTable;
}

function perCatalogue(
  context: LintContext,
  check: (address: string, catalogue: Catalogue) => readonly RuleHit[],
): readonly RuleHit[] {
  return providersOf(context).flatMap((provider) => {
    const address = provider.table.get('model_catalog_url');
    if (typeof address !== 'string') return [];
    const { id, file, path } = provider;
    const table = mergedProvider(context, provider);
    return check(address, { id, file, path: [...path, 'model_catalog_url'], table });
  });
}

function whyNotFetched(address: string, table: TomlTable, context: LintContext): string | undefined {
  if (URL.parse(address) === null) return 'This is not an address in full: Codex asks no catalogue.';
  if (context.effective.data.has('model_catalog_json'))
    return '`model_catalog_json` replaces every other catalogue: Codex does not ask this one.';
  if (!CREDENTIALS.some((key) => table.has(key)))
    return 'Codex asks a catalogue only when the provider has a key, and headers do not count: it does not ask this one.';
  return undefined;
}
