import { afterEach, describe, expect, test } from 'bun:test';
import OpenAI from 'openai';
import { createFault } from '../faults/fault-table.ts';
import type { Scenario } from '../scenario.ts';
import { SCENARIOS } from '../scenarios/scenario-table.ts';
import { type Simulator, startSimulator } from '../simulator.ts';
import type { SimulatorOptions } from '../simulator-options.ts';

const running: Simulator[] = [];

afterEach(async () => {
  for (const simulator of running.splice(0)) await simulator.stop();
});

type Json = Record<string, unknown>;
type Item = Json & { readonly type: string };

const CLASSIC = [
  { type: 'function', name: 'exec_command', parameters: { type: 'object' } },
  { type: 'custom', name: 'apply_patch' },
];
const CODE_MODE = {
  type: 'additional_tools',
  role: 'developer',
  tools: [{ type: 'namespace', name: 'functions', tools: [{ type: 'custom', name: 'exec' }] }],
};
const PROMPT: Item = { type: 'message', role: 'user', content: 'go' };

function scenario(name: string): Scenario {
  const found = SCENARIOS[name];
  if (found === undefined) throw new Error(`no scenario ${name}`);
  return found;
}

async function start(options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  const simulator = await startSimulator({ scenario: scenario('task'), ...options });
  running.push(simulator);
  return simulator;
}

const post = (simulator: Simulator, body: object, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${simulator.url}/responses`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model: 'gpt-5.5', include: ['reasoning.encrypted_content'], ...body }),
  });

async function stream(simulator: Simulator, body: object): Promise<readonly Json[]> {
  const text = await (await post(simulator, { stream: true, ...body })).text();
  const events = [...text.matchAll(/^event: (.+)\ndata: (.+)\n\n/gm)];
  expect(events.map((event) => event[0]).join('')).toBe(text);
  return events.map(([, type, data]) => {
    const json = JSON.parse(data ?? '') as Json;
    expect(json['type']).toBe(type as string);
    return json;
  });
}

describe('the event stream', () => {
  test('has the events of every item kind in the order that OpenAI sends them', async () => {
    const types = (events: readonly Json[]) =>
      events
        .map((event) => String(event['type']).replace('response.', ''))
        .filter((type, index, all) => type !== all[index - 1]);
    expect(types(await stream(await start(), { input: 'go' }))).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'reasoning_summary_part.added',
      'reasoning_summary_text.delta',
      'reasoning_summary_text.done',
      'reasoning_summary_part.done',
      'output_item.done',
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'output_item.added',
      'function_call_arguments.delta',
      'function_call_arguments.done',
      'output_item.done',
      'completed',
    ]);
    const custom = types(
      await stream(await start({ scenario: scenario('custom-call') }), { input: 'go', tools: CLASSIC }),
    );
    expect(custom.slice(-4)).toEqual([
      'custom_tool_call_input.delta',
      'custom_tool_call_input.done',
      'output_item.done',
      'completed',
    ]);
  });

  test('is numbered without gaps, and its deltas add up to the finished texts', async () => {
    const events = await stream(await start(), { input: 'go' });
    expect(events.map((event) => event['sequence_number'])).toEqual(events.map((_, index) => index));
    const deltas = new Map<unknown, string>();
    for (const event of events) {
      const id = event['item_id'];
      if (typeof event['delta'] === 'string') deltas.set(id, (deltas.get(id) ?? '') + event['delta']);
      const whole = event['text'] ?? event['arguments'];
      if (whole !== undefined) expect(deltas.get(id)).toBe(String(whole));
    }
    expect(deltas.size).toBe(3);
  });

  test('ends with a response that holds the same items, the usage and what the request asked for', async () => {
    const events = await stream(await start(), { input: 'go', tools: CLASSIC, prompt_cache_key: 'k', store: false });
    const response = events.at(-1)?.['response'] as Json;
    const done = events.filter((event) => event['type'] === 'response.output_item.done').map((event) => event['item']);
    expect(response['output']).toEqual(done);
    expect(response).toMatchObject({
      status: 'completed',
      store: false,
      prompt_cache_key: 'k',
      tools: CLASSIC,
      error: null,
    });
    const usage = response['usage'] as Record<string, number>;
    expect(usage['total_tokens']).toBe((usage['input_tokens'] ?? 0) + (usage['output_tokens'] ?? 0));
    expect(usage).toMatchObject({
      input_tokens_details: { cached_tokens: 0 },
      output_tokens_details: { reasoning_tokens: 64 },
    });
  });

  test('pads its deltas unless asked not to', async () => {
    const simulator = await start();
    const padded = async (options: object) =>
      (await stream(simulator, { input: 'go', ...options })).some((event) => 'obfuscation' in event);
    expect(await padded({})).toBe(true);
    expect(await padded({ stream_options: { include_obfuscation: false } })).toBe(false);
  });

  test('holds opaque state only if it was asked for, and raw reasoning if the scenario has any', async () => {
    const raw: Scenario = {
      name: 'raw',
      summary: '',
      turns: [
        [
          [
            { kind: 'think', summary: '', text: 'raw thoughts' },
            { kind: 'say', text: 'hi' },
          ],
        ],
      ],
    };
    const events = await stream(await start({ scenario: raw }), { input: 'go', include: [] });
    expect(JSON.stringify(events)).not.toContain('encrypted_content');
    expect(events.map((event) => event['type'])).toContain('response.reasoning_text.done');
  });

  test('long-stream has exactly the number of events that it is named for', async () => {
    expect((await stream(await start({ scenario: scenario('long-stream') }), { input: 'go' })).length).toBe(200);
  });
});

describe("OpenAI's own client library", () => {
  const client = (simulator: Simulator): OpenAI =>
    new OpenAI({ baseURL: simulator.url, apiKey: 'sk-x', maxRetries: 0 });

  test('reads the stream and ends with the final response', async () => {
    const simulator = await start({ scenario: scenario('reasoning-text') });
    const events = client(simulator).responses.stream({ model: 'gpt-5.5', input: 'go' });
    let text = '';
    for await (const event of events) if (event.type === 'response.output_text.delta') text += event.delta;
    const response = await events.finalResponse();
    expect(text).toStartWith('Keep the interface');
    expect(response.output_text).toBe(text);
  });

  test('reads the answer without a stream, and the model list', async () => {
    const openai = client(await start({ scenario: scenario('text'), strict: { models: ['gpt-5.5'] } }));
    const response = await openai.responses.create({ model: 'gpt-5.5', input: 'go' });
    expect(response.output_text).toBe('The build is green and nothing else needs to change.');
    expect((await openai.models.list()).data.map((model) => model.id)).toEqual(['gpt-5.5']);
  });

  test('turns errors into its own kinds', async () => {
    const simulator = await start({ key: 'sk-right', strict: { models: ['gpt-5.5'] } });
    const call = async (apiKey: string, model: string): Promise<unknown> =>
      await new OpenAI({ baseURL: simulator.url, apiKey, maxRetries: 0 }).responses.create({ model, input: 'go' });
    await expect(call('sk-wrong', 'gpt-5.5')).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
    await expect(call('sk-right', 'gone')).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    simulator.setFaults([createFault('rate-limited-integer-wait')]);
    await expect(call('sk-right', 'gpt-5.5')).rejects.toBeInstanceOf(OpenAI.RateLimitError);
  });
});

describe('everything around it', () => {
  test.each([
    ['HEAD', '/responses', 200],
    ['GET', '/responses', 405],
    ['DELETE', '/models', 405],
    ['GET', '/models', 200],
    ['POST', '/chat/completions', 404],
    ['GET', '/../etc/passwd', 404],
  ])('%s %s answers %d', async (method, path, status) => {
    const simulator = await start();
    const response = await fetch(`${simulator.url}${path}`, { method });
    expect(response.status).toBe(status);
    if (status >= 400)
      expect(((await response.json()) as Json)['error']).toMatchObject({ type: 'invalid_request_error' });
  });

  test('a WebSocket upgrade is answered 426', async () => {
    const simulator = await start();
    const headers = { upgrade: 'websocket', connection: 'Upgrade' };
    expect((await fetch(`${simulator.url}/responses`, { headers })).status).toBe(426);
  });

  test('the key is checked as a bearer token', async () => {
    const simulator = await start({ key: 'sk-1' });
    const status = async (headers: Record<string, string>) => (await post(simulator, { input: 'go' }, headers)).status;
    expect(await status({})).toBe(401);
    expect(await status({ authorization: 'Bearer sk-2' })).toBe(401);
    expect(await status({ authorization: 'Bearer sk-1' })).toBe(200);
  });

  test('the headers are those of OpenAI', async () => {
    const simulator = await start({ extras: { servedModel: 'gpt-5.5-2026-04-23', turnState: true } });
    const { headers } = await post(simulator, { input: 'go', stream: true });
    expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(headers.get('openai-model')).toBe('gpt-5.5-2026-04-23');
    expect(headers.get('x-request-id')).toStartWith('req_');
    expect(headers.get('x-ratelimit-reset-requests')).toBe('6ms');
    expect(headers.get('x-codex-turn-state')).toHaveLength(32);
    const again = await post(simulator, { input: 'go' }, { 'x-codex-turn-state': 'mine' });
    expect(again.headers.get('x-codex-turn-state')).toBe('mine');
  });

  test('a compressed body is read', async () => {
    const simulator = await start();
    const body = Bun.zstdCompressSync(Buffer.from(JSON.stringify({ model: 'gpt-5.5', input: 'go' })));
    const headers = { 'content-encoding': 'zstd' };
    expect((await fetch(`${simulator.url}/responses`, { method: 'POST', headers, body })).status).toBe(200);
  });
});

test('equal seeds give equal answers, and no id is ever given twice', async () => {
  const clock = { now: () => 1_795_000_000_000, monotonic: () => 0, after: () => () => {} };
  const answers: string[] = [];
  for (const seed of ['a', 'a', 'b']) {
    const simulator = await startSimulator({ scenario: scenario('task'), seed }, { clock });
    running.push(simulator);
    for (let call = 0; call < 2; call += 1) answers.push(await (await post(simulator, { input: 'go' })).text());
  }
  expect(answers.slice(0, 2)).toEqual(answers.slice(2, 4));
  expect(answers[0]).not.toBe(answers[4] as string);
  const ids = answers
    .slice(0, 2)
    .flatMap((text) => [...text.matchAll(/"(?:id|call_id)":"([^"]+)"/g)].map((id) => id[1]));
  expect(new Set(ids).size).toBe(ids.length);
});

describe('any simulator takes over from any other, at any item', () => {
  const forms = [
    ['classic tools', CLASSIC, []],
    ['code mode', undefined, [CODE_MODE]],
    ['a shell only', CLASSIC.slice(0, 1), []],
  ] as const;
  const names = Object.keys(SCENARIOS);

  test.each(forms)('with %s', async (_, tools, prefix) => {
    const simulators = [await start({ name: 'a' }), await start({ name: 'b' })];
    for (const name of names) {
      for (const simulator of simulators) simulator.setScenario(scenario(name));
      const whole = (await converse(simulators.slice(0, 1), tools, prefix, Infinity)).map(essence);
      for (let keep = 1; keep <= 3; keep += 1) {
        const cut = (await converse(simulators, tools, prefix, keep)).map(essence);
        expect([name, keep, cut]).toEqual([name, keep, whole]);
      }
    }
  });
});

/**
 * A client that gets only the first `keep` items after the reasoning of each response, then asks the next simulator; calls are "run" as soon
 * as their item is there. Gives all messages and calls, each of which must come exactly once.
 */
async function converse(
  simulators: readonly Simulator[],
  tools: readonly object[] | undefined,
  prefix: readonly object[],
  keep: number,
): Promise<readonly Item[]> {
  const history: Item[] = [];
  const seen: Item[] = [];
  for (let request = 0; request < 20; request += 1) {
    const simulator = simulators[request % simulators.length];
    if (simulator === undefined) throw new Error('no simulator');
    const input = [...prefix, PROMPT, ...history];
    const response = await post(simulator, { input, ...(tools === undefined ? {} : { tools }) });
    const answer = (await response.json()) as { output?: readonly Item[] };
    if (answer.output === undefined) throw new Error(JSON.stringify(answer));
    const kept = answer.output.slice(0, keep + answer.output.findIndex((item) => item.type !== 'reasoning'));
    for (const item of kept) {
      // Another vendor could not read the state.
      history.push(item.type === 'reasoning' ? { ...item, encrypted_content: null } : item);
      if (item.type !== 'reasoning') seen.push(item);
    }
    for (const item of kept) {
      if (item.type.endsWith('_call'))
        history.push({ type: `${item.type}_output`, call_id: item['call_id'], output: 'ok' });
    }
    if (kept.length === answer.output.length && kept.every((item) => !item.type.endsWith('_call'))) return seen;
  }
  throw new Error('the conversation does not end');
}

const essence = (item: Item): string =>
  JSON.stringify([item.type, item['name'], item['arguments'] ?? item['input'] ?? item['content']]);
