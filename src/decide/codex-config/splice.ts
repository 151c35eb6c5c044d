import type { Splice } from '../../core/edit-receipt.ts';

/** The text after a splice, or `undefined` when it does not fit: something else stands there. */
export function applySplice(text: string, splice: Splice): string | undefined {
  const end = splice.at + splice.removed.length;
  if (text.slice(splice.at, end) !== splice.removed) return undefined;
  return text.slice(0, splice.at) + splice.inserted + text.slice(end);
}

const invertSplice = (splice: Splice): Splice => ({
  at: splice.at,
  removed: splice.inserted,
  inserted: splice.removed,
});

/** Takes splices back, the last one first; `undefined` when the text is not what they left behind. */
export function undoSplices(text: string, splices: readonly Splice[]): string | undefined {
  let current: string | undefined = text;
  for (const splice of splices.toReversed()) {
    current = applySplice(current, invertSplice(splice));
    if (current === undefined) return undefined;
  }
  return current;
}
