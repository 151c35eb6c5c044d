import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test';
import OpenAI, { APIError, AuthenticationError, BadRequestError, NotFoundError, RateLimitError } from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import type { Response, ResponseInputItem, ResponseStreamEvent } from 'openai/resources/responses/responses';
import * as z from 'zod';
import { findEventProblems, findResponseProblems } from '../../src/decide/wire/__fixtures__/match-sdk-types.ts';
import type { JsonObject } from '../../src/decide/wire/read-json.ts';
import type { Fault } from '../../src/serve/simulator/faults/fault.ts';
import { createFault } from '../../src/serve/simulator/faults/fault-table.ts';
import type { Scenario } from '../../src/serve/simulator/scenario.ts';
import { type Simulator, startSimulator } from '../../src/serve/simulator/simulator.ts';
import { routeOverLanes, TESTED_LANES, type TestedLane } from './lanes.ts';
import { scenarioNamed } from './record-streams.ts';
import { GATEWAY_KEY, startWalk, type WalkGateway } from './start-walk.ts';

setDefaultTimeout(120_000);

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const MODEL = 'gpt-5.5';
const SHELL = {
  type: 'function',
  name: 'exec_command',
  description: 'Runs a command.',
  strict: false,
  parameters: { type: 'object', properties: { cmd: { type: 'string' } } },
} as const;
const PIXEL = `data:image/png;base64,${Buffer.from('a picture of a lighthouse').toString('base64')}`;

interface Started {
  readonly client: OpenAI;
  readonly walk: WalkGateway;
  readonly upstream: Simulator;
}

/** The official SDK before one upstream of a lane; its own repeats would hide what the gateway answers. */
async function start(lane: TestedLane, scenario: Scenario, faults: readonly Fault[] = []): Promise<Started> {
  const upstream = await startSimulator({ scenario, faults, ...lane.simulator });
  cleanUps.push(upstream.stop);
  const more = '[retry]\nbackoff = "20ms"\n';
  const walk = startWalk(routeOverLanes([{ lane, url: upstream.url }], more).replace('"*"', `"${MODEL}"`));
  cleanUps.push(walk.stop);
  return { client: clientOf(walk), walk, upstream };
}

const clientOf = (walk: WalkGateway, apiKey: string = GATEWAY_KEY): OpenAI =>
  new OpenAI({ apiKey, baseURL: walk.baseUrl, maxRetries: 0 });

type Ask = Omit<OpenAI.Responses.ResponseCreateParamsNonStreaming, 'stream' | 'model'>;

/** One answer, and every event of it where it was streamed, held against the types of the SDK. */
type Delivery = (client: OpenAI, request: Ask) => Promise<Response>;

const DELIVERIES: readonly (readonly [string, Delivery])[] = [
  [
    'whole',
    async (client, request) => {
      const response = await client.responses.create({ ...request, model: MODEL });
      expect(findResponseProblems(asSent(response))).toEqual([]);
      return response;
    },
  ],
  [
    'streamed',
    async (client, request) => {
      const events: ResponseStreamEvent[] = [];
      const stream = client.responses.stream({ ...request, model: MODEL });
      for await (const event of stream) events.push(event);
      // The SDK adds to the events that it hands out, so what was sent is asked for once more.
      for await (const event of await client.responses.create({ ...request, model: MODEL, stream: true }))
        expect(findEventProblems(asSent(event))).toEqual([]);
      expect(events.map((event) => event.sequence_number)).toEqual(events.map((_event, at) => at));
      return await stream.finalResponse();
    },
  ],
];

/** Without what the SDK itself puts into it. */
const asSent = (value: object): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject;

const ALL = TESTED_LANES.flatMap((lane) =>
  DELIVERIES.map(([how, deliver]) => [lane.name, how, lane, deliver] as const),
);

const callsOf = (response: Response) => response.output.filter((item) => item.type === 'function_call');

describe.each(ALL)('over the %s lane, %s, the official SDK gets', (_lane, _how, lane, deliver) => {
  test('text, usage and its own request said back', async () => {
    const { client, walk } = await start(lane, scenarioNamed('reasoning-text'));
    const request: Ask = {
      instructions: 'Be brief.',
      input: [{ role: 'user', content: 'Which one?' }],
      tools: [SHELL],
      tool_choice: 'auto',
      max_output_tokens: 5000,
      metadata: { ticket: '17' },
      reasoning: { effort: 'medium', summary: 'auto' },
      include: ['reasoning.encrypted_content'],
      store: false,
    };
    const response = await deliver(client, request);
    expect(response.output_text).toBe('Keep the interface and add the second method beside it.');
    expect(response.output.map((item) => item.type)).toEqual(['reasoning', 'message']);
    expect(response.usage?.total_tokens).toBeGreaterThan(0);
    expect(response).toMatchObject({
      object: 'response',
      status: 'completed',
      error: null,
      instructions: 'Be brief.',
      tools: [{ type: 'function', name: 'exec_command', description: 'Runs a command.', strict: false }],
      tool_choice: 'auto',
      max_output_tokens: 5000,
      reasoning: { effort: 'medium' },
    });
    expect(walk.exchanges[0]?.attempts[0]).toMatchObject({ outcome: 'ok', lane: lane.lane });
  });

  test.each([
    ['one call', 'one-call', ['ls']],
    ['parallel calls', 'parallel-calls', ['echo first >> parallel.txt', 'echo second >> parallel.txt']],
  ])('%s, and the answer to their outputs', async (_name, scenario, commands) => {
    const { client } = await start(lane, scenarioNamed(scenario));
    const tools = [SHELL];
    const input: ResponseInputItem[] = [{ role: 'user', content: 'Look around.' }];
    const first = await deliver(client, { input, tools, parallel_tool_calls: true });
    const calls = callsOf(first);
    expect(calls.map((call) => [call.name, JSON.parse(call.arguments)])).toEqual(
      commands.map((cmd) => ['exec_command', { cmd }]),
    );
    expect(new Set(calls.map((call) => call.call_id)).size).toBe(commands.length);
    const outputs = calls.map(({ call_id }) => ({ type: 'function_call_output', call_id, output: 'done' }) as const);
    // The SDK's own field, which OpenAI refuses as well.
    const said = first.output.map(
      (item) => Object.assign({ ...item }, { parsed_arguments: undefined }) as ResponseInputItem,
    );
    const history = [...input, ...said, ...outputs];
    const second = await deliver(client, { input: history, tools });
    expect(callsOf(second)).toEqual([]);
    expect(second.output_text).not.toBe('');
  });

  test('a call of a custom tool, as plain text', async () => {
    const { client } = await start(lane, scenarioNamed('custom-call'));
    const response = await deliver(client, {
      input: 'Write the file.',
      tools: [{ type: 'custom', name: 'apply_patch', description: 'Edits files.' }],
    });
    const calls = response.output.filter((item) => item.type === 'custom_tool_call');
    expect(calls).toMatchObject([{ name: 'apply_patch', input: expect.stringMatching(/^\*\*\* Begin Patch\n/) }]);
  });

  test('an answer of the form that it asked for', async () => {
    const Weather = z.object({ city: z.string(), celsius: z.number(), sky: z.enum(['clear', 'cloudy']) });
    const wanted = { city: 'Oslo', celsius: -3, sky: 'clear' } as const;
    const say = { kind: 'say', text: JSON.stringify(wanted), phase: 'final_answer' } as const;
    const { client } = await start(lane, { name: 'form', summary: '', turns: [[[say]]] });
    const request = { input: 'How is Oslo?', text: { format: zodTextFormat(Weather, 'weather') } };
    const parsed = await client.responses.parse({ ...request, model: MODEL });
    expect(parsed.output_parsed).toEqual(wanted);
    expect(parsed.text?.format).toMatchObject({ type: 'json_schema', name: 'weather' });
    const response = await deliver(client, request);
    expect(Weather.parse(JSON.parse(response.output_text))).toEqual(wanted);
  });

  test('an answer about an image, which the upstream gets or is told of', async () => {
    const { client, upstream } = await start(lane, scenarioNamed('text'));
    const response = await deliver(client, {
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'What is on it?' },
            { type: 'input_image', image_url: PIXEL, detail: 'auto' },
          ],
        },
      ],
    });
    expect(response.output_text).not.toBe('');
    const sent = JSON.stringify(upstream.requests.at(-1)?.body);
    const [, picture = ''] = PIXEL.split(',');
    expect(sent).toContain(lane.seesImages === false ? 'This model cannot see images' : picture);
    expect(sent).toContain('What is on it?');
  });
});

describe.each(TESTED_LANES.map((lane) => [lane.name, lane] as const))('over the %s lane', (_name, lane) => {
  async function errorOf(request: Promise<unknown>): Promise<APIError> {
    const error = await request.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (error instanceof APIError) return error;
    throw new Error(`no error of the SDK: ${error}`);
  }

  test.each([
    [
      'RateLimitError where every target is rate limited',
      'rate-limited-integer-wait',
      RateLimitError,
      'rate_limit_exceeded',
    ],
    ['BadRequestError for what the provider cannot read', 'bad-request-400', BadRequestError, undefined],
    [
      'BadRequestError for a context that is too long',
      'context-too-long-400',
      BadRequestError,
      'context_length_exceeded',
    ],
    ['NotFoundError for a model that is gone', 'model-withdrawn', NotFoundError, 'model_not_found'],
    [
      "BadRequestError, and not AuthenticationError, for the gateway's own key",
      'unauthorized-401',
      BadRequestError,
      'all_targets_failed',
    ],
    ['BadRequestError where every target is down', 'server-error-500', BadRequestError, 'all_targets_failed'],
  ] as const)('the SDK throws %s', async (_name, fault, type, code) => {
    const { client } = await start(lane, scenarioNamed('text'), [createFault(fault)]);
    for (const stream of [false, true]) {
      const error = await errorOf(client.responses.create({ model: MODEL, input: 'hi', stream }));
      expect({ stream, name: error.constructor.name }).toEqual({ stream, name: type.name });
      if (code !== undefined) expect(error.code).toBe(code);
      expect(error.message).not.toBe('');
    }
  });

  test('the SDK throws AuthenticationError for a wrong gateway key', async () => {
    const { walk } = await start(lane, scenarioNamed('text'));
    const error = await errorOf(clientOf(walk, 'wrong').responses.create({ model: MODEL, input: 'hi' }));
    expect(error).toBeInstanceOf(AuthenticationError);
  });

  test.each([
    ['previous_response_id', { previous_response_id: 'resp_1' }],
    ['background', { background: true }],
  ])('the SDK throws BadRequestError for %s, which names it', async (field, more) => {
    const { client, upstream } = await start(lane, scenarioNamed('text'));
    const error = await errorOf(client.responses.create({ model: MODEL, input: 'hi', ...more }));
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error.message).toContain(field);
    expect(upstream.requests).toHaveLength(0);
  });

  test('a stream that breaks off with nobody left to go on ends with response.failed, and its reasons', async () => {
    const { client } = await start(lane, scenarioNamed('text'), [
      createFault('eof-after-event', 'response.output_text.delta'),
    ]);
    const events: JsonObject[] = [];
    for await (const event of await client.responses.create({ model: MODEL, input: 'hi', stream: true }))
      events.push(asSent(event));
    expect(events.flatMap(findEventProblems)).toEqual([]);
    expect(events.at(-1)).toMatchObject({
      type: 'response.failed',
      response: { status: 'failed', error: { code: 'server_error', message: expect.stringContaining('p1/') } },
    });
  });

  test('an answer that ran into the limit that the client set is incomplete, and says why', async () => {
    const { client } = await start(lane, scenarioNamed('text'), [createFault('incomplete-in-middle')]);
    const request = { model: MODEL, input: 'hi', max_output_tokens: 16, stream: true } as const;
    let last: JsonObject = {};
    for await (const event of await client.responses.create(request)) {
      last = asSent(event);
      expect(findEventProblems(last)).toEqual([]);
    }
    expect(last).toMatchObject({
      type: 'response.incomplete',
      response: { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } },
    });
  });
});
