/** Text that compresses, escapes and splits like prose and code do, the same in every run. */
export interface SeededText {
  /** Lower-case hexadecimal digits. */
  readonly hex: (length: number) => string;
  /** Characters of base64, as in an encrypted blob. */
  readonly base64: (length: number) => string;
  /** Sentences, about `length` characters. */
  readonly prose: (length: number) => string;
  /** Lines of a program, with quotes, tabs and backslashes, about `length` characters. */
  readonly code: (length: number) => string;
  readonly word: () => string;
}

const WORDS =
  'the file reads every line before it checks whether a value belongs to this group and returns early when nothing changed so callers keep their own copy of what was asked while tests run against the last known state of each part'.split(
    ' ',
  );
const CODE_LINES = [
  '  const found = entries.find((entry) => entry.name === "default");',
  "\tif (!seen.has(key)) throw new Error('missing: ' + key);",
  '    return rows.map((row) => row.id + "\\t" + row.total.toFixed(2)).join("\\n");',
  '// Keeps the order in which the parts were added.',
  'export function readAll(path: string, options = { encoding: "utf8" }): string[] {',
  '+  assert.equal(result, "{\\"ok\\":true}");',
  '',
  '}',
];
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

export function createSeededText(seed: number): SeededText {
  let state = seed >>> 0 || 1;
  const next = (below: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
  const pick = <T>(from: readonly T[], fallback: T): T => from[next(from.length)] ?? fallback;
  const characters = (alphabet: string, length: number): string => {
    let text = '';
    while (text.length < length) text += alphabet[next(alphabet.length)];
    return text;
  };
  const word = (): string => pick(WORDS, 'the');
  const fill = (length: number, piece: () => string): string => {
    const pieces: string[] = [];
    for (let total = 0; total < length; ) {
      const added = piece();
      pieces.push(added);
      total += added.length;
    }
    return pieces.join('').slice(0, length);
  };
  return {
    word,
    hex: (length) => characters('0123456789abcdef', length),
    base64: (length) => characters(BASE64, length),
    prose: (length) => fill(length, () => `${word()}${next(12) === 0 ? '.\n' : ' '}`),
    code: (length) => fill(length, () => `${pick(CODE_LINES, '')}\n`),
  };
}
