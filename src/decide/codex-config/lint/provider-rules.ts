import { nearestName } from '../../config/nearest-name.ts';
import type { EditOperation } from '../toml/edit-operation.ts';
import { isTable, type KeyPath, type TomlValue } from '../toml/toml-data.ts';
import {
  activeProviderId,
  type ConfiguredProvider,
  effectiveValue,
  type LintContext,
  mergedProvider,
  providersOf,
} from './lint-context.ts';
import { type LintRule, type RuleHit, repairBy } from './lint-rule.ts';
import { ADJUSTABLE_IDS, BUILT_IN_IDS, NESTED_KEYS, PROVIDER_KEYS, RESERVED_IDS } from './provider-keys.ts';

/** Names under which people look for a failover that Codex does not have. */
const FAILOVER_WORDS = /fall_?back|failover|backup/;

const perProvider = (
  context: LintContext,
  check: (provider: ConfiguredProvider, context: LintContext) => readonly RuleHit[],
): readonly RuleHit[] => providersOf(context).flatMap((provider) => check(provider, context));

export const PROVIDER_RULES: readonly LintRule[] = [
  {
    id: 'provider-not-found',
    severity: 'error',
    summary: '`model_provider` names a provider that is not configured',
    check: (context) => {
      const chosen = effectiveValue(context, ['model_provider']);
      if (chosen === undefined || typeof chosen.value !== 'string') return [];
      const configured = providersOf(context)
        .filter(({ file }) => context.effective.layers.includes(file))
        .map(({ id }) => id);
      if ([...BUILT_IN_IDS, ...configured].includes(chosen.value)) return [];
      const nearest = nearestName(chosen.value, [...configured, ...BUILT_IN_IDS]);
      return [
        {
          file: chosen.file,
          path: ['model_provider'],
          message: `There is no provider "${chosen.value}": Codex refuses to start.`,
          fix: nearest === undefined ? 'Add [model_providers.<id>], or remove the line.' : `Did you mean "${nearest}"?`,
        },
      ];
    },
  },
  {
    id: 'reserved-provider',
    severity: 'error',
    summary: 'the built-in providers openai, ollama and lmstudio cannot be changed',
    isLegacy: true,
    check: (context) => perProvider(context, checkReserved),
  },
  {
    id: 'built-in-provider-key',
    severity: 'error',
    summary: 'of the built-in Bedrock and Google providers only some keys may be set',
    isLegacy: true,
    check: (context) => perProvider(context, checkAdjustable),
  },
  {
    id: 'bedrock-table-elsewhere',
    severity: 'error',
    summary: '`aws` belongs to the built-in provider amazon-bedrock only',
    isLegacy: true,
    check: (context) => perProvider(context, checkAws),
  },
  {
    id: 'provider-name-missing',
    severity: 'error',
    summary: 'a provider needs a name',
    check: (context) =>
      perProvider(context, (provider) => {
        const { file, id, path } = provider;
        if (BUILT_IN_IDS.includes(id)) return [];
        const name = mergedProvider(context, provider).get('name');
        if (name !== undefined && (typeof name !== 'string' || name.trim() !== '')) return [];
        return [
          {
            file,
            path,
            message: `Provider "${id}" has no name: Codex refuses to start, also when another provider is used.`,
            fix: 'Give it a name.',
            repair: repairBy({ kind: 'set', path: [...path, 'name'], value: id }),
          },
        ];
      }),
  },
  {
    id: 'unknown-provider-key',
    severity: 'warning',
    summary: 'a key that Codex does not know is ignored',
    check: (context) =>
      perProvider(context, ({ file, path, table }) => [
        ...[...table.keys()]
          .filter((key) => !(key in PROVIDER_KEYS))
          .map((key) => ({ file, ...unknownKey([...path, key], key, table, Object.keys(PROVIDER_KEYS)) })),
        ...Object.entries(NESTED_KEYS).flatMap(([name, known]) => {
          const inner = table.get(name);
          const unknown = isTable(inner) ? [...inner.keys()].filter((key) => !known.includes(key)) : [];
          const siblings = isTable(inner) ? inner : new Map<string, TomlValue>();
          return unknown.map((key) => ({ file, ...unknownKey([...path, name, key], key, siblings, known) }));
        }),
      ]),
  },
  {
    id: 'no-native-failover',
    severity: 'warning',
    summary: 'Codex has no failover of its own: such keys are ignored',
    check: (context) =>
      context.files.flatMap((file) =>
        [...(file.document?.data.keys() ?? [])]
          .filter((key) => FAILOVER_WORDS.test(key))
          .map((key) => ({ file, ...unknownKey([key], key, new Map(), []) })),
      ),
  },
  {
    id: 'name-changes-wire',
    severity: 'warning',
    summary: 'the names "OpenAI" and "azure" switch OpenAI-only features on',
    check: (context) =>
      perProvider(context, ({ file, id, path, table }) => {
        const name = table.get('name');
        if (BUILT_IN_IDS.includes(id) || typeof name !== 'string') return [];
        if (name !== 'OpenAI' && name !== 'azure') return [];
        if (/(^|\.)(openai\.com|azure\.com)(:|\/|$)/.test(hostPart(table.get('base_url')))) return [];
        return [
          {
            file,
            path: [...path, 'name'],
            message: `A provider named "${name}" gets requests for remote compaction, which only that vendor answers: long sessions end with an error elsewhere.`,
            fix: 'Give it another name.',
            repair: repairBy({ kind: 'set', path: [...path, 'name'], value: id }),
          },
        ];
      }),
  },
  {
    id: 'openai-base-url-unused',
    severity: 'info',
    summary: '`openai_base_url` has no effect beside another provider',
    check: (context) => {
      const address = effectiveValue(context, ['openai_base_url']);
      const active = activeProviderId(context);
      if (address === undefined || active === 'openai') return [];
      const { file } = address;
      const message = `\`openai_base_url\` has no effect while the provider is "${active}".`;
      return [{ file, path: ['openai_base_url'], message, fix: 'Remove one of the two.' }];
    },
  },
];

const hostPart = (url: TomlValue | undefined): string =>
  typeof url === 'string' ? url.replace(/^[a-z]+:\/\//i, '') : '';

function checkReserved({ file, id, path, table }: ConfiguredProvider): readonly RuleHit[] {
  if (!RESERVED_IDS.includes(id) || table.size === 0) return [];
  if (id === 'openai' && table.size === 1 && table.has('model_catalog_url')) return [];
  const renamed = `${id}-custom`;
  const message = `The built-in provider "${id}" cannot be changed: Codex refuses to start.`;
  const operations: EditOperation[] = [{ kind: 'rename', path, to: renamed }];
  if (!table.has('name')) operations.push({ kind: 'set', path: ['model_providers', renamed, 'name'], value: renamed });
  // Who gave it another address wants requests to go there.
  const chosen = file.document?.data.get('model_provider');
  const isUser = file.role === 'user' && (id === 'openai' ? chosen === undefined || chosen === id : chosen === id);
  if (table.has('base_url') && (isUser || chosen === id))
    operations.push({ kind: 'set', path: ['model_provider'], value: renamed });
  const fix = `Rename it to "${renamed}", and use it with model_provider = "${renamed}". `;
  const hint =
    id === 'openai' ? 'To change only the address of OpenAI, use openai_base_url; its retries cannot be changed.' : '';
  return [{ file, path, message, fix: (fix + hint).trim(), repair: { operations } }];
}

function checkAdjustable({ file, id, path, table }: ConfiguredProvider): readonly RuleHit[] {
  const allowed = ADJUSTABLE_IDS[id];
  if (allowed === undefined) return [];
  const refused = [...table.keys()].filter(
    (key) => !allowed.includes(key) && key in PROVIDER_KEYS && !(key === 'wire_api' && table.get(key) === 'responses'),
  );
  const hits = refused.map((key): RuleHit => {
    const keyPath = [...path, key];
    return {
      file,
      path: keyPath,
      message: `\`${key}\` of the built-in provider "${id}" cannot be changed: Codex refuses to start.`,
      fix: `Remove it. What may be set: ${allowed.join(', ')}.`,
      repair: repairBy({ kind: 'remove', path: keyPath }),
    };
  });
  const credentialFile = table.get('credential_file');
  if (typeof credentialFile !== 'string' || /^(\/|[A-Za-z]:[\\/])/.test(credentialFile)) return hits;
  const message = '`credential_file` is not an absolute path: Codex refuses to start.';
  return [...hits, { file, path: [...path, 'credential_file'], message, fix: 'Write the path in full.' }];
}

function checkAws({ file, id, path, table }: ConfiguredProvider, context: LintContext): readonly RuleHit[] {
  if (!table.has('aws') || id.startsWith('amazon-bedrock')) return [];
  const hit = {
    file,
    path: [...path, 'aws'],
    message: `Provider "${id}" has \`aws\`, which only the built-in "amazon-bedrock" may have: Codex refuses to start.`,
    fix: 'Use the built-in provider: [model_providers.amazon-bedrock], model_provider = "amazon-bedrock".',
  };
  if (providersOf(context).some((other) => other.id === 'amazon-bedrock')) return [hit];
  const allowed = ADJUSTABLE_IDS['amazon-bedrock'] ?? [];
  const target = ['model_providers', 'amazon-bedrock'];
  const operations: EditOperation[] = [
    { kind: 'rename', path, to: 'amazon-bedrock' },
    ...[...table.keys()]
      .filter((key) => !allowed.includes(key))
      .map((key): EditOperation => ({ kind: 'remove', path: [...target, key] })),
  ];
  if (file.document?.data.get('model_provider') === id) {
    operations.push({ kind: 'set', path: ['model_provider'], value: 'amazon-bedrock' });
  }
  return [{ ...hit, repair: { operations } }];
}

function unknownKey(
  path: KeyPath,
  key: string,
  siblings: ReadonlyMap<string, TomlValue>,
  known: readonly string[],
): RuleHit {
  const remove = repairBy({ kind: 'remove', path });
  const message = `Codex does not know \`${key}\` and ignores it.`;
  if (FAILOVER_WORDS.test(key)) {
    const fix = 'Remove it. Codex has no failover of its own; the Holdfast gateway does that.';
    return { path, message, fix, repair: remove };
  }
  const nearest = nearestName(key, known);
  if (nearest === undefined) return { path, message, fix: 'Remove it.', repair: remove };
  const rename = siblings.has(nearest) ? remove : repairBy({ kind: 'rename', path, to: nearest });
  return { path, message, fix: `Did you mean \`${nearest}\`?`, repair: rename };
}
