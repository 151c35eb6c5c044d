/**
 * Some streams repeat everything so far with each piece instead of adding to it. Answers what is new, for either kind:
 * the first pieces tell which it is.
 */
export function createRepetitionFilter(): (piece: string) => string {
  let seen = '';
  let mode: 'unknown' | 'repeats' | 'adds' = 'unknown';
  return (piece) => {
    if (mode === 'unknown' && seen !== '' && piece !== '') {
      mode = piece.length > seen.length && piece.startsWith(seen) ? 'repeats' : 'adds';
    }
    if (mode !== 'repeats') {
      if (mode === 'unknown') seen += piece;
      return piece;
    }
    if (!piece.startsWith(seen)) return '';
    const fresh = piece.slice(seen.length);
    seen = piece;
    return fresh;
  };
}
