import { type Answer, bytesOfFrame, type Frame } from './answer.ts';
import type { Ending } from './faults/fault.ts';
import type { Pace } from './plan-transmission.ts';

/** The body of an answer in pieces, so that faults may cut it, add to it or change it anywhere. */
export type Piece =
  /** One event that the wire sent. */
  | { readonly kind: 'frame'; readonly frame: Frame }
  /** Bytes that are no whole event. Each piece is an HTTP chunk of its own. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'repeat'; readonly bytes: Uint8Array; readonly times: number }
  | { readonly kind: 'wait'; readonly ms: number }
  /** Always the last one. */
  | { readonly kind: 'ending'; readonly how: Ending };

const FINISHED: Piece = { kind: 'ending', how: 'end' };

export function planBody(answer: Answer, pace: Pace): readonly Piece[] {
  if (answer.kind === 'body') return [{ kind: 'bytes', bytes: Buffer.from(answer.body) }, FINISHED];
  const { firstEventDelayMs = 0, eventDelayMs = 0 } = pace;
  const pieces: Piece[] = [];
  for (const [index, frame] of answer.frames.entries()) {
    const ms = index === 0 ? firstEventDelayMs : eventDelayMs;
    if (ms > 0) pieces.push({ kind: 'wait', ms });
    pieces.push({ kind: 'frame', frame });
  }
  pieces.push(FINISHED);
  return pieces;
}

export function bytesOf(piece: Piece): Uint8Array | undefined {
  if (piece.kind === 'frame') return bytesOfFrame(piece.frame);
  return piece.kind === 'bytes' ? piece.bytes : undefined;
}

/** Cuts after `count` bytes, inside a piece if need be. `undefined` if the body is shorter. */
export function splitAtByte(
  pieces: readonly Piece[],
  count: number,
): readonly [before: readonly Piece[], after: readonly Piece[]] | undefined {
  let left = count;
  for (const [index, piece] of pieces.entries()) {
    if (left === 0 && piece.kind !== 'wait') return [pieces.slice(0, index), pieces.slice(index)];
    const bytes = bytesOf(piece);
    if (bytes === undefined) continue;
    if (bytes.length > left) {
      const head: Piece = { kind: 'bytes', bytes: bytes.subarray(0, left) };
      const tail: Piece = { kind: 'bytes', bytes: bytes.subarray(left) };
      return [
        [...pieces.slice(0, index), head],
        [tail, ...pieces.slice(index + 1)],
      ];
    }
    left -= bytes.length;
  }
  return undefined;
}

/**
 * Puts the body's bytes into pieces of the lengths that `nextLength` names, with a pause of `ms` before each if given.
 * Other pauses move to the front.
 */
export function recut(pieces: readonly Piece[], nextLength: () => number, ms?: number): readonly Piece[] {
  const body = Buffer.concat(pieces.map((piece) => bytesOf(piece) ?? new Uint8Array(0)));
  const cut: Piece[] = [];
  for (let from = 0; from < body.length; ) {
    const to = from + Math.max(1, nextLength());
    if (ms !== undefined) cut.push({ kind: 'wait', ms });
    cut.push({ kind: 'bytes', bytes: body.subarray(from, to) });
    from = to;
  }
  const others = pieces.filter((piece) => bytesOf(piece) === undefined && piece.kind !== 'ending');
  return [...others, ...cut, ...pieces.filter((piece) => piece.kind === 'ending')];
}
