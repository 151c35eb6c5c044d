import type { Clock, Random } from '../../../core/ports.ts';
import { type Answer, type HeaderLine, isOfType } from '../answer.ts';
import { type Piece, planBody, recut, splitAtByte } from '../body-plan.ts';
import type { Pace } from '../plan-transmission.ts';
import type { Ending, Fault, FaultEffect, FaultPoint, ForeignAnswer } from './fault.ts';

/** What is sent once the faults have had their way. */
export interface FaultedAnswer {
  readonly answer: Answer;
  readonly body: readonly Piece[];
  /** Sent instead of the answer's own head and body. */
  readonly raw?: { readonly text: string; readonly afterwards: Ending };
  readonly delayMs: number;
  /** Breaks off whatever is being sent. */
  readonly interrupt?: { readonly afterMs: number; readonly how: Ending };
  /** Those that had an effect. */
  readonly struck: readonly Fault[];
}

interface FaultContext {
  readonly random: Random;
  readonly clock: Pick<Clock, 'now'>;
}

type Draft = Omit<FaultedAnswer, 'struck'>;

/** Applies the faults one after the other; one whose point the answer never reaches has no effect. */
export function applyFaults(
  answer: Answer,
  faults: readonly Fault[],
  pace: Pace,
  context: FaultContext,
): FaultedAnswer {
  let draft: Draft = { answer, body: planBody(answer, pace), delayMs: 0 };
  const struck: Fault[] = [];
  for (const fault of faults) {
    const next = applyFault(draft, fault, context);
    if (next === undefined) continue;
    draft = next;
    struck.push(fault);
  }
  return { ...draft, struck };
}

function applyFault(draft: Draft, fault: Fault, context: FaultContext): Draft | undefined {
  const { at, do: effect } = fault;
  // It was handled while the answer was made.
  if (effect.kind === 'without-output' || effect.kind === 'flaw') return draft;
  if (effect.kind === 'answer') return replaceAnswer(draft, effect, at, context.clock);
  if (typeof at === 'object' && 'ms' in at) {
    return effect.kind === 'ending' ? { ...draft, interrupt: { afterMs: at.ms, how: effect.how } } : undefined;
  }
  if (at === 'headers') {
    if (effect.kind === 'raw') return { ...draft, raw: { text: effect.text, afterwards: effect.afterwards } };
    if (effect.kind === 'ending') return { ...draft, raw: { text: '', afterwards: effect.how } };
    if (effect.kind === 'wait') return { ...draft, delayMs: draft.delayMs + effect.ms };
  }
  const body = changeBody(draft, at, effect, context.random);
  return body === undefined ? undefined : { ...draft, body };
}

function replaceAnswer(draft: Draft, foreign: ForeignAnswer, at: FaultPoint, clock: Pick<Clock, 'now'>): Draft {
  const headers = Object.entries(foreign.headers).map(
    ([name, value]): HeaderLine => [name, fillMoments(value, clock.now())],
  );
  const answer: Answer = { kind: 'body', status: foreign.status, headers, body: foreign.body };
  const delayMs = typeof at === 'object' && 'ms' in at ? at.ms : draft.delayMs;
  return { answer, body: planBody(answer, {}), delayMs };
}

function fillMoments(value: string, nowMs: number): string {
  return value.replaceAll(/\{(httpDate|epochMs|epoch|rfc3339)\+([\d.]+)\}/g, (_, format: string, seconds: string) => {
    const ms = Math.round(nowMs + Number(seconds) * 1000);
    if (format === 'httpDate') return new Date(ms).toUTCString();
    if (format === 'rfc3339') return new Date(ms).toISOString();
    return String(format === 'epochMs' ? ms : Math.ceil(ms / 1000));
  });
}

function changeBody(draft: Draft, at: FaultPoint, effect: FaultEffect, random: Random): readonly Piece[] | undefined {
  if (effect.kind === 'drop' || effect.kind === 'duplicate' || effect.kind === 'reorder') {
    return changeEvents(draft.body, effect);
  }
  if (effect.kind === 'recut') {
    // Only a pause makes sure that the network delivers the pieces one by one.
    if (effect.how === 'random') return recut(draft.body, () => 1 + Math.floor(random() * LONGEST_PIECE), 0);
    return recut(draft.body, () => (effect.how === 'bytes' ? 1 : Infinity));
  }
  const split = splitAt(draft.body, at);
  if (split === undefined) return undefined;
  const [before, after] = split;
  switch (effect.kind) {
    case 'ending': {
      // Without chunks only closing the connection can end a body early.
      const how = effect.how === 'end' && draft.answer.kind === 'body' ? 'close' : effect.how;
      return [...before, { kind: 'ending', how }];
    }
    case 'wait':
      return [...before, { kind: 'wait', ms: effect.ms }, ...after];
    case 'drip':
      return [...before, ...recut(after, () => effect.bytes, effect.everyMs)];
    case 'insert': {
      const bytes = effect.base64 === undefined ? Buffer.from(effect.text ?? '') : Buffer.from(effect.base64, 'base64');
      const rest: readonly Piece[] =
        effect.afterwards === undefined ? after : [{ kind: 'ending', how: effect.afterwards }];
      return [...before, { kind: 'bytes', bytes }, ...rest];
    }
    case 'huge-event':
      return [...before, ...hugeEvent(effect.bytes), ...after];
    case 'failure': {
      if (draft.answer.kind !== 'stream') return undefined;
      const framesSent = before.filter((piece) => piece.kind === 'frame').length;
      return [
        ...before,
        { kind: 'frame', frame: draft.answer.fail(effect, framesSent) },
        { kind: 'ending', how: 'end' },
      ];
    }
    default:
      return undefined;
  }
}

const LONGEST_PIECE = 512;
const HUGE_PART = Buffer.alloc(65_536, 'x');

function hugeEvent(bytes: number): readonly Piece[] {
  const start = 'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"';
  const pieces: Piece[] = [{ kind: 'bytes', bytes: Buffer.from(start) }];
  const times = Math.floor(bytes / HUGE_PART.length);
  if (times > 0) pieces.push({ kind: 'repeat', bytes: HUGE_PART, times });
  const rest = bytes % HUGE_PART.length;
  pieces.push({ kind: 'bytes', bytes: Buffer.from(`${'x'.repeat(rest)}"}\n\n`) });
  return pieces;
}

function changeEvents(
  body: readonly Piece[],
  effect: Extract<FaultEffect, { kind: 'drop' | 'duplicate' | 'reorder' }>,
): readonly Piece[] | undefined {
  const isMeant = (piece: Piece): boolean =>
    piece.kind === 'frame' && (effect.type === undefined || isOfType(piece.frame, effect.type));
  if (!body.some(isMeant)) return undefined;
  if (effect.kind === 'drop') return body.filter((piece) => !isMeant(piece));
  if (effect.kind === 'duplicate') return body.flatMap((piece) => (isMeant(piece) ? [piece, piece] : [piece]));
  if (effect.type === undefined) {
    const frames = body.filter((piece) => piece.kind === 'frame');
    const middle = frames.slice(1, -1).reverse();
    return [...frames.slice(0, 1), ...middle, ...frames.slice(-1), ...body.filter((piece) => piece.kind === 'ending')];
  }
  const changed = [...body];
  for (const [index, piece] of body.entries()) {
    const previous = changed[index - 1];
    if (!isMeant(piece) || previous === undefined) continue;
    changed[index - 1] = piece;
    changed[index] = previous;
  }
  return changed;
}

/** Where in the body a point lies; `undefined` if it has no such point. */
function splitAt(
  body: readonly Piece[],
  at: FaultPoint,
): readonly [before: readonly Piece[], after: readonly Piece[]] | undefined {
  if (at === 'connect') return undefined;
  if (at === 'headers') return [[], body];
  if ('byte' in at) return splitAtByte(body, at.byte);
  if ('ms' in at) return undefined;
  let frames = 0;
  let ofType = 0;
  for (const [index, piece] of body.entries()) {
    if (piece.kind !== 'frame') continue;
    if ('event' in at && at.event === frames) return [body.slice(0, index), body.slice(index)];
    if ('afterEvent' in at) {
      const isNamed = typeof at.afterEvent === 'string' && isOfType(piece.frame, at.afterEvent);
      if (isNamed) ofType += 1;
      const isMeant = at.afterEvent === frames || (isNamed && ofType === (at.occurrence ?? 1));
      if (isMeant) return [body.slice(0, index + 1), body.slice(index + 1)];
    }
    frames += 1;
  }
  return undefined;
}
