import { asChunk, type EventStream } from '../traffic/event-stream.ts';
import { STAMP_DIGITS, STAMP_FIELD, stampNow } from './time-stamp.ts';

/** A stream that is fed. */
export interface PacedStream {
  readonly write: (bytes: Buffer) => void;
  /** The reader is behind. */
  readonly backlog: () => boolean;
}

export interface Pacer {
  readonly add: (stream: PacedStream) => void;
  readonly start: (eventsPerSecond: number) => void;
  /** Ends every stream with `tail`. */
  readonly finish: (tail: Buffer) => void;
  readonly stop: () => void;
  readonly sentEvents: () => number;
}

const TICK_MS = 1;

/** Feeds many streams at the same rate, spread evenly over time so that no burst of writes hides a slow reader. */
export function createPacer(stream: EventStream): Pacer {
  const template = createStampedDelta(stream);
  let groups: PacedStream[][] = [];
  let added = 0;
  let sent = 0;
  let group = 0;
  let startedMs = 0;
  let timer: ReturnType<typeof setInterval> | undefined;
  const tick = (periodMs: number): void => {
    // Where we should be by now: a late tick is made up for.
    const due = Math.floor(((performance.now() - startedMs) / periodMs) * groups.length);
    for (; group < due; group++) {
      const members = groups[group % groups.length] ?? [];
      for (const member of members) {
        sent++;
        template.bytes.write(stampNow(), template.stampAt, 'latin1');
        member.write(member.backlog() ? Buffer.from(template.bytes) : template.bytes);
      }
    }
  };
  const stop = (): void => {
    clearInterval(timer);
    groups = [];
  };
  return {
    add: (member) => groups[added++ % groups.length]?.push(member),
    start: (eventsPerSecond) => {
      const periodMs = 1000 / eventsPerSecond;
      groups = Array.from({ length: Math.max(1, Math.floor(periodMs / TICK_MS)) }, () => []);
      group = 0;
      sent = 0;
      startedMs = performance.now();
      timer = setInterval(() => tick(periodMs), TICK_MS);
    },
    finish: (tail) => {
      for (const member of groups.flat()) member.write(tail);
      stop();
    },
    stop,
    sentEvents: () => sent,
  };
}

/** A delta with room for the time at which it is sent, where OpenAI sends random padding. */
function createStampedDelta(stream: EventStream): { readonly bytes: Buffer; readonly stampAt: number } {
  const delta = stream.deltas[0]?.toString() ?? '';
  const stamped = delta.replace(/}\n\n$/, `,${STAMP_FIELD}${'0'.repeat(STAMP_DIGITS)}"}\n\n`);
  const bytes = asChunk(Buffer.from(stamped));
  return { bytes, stampAt: bytes.indexOf(STAMP_FIELD) + STAMP_FIELD.length };
}
