import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test';
import type { FailureCode } from '../../src/core/failures.ts';
import { asObject, asObjects, type JsonObject } from '../../src/decide/wire/read-json.ts';
import type { Fault } from '../../src/serve/simulator/faults/fault.ts';
import { createFault } from '../../src/serve/simulator/faults/fault-table.ts';
import type { Scenario } from '../../src/serve/simulator/scenario.ts';
import { startSimulator } from '../../src/serve/simulator/simulator.ts';
import { CODEX_NOW, eventsOf, inSession, runTurn, withoutRepeatedReasoning } from './codex-model.ts';
import { type DrivenAnswer, driveWalk } from './drive-exchange.ts';
import { routeOverLanes, TESTED_LANES, type TestedLane, VERTEX } from './lanes.ts';
import { settingsOf } from './start-walk.ts';

setDefaultTimeout(120_000);

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

const SCENARIO: Scenario = {
  name: 'two-rounds',
  summary: '',
  turns: [
    [
      [
        { kind: 'think', summary: 'Both at once.' },
        { kind: 'say', text: 'I run both: ünïcödé 🦊.', phase: 'commentary' },
        { kind: 'shell', command: 'echo one' },
        { kind: 'shell', command: 'echo two' },
      ],
      [
        { kind: 'think', summary: 'One more.' },
        { kind: 'shell', command: 'echo three' },
      ],
      [{ kind: 'say', text: 'All three are run.', phase: 'final_answer' }],
    ],
  ],
};

const RAN = ['echo one', 'echo two', 'echo three'].map(
  (cmd) => `function_call: exec_command ${JSON.stringify({ cmd })}`,
);

type LaneName = 'sanitised' | 'chat' | 'messages' | 'gemini' | 'converse';
type Outcome = 'used' | FailureCode | readonly FailureCode[];

interface BadAnswer {
  /** What the upstream does. */
  readonly name: string;
  /** How the simulator is made to do it. */
  readonly fault?: Fault;
  /** The same for an answer of the Responses API, where the simulator has no such flaw. */
  readonly editEvents?: (events: readonly JsonObject[]) => readonly JsonObject[];
  /** On every wire. */
  readonly editBytes?: (body: Buffer) => readonly Buffer[];
  /**
   * `used`: the answer is the right one all the same. Else: what the attempt is recorded as (one of these, where vendors
   * of a wire say it differently), and the next target goes on.
   */
  readonly outcome: Outcome;
  /** On wires where it is another one. */
  readonly except?: Partial<Readonly<Record<LaneName, Outcome>>>;
  /** Where it cannot happen. */
  readonly not?: readonly LaneName[];
  /** The turns that calls take are told in turns, which only a stricter reader than any client objects to. */
  readonly isInterleaved?: true;
  /** The calls that are run, where they are not the usual ones. */
  readonly ran?: readonly string[];
}

const withItem = (event: JsonObject, change: (item: JsonObject) => JsonObject): JsonObject => {
  const item = asObject(event['item']);
  const response = asObject(event['response']);
  if (item !== undefined) return { ...event, item: change(item) };
  if (response === undefined) return event;
  return { ...event, response: { ...response, output: asObjects(response['output']).map(change) } };
};

const isCallItem = (item: JsonObject): boolean => item['type'] === 'function_call';
const editCalls =
  (change: (item: JsonObject) => JsonObject) =>
  (events: readonly JsonObject[]): readonly JsonObject[] =>
    events.map((event) => withItem(event, (item) => (isCallItem(item) ? change(item) : item)));

const isCompleted = (event: JsonObject): boolean => event['type'] === 'response.completed';
const withoutEnd = (events: readonly JsonObject[]): readonly JsonObject[] => events.filter((one) => !isCompleted(one));

/** The events of the calls take turns. */
function interleave(events: readonly JsonObject[]): readonly JsonObject[] {
  const callsAt = events.flatMap((event) => {
    const item = asObject(event['item']);
    return event['type'] === 'response.output_item.added' && item !== undefined && isCallItem(item)
      ? [event['output_index']]
      : [];
  });
  const lists = callsAt.map((at) => events.filter((event) => event['output_index'] === at));
  const longest = Math.max(0, ...lists.map((list) => list.length));
  const mixed = Array.from({ length: longest }, (_, at) => lists.flatMap((list) => list.slice(at, at + 1))).flat();
  const others = events.filter((event) => !callsAt.includes(event['output_index']));
  return renumber([...withoutEnd(others), ...mixed, ...others.filter(isCompleted)]);
}

/** The first item of the answer, which is its reasoning, comes behind the message. */
function putReasoningLate(events: readonly JsonObject[]): readonly JsonObject[] {
  const types = new Map(events.map((event) => [event['output_index'], asObject(event['item'])?.['type']]));
  if (types.get(0) !== 'reasoning' || events.every((event) => event['output_index'] !== 1)) return events;
  const swapped = (event: JsonObject): JsonObject => {
    const at = event['output_index'];
    return at === 0 || at === 1 ? { ...event, output_index: 1 - at } : event;
  };
  const first = events.filter((event) => event['output_index'] === 0).map(swapped);
  const second = events.filter((event) => event['output_index'] === 1).map(swapped);
  const begin = events.slice(0, 2);
  const rest = events.slice(2).filter((event) => ![0, 1].includes(Number(event['output_index'] ?? -1)));
  const restSwapped = rest.map((event) => {
    const response = asObject(event['response']);
    if (!isCompleted(event) || response === undefined) return event;
    const [one, two, ...others] = asObjects(response['output']);
    return { ...event, response: { ...response, output: [two, one, ...others] } };
  });
  return renumber([...begin, ...second, ...first, ...restSwapped]);
}

const renumber = (events: readonly JsonObject[]): readonly JsonObject[] =>
  events.map((event, at) => ({ ...event, sequence_number: at }));

/** Ends each answer inside a character of two bytes or more, if it has one. */
function cutInCharacter(body: Buffer): readonly Buffer[] {
  const at = body.findIndex((byte) => byte >= 0xc0);
  return [at === -1 ? body : body.subarray(0, at + 1)];
}

/** Half a character stands where a whole one should. */
function dropHalfCharacter(body: Buffer): readonly Buffer[] {
  const at = body.findIndex((byte) => byte >= 0xc0);
  return at === -1 ? [body] : [Buffer.concat([body.subarray(0, at + 1), body.subarray(at + 2)])];
}

const bytewise = (body: Buffer): readonly Buffer[] => Array.from(body, (_, at) => body.subarray(at, at + 1));

const BAD_ANSWERS: readonly BadAnswer[] = [
  { name: 'characters are cut between chunks', editBytes: bytewise, outcome: 'used' },
  {
    name: 'it ends inside a character',
    editBytes: cutInCharacter,
    outcome: 'STREAM_CUT',
    except: { converse: 'STREAM_CORRUPT' },
  },
  { name: 'half a character stands in a text', editBytes: dropHalfCharacter, outcome: 'STREAM_CORRUPT' },
  { name: 'an event holds bytes that are no text', fault: createFault('invalid-utf8'), outcome: 'STREAM_CORRUPT' },
  {
    name: 'calls have no id',
    fault: createFault('calls-without-id'),
    editEvents: editCalls(({ call_id: _, ...item }) => item),
    outcome: 'used',
  },
  {
    name: 'all calls have one id',
    fault: createFault('repeated-call-ids'),
    editEvents: editCalls((item) => ({ ...item, call_id: 'call_again' })),
    outcome: 'used',
  },
  {
    name: 'ids of calls are longer than anybody else takes them',
    fault: createFault('long-call-ids'),
    editEvents: editCalls((item) => ({ ...item, call_id: `${item['call_id']}${'x'.repeat(80)}` })),
    outcome: 'used',
    // Its own calls have none, or none of more than 64 letters.
    not: ['gemini', 'converse'],
  },
  {
    name: 'arguments are not JSON',
    fault: createFault('arguments-no-json'),
    editEvents: (events) =>
      editCalls((item) => ({ ...item, arguments: String(item['arguments']).slice(0, -2) }))(events).map((event) => {
        const whole = event['arguments'];
        if (typeof whole === 'string') return { ...event, arguments: whole.slice(0, -2) };
        const delta = event['delta'];
        return event['type'] === 'response.function_call_arguments.delta' && typeof delta === 'string'
          ? { ...event, delta: delta.replace(/"\}$/, '') }
          : event;
      }),
    outcome: 'used',
    ran: RAN.map((call) => call.slice(0, -2)),
    // Arguments are an object there.
    not: ['gemini'],
  },
  {
    name: 'parallel calls take turns, piece by piece',
    fault: createFault('interleaved-calls'),
    editEvents: interleave,
    outcome: 'used',
    isInterleaved: true,
  },
  {
    name: 'pieces of calls do not say which call they are of',
    fault: createFault('calls-without-index'),
    outcome: 'used',
  },
  { name: 'every piece of a call repeats its name', fault: createFault('repeated-call-names'), outcome: 'used' },
  {
    name: 'the reasoning comes after the text',
    fault: createFault('late-reasoning'),
    editEvents: putReasoningLate,
    outcome: 'used',
  },
  {
    name: 'nothing says that it is over',
    fault: createFault('no-finish'),
    editEvents: withoutEnd,
    outcome: 'STREAM_CUT',
  },
  {
    name: 'a finish reason, and no end marker',
    fault: createFault('no-end-marker'),
    outcome: 'used',
    except: { messages: 'STREAM_CUT' },
    not: ['sanitised'],
  },
  {
    name: 'an end marker, and no finish reason',
    fault: createFault('end-without-finish'),
    editEvents: (events) => [...withoutEnd(events), { done: true }],
    outcome: 'STREAM_CUT',
    except: { messages: 'ERROR_IN_STREAM' },
  },
  {
    name: 'a finish reason that nobody documented, after calls',
    fault: createFault('unknown-finish-reason'),
    editEvents: (events) =>
      events.map((event) => {
        if (!isCompleted(event)) return event;
        const incomplete_details = { reason: 'paused_for_tea' };
        const response = { ...asObject(event['response']), status: 'incomplete', incomplete_details };
        return { ...event, type: 'response.incomplete', response };
      }),
    outcome: 'ERROR_IN_STREAM',
    except: { sanitised: 'INCOMPLETE_ANSWER' },
  },
  {
    name: 'no token counts',
    fault: createFault('no-usage'),
    editEvents: (events) =>
      events.map((event) =>
        isCompleted(event) ? { ...event, response: { ...asObject(event['response']), usage: null } } : event,
      ),
    outcome: 'used',
  },
  { name: 'an HTML page as an answer', fault: createFault('html-200'), outcome: 'NOT_A_STREAM' },
  { name: 'an HTML page as an error', fault: createFault('forbidden-html-403'), outcome: 'FORBIDDEN' },
  { name: 'an error of base_resp as an answer', fault: createFault('base-resp-200'), outcome: 'RATE_LIMITED' },
  {
    name: 'an error of base_resp in the stream',
    fault: createFault('base-resp-in-stream'),
    outcome: 'RATE_LIMITED',
    not: ['messages', 'sanitised', 'gemini', 'converse'],
  },
  { name: 'an error as a whole JSON answer', fault: createFault('json-error-200'), outcome: 'SERVER_ERROR' },
  { name: 'an empty answer', fault: createFault('empty-200'), outcome: 'STREAM_CUT' },
  { name: 'an error inside the stream', fault: createFault('error-inside-200'), outcome: 'SERVER_ERROR' },
  {
    name: 'an overload inside the stream',
    fault: createFault('overloaded-in-stream'),
    // Not every vendor has a code for it.
    outcome: ['OVERLOADED', 'SERVER_ERROR'],
  },
  { name: 'data that is not JSON', fault: createFault('invalid-json'), outcome: 'STREAM_CORRUPT' },
  { name: 'an answer without any output', fault: createFault('completed-without-output'), outcome: 'EMPTY_ANSWER' },
];

const LANES = TESTED_LANES.filter(({ name }) => name !== 'raw');
/** Vendors of chat whose answers are built differently. */
const MORE_CHATS = [
  ['vllm', 'qwen3-coder'],
  ['openrouter', 'anthropic/claude-opus-5'],
] as const;
const ALL_LANES: readonly (readonly [string, LaneName, TestedLane])[] = LANES.flatMap((lane) => {
  const name = lane.name as LaneName;
  const own = [lane.name, name, lane] as const;
  if (name === 'gemini') return [own, [VERTEX.name, name, VERTEX] as const];
  if (name !== 'chat') return [own];
  const others = MORE_CHATS.map(([dialect, model]): readonly [string, LaneName, TestedLane] => [
    `chat of ${dialect}`,
    name,
    { ...lane, provider: `dialect = "${dialect}"`, model, simulator: { wire: 'chat', dialect } },
  ]);
  return [own, ...others];
});

const CASES = BAD_ANSWERS.flatMap((bad) =>
  ALL_LANES.filter(([, name]) => bad.not?.includes(name) !== true).map(
    ([title, name, lane]) => [bad.name, title, bad, name, lane] as const,
  ),
);

function editedText(body: Buffer, edit: NonNullable<BadAnswer['editEvents']>): Buffer {
  const written = edit(eventsOf(body.toString())).map((event) =>
    event['done'] === true ? 'data: [DONE]\n\n' : `event: ${event['type']}\ndata: ${JSON.stringify(event)}\n\n`,
  );
  return Buffer.from(written.join(''));
}

describe('the first target at every request, and a healthy one behind it', () => {
  test.each(CASES)('%s: %s', async (_name, _title, bad, laneName, lane) => {
    const isEdited = lane.wire === 'responses' && bad.editEvents !== undefined;
    const faults = bad.fault === undefined || isEdited ? [] : [bad.fault];
    const flawed = await startSimulator({ scenario: SCENARIO, name: 'flawed', faults, ...lane.simulator });
    const healthy = await startSimulator({ scenario: SCENARIO, name: 'healthy', ...lane.simulator });
    cleanUps.push(flawed.stop, healthy.stop);
    const url = 'http://any.test/v1';
    const settings = settingsOf(
      routeOverLanes([
        { lane, url },
        { lane, url },
      ]),
    );
    const walk = driveWalk(settings, async (id, body): Promise<DrivenAnswer> => {
      const response = await fetch(`${id === 'p1' ? flawed.url : healthy.url}${lane.path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
        body: Buffer.from(body),
      });
      const contentType = response.headers.get('content-type') ?? '';
      const whole = Buffer.from(await response.arrayBuffer());
      const { status } = response;
      if (id !== 'p1' || status !== 200) return { status, contentType, chunks: [whole], end: 'eof' };
      const edited = isEdited && bad.editEvents !== undefined ? editedText(whole, bad.editEvents) : whole;
      return { status, contentType, chunks: bad.editBytes?.(edited) ?? [edited], end: 'eof' };
    });
    const outcome = await runTurn(inSession(CODEX_NOW, `${laneName}-${bad.name}`), walk.ask);
    const objections = bad.isInterleaved === true ? [] : outcome.objections;
    expect({ error: outcome.error, objections, reconnects: outcome.reconnects, ran: outcome.ran }).toEqual({
      error: undefined,
      objections: [],
      reconnects: 0,
      ran: bad.ran ?? RAN,
    });
    expect(withoutRepeatedReasoning(outcome.items).at(-1)).toEndWith('All three are run.');
    expect(outcome.items).toContain('reasoning: Both at once.');
    const attempts = walk.exchanges.flatMap((exchange) => exchange.attempts);
    const expected = bad.except?.[laneName] ?? bad.outcome;
    if (expected === 'used') {
      expect(attempts.map(({ providerId, outcome: how }) => [providerId, how])).toEqual([
        ['p1', 'ok'],
        ['p1', 'ok'],
        ['p1', 'ok'],
      ]);
    } else {
      expect(attempts[0]?.providerId).toBe('p1');
      expect([expected].flat()).toContain(attempts[0]?.outcome as FailureCode);
      expect(attempts.some(({ providerId, outcome: how }) => providerId === 'p2' && how === 'ok')).toBe(true);
    }
  });
});
