import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import fc from 'fast-check';
import type { Settings } from '../../src/core/settings.ts';
import { createFault } from '../../src/serve/simulator/faults/fault-table.ts';
import { createSeededRandom } from '../../src/serve/simulator/random.ts';
import { startSimulator } from '../../src/serve/simulator/simulator.ts';
import { askOverHttp } from './ask-over-http.ts';
import {
  type Ask,
  type ClientProfile,
  CODEX_NOW,
  CODEX_OLD,
  inSession,
  OTHER_CLIENT,
  runTurn,
  type TurnOutcome,
  withoutRepeatedReasoning,
} from './codex-model.ts';
import { type DrivenAnswer, driveWalk } from './drive-exchange.ts';
import {
  inBrief,
  type Recording,
  SHAPES,
  scenarioNamed,
  startRecording,
  wholeItemsOnly,
  withoutPadding,
} from './record-streams.ts';
import { routeOver, settingsOf, startWalk } from './start-walk.ts';

// Thousands of exchanges in a test: a second or two, on a busy machine many more.
setDefaultTimeout(120_000);

/** A reset differs from an end of file in one branch only: every byte of it is for CI. */
const RESET_STEP = (process.env['HOLDFAST_REQUIRE_EVERYTHING'] ?? '') === '' ? 3 : 1;

const URLS = ['http://first.test/v1', 'http://second.test/v1'];
const SAFE = settingsOf(routeOver(URLS));
const EAGER = settingsOf(routeOver(URLS).replace('[[routes]]', '[[routes]]\neffects = "eager"'));

type Ending = DrivenAnswer['end'];

/** Two providers that play the same scenario; the first one dies whenever it streams. */
interface Pair {
  readonly first: Recording;
  readonly second: Recording;
  /** Bytes of the first one's answer to the prompt. */
  readonly length: number;
  /** Where its events begin and end. */
  readonly borders: readonly number[];
  readonly uncut: ReadonlyMap<ClientProfile, readonly string[]>;
}

const running: Recording[] = [];
afterAll(async () => {
  for (const recording of running) await recording.stop();
});

/** `isShort`: streams of the same kinds of events, with less in them. `isTwin`: both providers make up the same ids. */
async function startPair(shape: string, isShort: boolean, isTwin = false): Promise<Pair> {
  const scenario = isShort ? inBrief(scenarioNamed(shape)) : scenarioNamed(shape);
  const first = await startRecording(scenario, 'alpha', isShort ? withoutPadding : undefined);
  const second = isTwin ? first : await startRecording(scenario, 'beta', isShort ? wholeItemsOnly : undefined);
  running.push(first, second);
  let stream = Buffer.alloc(0);
  const uncut = new Map<ClientProfile, readonly string[]>();
  for (const client of [CODEX_NOW, CODEX_OLD, OTHER_CLIENT]) {
    const walk = driveWalk(SAFE, async (_id, body) => {
      const answer = await first.answer(body);
      if (stream.length === 0) stream = Buffer.concat(answer.chunks);
      return answer;
    });
    const outcome = await runTurn(client, walk.ask);
    expect(outcome).toMatchObject({ error: undefined, reconnects: 0, objections: [] });
    uncut.set(client, outcome.items);
  }
  const borders: number[] = [];
  for (let at = 0; at !== 1; at = stream.indexOf('\n\n', at) + 2) borders.push(at);
  return { first, second, length: stream.length, borders, uncut };
}

/** The walk with the first upstream's streams cut after `offset` bytes, in chunks that end at `cuts`. */
function walkWithCut(pair: Pair, settings: Settings, offset: number, end: Ending, cuts: readonly number[] = []): Ask {
  return driveWalk(settings, async (id, body) => {
    if (id !== 'p1') return pair.second.answer(body);
    const answer = await pair.first.answer(body);
    if (answer.status !== 200) return answer;
    const bytes = Buffer.concat(answer.chunks).subarray(0, offset);
    const ends = [...cuts.filter((at) => at < bytes.length), bytes.length].sort((one, other) => one - other);
    const chunks = ends
      .map((at, index) => bytes.subarray(ends[index - 1] ?? 0, at))
      .filter((chunk) => chunk.length > 0);
    return { ...answer, chunks, end };
  }).ask;
}

const countCalls = (items: readonly string[]): number => items.filter((item) => item.includes('_call: ')).length;

/** What is wrong with a turn; empty when the user could not tell it from an uncut one. */
function faultsOf(outcome: TurnOutcome, client: ClientProfile, pair: Pair): readonly string[] {
  const expected = pair.uncut.get(client) ?? [];
  const faults: string[] = [...outcome.objections];
  if (outcome.error !== undefined) faults.push(`error shown: ${outcome.error}`);
  // An SDK cannot be made to ask again, so what it has it gets once more from the next upstream.
  const items = client === OTHER_CLIENT ? [...new Set(outcome.items)] : withoutRepeatedReasoning(outcome.items);
  if (JSON.stringify(items) !== JSON.stringify(expected)) faults.push(`other items: ${items.join(' | ')}`);
  if (outcome.ran.length !== countCalls(expected)) faults.push(`calls run: ${outcome.ran.join(' | ')}`);
  if (outcome.reconnects > (client === CODEX_OLD ? 1 : 0)) faults.push(`${outcome.reconnects} times "Reconnecting"`);
  return faults;
}

/** Runs a turn with the first upstream cut, and looks up what the client does next where it got these very bytes before. */
async function runCut(
  pair: Pair,
  client: ClientProfile,
  ask: Ask,
  known: Map<string, readonly string[]>,
): Promise<readonly string[]> {
  let faults: readonly string[] | undefined;
  let text: string | undefined;
  const outcome = await runTurn(client, async (body, headers) => {
    const answer = await ask(body, headers);
    if (text !== undefined) return answer;
    text = `${answer.status}${answer.text}`;
    faults = known.get(text);
    if (faults !== undefined) throw KNOWN;
    return answer;
  }).catch((error: unknown) => {
    if (error === KNOWN) return undefined;
    throw error;
  });
  faults ??= outcome === undefined ? [] : faultsOf(outcome, client, pair);
  known.set(text ?? '', faults);
  return faults;
}
const KNOWN = new Error('the same bytes as before');

describe.each(SHAPES)('%s', (_name, shape) => {
  test.each<[Ending, number]>([
    ['eof', 1],
    ['reset', RESET_STEP],
  ])('Codex sees the same items wherever the first upstream dies: %s at every byte (step %d)', async (end, step) => {
    const pair = await startPair(shape, true);
    const known = new Map<string, readonly string[]>();
    expect(pair.length).toBeGreaterThan(2000);
    for (let offset = 0; offset <= pair.length; offset += step) {
      const faults = await runCut(pair, CODEX_NOW, walkWithCut(pair, SAFE, offset, end), known);
      if (faults.length > 0) throw new Error(`cut at byte ${offset} of ${pair.length}: ${faults.join('; ')}`);
    }

    expect(known.size).toBeGreaterThan(3);
  });

  test.each<[string, string, ClientProfile, Settings]>([
    [CODEX_NOW.name, 'safe', CODEX_NOW, SAFE],
    [CODEX_NOW.name, 'eager', CODEX_NOW, EAGER],
    [CODEX_OLD.name, 'safe', CODEX_OLD, SAFE],
    [CODEX_OLD.name, 'eager', CODEX_OLD, EAGER],
    [OTHER_CLIENT.name, 'safe', OTHER_CLIENT, SAFE],
    [OTHER_CLIENT.name, 'eager', OTHER_CLIENT, EAGER],
  ])(
    '%s with %s effects sees the same items around the border of every event',
    async (_who, _how, client, settings) => {
      const pair = await startPair(shape, false);
      const known = new Map<string, readonly string[]>();
      const offsets = new Set(pair.borders.flatMap((at) => [at - 1, at, at + 1, at + 60]));
      expect(pair.borders.length).toBeGreaterThan(8);
      for (const offset of offsets) {
        for (const end of ['eof', 'reset'] as const) {
          const faults = await runCut(pair, client, walkWithCut(pair, settings, Math.max(0, offset), end), known);
          if (faults.length > 0) throw new Error(`${end} at byte ${offset} of ${pair.length}: ${faults.join('; ')}`);
        }
      }
    },
  );
});

test('however the network cuts the bytes into chunks, wherever it breaks, the items are the same', async () => {
  const pairs = new Map<string, Pair>();
  for (const [, shape] of SHAPES) {
    pairs.set(shape, await startPair(shape, false));
    pairs.set(`${shape} of twins`, await startPair(shape, false, true));
  }
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...pairs.keys()),
      fc.constantFrom(CODEX_NOW, CODEX_OLD, OTHER_CLIENT),
      fc.constantFrom<Ending>('eof', 'reset'),
      fc.constantFrom(SAFE, EAGER),
      fc.nat(1_000_000),
      fc.array(fc.nat(20_000), { maxLength: 40 }),
      async (shape, client, end, settings, seed, cuts) => {
        const pair = pairs.get(shape);
        if (pair === undefined) throw new Error('unreachable');
        const offset = seed % (pair.length + 1);
        const ask = walkWithCut(pair, settings, offset, end, cuts);
        expect(faultsOf(await runTurn(client, ask), client, pair)).toEqual([]);
      },
    ),
    { numRuns: 400 },
  );
});

const CUTS_PER_SHAPE = 40;

test.each(SHAPES)('over real sockets, with the first upstream cut at random bytes: %s', async (_name, shape) => {
  const scenario = scenarioNamed(shape);
  const first = await startSimulator({ scenario, name: 'alpha' });
  const second = await startSimulator({ scenario, name: 'beta' });
  const walk = startWalk(`${routeOver([first.url, second.url])}\n[health]\nconsecutive_failures = 1000\n`);
  try {
    const ask = askOverHttp(walk);
    let length = 0;
    const uncut = await runTurn(CODEX_NOW, async (body, headers) => {
      const answer = await ask(body, headers);
      length ||= Buffer.byteLength(answer.text);
      return answer;
    });
    const random = createSeededRandom(shape);
    for (let index = 0; index < CUTS_PER_SHAPE; index++) {
      const offset = Math.floor(random() * length);
      const fault = index % 2 === 0 ? 'eof-at-byte' : 'reset-at-byte';
      first.setFaults([createFault(fault, offset)]);
      const outcome = await runTurn(inSession(CODEX_NOW, `${shape}-${index}`), ask);
      const { error, reconnects, objections, ran } = outcome;
      expect({
        fault,
        offset,
        error,
        reconnects,
        objections,
        ran,
        items: withoutRepeatedReasoning(outcome.items),
      }).toEqual({
        fault,
        offset,
        error: undefined,
        reconnects: 0,
        objections: [],
        ran: uncut.ran,
        items: uncut.items,
      });
    }
    expect(walk.exchanges.filter((exchange) => exchange.attempts[0]?.outcome === 'STREAM_CUT').length).toBeGreaterThan(
      5,
    );
    expect(
      walk.exchanges.filter((exchange) => exchange.attempts[0]?.outcome === 'CONNECTION_RESET').length,
    ).toBeGreaterThan(5);
    expect(walk.gateway.openExchanges()).toBe(0);
  } finally {
    await walk.stop();
    await first.stop();
    await second.stop();
  }
});
