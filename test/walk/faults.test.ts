import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { type FailureCode, failureFacts } from '../../src/core/failures.ts';
import { createFault, FAULTS } from '../../src/serve/simulator/faults/fault-table.ts';
import { startSimulator } from '../../src/serve/simulator/simulator.ts';
import { askOverHttp } from './ask-over-http.ts';
import { CODEX_NOW, codexBody, eventsOf, inSession, PROMPT, runTurn, type TurnOutcome } from './codex-model.ts';
import { type DrivenAnswer, driveWalk } from './drive-exchange.ts';
import {
  brokenTls,
  type FaultyProvider,
  refused,
  type StartProvider,
  unresolvable,
  untrusted,
  withFaults,
} from './faulty-providers.ts';
import { scenarioNamed, startRecording } from './record-streams.ts';
import { routeOver, settingsOf, startWalk, type WalkGateway } from './start-walk.ts';

setDefaultTimeout(60_000);

interface Row {
  /** What goes wrong. */
  readonly name: string;
  readonly start: StartProvider;
  /** How the attempt is recorded; `ok` when the gateway makes an answer out of it all the same. */
  readonly outcome: FailureCode | 'ok';
  /** How the last attempt is recorded when every target does so. Default: as `outcome`. */
  readonly lastOutcome?: FailureCode;
}

/** Long enough for no fault to depend on how busy this machine is, but for the one that is waited out. */
const PATIENT = { connect: '10s', headers: '10s', first_event: '10s', idle: '10s', total: '60s' };
const WAIT_MS = 300;
const WAITS: Partial<Record<FailureCode | 'ok', typeof PATIENT>> = {
  HEADERS_TIMEOUT: { ...PATIENT, headers: `${WAIT_MS}ms` },
  FIRST_EVENT_TIMEOUT: { ...PATIENT, first_event: `${WAIT_MS}ms` },
  IDLE_TIMEOUT: { ...PATIENT, idle: `${WAIT_MS}ms` },
  TOTAL_TIMEOUT: { ...PATIENT, total: `${WAIT_MS}ms` },
};
const SCENARIO = scenarioNamed('message-then-call');
const MAX_EVENT_BYTES = 1_000_000;
const QUICK_REPEATS = '[retry]\nbackoff = "20ms"\n';

/** `NAME[:ARGUMENT]` of the simulator's fault table. */
const fault = (outcome: Row['outcome'], spec: string): Row => ({
  name: spec,
  start: withFaults([faultOf(spec)]),
  outcome,
});

function faultOf(spec: string): ReturnType<typeof createFault> {
  const [name = '', ...argument] = spec.split(':');
  return createFault(name, argument.length === 0 ? undefined : argument.join(':'));
}

/** What comes slowly enough to be broken off at a time. */
const slowly = (outcome: Row['outcome'], spec: string): Row => ({
  name: spec,
  start: withFaults([faultOf(spec)], { eventDelayMs: 20 }),
  outcome,
});

const ROWS: readonly Row[] = [
  // The connection.
  { name: 'connection refused', start: refused, outcome: 'CONNECTION_REFUSED' },
  { name: 'a name that does not resolve', start: unresolvable, outcome: 'DNS_FAILED' },
  { name: 'a TLS handshake that fails', start: brokenTls, outcome: 'TLS_FAILED' },
  { name: 'a certificate that nobody signed', start: untrusted, outcome: 'TLS_FAILED' },
  fault('CONNECTION_RESET', 'reset-on-connect'),
  fault('CONNECTION_RESET', 'close-on-connect'),
  fault('HEADERS_TIMEOUT', 'silent-connection'),
  fault('HEADERS_TIMEOUT', 'accepted-no-headers'),
  fault('CONNECTION_RESET', 'close-before-headers'),
  fault('CONNECTION_RESET', 'reset-before-headers'),
  fault('HEADERS_TIMEOUT', 'late-headers'),
  fault('CONNECTION_RESET', 'half-headers'),
  fault('HEADERS_TIMEOUT', 'stall-in-headers'),
  fault('STREAM_CORRUPT', 'garbage-headers'),
  // A 400 that is the provider's own.
  fault('BILLING', 'hidden-billing-400'),
  fault('BILLING', 'hidden-spend-limit-400'),
  fault('REGION_BLOCKED', 'hidden-region-400'),
  fault('UNAUTHORIZED', 'hidden-wrong-key-400'),
  fault('SERVER_ERROR', 'hidden-tool-failure-400'),
  fault('BILLING', 'hidden-arrearage-400'),
  fault('FOREIGN_STATE', 'foreign-state-400'),
  // Keys, money, law.
  fault('UNAUTHORIZED', 'unauthorized-401'),
  fault('BILLING', 'payment-required-402'),
  fault('REGION_BLOCKED', 'region-blocked-403'),
  fault('FORBIDDEN', 'forbidden-html-403'),
  fault('ACCOUNT_SUSPENDED', 'account-suspended-412'),
  // A model that is gone.
  fault('MODEL_NOT_FOUND', 'model-withdrawn'),
  fault('MODEL_NOT_FOUND', 'model-withdrawn-not-found-error'),
  fault('MODEL_NOT_FOUND', 'model-withdrawn-html'),
  fault('MODEL_NOT_FOUND', 'deployment-not-found'),
  fault('MODEL_NOT_FOUND', 'model-retired-bedrock'),
  // Short-lived.
  fault('UPSTREAM_TIMEOUT', 'request-timeout-408'),
  fault('CONFLICT', 'conflict-409'),
  fault('RATE_LIMITED', 'rate-limited-integer-wait'),
  fault('RATE_LIMITED', 'rate-limited-float-wait'),
  fault('RATE_LIMITED', 'rate-limited-date-wait'),
  fault('RATE_LIMITED', 'rate-limited-ms-wait'),
  fault('RATE_LIMITED', 'rate-limited-text-wait'),
  fault('RATE_LIMITED', 'rate-limited-reset-header'),
  fault('RATE_LIMITED', 'rate-limited-protobuf-wait'),
  fault('RATE_LIMITED', 'rate-limited-epoch-wait'),
  fault('RATE_LIMITED', 'rate-limited-no-wait'),
  fault('BILLING', 'insufficient-quota'),
  fault('BILLING', 'quota-exceeded-kimi'),
  fault('BILLING', 'balance-exhausted-zai'),
  fault('OVERLOADED', 'capacity-498'),
  // Broken.
  fault('SERVER_ERROR', 'server-error-500'),
  fault('SERVER_ERROR', 'bad-gateway-502'),
  fault('SERVER_ERROR', 'unavailable-503'),
  fault('OVERLOADED', 'server-overloaded-503'),
  fault('OVERLOADED', 'slow-down-503'),
  fault('OVERLOADED', 'long-wait-503'),
  fault('UPSTREAM_TIMEOUT', 'gateway-timeout-504'),
  fault('OVERLOADED', 'overloaded-529'),
  // 200, and yet no answer.
  fault('NOT_A_STREAM', 'html-200'),
  fault('SERVER_ERROR', 'json-error-200'),
  fault('RATE_LIMITED', 'base-resp-200'),
  fault('STREAM_CUT', 'empty-200'),
  fault('UNEXPECTED_STATUS', 'no-content-204'),
  fault('REDIRECTED', 'redirect-307'),
  // Inside the stream.
  fault('SERVER_ERROR', 'error-event-first'),
  fault('SERVER_ERROR', 'error-inside-200'),
  fault('SERVER_ERROR', 'error-inside-200:response.output_text.delta'),
  fault('SERVER_ERROR', 'failed-first'),
  fault('OVERLOADED', 'failed-first:server_is_overloaded'),
  fault('SERVER_ERROR', 'failed-in-middle'),
  fault('RATE_LIMITED', 'failed-in-middle:rate_limit_exceeded'),
  fault('RATE_LIMITED', 'rate-limited-in-stream'),
  fault('OVERLOADED', 'overloaded-in-stream'),
  fault('RATE_LIMITED', 'base-resp-in-stream'),
  fault('INCOMPLETE_ANSWER', 'incomplete-in-middle'),
  fault('EMPTY_ANSWER', 'completed-without-output'),
  fault('IDLE_TIMEOUT', 'slow-drip:1'),
  fault('FIRST_EVENT_TIMEOUT', 'slow-first-event'),
  { name: 'an answer that takes too long', start: withFaults([], { eventDelayMs: 60 }), outcome: 'TOTAL_TIMEOUT' },
  fault('ok', 'split-anywhere'),
  fault('ok', 'split-everywhere'),
  fault('ok', 'merged-events'),
  fault('STREAM_CORRUPT', 'invalid-utf8'),
  fault('STREAM_CORRUPT', 'invalid-json'),
  fault('STREAM_CUT', 'garbage-then-eof'),
  fault('EVENT_TOO_LARGE', 'huge-event:50000000'),
  fault('STREAM_CUT', 'comments-only'),
  fault('ok', 'duplicate-events'),
  fault('EMPTY_ANSWER', 'missing-events:response.output_item.done'),
  fault('ok', 'missing-events:response.output_item.added'),
  fault('STREAM_CUT', 'missing-events:response.completed'),
  fault('ok', 'missing-events:response.created'),
  fault('ok', 'out-of-order-events'),
  fault('ok', 'out-of-order-events:response.output_item.added'),
  // The call that the client asks for next comes behind its `completed`: nothing is done then.
  { ...fault('STREAM_CORRUPT', 'out-of-order-events:response.completed'), lastOutcome: 'EMPTY_ANSWER' },
  // Cut off.
  ...['at-byte:1000', 'at-byte:3500', 'before-event', 'after-event', 'after-event:response.output_text.delta'].flatMap(
    (where) => [
      fault('STREAM_CUT', `eof-${where}`),
      fault('CONNECTION_RESET', `close-${where}`),
      fault('CONNECTION_RESET', `half-chunk-${where}`),
      fault('CONNECTION_RESET', `reset-${where}`),
      fault('IDLE_TIMEOUT', `stall-${where}`),
    ],
  ),
  slowly('STREAM_CUT', 'eof-after-ms:70'),
  slowly('CONNECTION_RESET', 'close-after-ms:70'),
  slowly('CONNECTION_RESET', 'half-chunk-after-ms:70'),
  slowly('CONNECTION_RESET', 'reset-after-ms:70'),
  slowly('IDLE_TIMEOUT', 'stall-after-ms:70'),
];

/** The client's own mistakes: the same everywhere, so no other target is asked. */
const CLIENT_ROWS = [
  ['bad-request-400', 'BAD_REQUEST', "Invalid value: 'banana'."],
  ['context-too-long-400', 'CONTEXT_TOO_LONG', 'context_length_exceeded'],
  ['content-refused-400', 'CONTENT_REFUSED', 'content_filter'],
] as const;

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

interface Place {
  readonly walk: WalkGateway;
  readonly providers: readonly FaultyProvider[];
}

/** A gateway before two providers: the first with `timeouts`, the second with the same or with patience. */
async function startPlace(
  starts: readonly StartProvider[],
  timeouts: readonly (typeof PATIENT)[],
  more = QUICK_REPEATS,
): Promise<Place> {
  const providers: FaultyProvider[] = [];
  for (const [index, start] of starts.entries()) providers.push(await start(SCENARIO, `vendor-${index + 1}`));
  const overrides = timeouts.map((limits, index) => {
    const lines = Object.entries(limits).map(([name, limit]) => `${name} = "${limit}"\n`);
    return `[providers.p${index + 1}.timeouts]\n${lines.join('')}`;
  });
  const toml = routeOver(
    providers.map((provider) => provider.url),
    overrides.join('\n'),
  ).replace('[server]', `[server]\nmax_event_bytes = ${MAX_EVENT_BYTES}`);
  const walk = startWalk(`${more}\n${toml}`);
  cleanUps.push(walk.stop, ...providers.map((provider) => provider.stop));
  return { walk, providers };
}

const healthy = withFaults([]);
const turn = (walk: WalkGateway): Promise<TurnOutcome> => runTurn(CODEX_NOW, askOverHttp(walk));

/** Plays a turn in less than `limitMs`. A busy machine may be slow once, not three times in a row. */
async function playQuickly(
  start: () => Promise<Place>,
  limitMs: number,
): Promise<{ readonly walk: WalkGateway; readonly outcome: TurnOutcome }> {
  for (let tries = 1; ; tries += 1) {
    const { walk } = await start();
    const startedMs = performance.now();
    const outcome = await turn(walk);
    const durationMs = performance.now() - startedMs;
    if (durationMs < limitMs) return { walk, outcome };
    if (tries === 3) throw new Error(`took ${Math.round(durationMs)} ms, not ${limitMs}: ${outcome.error}`);
  }
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
    const start = () => startPlace([row.start, row.start], [timeouts, timeouts]);
    const { walk, outcome } = await playQuickly(start, 2000 + (isWait ? 2 * WAIT_MS : 0));
    const { error = '', requests } = outcome;
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

test('repeats at the default pace end in less than two seconds', async () => {
  const failing = [refused, withFaults([faultOf('server-error-500')])];
  const { walk, outcome } = await playQuickly(() => startPlace(failing, [PATIENT, PATIENT], ''), 2000);
  const { error } = outcome;
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

test.each([
  ['a Retry-After of an hour', 'long-wait-503:3600', 'retry in 5 s'],
  ['a wait of three seconds', 'rate-limited-integer-wait:3', 'retry in 3 s'],
  ['a wait of a fraction of a second', 'rate-limited-float-wait:2.5', 'retry in 3 s'],
])('%s rests the target, for no longer than configured', async (_name, spec, words) => {
  const limit = '[health]\nmax_hint = "5s"\n';
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
  expect(seconds).toBeLessThanOrEqual(5);
  // The last survivor is asked all the same, and the error says what it said.
  const alone = await startPlace([withFaults([faultOf(spec)])], [PATIENT], limit);
  const response = await alone.walk.ask(codexBody([PROMPT]));
  expect(await response.text()).toContain(words);
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
