import { asChunk, type EventStream } from '../traffic/event-stream.ts';
import { STAMP_DIGITS, STAMP_FIELD, stampNow } from './time-stamp.ts';

/** A delta with room for the time at which it is sent, where OpenAI sends random padding. One buffer for all streams. */
export function createStampedDelta(stream: EventStream): () => Buffer {
  const delta = stream.deltas[0]?.toString() ?? '';
  const stamped = delta.replace(/}\n\n$/, `,${STAMP_FIELD}${'0'.repeat(STAMP_DIGITS)}"}\n\n`);
  const bytes = asChunk(Buffer.from(stamped));
  const stampAt = bytes.indexOf(STAMP_FIELD) + STAMP_FIELD.length;
  return () => {
    bytes.write(stampNow(), stampAt, 'latin1');
    return bytes;
  };
}
