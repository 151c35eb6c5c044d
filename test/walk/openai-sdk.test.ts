import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test';
import OpenAI, { AuthenticationError, BadRequestError, InternalServerError, NotFoundError } from 'openai';
import type { ResponseStreamEvent } from 'openai/resources/responses/responses';
import type { Fault } from '../../src/serve/simulator/faults/fault.ts';
import { createFault } from '../../src/serve/simulator/faults/fault-table.ts';
import { startSimulator } from '../../src/serve/simulator/simulator.ts';
import { createHeldClock } from './held-clock.ts';
import { scenarioNamed } from './record-streams.ts';
import { GATEWAY_KEY, routeOver, startWalk, type WalkGateway } from './start-walk.ts';

setDefaultTimeout(120_000);

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const TEXT = 'The build is green and nothing else needs to change.';
const REQUEST = { model: 'gpt-5.5', input: 'Is the build green?' } as const;
const TOOL = {
  type: 'function',
  name: 'exec_command',
  strict: false,
  parameters: { type: 'object', properties: { cmd: { type: 'string' } } },
} as const;

/** A gateway before providers with these faults, and the official SDK as its client. */
async function start(
  scenario: string,
  ...faults: readonly (readonly Fault[])[]
): Promise<{ walk: WalkGateway; client: OpenAI }> {
  const urls: string[] = [];
  for (const [index, list] of faults.entries()) {
    const simulator = await startSimulator({
      scenario: scenarioNamed(scenario),
      name: `vendor-${index + 1}`,
      faults: list,
    });
    cleanUps.push(simulator.stop);
    urls.push(simulator.url);
  }
  const walk = startWalk(`[retry]\nbackoff = "20ms"\n${routeOver(urls)}`);
  cleanUps.push(walk.stop);
  return { walk, client: clientOf(walk) };
}

/** A provider that pauses after this event until it is released. */
async function startHeld(event: string): Promise<{ url: string; release: () => void }> {
  const { clock, release } = createHeldClock();
  const pause: Fault = { name: 'pause', at: { afterEvent: event }, do: { kind: 'wait', ms: 1 } };
  const simulator = await startSimulator({ scenario: scenarioNamed('text'), faults: [pause] }, { clock });
  cleanUps.push(simulator.stop);
  return { url: simulator.url, release };
}

/** Repeats would hide what the gateway answers. */
const clientOf = (walk: WalkGateway, apiKey: string = GATEWAY_KEY): OpenAI =>
  new OpenAI({ apiKey, baseURL: walk.baseUrl, maxRetries: 0 });

/** Deltas of items, by the item's index: what a client shows while it waits. */
async function readAll(stream: AsyncIterable<ResponseStreamEvent>): Promise<readonly ResponseStreamEvent[]> {
  const events: ResponseStreamEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

const down = createFault('server-error-500');
const cutInText = (how: 'reset' | 'eof'): Fault => createFault(`${how}-after-event`, 'response.output_text.delta');

describe('the official SDK', () => {
  test('gets a whole answer', async () => {
    const { client } = await start('text', []);
    const response = await client.responses.create(REQUEST);
    expect(response.output_text).toBe(TEXT);
    expect(response.usage?.output_tokens).toBeGreaterThan(0);
  });

  test('gets a stream', async () => {
    const { client } = await start('text', []);
    const events = await readAll(await client.responses.create({ ...REQUEST, stream: true }));
    expect(events.at(-1)).toMatchObject({ type: 'response.completed', response: { status: 'completed' } });
  });

  test('gets a whole answer from the next provider', async () => {
    const { client, walk } = await start('text', [down], []);
    expect((await client.responses.create(REQUEST)).output_text).toBe(TEXT);
    expect(walk.exchanges[0]).toMatchObject({ clientKind: 'other', targetId: 'p2/gpt-5.5' });
  });

  test.each([
    ['is down', [down]],
    ['is reset in mid-text', [cutInText('reset')]],
    ['ends in mid-text', [cutInText('eof')]],
    ['loses the end of its answer', [createFault('missing-events', 'response.completed')]],
  ])('gets one consistent stream when the first provider %s', async (_name, faults) => {
    const { client, walk } = await start('text', faults, []);
    // The SDK's own accumulator refuses events of items that it was not told of.
    const stream = client.responses.stream(REQUEST);
    const events = await readAll(stream);
    const final = await stream.finalResponse();
    expect(final.output_text).toBe(TEXT);
    expect(final.output).toHaveLength(1);
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_event, index) => index));
    expect(walk.exchanges).toHaveLength(1);
  });

  test.each([
    ['is reset in mid-arguments', createFault('reset-after-event', 'response.function_call_arguments.delta')],
    [
      'ends after the call',
      { ...createFault('eof-after-event'), at: { afterEvent: 'response.output_item.done', occurrence: 2 } },
    ],
  ])('gets each call once when the first provider %s', async (_name, fault) => {
    const { client } = await start('one-call', [fault], []);
    const stream = client.responses.stream({ ...REQUEST, tools: [TOOL] });
    const events = await readAll(stream);
    const done = events.filter((event) => event.type === 'response.output_item.done');
    expect(done.filter((event) => event.item.type === 'function_call')).toHaveLength(1);
    const final = await stream.finalResponse();
    const calls = final.output.filter((item) => item.type === 'function_call');
    expect(calls).toMatchObject([{ name: 'exec_command', arguments: '{"cmd":"ls"}' }]);
  });

  test('waits on while the upstream is silent', async () => {
    const { url, release } = await startHeld('response.output_text.delta');
    const walk = startWalk(routeOver([url]).replace('keep_alive = "5s"', 'keep_alive = "100ms"'));
    cleanUps.push(walk.stop);
    const stream = clientOf(walk).responses.stream(REQUEST);
    for await (const { type } of stream) if ((type as string) === 'keepalive') release();
    expect((await stream.finalResponse()).output_text).toBe(TEXT);
  });

  test('lists the models', async () => {
    const { walk } = await start('text', []);
    const exact = startWalk(routeOver(['http://127.0.0.1:9/v1']).replace('"gpt-*"', '"gpt-5.5", "gpt-5.4"'));
    cleanUps.push(exact.stop);
    expect((await clientOf(walk).models.list()).data).toEqual([]);
    expect((await clientOf(exact).models.list()).data.map((model) => model.id)).toEqual(['gpt-5.5', 'gpt-5.4']);
  });
});

describe('the official SDK throws', () => {
  async function errorOf(request: Promise<unknown>): Promise<unknown> {
    return await request.then(
      () => 'no error',
      (error: unknown) => error,
    );
  }

  test('AuthenticationError for a wrong key', async () => {
    const { walk } = await start('text', []);
    const error = await errorOf(clientOf(walk, 'wrong').responses.create(REQUEST));
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({ status: 401, code: 'bad_gateway_key', type: 'authentication_error' });
  });

  test('NotFoundError for a model that no route serves', async () => {
    const { client } = await start('text', []);
    const error = await errorOf(client.responses.create({ ...REQUEST, model: 'other' }));
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({ status: 404, code: 'model_not_found' });
  });

  test('NotFoundError for a model that is withdrawn everywhere', async () => {
    const { client } = await start('text', [createFault('model-withdrawn')], [createFault('deployment-not-found')]);
    const error = await errorOf(client.responses.create(REQUEST));
    expect(error).toBeInstanceOf(NotFoundError);
    expect((error as Error).message).toContain('p1/gpt-5.5: the model is withdrawn');
  });

  test("BadRequestError with the provider's words for its own mistake", async () => {
    const { client } = await start('text', [createFault('bad-request-400')], []);
    const error = await errorOf(client.responses.create(REQUEST));
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ status: 400, code: 'invalid_value', message: expect.stringContaining('banana') });
  });

  test.each([
    ['whole', false],
    ['streamed', true],
  ])('BadRequestError that names each target when a %s answer cannot be had', async (_name, stream) => {
    const { client } = await start('text', [down], [createFault('overloaded-529')]);
    const error = await errorOf(client.responses.create({ ...REQUEST, stream }));
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ code: 'all_targets_failed', type: 'gateway_exhausted' });
    expect((error as Error).message).toMatch(/p1\/gpt-5\.5: server error.*p2\/gpt-5\.5: overloaded/);
  });

  test('InternalServerError while the gateway restarts, which it repeats by itself', async () => {
    const { url, release } = await startHeld('response.created');
    const walk = startWalk(routeOver([url]));
    cleanUps.push(walk.stop);
    const client = clientOf(walk);
    const running = client.responses.create({ ...REQUEST, stream: true });
    while (walk.gateway.openExchanges() === 0) await Bun.sleep(5);
    const stopped = walk.gateway.stop(20_000);
    const error = await errorOf(client.responses.create(REQUEST));
    expect(error).toBeInstanceOf(InternalServerError);
    expect(error).toMatchObject({ status: 503 });
    release();
    expect((await readAll(await running)).at(-1)?.type).toBe('response.completed');
    await stopped;
  });
});

test('a stream that fails when nobody is left ends with response.failed and its reasons', async () => {
  const { client } = await start('text', [cutInText('reset')], [cutInText('eof')]);
  const events = await readAll(await client.responses.create({ ...REQUEST, stream: true }));
  const last = events.at(-1);
  expect(last).toMatchObject({
    type: 'response.failed',
    response: { status: 'failed', error: { code: 'server_error' } },
  });
  expect(last?.type === 'response.failed' && last.response.error?.message).toMatch(/p1\/gpt-5\.5: .*p2\/gpt-5\.5: /);
});
