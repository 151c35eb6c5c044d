import { afterEach, describe, expect, test } from 'bun:test';
import type { FailureCode } from '../../src/core/failures.ts';
import type { Credentials } from '../../src/core/ports.ts';
import { createFault } from '../../src/serve/simulator/faults/fault-table.ts';
import { TASK } from '../../src/serve/simulator/scenarios/task.ts';
import { type Simulator, startSimulator } from '../../src/serve/simulator/simulator.ts';
import type { SimulatorOptions } from '../../src/serve/simulator/simulator-options.ts';
import { askOverHttp } from './ask-over-http.ts';
import { CODEX_NOW, codexBody, PROMPT, readStream, runTurn } from './codex-model.ts';
import { scenarioNamed } from './record-streams.ts';
import { startWalk, type WalkGateway, type WalkOptions } from './start-walk.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

interface Upstream {
  readonly wire: 'gemini' | 'vertex' | 'converse';
  readonly model: string;
  /** What follows the host. */
  readonly base: string;
  readonly simulator: Partial<SimulatorOptions>;
}

const GEMINI: Upstream = {
  wire: 'gemini',
  model: 'gemini-3-pro',
  base: '/v1beta',
  simulator: { wire: 'gemini' },
};
const VERTEX: Upstream = {
  wire: 'vertex',
  model: 'gemini-3-pro',
  base: '/v1/projects/simulated-project/locations/europe-west4/publishers/google',
  simulator: { wire: 'gemini', dialect: 'vertex' },
};
const CONVERSE: Upstream = {
  wire: 'converse',
  model: 'eu.anthropic.claude-opus-5-v1:0',
  base: '',
  simulator: { wire: 'converse' },
};

async function start(upstream: Upstream, options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  const simulator = await startSimulator({ scenario: TASK, ...upstream.simulator, ...options });
  cleanUps.push(simulator.stop);
  return simulator;
}

function gatewayTo({ wire, model, base }: Upstream, simulator: Simulator, more = '', options: WalkOptions = {}) {
  const walk: WalkGateway = startWalk(
    `[server]
listen = "127.0.0.1:0"

[retry]
backoff = "1ms"

[providers.only]
wire = "${wire}"
base_url = "${new URL(simulator.url).origin}${base}"
${more === '' ? 'key = "none"' : more}

[[routes]]
id = "test"
models = ["*"]
  [[routes.targets]]
  provider = "only"
  model = "${model}"
`,
    options,
  );
  cleanUps.push(walk.stop);
  return walk;
}

const outcomesOf = (walk: WalkGateway): readonly string[][] =>
  walk.exchanges.map(({ attempts }) => attempts.map((one) => one.outcome));

const keyOf = (secret: string): Credentials => ({
  obtain: async () => ({ reveal: () => secret }),
  invalidate: () => false,
});

test.each([GEMINI, VERTEX, CONVERSE])(
  'a task whose only target speaks $wire is done as with OpenAI',
  async (upstream) => {
    const simulator = await start(upstream);
    const walk = gatewayTo(upstream, simulator);
    const outcome = await runTurn(CODEX_NOW, askOverHttp(walk));
    expect(outcome).toMatchObject({ requests: 3, reconnects: 0, error: undefined, objections: [] });
    expect(outcome.ran).toHaveLength(2);
    expect(outcomesOf(walk)).toEqual([['ok'], ['ok'], ['ok']]);
    for (const { headers } of simulator.requests) {
      expect(headers['user-agent']).toBe('holdfast');
      expect(JSON.stringify(headers)).not.toMatch(/x-codex|secret-project|installation|ai-sdk|"none"/);
    }
  },
);

describe('keys', () => {
  const AWS_KEYS = JSON.stringify({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalr', sessionToken: 'T' });
  const SIGNED = 'auth = "sigv4"\nregion = "eu-central-1"';

  test.each([
    ['Gemini: a key', GEMINI, 'auth = "x-goog-api-key"\nkey = { env = "K" }', 'k', { 'x-goog-api-key': 'k' }],
    ['Vertex: a key', VERTEX, 'auth = "x-goog-api-key"\nkey = { env = "K" }', 'k', { 'x-goog-api-key': 'k' }],
    [
      'Vertex: a key that stands for the project',
      { ...VERTEX, base: '/v1/publishers/google' },
      'auth = "x-goog-api-key"\nkey = { env = "K" }',
      'k',
      { 'x-goog-api-key': 'k' },
    ],
    ['Vertex: a token', VERTEX, 'key = { command = "gcloud" }', 'ya29.t', { authorization: 'Bearer ya29.t' }],
    ['Bedrock: a key', CONVERSE, 'key = { env = "K" }', 'k', { authorization: 'Bearer k' }],
    [
      "Bedrock: AWS's own keys",
      CONVERSE,
      SIGNED,
      AWS_KEYS,
      {
        authorization: expect.stringMatching(
          /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/bedrock\//,
        ),
      },
    ],
  ] as const)('%s', async (_name, upstream, lines, secret, headers) => {
    const simulator = await start(upstream, { key: secret.startsWith('ya29.') ? secret : 'k' });
    const walk = gatewayTo(upstream, simulator, lines, { credentials: keyOf(secret) });
    expect(readStream(await (await walk.ask(codexBody([PROMPT]))).text()).end).toBe('completed');
    expect(simulator.requests[0]?.headers).toMatchObject(headers);
  });

  test('presets say where to ask and how', () => {
    const settings = (preset: string, more: string) => {
      const walk = startWalk(
        `[server]\nlisten = "127.0.0.1:0"\n[providers.only]\npreset = "${preset}"\n${more}\n[[routes]]\nid = "t"\nmodels = ["*"]\n  [[routes.targets]]\n  provider = "only"\n`,
        {
          adjust: (read) => {
            seen.push(read.providers.get('only'));
            return read;
          },
        },
      );
      cleanUps.push(walk.stop);
      return seen.at(-1);
    };
    const seen: unknown[] = [];
    const vertex = 'https://aiplatform.googleapis.com/v1/projects/p/locations/global/publishers/google';
    expect(settings('gemini', '')).toMatchObject({ wire: 'gemini', auth: 'x-goog-api-key', lab: 'google' });
    expect(settings('vertex', `base_url = "${vertex}"`)).toMatchObject({
      wire: 'vertex',
      auth: 'x-goog-api-key',
      jurisdiction: 'US',
    });
    const command = 'key = { command = "gcloud", args = ["auth", "print-access-token"] }';
    expect(settings('vertex', `base_url = "${vertex}"\n${command}`)).toMatchObject({ auth: 'bearer' });
    expect(settings('amazon-bedrock-converse', 'region = "eu-central-1"')).toMatchObject({
      wire: 'converse',
      baseUrl: 'https://bedrock-runtime.eu-central-1.amazonaws.com',
      auth: 'bearer',
    });
  });
});

describe('failures are taken for what they are', () => {
  const rows: readonly (readonly [string, Upstream, FailureCode])[] = [
    ['rate-limited-protobuf-wait', GEMINI, 'RATE_LIMITED'],
    ['hidden-region-400', GEMINI, 'REGION_BLOCKED'],
    ['server-error-500', GEMINI, 'SERVER_ERROR'],
    ['html-200', GEMINI, 'NOT_A_STREAM'],
    ['empty-200', GEMINI, 'STREAM_CUT'],
    ['no-finish', GEMINI, 'STREAM_CUT'],
    ['overloaded-in-stream', GEMINI, 'OVERLOADED'],
    ['model-retired-bedrock', CONVERSE, 'MODEL_NOT_FOUND'],
    ['overloaded-in-stream', CONVERSE, 'OVERLOADED'],
    ['no-finish', CONVERSE, 'STREAM_CUT'],
    ['unavailable-503', CONVERSE, 'SERVER_ERROR'],
    ['redirect-307', CONVERSE, 'REDIRECTED'],
  ];
  const named = rows.map(
    ([fault, upstream, code]) => [`${fault} from ${upstream.wire}`, fault, upstream, code] as const,
  );

  test.each(named)('%s', async (_name, fault, upstream, outcome) => {
    const simulator = await start(upstream, { faults: [createFault(fault, undefined, { times: 1 })] });
    const walk = gatewayTo(upstream, simulator);
    await (await walk.ask(codexBody([PROMPT]))).text();
    expect(walk.exchanges[0]?.attempts[0]?.outcome).toBe(outcome);
    expect(walk.logLines.join('\n')).not.toContain('Corrupted');
  });

  test.each([
    ['a wrong key at Gemini', GEMINI, { key: 'right' }, 'UNAUTHORIZED'],
    ['a wrong key at Vertex', VERTEX, { key: 'right' }, 'UNAUTHORIZED'],
    [
      'a project at Vertex that is not theirs',
      { ...VERTEX, base: VERTEX.base.replace('simulated', 'other') },
      {},
      'FORBIDDEN',
    ],
    ['a wrong key at Converse', CONVERSE, { key: 'right' }, 'FORBIDDEN'],
    ['a model that is not there at Gemini', GEMINI, { strict: { models: ['other'] } }, 'MODEL_NOT_FOUND'],
    ['a model that is not there at Vertex', VERTEX, { strict: { models: ['other'] } }, 'MODEL_NOT_FOUND'],
    ['a model that is not there at Converse', CONVERSE, { strict: { models: ['other'] } }, 'MODEL_NOT_FOUND'],
    ['a conversation that is too long at Gemini', GEMINI, { strict: { contextTokens: 1 } }, 'CONTEXT_TOO_LONG'],
    ['a conversation that is too long at Converse', CONVERSE, { strict: { contextTokens: 1 } }, 'CONTEXT_TOO_LONG'],
  ] as const)('%s', async (_name, upstream, options, outcome) => {
    const simulator = await start(upstream, options);
    const walk = gatewayTo(upstream, simulator, 'key = { env = "K" }', { credentials: keyOf('wrong') });
    await (await walk.ask(codexBody([PROMPT]))).text();
    expect(walk.exchanges[0]?.attempts[0]?.outcome).toBe(outcome);
  });
});

test.each([GEMINI, VERTEX, CONVERSE])(
  'thinking that $wire itself refuses is left out once, and from then on',
  async (upstream) => {
    const before = await start(upstream, { name: 'old-account' });
    const first = await gatewayTo(upstream, before).ask(codexBody([PROMPT]));
    const done = readStream(await first.text()).done;
    const call = done.at(-1) ?? {};
    expect(call['type']).toBe('function_call');

    const after = await start(upstream, { name: 'new-account' });
    const walk = gatewayTo(upstream, after);
    const history = [PROMPT, ...done, { type: 'function_call_output', call_id: call['call_id'], output: 'done' }];
    for (const _ of [1, 2]) {
      const answer = await walk.ask(codexBody(history), { 'session-id': 'here', 'thread-id': 'here' });
      expect(readStream(await answer.text()).end).toBe('completed');
    }
    expect(outcomesOf(walk)).toEqual([['FOREIGN_STATE', 'ok'], ['ok']]);
    expect(after.requests.map((request) => request.status)).toEqual([400, 200, 200]);
  },
);

test('an answer that is long in coming is given up as elsewhere, and its connection closed', async () => {
  const simulator = await start(GEMINI, {
    scenario: scenarioNamed('text'),
    faults: [createFault('stall-after-event', 1)],
  });
  const walk = gatewayTo(GEMINI, simulator, 'key = "none"\ntimeouts = { idle = "100ms" }');
  await (await walk.ask(codexBody([PROMPT]))).text();
  expect(walk.exchanges[0]?.attempts[0]?.outcome).toBe('IDLE_TIMEOUT');
  while (simulator.requests[0]?.abortedByClient !== true) await Bun.sleep(5);
});

test.each([
  ['Gemini 3', GEMINI],
  ['Gemini 2.5', { ...GEMINI, model: 'gemini-2.5-flash' }],
  ['Vertex', VERTEX],
  ['Claude on Bedrock', CONVERSE],
])('a picture that a tool shows is seen, and a file that the user sends is read: %s', async (_name, upstream) => {
  const simulator = await start(upstream);
  const data = (text: string): string => Buffer.from(text).toString('base64');
  const file = `data:application/pdf;base64,${data('a document')}`;
  const history = [
    { ...PROMPT, content: [{ type: 'input_file', filename: 'a.pdf', file_data: file }] },
    { type: 'function_call', call_id: 'c1', name: 'view_image', arguments: '{"path":"a.png"}' },
    {
      type: 'function_call_output',
      call_id: 'c1',
      output: [{ type: 'input_image', image_url: `data:image/png;base64,${data('a lighthouse')}` }],
    },
  ];
  const answer = await gatewayTo(upstream, simulator).ask(codexBody(history));
  expect(readStream(await answer.text()).end).toBe('completed');
  const sent = Buffer.from(simulator.requests.at(-1)?.bytes ?? []).toString();
  expect(sent).toContain(data('a lighthouse'));
  expect(sent).toContain(data('a document'));
});
