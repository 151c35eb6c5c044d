const ARGUMENT_DELTA_CHARACTERS = 12;

/** One piece per word, or exactly `pieces` pieces of several words each. */
export function cutText(text: string, pieces: number | undefined): readonly string[] {
  const words = text.match(/\s*\S+\s*/g) ?? [];
  if (pieces === undefined || pieces >= words.length) return words;
  return Array.from({ length: pieces }, (_, index) =>
    words
      .slice(Math.floor((index * words.length) / pieces), Math.floor(((index + 1) * words.length) / pieces))
      .join(''),
  );
}

/** Never cuts a surrogate pair: each delta is valid text of its own. */
export function cutCharacters(text: string): readonly string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const character of text) {
    piece += character;
    if (piece.length >= ARGUMENT_DELTA_CHARACTERS) {
      pieces.push(piece);
      piece = '';
    }
  }
  return piece === '' ? pieces : [...pieces, piece];
}
