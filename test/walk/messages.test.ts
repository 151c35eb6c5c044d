import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test';
import type { Wire } from '../../src/core/target.ts';
import { TASK } from '../../src/serve/simulator/scenarios/task.ts';
import { type Simulator, startSimulator } from '../../src/serve/simulator/simulator.ts';
import type { SimulatorOptions } from '../../src/serve/simulator/simulator-options.ts';
import { askOverHttp } from './ask-over-http.ts';
import {
  CODEX_NOW,
  codexBody,
  inSession,
  PROMPT,
  readStream,
  runTurn,
  type TurnOutcome,
  withoutRepeatedReasoning,
} from './codex-model.ts';
import { type DrivenAnswer, driveWalk } from './drive-exchange.ts';
import { scenarioNamed } from './record-streams.ts';
import { settingsOf, startWalk, type WalkGateway } from './start-walk.ts';

// Hundreds of exchanges in a test.
setDefaultTimeout(60_000);

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

type TestedWire = Extract<Wire, 'responses' | 'chat' | 'messages'>;
const PATHS: Readonly<Record<TestedWire, string>> = {
  responses: '/responses',
  chat: '/chat/completions',
  messages: '/messages',
};
const PROVIDER_LINES: Readonly<Record<TestedWire, string>> = {
  responses: '',
  chat: 'dialect = "deepseek"',
  messages: 'dialect = "anthropic"',
};
const MODELS: Readonly<Record<TestedWire, string>> = {
  responses: '',
  chat: '  model = "deepseek-v4"',
  messages: '  model = "claude-opus-4-8"',
};

interface Upstream {
  readonly wire: TestedWire;
  readonly url: string;
}

function routeTo(upstreams: readonly Upstream[]): string {
  const providers = upstreams.map(
    ({ wire, url }, index) =>
      `[providers.p${index + 1}]\nwire = "${wire}"\nbase_url = "${url}"\nkey = "none"\n${PROVIDER_LINES[wire]}\n`,
  );
  const targets = upstreams.map(
    ({ wire }, index) =>
      `  [[routes.targets]]\n  provider = "p${index + 1}"\n  priority = ${index + 1}\n${MODELS[wire]}\n`,
  );
  return `[server]\nlisten = "127.0.0.1:0"\n\n${providers.join('\n')}\n[[routes]]\nid = "test"\nmodels = ["gpt-*"]\n${targets.join('')}`;
}

async function startUpstream(wire: TestedWire, options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  const dialect = wire === 'chat' ? { dialect: 'deepseek' } : {};
  const simulator = await startSimulator({ wire, scenario: TASK, ...dialect, ...options });
  cleanUps.push(simulator.stop);
  return simulator;
}

function startGateway(upstreams: readonly Upstream[]): WalkGateway {
  const walk = startWalk(routeTo(upstreams));
  cleanUps.push(walk.stop);
  return walk;
}

const outcomesOf = (walk: WalkGateway): readonly string[][] =>
  walk.exchanges.map(({ attempts }) => attempts.map((one) => one.outcome));

test('a task whose only target speaks Messages is done as with OpenAI', async () => {
  const openai = await startUpstream('responses');
  const plain = await runTurn(CODEX_NOW, askOverHttp(startGateway([{ wire: 'responses', url: openai.url }])));
  const claude = await startUpstream('messages');
  const walk = startGateway([{ wire: 'messages', url: claude.url }]);
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
  const before = await startUpstream('messages', { name: 'old-account', scenario: scenarioNamed('reasoning-text') });
  const first = await startGateway([{ wire: 'messages', url: before.url }]).ask(codexBody([PROMPT]));
  const done = readStream(await first.text()).done;
  expect(done.map((item) => item['type'])).toEqual(['reasoning', 'message']);

  const after = await startUpstream('messages', { name: 'new-account', scenario: scenarioNamed('reasoning-text') });
  const walk = startGateway([{ wire: 'messages', url: after.url }]);
  const history = [PROMPT, ...done, { ...PROMPT, id: 'msg_second' }];
  for (const _ of [1, 2]) {
    const answer = await walk.ask(codexBody(history), { 'session-id': 'here', 'thread-id': 'here' });
    expect(readStream(await answer.text()).end).toBe('completed');
  }
  expect(outcomesOf(walk)).toEqual([['FOREIGN_STATE', 'ok'], ['ok']]);
  expect(after.requests.map((request) => request.status)).toEqual([400, 200, 200]);
});

/** One provider's answers, each asked for only once. */
function record(simulator: Simulator, wire: TestedWire): (body: Uint8Array) => Promise<DrivenAnswer> {
  const recorded = new Map<bigint | number, DrivenAnswer>();
  return async (body) => {
    const key = Bun.hash(body);
    const known = recorded.get(key);
    if (known !== undefined) return known;
    const response = await fetch(`${simulator.url}${PATHS[wire]}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
      body: Buffer.from(body),
    });
    const chunks = [Buffer.from(await response.text())];
    const answer: DrivenAnswer = {
      status: response.status,
      contentType: response.headers.get('content-type') ?? '',
      chunks,
      end: 'eof',
    };
    recorded.set(key, answer);
    return answer;
  };
}

describe('an upstream that dies after any of its events', () => {
  const PAIRS = [
    ['messages', 'messages'],
    ['messages', 'chat'],
    ['messages', 'responses'],
    ['chat', 'messages'],
    ['responses', 'messages'],
  ] as const;
  const CASES = ['reasoning-text', 'message-then-call', 'parallel-calls', 'custom-call'].flatMap((shape) =>
    PAIRS.map(([dying, other]) => [shape, dying, other] as const),
  );

  test.each(CASES)(
    '%s: over %s, and %s takes over: nothing is lost and no call runs twice',
    async (shape, dying, other) => {
      const scenario = scenarioNamed(shape);
      const first = await startUpstream(dying, { scenario, name: 'alpha' });
      const second = await startUpstream(other, { scenario, name: 'beta' });
      const settings = settingsOf(
        routeTo([
          { wire: dying, url: 'http://first.test/v1' },
          { wire: other, url: 'http://second.test/v1' },
        ]),
      );
      const answers = { p1: record(first, dying), p2: record(second, other) };
      let length = 0;
      const runUntil = (count: number): Promise<TurnOutcome> =>
        runTurn(
          inSession(CODEX_NOW, `cut-${count}`),
          driveWalk(settings, async (id, body) => {
            if (id !== 'p1') return answers.p2(body);
            const answer = await answers.p1(body);
            const frames = Buffer.concat(answer.chunks).toString().split('\n\n').slice(0, -1);
            length = Math.max(length, frames.length);
            return { ...answer, chunks: frames.slice(0, count).map((frame) => Buffer.from(`${frame}\n\n`)) };
          }).ask,
        );
      const uncut = await runUntil(Number.POSITIVE_INFINITY);
      expect(uncut).toMatchObject({ error: undefined, objections: [] });
      expect(length).toBeGreaterThan(5);
      for (let count = 0; count < length; count += 1) {
        const outcome = await runUntil(count);
        expect({ count, ...outcome }).toMatchObject({ count, error: undefined, reconnects: 0, objections: [] });
        expect(outcome.ran).toEqual(uncut.ran);
        expect(withoutRepeatedReasoning(outcome.items).toSorted()).toEqual(uncut.items.toSorted());
      }
      for (const simulator of [first, second]) {
        expect(simulator.requests.filter((request) => request.status !== 200).map((one) => one.status)).toEqual([]);
      }
    },
  );
});
