import { isArray, isTable, type KeyPath, type TomlValue, valueAt } from '../toml/toml-data.ts';
import { providersOf } from './lint-context.ts';
import { type LintRule, type RuleHit, repairBy } from './lint-rule.ts';
import { AUTH_KEYS, type KeyType, PROVIDER_KEYS, REMOTE_COMPACTION, TEXT_MAPS } from './provider-keys.ts';

/** Values that Codex cannot take for a known key. */
export const VALUE_RULES: readonly LintRule[] = [
  {
    id: 'wrong-type',
    severity: 'error',
    summary: 'a value of the wrong type stops every run',
    check: (context) =>
      providersOf(context).flatMap(({ file, path, table }) => {
        const auth = table.get('auth');
        const inner = isTable(auth) ? checkTypes([...path, 'auth'], auth, AUTH_KEYS) : [];
        const texts = TEXT_MAPS.flatMap((key) => checkTexts([...path, key], table.get(key)));
        return [...checkTypes(path, table, PROVIDER_KEYS), ...inner, ...texts].map((hit) => ({ file, ...hit }));
      }),
  },
  {
    id: 'remote-compaction-value',
    severity: 'error',
    summary: '`remote_compaction` is "unsupported" or "v2"',
    check: (context) =>
      providersOf(context).flatMap(({ file, path, table }): readonly RuleHit[] => {
        const keyPath = ['capabilities', 'remote_compaction'];
        const value = valueAt(table, keyPath);
        if (value === undefined || (typeof value === 'string' && REMOTE_COMPACTION.includes(value))) return [];
        const message = '`remote_compaction` must be "unsupported" or "v2": Codex refuses to start.';
        const fix = 'Write "unsupported", unless this provider is OpenAI or Azure.';
        const repair = repairBy({ kind: 'set', path: [...path, ...keyPath], value: 'unsupported' });
        return [{ file, path: [...path, ...keyPath], message, fix, repair }];
      }),
  },
];

function checkTypes(
  base: KeyPath,
  table: ReadonlyMap<string, TomlValue>,
  types: Readonly<Record<string, KeyType>>,
): readonly RuleHit[] {
  return [...table].flatMap(([key, value]): RuleHit[] => {
    const type = types[key];
    if (type === undefined || hasType(value, type)) return [];
    const path = [...base, key];
    const meant = convert(value, type);
    return [
      {
        path,
        message: `\`${key}\` must be a ${type}: Codex refuses to start.`,
        fix: meant === undefined ? `Write a ${type}.` : `Write ${key} = ${meant}`,
        ...(meant === undefined ? {} : { repair: repairBy({ kind: 'set', path, value: meant }) }),
      },
    ];
  });
}

/** Names and texts: Codex takes no numbers there. */
function checkTexts(base: KeyPath, value: TomlValue | undefined): readonly RuleHit[] {
  if (!isTable(value)) return [];
  return [...value].flatMap(([key, inner]): RuleHit[] => {
    if (typeof inner === 'string') return [];
    const path = [...base, key];
    const isPlain = typeof inner === 'number' || typeof inner === 'bigint' || typeof inner === 'boolean';
    const repair = repairBy({ kind: 'set', path, value: String(inner) });
    const message = `\`${key}\` must be a string: Codex refuses to start.`;
    return [{ path, message, fix: 'Put it in quotes.', ...(isPlain ? { repair } : {}) }];
  });
}

function hasType(value: TomlValue, type: KeyType): boolean {
  if (type === 'string') return typeof value === 'string';
  if (type === 'boolean') return typeof value === 'boolean';
  if (type === 'whole number') return (typeof value === 'number' || typeof value === 'bigint') && value >= 0;
  return type === 'table' ? isTable(value) : isArray(value);
}

function convert(value: TomlValue, type: KeyType): number | boolean | undefined {
  if (type === 'whole number' && typeof value === 'string' && /^\d{1,15}$/.test(value)) return Number(value);
  if (type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true';
  return undefined;
}
