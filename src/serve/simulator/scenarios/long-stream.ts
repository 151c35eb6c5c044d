import type { Scenario } from '../scenario.ts';

/** Events around the text deltas: created, in_progress, item and part added, three done events, completed. */
const OTHER_EVENTS = 8;
const WORDS = ['the ', 'stream ', 'keeps ', 'flowing ', 'while ', 'every ', 'token ', 'arrives ', 'in ', 'order, '];

/** One message whose stream has `events` events in all (at least 9). */
export function createLongStream(events: number): Scenario {
  const deltas = Math.max(1, events - OTHER_EVENTS);
  const text = Array.from({ length: deltas }, (_, index) => WORDS[index % WORDS.length]).join('');
  return {
    name: 'long-stream',
    summary: 'one message in 200 events, for measurements',
    turns: [[[{ kind: 'say', text, phase: 'final_answer', deltas }]]],
  };
}
