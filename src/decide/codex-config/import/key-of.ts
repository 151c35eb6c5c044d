import type { TomlInput } from '../toml/toml-data.ts';
import type { ImportBuilder } from './imported.ts';
import { type PlainObject, readKey } from './read-plain.ts';

/** The key of a provider, as a variable: `undefined` for none. */
export function keyOf(owner: string, value: unknown, builder: ImportBuilder): TomlInput | undefined {
  const key = readKey(value);
  if (key === undefined) return undefined;
  return key === 'literal' ? builder.literalKey(owner) : builder.variable(key.variable);
}

/** Everything in a file that an importer does not take over, by name. */
export function noteRest(builder: ImportBuilder, table: PlainObject, known: readonly string[], where: string): void {
  const rest = Object.keys(table).filter((key) => !known.includes(key));
  if (rest.length > 0) builder.note('no-equivalent', `${where}${rest.join(', ')}`, 'left out');
}
