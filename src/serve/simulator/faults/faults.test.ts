import { afterEach, describe, expect, test } from 'bun:test';
import { connect } from 'node:net';
import { SCENARIOS } from '../scenarios/scenario-table.ts';
import { type Simulator, startSimulator } from '../simulator.ts';
import type { SimulatorOptions } from '../simulator-options.ts';
import { SYSTEM_CLOCK } from '../system-clock.ts';
import type { FaultCondition } from './fault.ts';
import { createFault, FAULTS } from './fault-table.ts';

const running: Simulator[] = [];

afterEach(async () => {
  for (const simulator of running.splice(0)) await simulator.stop();
});

interface RawAnswer {
  readonly text: string;
  readonly bytes: Buffer;
  /** How it ended: in order with a whole HTTP message, closed, reset, or still open when we stopped waiting. */
  readonly ending: 'closed' | 'reset' | 'open';
}

const BODY = JSON.stringify({ model: 'gpt-5.5', stream: true, input: 'go' });
/**
 * Turns of the event loop, of 5 ms and more each, in which nothing came: both ends are in this process, so what is due
 * is there by then, however busy the machine is.
 */
const OPEN_AFTER_TURNS = 30;
const NOW_MS = Date.UTC(2026, 10, 22, 12);
/** Answers hold the time: with this one equal requests get equal bytes. */
const CLOCK = { ...SYSTEM_CLOCK, now: () => NOW_MS };

async function start(faults: readonly string[], options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  const scenario = SCENARIOS['one-call'];
  if (scenario === undefined) throw new Error('the scenario is missing');
  const all = { scenario, faults: faults.map((name) => createFault(name)), ...options };
  const simulator = await startSimulator(all, { clock: CLOCK });
  running.push(simulator);
  return simulator;
}

function callRaw(simulator: Simulator, quietTurns = OPEN_AFTER_TURNS, body = BODY): Promise<RawAnswer> {
  const { promise, resolve } = Promise.withResolvers<RawAnswer>();
  const chunks: Buffer[] = [];
  let isReset = false;
  let isOver = false;
  let turns = 0;
  const socket = connect(simulator.port, '127.0.0.1');
  const finish = (ending: RawAnswer['ending']): void => {
    const bytes = Buffer.concat(chunks);
    isOver = true;
    resolve({ text: bytes.toString(), bytes, ending });
    socket.destroy();
  };
  const countTurn = (): void => {
    if (isOver) return;
    turns += 1;
    if (turns > quietTurns) finish('open');
    else setTimeout(countTurn, 5);
  };
  countTurn();
  socket.on('data', (chunk) => {
    turns = 0;
    chunks.push(Buffer.from(chunk));
  });
  socket.on('error', () => {
    isReset = true;
  });
  socket.on('close', () => finish(isReset ? 'reset' : 'closed'));
  socket.write(
    `POST /v1/responses HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  return promise;
}

/** Undoes the chunked framing as far as it goes. */
function bodyOf(answer: RawAnswer): Buffer {
  const start = answer.bytes.indexOf('\r\n\r\n') + 4;
  if (!/transfer-encoding: chunked/i.test(answer.text.slice(0, start))) return answer.bytes.subarray(start);
  const parts: Buffer[] = [];
  for (let at = start; at < answer.bytes.length; ) {
    const end = answer.bytes.indexOf('\r\n', at);
    if (end < 0) break;
    const size = Number.parseInt(answer.bytes.toString('latin1', at, end), 16);
    parts.push(answer.bytes.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
  return Buffer.concat(parts);
}

const eventsOf = (answer: RawAnswer): readonly string[] =>
  [
    ...bodyOf(answer)
      .toString()
      .matchAll(/^event: (.+)$/gm),
  ].map((match) => match[1] ?? '');
const isWhole = (answer: RawAnswer): boolean => answer.text.endsWith('0\r\n\r\n');

describe('where the connection breaks', () => {
  test('without a fault the answer is whole and the connection stays open', async () => {
    const answer = await callRaw(await start([]));
    expect(answer.ending).toBe('open');
    expect(isWhole(answer)).toBe(true);
    expect(eventsOf(answer).at(-1)).toBe('response.completed');
  });

  test.each([
    ['reset-on-connect', 'reset'],
    ['close-on-connect', 'closed'],
    ['silent-connection', 'open'],
    ['accepted-no-headers', 'open'],
    ['close-before-headers', 'closed'],
    ['reset-before-headers', 'reset'],
  ] as const)('%s sends nothing and ends %s', async (name, ending) => {
    const answer = await callRaw(await start([name]));
    expect({ text: answer.text, ending: answer.ending }).toEqual({ text: '', ending });
  });

  test.each([
    ['half-headers', 'closed'],
    ['stall-in-headers', 'open'],
  ] as const)('%s never finishes the head', async (name, ending) => {
    const answer = await callRaw(await start([name]));
    expect(answer.text).toStartWith('HTTP/1.1 200 OK');
    expect(answer.text).not.toContain('\r\n\r\n');
    expect(answer.ending).toBe(ending);
  });

  test('an end of file after any number of bytes leaves exactly those bytes', async () => {
    const whole = bodyOf(await callRaw(await start([])));
    for (const count of [0, 1, 7, 500, whole.length - 1, whole.length]) {
      const simulator = await start([]);
      simulator.setFaults([createFault('eof-at-byte', count)]);
      const answer = await callRaw(simulator, 12);
      expect(isWhole(answer)).toBe(true);
      expect(bodyOf(answer).equals(whole.subarray(0, count))).toBe(true);
    }
  });

  test.each([
    ['close-at-byte', 'closed'],
    ['half-chunk-at-byte', 'closed'],
    ['reset-at-byte', 'reset'],
    ['stall-at-byte', 'open'],
  ] as const)('%s leaves the HTTP message unfinished', async (name, ending) => {
    const answer = await callRaw(await start([name]));
    expect(bodyOf(answer).length).toBe(1000);
    expect(isWhole(answer)).toBe(false);
    expect(answer.ending).toBe(ending);
  });

  test('a half chunk announces more bytes than it brings', async () => {
    const simulator = await start([]);
    simulator.setFaults([createFault('half-chunk-at-byte', 10)]);
    const { text } = await callRaw(simulator);
    expect(text.slice(text.indexOf('\r\n\r\n') + 4)).toBe('6e\r\nevent: res');
  });

  test('an event can be named by its type or its index', async () => {
    const simulator = await start([]);
    simulator.setFaults([createFault('reset-after-event', 'response.output_item.done')]);
    expect(eventsOf(await callRaw(simulator)).at(-1)).toBe('response.output_item.done');
    simulator.setFaults([createFault('reset-after-event', 0)]);
    expect(eventsOf(await callRaw(simulator))).toEqual(['response.created']);
    simulator.setFaults([createFault('stall-before-event', 1)]);
    expect(eventsOf(await callRaw(simulator))).toEqual(['response.created']);
  });

  test('a moment breaks off a stream that is still going on', async () => {
    const simulator = await start([], { pace: { eventDelayMs: 100 } });
    simulator.setFaults([createFault('reset-after-ms', 350)]);
    const answer = await callRaw(simulator, 1000);
    expect(answer.ending).toBe('reset');
    expect(eventsOf(answer).length).toBeGreaterThan(0);
    expect(eventsOf(answer)).not.toContain('response.completed');
  });

  test('a point that the answer never reaches changes nothing', async () => {
    const simulator = await start([]);
    simulator.setFaults([createFault('reset-at-byte', 10_000_000)]);
    expect(isWhole(await callRaw(simulator))).toBe(true);
    expect(simulator.requests.at(-1)?.faults).toEqual([]);
  });
});

describe('what is wrong inside the stream', () => {
  test('failed-first reports the failure with the next sequence number', async () => {
    const answer = await callRaw(await start(['failed-first']));
    expect(eventsOf(answer)).toEqual(['response.created', 'response.in_progress', 'response.failed']);
    const failed = JSON.parse(bodyOf(answer).toString().trimEnd().split('data: ').at(-1) ?? '');
    expect(failed.sequence_number).toBe(2);
    expect(failed.response.status).toBe('failed');
    expect(failed.response.error.code).toBe('server_error');
    expect(failed.response.id).toStartWith('resp_');
  });

  test('failed-in-middle comes after an item has begun, incomplete names its reason', async () => {
    expect(eventsOf(await callRaw(await start(['failed-in-middle']))).slice(-2)).toEqual([
      'response.output_item.added',
      'response.failed',
    ]);
    const answer = await callRaw(await start(['incomplete-in-middle']));
    expect(bodyOf(answer).toString()).toContain('"incomplete_details":{"reason":"max_output_tokens"}');
  });

  test('error-event-first has the flat shape of an error event', async () => {
    const answer = await callRaw(await start(['error-event-first']));
    const data = JSON.parse(bodyOf(answer).toString().split('data: ')[1] ?? '');
    expect(data).toMatchObject({ type: 'error', sequence_number: 0, code: 'server_error', param: null });
  });

  test('completed-without-output completes with an empty output', async () => {
    const answer = await callRaw(await start(['completed-without-output']));
    expect(eventsOf(answer)).toEqual(['response.created', 'response.in_progress', 'response.completed']);
    expect(bodyOf(answer).toString()).toContain('"output":[]');
  });

  test('events come twice, not at all, or in the wrong order', async () => {
    const plain = eventsOf(await callRaw(await start([])));
    expect(eventsOf(await callRaw(await start(['duplicate-events'])))).toEqual(plain.flatMap((type) => [type, type]));
    expect(eventsOf(await callRaw(await start(['missing-events'])))).toEqual(
      plain.filter((type) => type !== 'response.output_item.done'),
    );
    const mixed = eventsOf(await callRaw(await start(['out-of-order-events'])));
    expect(mixed).not.toEqual(plain);
    expect(mixed.toSorted()).toEqual(plain.toSorted());
    const simulator = await start([]);
    simulator.setFaults([createFault('out-of-order-events', 'response.in_progress')]);
    expect(eventsOf(await callRaw(simulator)).slice(0, 2)).toEqual(['response.in_progress', 'response.created']);
  });

  test('cutting and merging the chunks changes no byte of the body', async () => {
    const plain = bodyOf(await callRaw(await start([])));
    for (const name of ['split-anywhere', 'split-everywhere', 'merged-events']) {
      const simulator = await start([name]);
      const answer = await callRaw(simulator, 80);
      expect(bodyOf(answer).equals(plain)).toBe(true);
      expect(isWhole(answer)).toBe(true);
    }
  });

  test('invalid-utf8 holds bytes that do not decode', async () => {
    const body = bodyOf(await callRaw(await start(['invalid-utf8'])));
    expect(() => new TextDecoder('utf-8', { fatal: true }).decode(body)).toThrow();
  });

  test('huge-event sends as many bytes as it is told', async () => {
    const simulator = await start([]);
    simulator.setFaults([createFault('huge-event', 3_000_000)]);
    const body = bodyOf(await callRaw(simulator)).toString();
    expect(/"delta":"(x+)"/.exec(body)?.[1]?.length).toBe(3_000_000);
    expect(eventsOf(await callRaw(simulator)).at(-1)).toBe('response.completed');
  });

  test('slow-drip sends one byte at a time', async () => {
    const simulator = await start([]);
    simulator.setFaults([createFault('slow-drip', 100)]);
    const calling = callRaw(simulator, 400);
    while ((simulator.requests[0]?.bytesSent ?? 0) < 1200) await Bun.sleep(5);
    await simulator.stop();
    expect((await calling).text).toMatch(/\r\n\r\n1\r\ne\r\n1\r\nv\r\n1\r\ne\r\n/);
  });
});

describe("the vendors' own answers", () => {
  test('each has its status, its headers and a body of exactly the announced length', async () => {
    const simulator = await start([]);
    for (const name of [
      'rate-limited-float-wait',
      'model-withdrawn-html',
      'overloaded-529',
      'html-200',
      'no-content-204',
    ]) {
      simulator.setFaults([createFault(name)]);
      const answer = await callRaw(simulator, 12);
      const length = /content-length: (\d+)/.exec(answer.text)?.[1];
      expect(bodyOf(answer).length).toBe(Number(length));
    }
    expect(simulator.requests.map((request) => request.status)).toEqual([429, 404, 529, 200, 204]);
  });

  test('moments are counted from the answer', async () => {
    const simulator = await start([]);
    simulator.setFaults([createFault('rate-limited-date-wait', 30)]);
    const date = /retry-after: (.+)\r/.exec((await callRaw(simulator, 12)).text)?.[1] ?? '';
    expect(Date.parse(date)).toBe(NOW_MS + 30_000);
  });
});

describe('which requests are struck', () => {
  const strike = async (when: FaultCondition, calls: number): Promise<readonly string[]> => {
    const simulator = await start([]);
    simulator.setFaults([createFault('server-error-500', undefined, when)]);
    for (let call = 0; call < calls; call += 1)
      await fetch(`${simulator.url}/responses`, { method: 'POST', body: BODY });
    return simulator.requests.map((request) => String(request.status));
  };

  test('so many times, then never again', async () => {
    expect(await strike({ times: 2 }, 4)).toEqual(['500', '500', '200', '200']);
  });

  test('only the n-th request', async () => {
    expect(await strike({ nthRequest: 2 }, 3)).toEqual(['200', '500', '200']);
  });

  test('only one step, only one model', async () => {
    expect(await strike({ step: 2 }, 1)).toEqual(['200']);
    expect(await strike({ step: 1 }, 1)).toEqual(['500']);
    expect(await strike({ model: 'other' }, 1)).toEqual(['200']);
  });

  test('by chance, the same for the same seed', async () => {
    const first = await strike({ probability: 0.5 }, 20);
    expect(new Set(first)).toEqual(new Set(['200', '500']));
    expect(await strike({ probability: 0.5 }, 20)).toEqual([...first]);
  });
});

test('every fault in the table can be made with its default and does something', async () => {
  const names = Object.keys(FAULTS);
  expect(names.length).toBeGreaterThan(70);
  const simulator = await start([], { pace: { eventDelayMs: 1 } });
  for (const name of names) {
    const fault = createFault(name, name.endsWith('-after-ms') || name === 'late-headers' ? 3 : undefined);
    // Proven on the wires that can have them.
    if (fault.do.kind === 'flaw') continue;
    simulator.setFaults([fault]);
    const before = simulator.requests.length;
    await callRaw(simulator, 5);
    const recorded = simulator.requests[before];
    if (name.includes('connect')) expect(recorded).toBeUndefined();
    else expect([name, recorded?.faults]).toEqual([name, [name]]);
  }
}, 120_000);
