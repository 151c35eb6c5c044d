import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import fc from 'fast-check';
import { withoutGrouping } from '../../src/decide/wire/__fixtures__/check-cuts.ts';
import type { WireOut } from '../../src/decide/wire/responses/events.ts';
import { type Simulator, startSimulator } from '../../src/serve/simulator/simulator.ts';
import {
  type ClientAnswer,
  type ClientProfile,
  CODEX_NOW,
  CODEX_OLD,
  codexBody,
  inSession,
  OTHER_CLIENT,
  PROMPT,
  readStream,
  runTurn,
  type TurnOutcome,
  withoutRepeatedReasoning,
} from './codex-model.ts';
import { type DrivenAnswer, driveWalk } from './drive-exchange.ts';
import { routeOverLanes, splitAnswer, TESTED_LANES, type TestedLane } from './lanes.ts';
import { SHAPES, scenarioNamed } from './record-streams.ts';
import { settingsOf } from './start-walk.ts';

// Thousands of exchanges in a test.
setDefaultTimeout(120_000);

const CLIENTS = [CODEX_NOW, CODEX_OLD, OTHER_CLIENT];
const PAIRS = TESTED_LANES.flatMap((dying) =>
  TESTED_LANES.map((other) => [dying.name, other.name, dying, other] as const),
);

/** A provider of a lane: each request is asked for once, and gets the same bytes from then on. */
interface LaneRecording {
  readonly simulator: Simulator;
  readonly answer: (body: Uint8Array) => Promise<DrivenAnswer>;
}

const recordings = new Map<string, LaneRecording>();
afterAll(async () => {
  for (const { simulator } of recordings.values()) await simulator.stop();
});

async function recordingOf(lane: TestedLane, shape: string, name: string): Promise<LaneRecording> {
  const key = `${lane.name} ${shape} ${name}`;
  const known = recordings.get(key);
  if (known !== undefined) return known;
  const extras = { echo: false };
  const simulator = await startSimulator({ scenario: scenarioNamed(shape), name, extras, ...lane.simulator });
  const answers = new Map<bigint | number, DrivenAnswer>();
  const answer = async (body: Uint8Array): Promise<DrivenAnswer> => {
    const hash = Bun.hash(body);
    const recorded = answers.get(hash);
    if (recorded !== undefined) return recorded;
    const response = await fetch(`${simulator.url}${lane.path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
      body: Buffer.from(body),
    });
    const contentType = response.headers.get('content-type') ?? '';
    const chunks = splitAnswer(lane, Buffer.from(await response.arrayBuffer()));
    const made: DrivenAnswer = { status: response.status, contentType, chunks, end: 'eof' };
    answers.set(hash, made);
    return made;
  };
  const recording = { simulator, answer };
  recordings.set(key, recording);
  return recording;
}

/** What the client has in the end: one that cannot be made to ask again gets from the next upstream what it has already. */
function itemsOf(outcome: TurnOutcome, client: ClientProfile): readonly string[] {
  const items = client === OTHER_CLIENT ? [...new Set(outcome.items)] : withoutRepeatedReasoning(outcome.items);
  // Some have nothing to show: they carry a signature for the one who made it.
  return items.filter((item) => item !== 'reasoning: ').toSorted();
}

describe.each(PAIRS)('%s dies after any of its events, and %s takes over', (_dying, _other, dying, other) => {
  test.each(SHAPES)('%s: nothing is lost, and no call runs twice', async (_name, shape) => {
    const first = await recordingOf(dying, shape, 'alpha');
    const second = await recordingOf(other, shape, 'beta');
    const settings = settingsOf(
      routeOverLanes([
        { lane: dying, url: 'http://first.test/v1' },
        { lane: other, url: 'http://second.test/v1' },
      ]),
    );
    for (const client of CLIENTS) {
      let length = 0;
      let takenOver = 0;
      const runUntil = async (count: number): Promise<TurnOutcome> => {
        const walk = driveWalk(settings, async (id, body) => {
          if (id !== 'p1') return second.answer(body);
          const answer = await first.answer(body);
          length = Math.max(length, answer.chunks.length);
          return { ...answer, chunks: answer.chunks.slice(0, count) };
        });
        const outcome = await runTurn(inSession(client, `cut-${count}`), walk.ask);
        const attempts = walk.exchanges.flatMap((exchange) => exchange.attempts);
        expect(attempts[0]).toMatchObject({ providerId: 'p1', lane: dying.lane });
        takenOver += attempts.filter(({ providerId, outcome: how }) => providerId === 'p2' && how === 'ok').length;
        return outcome;
      };
      const uncut = await runUntil(Number.POSITIVE_INFINITY);
      expect(uncut).toMatchObject({ error: undefined, objections: [], reconnects: 0 });
      expect(length).toBeGreaterThan(4);
      for (let count = 0; count < length; count += 1) {
        const outcome = await runUntil(count);
        const { error, objections, ran } = outcome;
        expect({ client: client.name, count, error, objections, ran, items: itemsOf(outcome, client) }).toEqual({
          client: client.name,
          count,
          error: undefined,
          objections: [],
          ran: uncut.ran,
          items: itemsOf(uncut, client),
        });
        expect(outcome.reconnects).toBeLessThanOrEqual(client === CODEX_OLD ? 1 : 0);
      }
      expect(takenOver).toBeGreaterThan(length - 3);
    }
    for (const { simulator } of [first, second]) {
      expect(simulator.requests.filter((request) => request.status !== 200).map((one) => one.status)).toEqual([]);
    }
  });
});

test.each(TESTED_LANES.map((lane) => [lane.name, lane] as const))(
  'over the %s lane, however the network cuts an answer into chunks, every client is told the same',
  async (_name, lane) => {
    const settings = settingsOf(routeOverLanes([{ lane, url: 'http://first.test/v1' }]));
    const uncut = new Map<string, ClientAnswer>();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...SHAPES.map(([, shape]) => shape)),
        fc.constantFrom(...CLIENTS),
        fc.array(fc.nat(8000), { maxLength: 60 }),
        async (shape, client, cuts) => {
          const recording = await recordingOf(lane, shape, 'alpha');
          const ask = (edit: (bytes: Buffer) => readonly Buffer[]): Promise<ClientAnswer> =>
            driveWalk(settings, async (_id, body) => {
              const answer = await recording.answer(body);
              return { ...answer, chunks: edit(Buffer.concat(answer.chunks)) };
            }).ask(codexBody([PROMPT]), client.headers);
          const key = `${shape} ${client.name}`;
          const whole = uncut.get(key) ?? (await ask((bytes) => [bytes]));
          uncut.set(key, whole);
          const { end, objections } = readStream(whole.text);
          expect({ end, objections }).toEqual({ end: 'completed', objections: [] });
          const cut = await ask((bytes) => cutAt(bytes, cuts));
          expect(readStream(cut.text).objections).toEqual([]);
          expect(toldBy(cut)).toEqual(toldBy(whole));
        },
      ),
      { numRuns: 150 },
    );
  },
);

/** Words that came together are told as one event. */
function toldBy({ status, text }: ClientAnswer): unknown {
  const data = [...text.matchAll(/^data: (.*)$/gm)].map(([, json = '']) => JSON.parse(json) as WireOut);
  return { status, events: withoutGrouping(data) };
}

function cutAt(bytes: Buffer, cuts: readonly number[]): readonly Buffer[] {
  const ends = [...cuts.filter((at) => at > 0 && at < bytes.length), bytes.length].toSorted((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end)).filter((chunk) => chunk.length > 0);
}
