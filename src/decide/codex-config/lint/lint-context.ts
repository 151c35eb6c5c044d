import { findEntry } from '../toml/find-place.ts';
import { parseDocument, positionOf, type TomlDocument, type TomlProblem } from '../toml/parse-document.ts';
import { isTable, type KeyPath, stringAt, type TomlTable, type TomlValue, valueAt } from '../toml/toml-data.ts';
import type { Place } from './finding.ts';
import { PROJECT_IGNORED_KEYS } from './provider-keys.ts';

/** A configuration file as it was found. */
export interface ConfigSource {
  readonly path: string;
  /** `project`: `.codex/config.toml` of a project, the outermost first. */
  readonly role: 'user' | 'profile' | 'project';
  /** Of a profile file: the name before `.config.toml`. */
  readonly profile?: string;
  readonly text: string;
}

export interface LintInput {
  readonly sources: readonly ConfigSource[];
  /** What `--profile` would say. */
  readonly profile?: string;
  /** The folder that Codex would run in, and the root of its Git repository if it has one. */
  readonly projectFolders: readonly string[];
  /** Profile files in a project's `.codex`. */
  readonly misplacedProfiles?: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How Codex is logged in. */
  readonly login: 'none' | 'api-key' | 'chatgpt' | 'unknown';
}

export interface CheckedFile extends ConfigSource {
  readonly document?: TomlDocument;
  readonly problem?: TomlProblem;
}

export interface LintContext extends LintInput {
  readonly files: readonly CheckedFile[];
  readonly user: CheckedFile | undefined;
  readonly isProjectTrusted: boolean;
  readonly effective: EffectiveConfig;
}

/** A value in effect and the file that set it. */
export interface EffectiveValue {
  readonly value: TomlValue;
  readonly file: CheckedFile;
}

/** What Codex makes of all layers: later ones win, key by key. */
export interface EffectiveConfig {
  readonly data: TomlTable;
  /** Files in effect, the weakest first. */
  readonly layers: readonly CheckedFile[];
}

export function createContext(input: LintInput): LintContext {
  const files = input.sources.map((source): CheckedFile => {
    const parsed = parseDocument(source.text);
    return parsed.kind === 'ok' ? { ...source, document: parsed.document } : { ...source, problem: parsed.problem };
  });
  const user = files.find(({ role }) => role === 'user');
  const isProjectTrusted = input.projectFolders.some(
    (folder) => stringAt(dataOf(user), ['projects', folder, 'trust_level']) === 'trusted',
  );
  const layers = files.filter(
    ({ role, profile }) =>
      role === 'user' ||
      (role === 'profile' && profile !== undefined && profile === input.profile) ||
      (role === 'project' && isProjectTrusted),
  );
  const data = layers.reduce<TomlTable>((merged, file) => mergeTables(merged, usableData(file)), new Map());
  return { ...input, files, user, isProjectTrusted, effective: { data, layers } };
}

export const dataOf = (file: CheckedFile | undefined): TomlTable => file?.document?.data ?? new Map();

/** A project may not set everything. */
function usableData(file: CheckedFile): TomlTable {
  const data = dataOf(file);
  if (file.role !== 'project') return data;
  return new Map([...data].filter(([key]) => !PROJECT_IGNORED_KEYS.includes(key)));
}

function mergeTables(weak: TomlTable, strong: TomlTable): TomlTable {
  const merged = new Map(weak);
  for (const [key, value] of strong) {
    const before = merged.get(key);
    merged.set(key, isTable(before) && isTable(value) ? mergeTables(before, value) : value);
  }
  return merged;
}

/** The value in effect and where it comes from. */
export function effectiveValue(context: LintContext, path: KeyPath): EffectiveValue | undefined {
  const value = valueAt(context.effective.data, path);
  const file = context.effective.layers.findLast((layer) => valueAt(usableData(layer), path) !== undefined);
  return value === undefined || file === undefined ? undefined : { value, file };
}

/** The provider id that Codex uses. */
export function activeProviderId(context: LintContext): string {
  return stringAt(context.effective.data, ['model_provider']) ?? 'openai';
}

export interface ConfiguredProvider {
  readonly file: CheckedFile;
  readonly id: string;
  readonly path: KeyPath;
  /** What this file says; other layers may add to it. */
  readonly table: TomlTable;
}

/** Every `[model_providers.<id>]` of files in which they count. */
export function providersOf(context: LintContext): readonly ConfiguredProvider[] {
  return context.files
    .filter(({ role }) => role !== 'project')
    .flatMap((file) => {
      const providers = valueAt(dataOf(file), ['model_providers']);
      if (!isTable(providers)) return [];
      return [...providers].flatMap(([id, table]) =>
        isTable(table) ? [{ file, id, path: ['model_providers', id], table }] : [],
      );
    });
}

/** All that applies to a provider of this file when it is used: the user's file lies under every profile. */
export function mergedProvider(context: LintContext, provider: ConfiguredProvider): TomlTable {
  const below = provider.file.role === 'profile' ? valueAt(dataOf(context.user), provider.path) : undefined;
  return mergeTables(isTable(below) ? below : new Map(), provider.table);
}

/** Where a key, or the header of a table, is written. */
export function placeOf(file: CheckedFile, path: KeyPath): Place {
  const { document } = file;
  if (document === undefined)
    return { path: file.path, line: file.problem?.line ?? 1, column: file.problem?.column ?? 1 };
  return { path: file.path, ...positionOf(document.text, offsetOf(document, path)) };
}

function offsetOf(document: TomlDocument, path: KeyPath): number {
  const entry = findEntry(document, path);
  if (entry !== undefined) return entry.keyRanges.at(-1)?.start ?? entry.start;
  const leadsTo = (candidate: readonly (string | number)[]): boolean =>
    path.every((key, index) => candidate[index] === key);
  const header = document.headers.find((candidate) => leadsTo(candidate.path));
  const dotted = document.entries.find((candidate) => leadsTo(candidate.path));
  return Math.min(
    header?.start ?? Number.POSITIVE_INFINITY,
    dotted?.start ?? Number.POSITIVE_INFINITY,
    document.text.length,
  );
}
