/** Reading of values that come from files of other tools: nothing is taken for granted. */
export type PlainObject = Readonly<Record<string, unknown>>;

export const asObject = (value: unknown): PlainObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as PlainObject) : {};

export const asArray = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const asText = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;

export const asTexts = (value: unknown): readonly string[] => asArray(value).flatMap((item) => asText(item) ?? []);

export const asNumber = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

/** HTTP statuses that Holdfast takes for `on_error`. */
export function asStatuses(value: unknown): readonly number[] | undefined {
  const statuses = asArray(value).filter(
    (item): item is number => typeof item === 'number' && item >= 400 && item <= 599,
  );
  return statuses.length === 0 ? undefined : statuses;
}

/** A key as other tools write it: `env.X`, `os.environ/X`, `$X`, `${X}`, or the key itself. */
export function readKey(value: unknown): { readonly variable: string } | 'literal' | undefined {
  const text = asText(value);
  if (text === undefined) return undefined;
  const name = /^(?:env\.|os\.environ\/|env:)([A-Za-z_]\w*)$|^\$\{?([A-Za-z_]\w*)\}?$/.exec(text);
  const variable = name?.[1] ?? name?.[2];
  return variable === undefined ? 'literal' : { variable };
}
