import { describe, expect, test } from 'bun:test';
import { encodeEvent } from './rewrite-event.ts';
import { ReplySplicer, type SpliceOptions, type SpliceStep } from './splice-reply.ts';

const OPTIONS: SpliceOptions = {
  effects: 'safe',
  maxHeldBytes: 1 << 20,
  isStrict: false,
  allowsIncomplete: false,
  responseId: 'resp_own',
  model: 'm',
  createdAt: 1,
};

type Event = Record<string, unknown>;

/** A stream as OpenAI orders it: created, in_progress, then the given items, then completed. */
function streamOf(name: string, items: readonly Event[], end = true): Event[] {
  const events: Event[] = [
    { type: 'response.created', response: { id: `resp_${name}`, status: 'in_progress' } },
    { type: 'response.in_progress', response: { id: `resp_${name}`, status: 'in_progress' } },
  ];
  items.forEach((item, output_index) => {
    events.push({ type: 'response.output_item.added', output_index, item: { ...item, status: 'in_progress' } });
    events.push({ type: 'response.output_text.delta', output_index, item_id: item['id'], delta: 'x' });
    events.push({ type: 'response.output_item.done', output_index, item });
  });
  if (end)
    events.push({ type: 'response.completed', response: { id: `resp_${name}`, status: 'completed', output: items } });
  return events.map((event, sequence_number) => ({ ...event, sequence_number }));
}

const message = (id: string): Event => ({ type: 'message', id, content: [{ type: 'output_text', text: 'x' }] });
const call = (id: string): Event => ({
  type: 'function_call',
  id,
  call_id: `call_${id}`,
  name: 'exec',
  arguments: '{}',
});

function feed(splicer: ReplySplicer, events: readonly Event[]): SpliceStep {
  let step: SpliceStep = { kind: 'more' };
  for (const event of events) {
    const bytes = encodeEvent(event);
    step = splicer.push(bytes, 0, bytes.length, false);
    if (step.kind !== 'more') return step;
  }
  return step;
}

function read(splicer: ReplySplicer): Event[] {
  return Buffer.concat(splicer.takeOutput())
    .toString()
    .split('\n\n')
    .filter((frame) => frame !== '')
    .map((frame) => JSON.parse(frame.slice(frame.indexOf('data: ') + 6)));
}

function start(options: Partial<SpliceOptions> = {}): ReplySplicer {
  const splicer = new ReplySplicer({ ...OPTIONS, ...options });
  splicer.beginAttempt();
  return splicer;
}

const responseOf = (event: Event | undefined): Event => event?.['response'] as Event;

/** What every client may rely on. */
function expectConsistent(events: readonly Event[]): void {
  expect(events.map((event) => event['sequence_number'])).toEqual(events.map((_event, index) => index));
  const added = events
    .filter((event) => event['type'] === 'response.output_item.added')
    .map((event) => event['output_index']);
  expect(added).toEqual(added.map((_index, position) => position));
}

describe('ReplySplicer', () => {
  test('one healthy upstream passes byte for byte', () => {
    const events = streamOf('a', [message('msg_1'), call('fc_1')]);
    const splicer = start();
    expect(feed(splicer, events).kind).toBe('completed');
    expect(read(splicer)).toEqual(events);
  });

  test('nothing is forwarded before the first useful event', () => {
    const splicer = start();
    feed(splicer, streamOf('a', []).slice(0, 2));
    expect(read(splicer)).toEqual([]);
    expect(splicer.forwarded).toBe('nothing');
  });

  test('a finished call is held until the answer is complete', () => {
    const splicer = start();
    feed(splicer, streamOf('a', [call('fc_1')], false));
    expect(read(splicer).some((event) => event['type'] === 'response.output_item.done')).toBe(false);
    expect(splicer.forwarded).toBe('partial');
  });

  test('with eager effects a finished call is forwarded at once', () => {
    const splicer = start({ effects: 'eager' });
    feed(splicer, streamOf('a', [call('fc_1')], false));
    expect(splicer.forwarded).toBe('call-done');
  });

  test.each([
    ['before anything useful', 2],
    ['with an item open', 3],
    ['in mid-text', 4],
    ['after a finished call that was held', 5],
  ])('a second upstream after a cut %s gives one consistent stream', (_name, count) => {
    const splicer = start();
    const first = streamOf('a', [call('fc_1')], false).slice(0, count);
    feed(splicer, first);
    const before = read(splicer);
    splicer.beginAttempt();
    expect(feed(splicer, streamOf('b', [message('msg_1'), call('fc_1')])).kind).toBe('completed');
    const events = [...before, ...read(splicer)];
    expectConsistent(events);
    const done = events.filter((event) => event['type'] === 'response.output_item.done');
    expect(done).toHaveLength(2);
    const ids = new Set(
      events
        .filter((event) => event['type'] === 'response.output_item.added')
        .map((event) => (event['item'] as Event)['id']),
    );
    expect(ids.size).toBe(count > 2 ? 3 : 2);
    const last = events.at(-1) as Event;
    expect(responseOf(last)['id']).toBe(responseOf(events[0])['id']);
  });

  test('what an earlier upstream finished is part of the final answer', () => {
    const splicer = start();
    feed(splicer, streamOf('a', [message('msg_1')], false));
    splicer.beginAttempt();
    feed(splicer, streamOf('b', [message('msg_2')]));
    const last = read(splicer).at(-1) as Event;
    expect((responseOf(last)['output'] as Event[]).map((item) => item['id'])).toEqual(['msg_1', 'msg_2']);
  });

  test('a message done and then a cut: completes with end_turn false', () => {
    const splicer = start();
    feed(splicer, streamOf('a', [message('msg_1')], false));
    expect(splicer.forwarded).toBe('done');
    splicer.complete(false);
    const events = read(splicer);
    expectConsistent(events);
    expect(events.at(-1)).toMatchObject({
      type: 'response.completed',
      response: { id: 'resp_a', status: 'completed', end_turn: false, output: [{ id: 'msg_1' }] },
    });
  });

  const finalAnswer = (id: string): Event => ({ ...message(id), phase: 'final_answer' });
  test.each<[string, readonly Event[], number, string]>([
    ['the final answer', [finalAnswer('msg_1')], 5, 'answer-done'],
    ['a comment', [{ ...message('msg_1'), phase: 'commentary' }], 5, 'done'],
    ['a thought', [{ type: 'reasoning', id: 'rs_1', summary: [] }], 5, 'partial'],
    ['a summary of the conversation', [{ type: 'compaction', id: 'cmp_1', encrypted_content: 'x' }], 5, 'answer-done'],
    ['the final answer and the beginning of a call', [finalAnswer('msg_1'), call('fc_1')], 6, 'done'],
    ['the final answer and a held call', [finalAnswer('msg_1'), call('fc_1')], 8, 'done'],
  ])('after %s it is known what the client has', (_name, items, count, forwarded) => {
    const splicer = start();
    feed(splicer, streamOf('a', items).slice(0, count));
    expect(splicer.forwarded).toBe(forwarded as never);
  });

  describe('for a strict client', () => {
    test('what one upstream began and left is ended before the next one goes on', () => {
      const splicer = start({ isStrict: true });
      feed(splicer, streamOf('a', [message('msg_1')]).slice(0, 4));
      splicer.beginAttempt();
      feed(splicer, streamOf('b', [message('msg_2')]));
      const events = read(splicer);
      expectConsistent(events);
      const done = events.filter((event) => event['type'] === 'response.output_item.done');
      expect(done).toMatchObject([
        { output_index: 0, item: { id: 'msg_1', status: 'incomplete', content: [{ text: 'x' }] } },
        { output_index: 1, item: { id: 'msg_2' } },
      ]);
      expect((responseOf(events.at(-1))['output'] as Event[]).map((item) => item['id'])).toEqual(['msg_2']);
    });

    test('thoughts that were broken off lose what sealed them', () => {
      const splicer = start({ isStrict: true });
      const thought = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'half' };
      feed(splicer, streamOf('a', [thought]).slice(0, 3));
      splicer.fail('all_targets_failed', 'm');
      const [done] = read(splicer).filter((event) => event['type'] === 'response.output_item.done');
      expect(done?.['item']).toEqual({ type: 'reasoning', id: 'rs_1', summary: [], status: 'incomplete' });
    });

    test.each([
      ['safe', 5, 0],
      ['eager', 5, 1],
      ['eager', 4, 0],
    ] as const)('with %s effects and %d events of a call, it is shown whole or not at all', (effects, count, shown) => {
      const splicer = start({ isStrict: true, effects });
      feed(splicer, streamOf('a', [call('fc_1')], false).slice(0, count));
      const types = read(splicer).map((event) => event['type']);
      expect(types.filter((type) => type === 'response.output_item.added')).toHaveLength(shown);
      expect(types.filter((type) => type === 'response.output_item.done')).toHaveLength(shown);
      expect(splicer.sawUseful).toBe(true);
    });

    test('keep-alive while a whole answer is held opens the stream once', () => {
      const splicer = start({ isStrict: true });
      const events = streamOf('a', [call('fc_1')]);
      feed(splicer, events.slice(0, 4));
      splicer.keepAlive();
      feed(splicer, events.slice(4));
      const out = read(splicer);
      expectConsistent(out);
      expect(out.filter((event) => event['type'] === 'response.created')).toHaveLength(1);
      expect(out.filter((event) => event['type'] === 'response.output_item.done')).toHaveLength(1);
    });
  });

  test('a renamed item keeps its new name in the final answer', () => {
    const splicer = start();
    feed(splicer, streamOf('a', [message('msg_1')]).slice(0, 4));
    splicer.beginAttempt();
    feed(splicer, streamOf('b', [message('msg_1')], false));
    splicer.complete(true);
    const events = read(splicer);
    const done = events.findLast((event) => event['type'] === 'response.output_item.done');
    expect(responseOf(events.at(-1))['output']).toEqual([done?.['item']]);
  });

  test('keep-alive before any upstream spoke opens the stream, and the upstream goes on in it', () => {
    const splicer = start();
    splicer.keepAlive();
    splicer.keepAlive();
    feed(splicer, streamOf('a', [message('msg_1')]));
    const events = read(splicer);
    expectConsistent(events);
    expect(events.filter((event) => event['type'] === 'response.created')).toHaveLength(1);
    expect(responseOf(events.at(-1))['id']).toBe('resp_own');
  });

  test('keep-alive while a call is held renumbers what follows', () => {
    const splicer = start();
    const events = streamOf('a', [call('fc_1'), call('fc_2')]);
    feed(splicer, events.slice(0, 6));
    splicer.keepAlive();
    feed(splicer, events.slice(6));
    const out = read(splicer);
    expectConsistent(out);
    expect(
      out
        .filter((event) => event['type'] === 'response.output_item.done')
        .map((event) => (event['item'] as Event)['id']),
    ).toEqual(['fc_1', 'fc_2']);
  });

  test('a call said twice is forwarded once', () => {
    const events = streamOf('a', [call('fc_1')]);
    const doubled = events.flatMap((event) => [event, event]).slice(0, -1);
    const splicer = start();
    feed(splicer, doubled);
    expect(read(splicer).filter((event) => event['type'] === 'response.output_item.done')).toHaveLength(1);
  });

  const cut = streamOf('a', [message('msg_1')]);
  test.each<[string, readonly Event[], string]>([
    ['completed without output', streamOf('a', []), 'EMPTY_ANSWER'],
    [
      'completed with an item still open',
      cut.filter((event) => event['type'] !== 'response.output_item.done'),
      'EMPTY_ANSWER',
    ],
    [
      'completed with one of two items open',
      [
        ...cut.slice(0, 5),
        { type: 'response.output_item.added', output_index: 1, item: message('msg_2') },
        ...cut.slice(5),
      ],
      'STREAM_CORRUPT',
    ],
    [
      'a call without arguments',
      streamOf('a', [{ type: 'function_call', id: 'fc_1', call_id: 'c', name: 'exec' }]),
      'STREAM_CORRUPT',
    ],
    ['an error event', [{ type: 'error', code: 'server_error', message: 'm' }], 'ERROR_IN_STREAM'],
    ['a failed response', [{ type: 'response.failed', response: { error: { code: 'x' } } }], 'ERROR_IN_STREAM'],
    [
      'an answer cut at a limit',
      [
        ...cut.slice(0, 5),
        { type: 'response.incomplete', response: { incomplete_details: { reason: 'max_output_tokens' } } },
      ],
      'INCOMPLETE_ANSWER',
    ],
    [
      'a content filter',
      [{ type: 'response.incomplete', response: { incomplete_details: { reason: 'content_filter' } } }],
      'CONTENT_REFUSED',
    ],
  ])('%s is a failure', (_name, events, code) => {
    expect(feed(start(), events)).toMatchObject({ kind: 'failed', code });
  });

  test('an answer cut at a limit that the request set is forwarded', () => {
    const events = [
      ...cut.slice(0, 5),
      {
        type: 'response.incomplete',
        sequence_number: 5,
        response: { incomplete_details: { reason: 'max_output_tokens' } },
      },
    ];
    const splicer = start({ allowsIncomplete: true });
    expect(feed(splicer, events).kind).toBe('completed');
    expect(read(splicer)).toHaveLength(6);
  });

  test('invalid UTF-8 is reported, not written', () => {
    const splicer = start();
    const bytes = Buffer.concat([
      Buffer.from('data: {"type":"response.output_text.delta","delta":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}\n\n'),
    ]);
    expect(splicer.push(bytes, 0, bytes.length, true)).toEqual({ kind: 'failed', code: 'STREAM_CORRUPT' });
    expect(splicer.takeOutput()).toEqual([]);
  });

  test('what is held has a limit', () => {
    const splicer = start({ maxHeldBytes: 10_000 });
    feed(splicer, streamOf('a', [call('fc_1')], false));
    const delta = { type: 'response.output_text.delta', delta: 'x'.repeat(6000) };
    expect(feed(splicer, [delta, delta])).toMatchObject({ kind: 'failed', code: 'EVENT_TOO_LARGE' });
  });
});
