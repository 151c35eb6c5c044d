/** What nobody expects at the place where it stands, as JSON: a test puts each of them at every place. */

const HOSTILE_TEXTS: readonly string[] = [
  // Whatever is made into text or a number is asked for these.
  '{"toString":""}',
  '{"valueOf":null,"toString":null}',
  '{"toString":{"toString":1},"valueOf":[],"toJSON":1,"then":1}',
  '[{"toString":""}]',
  // What every object inherits.
  '{"constructor":1,"hasOwnProperty":1}',
  '{"__proto__":{"toString":1}}',
  '"constructor"',
  '"__proto__"',
  // Shapes.
  'null',
  'true',
  '{}',
  '[]',
  '[null]',
  '[[]]',
  '{"length":3,"0":{}}',
  // Texts and numbers.
  '""',
  '" "',
  '"\\u0000\\r\\n"',
  '"\\ud800"',
  '0',
  '-1',
  '0.5',
  '1e300',
  '1e400',
  '-1e400',
  '9007199254740993',
];

export const HOSTILE_VALUES: readonly unknown[] = HOSTILE_TEXTS.map((text) => JSON.parse(text));
/** For what is much like something else that was given all of them. */
export const WORST_VALUES: readonly unknown[] = [{ toString: '' }, [{ toString: '' }], 'constructor', null];

/** The number of values in a tree: itself, and everything in it. */
export function countPlaces(tree: unknown): number {
  if (typeof tree !== 'object' || tree === null) return 1;
  return Object.values(tree).reduce((sum: number, inner) => sum + countPlaces(inner), 1);
}

/** The tree with another value at one of its places, counted from the root. */
export function replaceAt(tree: unknown, place: number, replacement: unknown): unknown {
  let left = place;
  const visit = (node: unknown): unknown => {
    if (left-- === 0) return replacement;
    if (Array.isArray(node)) return node.map(visit);
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(Object.entries(node).map(([key, inner]) => [key, visit(inner)]));
  };
  return visit(tree);
}

/**
 * Calls `use` with the tree in every hostile form, and answers what it did not survive, in words. `use` throws for what
 * may not be.
 */
export function findBreaks(tree: unknown, use: (hostile: unknown) => void, values = HOSTILE_VALUES): readonly string[] {
  const breaks: string[] = [];
  for (let place = 0; place < countPlaces(tree); place += 1) {
    for (const value of values) {
      try {
        use(replaceAt(tree, place, value));
      } catch (error) {
        breaks.push(`${JSON.stringify(value)} at ${place}: ${error instanceof Error ? error.message : 'no error'}`);
      }
    }
  }
  return breaks;
}
