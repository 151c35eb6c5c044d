import { expect, test } from 'bun:test';
import { encodeEvent } from './rewrite-event.ts';
import { ReplySplicer } from './splice-reply.ts';

const DELTA = encodeEvent({ type: 'response.output_text.delta', output_index: 0, delta: 'x', sequence_number: 2 });

function splicerFor(client: 'codex' | 'strict'): ReplySplicer {
  const splicer = new ReplySplicer({
    effects: 'safe',
    maxHeldBytes: 1 << 20,
    isStrict: client === 'strict',
    allowsIncomplete: false,
    responseId: 'resp_own',
    model: 'm',
    createdAt: 1,
  });
  splicer.beginAttempt();
  return splicer;
}

function push(splicer: ReplySplicer, ...events: Record<string, unknown>[]): void {
  for (const event of events) {
    const bytes = encodeEvent(event);
    splicer.push(bytes, 0, bytes.length, false);
  }
  splicer.letPass(true);
}

const CREATED = { type: 'response.created', sequence_number: 0, response: { id: 'resp_a' } };
const added = (type: string) => ({
  type: 'response.output_item.added',
  sequence_number: 1,
  output_index: 0,
  item: { type, id: 'item_1' },
});
const text = (delta: string) => ({
  type: 'response.output_text.delta',
  sequence_number: 2,
  output_index: 0,
  item_id: 'item_1',
  delta,
});
const CALL_DONE = {
  type: 'response.output_item.done',
  sequence_number: 3,
  output_index: 0,
  item: { type: 'function_call', id: 'item_1', call_id: 'c', name: 'exec', arguments: '{}' },
};

const takes = (splicer: ReplySplicer): boolean => splicer.passing.take(DELTA, 0, DELTA.length);

test('deltas pass alone behind the first of their kind', () => {
  const splicer = splicerFor('codex');
  expect(takes(splicer)).toBe(false);
  push(splicer, CREATED);
  expect(takes(splicer)).toBe(false);
  push(splicer, added('message'), text('x'));
  expect([takes(splicer), takes(splicer)]).toEqual([true, true]);
});

test.each<readonly [string, (splicer: ReplySplicer) => void]>([
  ['once it is said that none may', (splicer) => splicer.letPass(false)],
  ['behind a sign of life of ours', (splicer) => splicer.keepAlive()],
  ['behind the end that we made', (splicer) => splicer.complete(true)],
  ['behind a failure', (splicer) => splicer.fail('code', 'message')],
  ['when another upstream takes over', (splicer) => splicer.beginAttempt()],
  ['while a finished call is held', (splicer) => push(splicer, CALL_DONE)],
])('none passes %s', (_name, act) => {
  const splicer = splicerFor('codex');
  push(splicer, CREATED, added('message'), text('x'));
  expect(takes(splicer)).toBe(true);
  act(splicer);
  expect(takes(splicer)).toBe(false);
});

test('none passes to a client that needs every event looked at', () => {
  const splicer = splicerFor('strict');
  push(splicer, CREATED, added('message'), text('x'));
  expect(takes(splicer)).toBe(false);
});

test('they are news once', () => {
  const splicer = splicerFor('codex');
  push(splicer, CREATED, added('message'), text('x'));
  expect(splicer.passing.takeNews()).toBe(false);
  takes(splicer);
  expect([splicer.passing.takeNews(), splicer.passing.takeNews()]).toEqual([true, false]);
});
