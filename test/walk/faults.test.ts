import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { failureFacts } from '../../src/core/failures.ts';
import { createFault, FAULTS } from '../../src/serve/simulator/faults/fault-table.ts';
import { startSimulator } from '../../src/serve/simulator/simulator.ts';
import { askOverHttp } from './ask-over-http.ts';
import { CODEX_NOW, codexBody, eventsOf, inSession, PROMPT, runTurn, type TurnOutcome } from './codex-model.ts';
import { createMovableClock, type DrivenAnswer, driveWalk } from './drive-exchange.ts';
import { CLIENT_ROWS, faultOf, PATIENT, ROWS, SCENARIO, WAIT_MS, WAITS } from './fault-rows.ts';
import { refused, withFaults } from './faulty-providers.ts';
import { startRecording } from './record-streams.ts';
import { type Place, startPlace as startPlaceOf } from './start-place.ts';
import { routeOver, settingsOf, startWalk, type WalkGateway } from './start-walk.ts';

setDefaultTimeout(120_000);

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

async function startPlace(...options: Parameters<typeof startPlaceOf>): Promise<Place> {
  const place = await startPlaceOf(...options);
  cleanUps.push(place.stop);
  return place;
}

const healthy = withFaults([]);
const turn = (walk: WalkGateway): Promise<TurnOutcome> => runTurn(CODEX_NOW, askOverHttp(walk));

/** Less than any limit of PATIENT: a turn that takes so long has waited for something in vain. */
const WAITED_IN_VAIN_MS = 9000;

async function playWithoutWaiting(walk: WalkGateway): Promise<TurnOutcome> {
  const startedMs = performance.now();
  const outcome = await turn(walk);
  expect(performance.now() - startedMs).toBeLessThan(WAITED_IN_VAIN_MS);
  return outcome;
}

let itemsOfHealthy: readonly string[] | undefined;
async function healthyItems(): Promise<readonly string[]> {
  if (itemsOfHealthy === undefined) {
    const { walk } = await startPlace([healthy, healthy], [PATIENT, PATIENT]);
    itemsOfHealthy = (await turn(walk)).items;
  }
  return itemsOfHealthy;
}

describe.each(ROWS.map((row) => [row.name, row] as const))('%s', (_name, row) => {
  const timeouts = WAITS[row.outcome] ?? PATIENT;
  const isWait = timeouts !== PATIENT;

  test('costs a client nothing while another target is healthy', async () => {
    const { walk } = await startPlace([row.start, healthy], [timeouts, PATIENT]);
    const outcome = await turn(walk);
    const { error, reconnects } = outcome;
    expect({ error, reconnects, items: [...outcome.items].sort() }).toEqual({
      error: undefined,
      reconnects: 0,
      items: [...(await healthyItems())].sort(),
    });
    expect(outcome.ran).toHaveLength(1);
    expect(walk.exchanges[0]?.attempts[0]?.outcome).toBe(row.outcome);
    expect(walk.gateway.openExchanges()).toBe(0);
  });

  if (row.outcome === 'ok') return;
  const code = row.lastOutcome ?? row.outcome;
  test('at every target ends in one error that names each target and its reason', async () => {
    const { walk } = await startPlace([row.start, row.start], [timeouts, timeouts]);
    const { error = '', requests } = await playWithoutWaiting(walk);
    // Who was waited for once is not waited for again.
    if (isWait) expect(walk.exchanges.at(-1)?.attempts.length).toBeLessThanOrEqual(2);
    // Where the message was done before its upstream died, Codex asks for the rest once more.
    expect(requests).toBeLessThanOrEqual(2);
    expect(error).toMatch(/^HTTP 40[04]: |^\{"code":/);
    for (const target of ['p1/gpt-5.5', 'p2/gpt-5.5']) {
      expect(error).toContain(`${target}: ${failureFacts(code).text}`);
    }
    expect(walk.gateway.openExchanges()).toBe(0);
  });
});

test('every fault of the simulator has a row', () => {
  const used = [...ROWS.map((row) => row.name), ...CLIENT_ROWS.map(([name]) => name)];
  const names = used.map((name) => name.split(':')[0] ?? '');
  // A flaw is something that only other wires can have.
  const missing = Object.keys(FAULTS).filter((name) => !names.includes(name) && createFault(name).do.kind !== 'flaw');
  expect(missing).toEqual([]);
});

test.each(CLIENT_ROWS)(
  '%s is answered in the words of the provider, and no other one is asked',
  async (spec, code, words) => {
    const { walk, providers } = await startPlace([withFaults([faultOf(spec)]), healthy], [PATIENT, PATIENT]);
    const response = await walk.ask(codexBody([PROMPT]));
    expect(response.status).toBe(400);
    expect(await response.text()).toContain(words);
    expect(walk.exchanges[0]?.outcome).toBe(code);
    expect(providers[1]?.requestCount()).toBe(0);
  },
);

// That they sum up to less than two seconds is proven where they are decided.
test('repeats at the default pace end soon', async () => {
  const { walk } = await startPlace([refused, withFaults([faultOf('server-error-500')])], [PATIENT, PATIENT], '');
  const { error } = await playWithoutWaiting(walk);
  expect(error).toContain('p1/gpt-5.5: connection refused');
  expect(error).toContain('p2/gpt-5.5: server error (status 500, server_error)');
  expect(walk.exchanges[0]?.attempts.length).toBeGreaterThan(2);
});

test("half an error text does not make a provider's fault the client's", async () => {
  const settings = settingsOf(routeOver(['http://first.test/v1', 'http://second.test/v1']));
  const second = await startRecording(SCENARIO, 'beta');
  cleanUps.push(second.stop);
  const half = Buffer.from('{"error":{"message":"Invalid value: ');
  const cut: DrivenAnswer = { status: 400, contentType: 'application/json', chunks: [half], end: 'reset' };
  const walk = driveWalk(settings, async (id, body) => (id === 'p1' ? cut : second.answer(body)));
  expect((await runTurn(CODEX_NOW, walk.ask)).error).toBeUndefined();
  expect(walk.exchanges[0]?.attempts[0]?.outcome).toBe('CONNECTION_RESET');
});

test('a target that breaks off after a long time is replaced by one that is asked the same', async () => {
  const second = await startRecording(SCENARIO, 'beta');
  cleanUps.push(second.stop);
  const { clock, pass } = createMovableClock();
  const asked: string[] = [];
  const settings = settingsOf(routeOver(['http://first.test/v1', 'http://second.test/v1']));
  const answerer = async (id: string, body: Uint8Array): Promise<DrivenAnswer> => {
    asked.push(Buffer.from(body).toString());
    const whole = await second.answer(body);
    if (id === 'p2') return whole;
    const begun = Buffer.concat(whole.chunks).subarray(0, 300);
    return { ...whole, chunks: [begun], end: 'reset', beforeEnd: () => pass(20_000) };
  };
  const walk = driveWalk(settings, answerer, clock);
  const long = {
    ...PROMPT,
    id: 'msg_long',
    content: [{ type: 'input_text', text: 'Once upon a time. '.repeat(4000) }],
  };
  expect((await runTurn(CODEX_NOW, walk.ask, { history: [long] })).error).toBeUndefined();
  expect(walk.exchanges[0]?.attempts.map(({ outcome }) => outcome)).toEqual(['CONNECTION_RESET', 'ok']);
  expect(asked[0]?.length).toBeGreaterThan(70_000);
  expect(asked[1]).toBe(asked[0] ?? '');
});

test('a stall after any event of the answer is waited out and survived', async () => {
  const expected = await healthyItems();
  const events = await countEvents();
  expect(events).toBeGreaterThan(15);
  // The last event ends the answer; what comes after it is nobody's stall.
  const outcomes = await Promise.all(
    Array.from({ length: events - 1 }, async (_, index) => {
      const { walk } = await startPlace(
        [withFaults([faultOf(`stall-after-event:${index}`)]), healthy],
        [{ ...PATIENT, idle: `${WAIT_MS}ms` }, PATIENT],
      );
      const outcome = await turn(walk);
      return { index, outcome, first: walk.exchanges[0]?.attempts[0]?.outcome };
    }),
  );
  for (const { index, outcome, first } of outcomes) {
    const { error, reconnects, items, ran } = outcome;
    expect({ index, error, reconnects, items, ran: ran.length, first }).toEqual({
      index,
      error: undefined,
      reconnects: 0,
      items: expected,
      ran: 1,
      first: 'IDLE_TIMEOUT',
    });
  }
});

async function countEvents(): Promise<number> {
  const { walk } = await startPlace([healthy], [PATIENT]);
  return eventsOf(await (await walk.ask(codexBody([PROMPT]))).text()).length;
}

// Waits that are not over before the test is, however busy the machine is.
test.each([
  ['a Retry-After of an hour', 'long-wait-503:3600', 500],
  ['a wait of 300 seconds', 'rate-limited-integer-wait:300', 300],
  ['a wait of a fraction of a second', 'rate-limited-float-wait:299.5', 300],
])('%s rests the target, for no longer than configured', async (_name, spec, restSeconds) => {
  const limit = '[health]\nmax_hint = "500s"\n';
  const { walk, providers } = await startPlace([withFaults([faultOf(spec)]), healthy], [PATIENT, PATIENT], limit);
  const ask = askOverHttp(walk);
  expect((await runTurn(inSession(CODEX_NOW, 'one'), ask)).error).toBeUndefined();
  const asked = providers[0]?.requestCount();
  expect(asked).toBe(1);
  // Another session knows nothing of it, the target's health does.
  expect((await runTurn(inSession(CODEX_NOW, 'two'), ask)).error).toBeUndefined();
  expect(providers[0]?.requestCount()).toBe(asked ?? 0);
  expect(walk.exchanges.at(-1)?.skipped.map((skip) => skip.targetId)).toEqual(['p1/gpt-5.5']);
  const seconds = Number(/another (\d+) s/.exec(walk.exchanges.at(-1)?.skipped[0]?.reason ?? '')?.[1]);
  expect(seconds).toBeWithin(restSeconds / 2, restSeconds + 1);
  // The last survivor is asked all the same, and the error says what it said.
  const alone = await startPlace([withFaults([faultOf(spec)])], [PATIENT], limit);
  const response = await alone.walk.ask(codexBody([PROMPT]));
  const said = Number(/retry in (\d+) s/.exec(await response.text())?.[1]);
  expect(said).toBeWithin(restSeconds / 2, restSeconds + 1);
  await alone.walk.ask(codexBody([PROMPT]));
  expect(alone.providers[0]?.requestCount()).toBeGreaterThan(1);
});

test('a target that fails once and is alone is asked again, and the client notices nothing', async () => {
  const simulator = await startSimulator({
    scenario: SCENARIO,
    faults: [createFault('reset-after-event', 'response.output_text.delta', { times: 1 })],
  });
  cleanUps.push(simulator.stop);
  const walk = startWalk(routeOver([simulator.url]));
  cleanUps.push(walk.stop);
  const outcome = await turn(walk);
  expect(outcome).toMatchObject({ error: undefined, reconnects: 0, objections: [], items: await healthyItems() });
  expect(walk.exchanges[0]?.attempts.map((attempt) => attempt.outcome)).toEqual(['CONNECTION_RESET', 'ok']);
});

test.each([
  ['says nothing', 'accepted-no-headers', 'HEADERS_TIMEOUT', 1],
  ['only opens its answer', 'stall-after-event:response.created', 'FIRST_EVENT_TIMEOUT', 1],
  ['stalls at work', 'stall-after-event:response.output_text.delta', 'IDLE_TIMEOUT', 2],
] as const)(
  'a target that is alone and %s (%s) ends with %s after %d attempts',
  async (_name, spec, code, attempts) => {
    const { walk } = await startPlace([withFaults([faultOf(spec)])], [WAITS[code] ?? PATIENT]);
    expect((await turn(walk)).error).toContain(`p1/gpt-5.5: ${failureFacts(code).text}`);
    expect(walk.exchanges[0]?.attempts.map((attempt) => attempt.outcome)).toEqual(Array(attempts).fill(code));
  },
);
