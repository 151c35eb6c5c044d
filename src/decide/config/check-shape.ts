import type * as z from 'zod';
import { type Config, configSchema } from '../../core/config-schema.ts';
import type { Finding } from './finding.ts';
import { nearestName } from './nearest-name.ts';
import { describePath, type TomlDocument, type TomlPath, valueAt } from './toml-document.ts';

type Issue = z.core.$ZodIssue;

/** Checks names and types against the schema. `config` is there when nothing was wrong. */
export function checkShape(document: TomlDocument): {
  readonly config?: Config;
  readonly findings: readonly Finding[];
} {
  const integers = findUnusable(document.value, []);
  const parsed = configSchema.safeParse(document.value, { jitless: true });
  if (parsed.success) return integers.length === 0 ? { config: parsed.data, findings: [] } : { findings: integers };
  const known = new Set(integers.map((finding) => describePath(finding.path)));
  const findings = parsed.error.issues
    .flatMap((issue) => describeIssue(issue, issue.path as TomlPath, document))
    .filter((finding) => !known.has(describePath(finding.path)));
  return { findings: [...integers, ...findings] };
}

/** What no schema can see: integers that JavaScript would round, and a name that JavaScript objects treat specially. */
function findUnusable(value: unknown, path: TomlPath): Finding[] {
  if (typeof value === 'bigint') {
    return [{ code: 'INTEGER_TOO_LARGE', path, message: `${quote(path)} is too large: integers end at ±(2^53 - 1)` }];
  }
  if (typeof value !== 'object' || value === null || value instanceof Date) return [];
  return Object.entries(value).flatMap(([key, child]): Finding[] => {
    const childPath = [...path, Array.isArray(value) ? Number(key) : key];
    if (key !== '__proto__') return findUnusable(child, childPath);
    return [
      { code: 'UNKNOWN_KEY', path: childPath, message: '"__proto__" cannot be used as a name: choose another one' },
    ];
  });
}

function describeIssue(issue: Issue, path: TomlPath, document: TomlDocument): Finding[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => describeUnknownKey(key, path));
    case 'invalid_union':
      return describeUnion(issue, path, document);
    default:
      return describeValue(issue, path, document);
  }
}

/** These three are put into words by the checks of meaning, which know what to do about them. */
const isReportedElsewhere = (path: TomlPath): boolean =>
  (path.length === 1 && (path[0] === 'routes' || path[0] === 'providers')) ||
  (path.length === 3 && path[0] === 'routes' && path[2] === 'targets');

function describeValue(issue: Issue, path: TomlPath, document: TomlDocument): Finding[] {
  const value = valueAt(document.value, path);
  if (value === undefined) {
    if (isReportedElsewhere(path) || isMisspeltHere(path, document)) return [];
    return [{ code: 'MISSING_KEY', path, message: `${quote(path)} is missing: it ${issue.message}` }];
  }
  if (issue.code === 'invalid_value' && typeof value === 'string') {
    const suggestion = nearestName(value, issue.values.map(String));
    const question = suggestion === undefined ? '' : `. Did you mean "${suggestion}"?`;
    const message = `${quote(path)} ${issue.message}${question}`;
    return [{ code: 'INVALID_VALUE', path, message, ...(suggestion === undefined ? {} : { suggestion }) }];
  }
  // Of a number the message says what is wrong with it.
  const isOtherType = issue.code === 'invalid_type' && typeof value !== 'number';
  const actual = isOtherType ? ` (it is ${describeType(value)})` : '';
  return [{ code: 'INVALID_VALUE', path, message: `${quote(path)} ${issue.message}${actual}` }];
}

/** True when a misspelt name of this key stands beside it: one mistake is reported once. */
function isMisspeltHere(path: TomlPath, document: TomlDocument): boolean {
  const parent = path.slice(0, -1);
  const siblings = valueAt(document.value, parent);
  if (typeof siblings !== 'object' || siblings === null) return false;
  const keys = knownKeys(parent);
  return Object.keys(siblings).some((key) => !keys.includes(key) && nearestName(key, keys) === path.at(-1));
}

/** Of a union the alternative is reported that the value was probably meant to be. */
function describeUnion(issue: Issue & { code: 'invalid_union' }, path: TomlPath, document: TomlDocument): Finding[] {
  const value = valueAt(document.value, path);
  const described = issue.errors
    .filter((issues) => issues.every((inner) => inner.path.length > 0 || inner.code === 'unrecognized_keys'))
    .map((issues) => issues.flatMap((inner) => describeIssue(inner, [...path, ...(inner.path as TomlPath)], document)))
    .filter((findings) => findings.every((finding) => finding.code !== 'MISSING_KEY'))
    .sort((left, right) => left.length - right.length);
  const [best] = described;
  if (best !== undefined && best.length > 0) return best;
  const actual = typeof value === 'object' ? '' : ` (it is ${describeType(value)})`;
  return [{ code: 'INVALID_VALUE', path, message: `${quote(path)} ${issue.message}${actual}` }];
}

function describeUnknownKey(key: string, parent: TomlPath): Finding {
  const path = [...parent, key];
  if (isPolicy(path)) {
    const message = `${quote(path)} is not available in this version: policies would not be enforced, so the file is refused. Remove it, or use a version that enforces policies`;
    return { code: 'POLICIES_UNAVAILABLE', path, message };
  }
  const known = knownKeys(parent);
  if (known.includes(key)) {
    // Known to another form of the same table.
    const message = `${quote(path)} cannot be combined with the other keys beside it. Keep one way of saying it`;
    return { code: 'UNKNOWN_KEY', path, message };
  }
  const suggestion = nearestName(key, known) ?? (parent.length === 0 ? findSection(key, known) : undefined);
  const next = suggestion === undefined ? `Known here: ${known.join(', ')}` : `Did you mean "${suggestion}"?`;
  const message = `${quote(path)} is not a known key. ${next}`;
  return { code: 'UNKNOWN_KEY', path, message, ...(suggestion === undefined ? {} : { suggestion }) };
}

/** `listen` without its `[server]` above: the full name of the key. */
function findSection(key: string, sections: readonly string[]): string | undefined {
  const section = sections.find((name) => knownKeys([name]).includes(key));
  return section === undefined ? undefined : `${section}.${key}`;
}

const isPolicy = (path: TomlPath): boolean =>
  (path.length === 1 && path[0] === 'policies') ||
  (path[0] === 'routes' && (path.length === 3 || path.length === 5) && path.at(-1) === 'policy');

const quote = (path: TomlPath): string => `\`${describePath(path)}\``;

function describeType(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Date) return 'a date';
  switch (typeof value) {
    case 'string':
      return 'a string';
    case 'boolean':
      return 'true or false';
    case 'number':
    case 'bigint':
      return 'a number';
    default:
      return 'a table';
  }
}

/** The keys that the schema knows at a path. */
export function knownKeys(path: TomlPath): readonly string[] {
  let schemas: readonly z.core.$ZodTypes[] = [configSchema];
  for (const part of path) schemas = schemas.flatMap((schema) => childrenOf(schema, part));
  return [...new Set(schemas.flatMap((schema) => unwrap(schema)).flatMap(objectKeys))];
}

const objectKeys = (schema: z.core.$ZodTypes): readonly string[] =>
  schema._zod.def.type === 'object' ? Object.keys(schema._zod.def.shape) : [];

/** The schemas behind defaults, optionals and unions. */
function unwrap(schema: z.core.$ZodTypes): readonly z.core.$ZodTypes[] {
  const definition = schema._zod.def;
  switch (definition.type) {
    case 'optional':
    case 'default':
    case 'prefault':
      return unwrap(definition.innerType as z.core.$ZodTypes);
    case 'union':
      return definition.options.flatMap((option) => unwrap(option as z.core.$ZodTypes));
    default:
      return [schema];
  }
}

function childrenOf(schema: z.core.$ZodTypes, part: string | number): readonly z.core.$ZodTypes[] {
  return unwrap(schema).flatMap((inner): readonly z.core.$ZodTypes[] => {
    const definition = inner._zod.def;
    if (definition.type === 'record') return [definition.valueType as z.core.$ZodTypes];
    if (definition.type === 'array') return [definition.element as z.core.$ZodTypes];
    if (definition.type !== 'object') return [];
    const child = definition.shape[part];
    return child === undefined ? [] : [child as z.core.$ZodTypes];
  });
}
