import { afterEach, describe, expect, test } from 'bun:test';
import { TASK } from '../../src/serve/simulator/scenarios/task.ts';
import { type Simulator, startSimulator } from '../../src/serve/simulator/simulator.ts';
import type { SimulatorOptions } from '../../src/serve/simulator/simulator-options.ts';
import { askOverHttp } from './ask-over-http.ts';
import { type ClientProfile, CODEX_NOW, codexBody, OTHER_CLIENT, PROMPT, readStream, runTurn } from './codex-model.ts';
import { type DrivenWalk, driveWalk } from './drive-exchange.ts';
import { routeOverLanes, TESTED_LANES, type TestedLane } from './lanes.ts';
import { scenarioNamed } from './record-streams.ts';
import { settingsOf, startWalk, type WalkGateway } from './start-walk.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const laneOf = (name: string): TestedLane => {
  const lane = TESTED_LANES.find((one) => one.name === name);
  if (lane === undefined) throw new Error(`no lane is called "${name}"`);
  return lane;
};
const RAW = laneOf('raw');
const MESSAGES = laneOf('messages');

async function startUpstream(lane: TestedLane, options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  const simulator = await startSimulator({ scenario: TASK, ...lane.simulator, ...options });
  cleanUps.push(simulator.stop);
  return simulator;
}

function startGateway(lane: TestedLane, { url }: Simulator): WalkGateway {
  const walk = startWalk(routeOverLanes([{ lane, url }]));
  cleanUps.push(walk.stop);
  return walk;
}

const outcomesOf = (walk: Pick<DrivenWalk, 'exchanges'>): readonly string[][] =>
  walk.exchanges.map(({ attempts }) => attempts.map((one) => one.outcome));

test('a task whose only target speaks Messages is done as with OpenAI', async () => {
  const openai = await startUpstream(RAW);
  const plain = await runTurn(CODEX_NOW, askOverHttp(startGateway(RAW, openai)));
  const claude = await startUpstream(MESSAGES);
  const walk = startGateway(MESSAGES, claude);
  const outcome = await runTurn(CODEX_NOW, askOverHttp(walk));
  expect(outcome).toMatchObject({ requests: plain.requests, reconnects: 0, error: undefined, objections: [] });
  expect(outcome.ran).toEqual(plain.ran);
  expect(outcomesOf(walk)).toEqual([['ok'], ['ok'], ['ok']]);
  for (const { headers } of claude.requests) {
    expect(headers['anthropic-version']).toBe('2023-06-01');
    expect(JSON.stringify(headers)).not.toMatch(/x-codex|secret-project|installation/);
  }
});

test('thinking that its own provider refuses is left out once, and from then on', async () => {
  const before = await startUpstream(MESSAGES, { name: 'old-account', scenario: scenarioNamed('reasoning-text') });
  const first = await startGateway(MESSAGES, before).ask(codexBody([PROMPT]));
  const done = readStream(await first.text()).done;
  expect(done.map((item) => item['type'])).toEqual(['reasoning', 'message']);

  const after = await startUpstream(MESSAGES, { name: 'new-account', scenario: scenarioNamed('reasoning-text') });
  const walk = startGateway(MESSAGES, after);
  const history = [PROMPT, ...done, { ...PROMPT, id: 'msg_second' }];
  for (const _ of [1, 2]) {
    const answer = await walk.ask(codexBody(history), { 'session-id': 'here', 'thread-id': 'here' });
    expect(readStream(await answer.text()).end).toBe('completed');
  }
  expect(outcomesOf(walk)).toEqual([['FOREIGN_STATE', 'ok'], ['ok']]);
  expect(after.requests.map((request) => request.status)).toEqual([400, 200, 200]);
});

describe('an answer that its provider pauses', () => {
  /** The first answer ends with `pause_turn`; the provider behind it answers as usual. */
  async function play(client: ClientProfile, providers: 1 | 2) {
    const simulator = await startUpstream(MESSAGES, { scenario: scenarioNamed('reasoning-text') });
    const url = 'http://any.test/v1';
    const upstreams = Array.from({ length: providers }, () => ({ lane: MESSAGES, url }));
    let isFirst = true;
    const walk = driveWalk(settingsOf(routeOverLanes(upstreams)), async (_id, body) => {
      const response = await fetch(`${simulator.url}${MESSAGES.path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
        body: Buffer.from(body),
      });
      const whole = await response.text();
      const text = isFirst ? whole.replace('"stop_reason":"end_turn"', '"stop_reason":"pause_turn"') : whole;
      isFirst = false;
      const contentType = response.headers.get('content-type') ?? '';
      return { status: response.status, contentType, chunks: [Buffer.from(text)], end: 'eof' };
    });
    return { outcome: await runTurn(client, walk.ask), walk, simulator };
  }

  test('is gone on with by Codex, which asks again at once with what was said', async () => {
    const { outcome, walk, simulator } = await play(CODEX_NOW, 1);
    expect(outcome).toMatchObject({ error: undefined, objections: [], reconnects: 0, requests: 2 });
    expect(outcome.items.filter((item) => !item.startsWith('reasoning'))).toEqual([
      'commentary: Keep the interface and add the second method beside it.',
      'final_answer: Keep the interface and add the second method beside it.',
    ]);
    expect(outcomesOf(walk)).toEqual([['ok'], ['ok']]);
    expect(simulator.requests.map((request) => request.status)).toEqual([200, 200]);
  });

  test('goes elsewhere for a client that cannot be made to ask again', async () => {
    const { outcome, walk } = await play(OTHER_CLIENT, 2);
    expect(outcome).toMatchObject({ error: undefined, requests: 1 });
    expect(outcomesOf(walk)).toEqual([['INCOMPLETE_ANSWER', 'ok']]);
  });

  test('is a named failure for such a client where nobody else is left', async () => {
    const { outcome, walk } = await play(OTHER_CLIENT, 1);
    expect(outcome.error).toContain('cut off by an output limit');
    expect(outcomesOf(walk)).toEqual([['INCOMPLETE_ANSWER']]);
  });
});
