import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test';
import type { Fault } from '../../src/serve/simulator/faults/fault.ts';
import { createFault } from '../../src/serve/simulator/faults/fault-table.ts';
import { startSimulator } from '../../src/serve/simulator/simulator.ts';
import { codexBody, PROMPT, readStream } from './codex-model.ts';
import { parseAnswers, type WireAnswer } from './parse-answers.ts';
import { connectRaw, type RawClient, renderRequest } from './raw-client.ts';
import { scenarioNamed } from './record-streams.ts';
import { routeOver, startWalk } from './start-walk.ts';
import { CLIENT_HEADERS, type Door, LAST_REQUEST, openDoor } from './talk-over-http.ts';

setDefaultTimeout(120_000);

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const BODY = codexBody([PROMPT]);
const CALL = renderRequest('/v1/responses', CLIENT_HEADERS, BODY);
const READY = 'GET /readyz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n';
const pauseAfter = (event: string): Fault => ({
  name: 'pause',
  at: { afterEvent: event },
  do: { kind: 'wait', ms: 300 },
});
const stallInText = createFault('stall-after-event', 'response.output_text.delta');

async function open(...options: Parameters<typeof openDoor>): Promise<Door> {
  const door = await openDoor(...options);
  cleanUps.push(door.stop);
  return door;
}

async function connectTo({ walk }: Pick<Door, 'walk'>): Promise<RawClient> {
  const client = await connectRaw(walk.gateway.port);
  cleanUps.push(client.leave);
  return client;
}

const answersOf = (client: RawClient): readonly WireAnswer[] => parseAnswers(client.receivedBytes(), false).answers;

/** Sends a request over a connection that had `before` answers, and waits for its own. */
async function ask(
  client: RawClient,
  text: string,
  before = answersOf(client).length,
): Promise<WireAnswer | undefined> {
  client.write(text);
  await client.waitUntil(() => answersOf(client)[before]?.isComplete === true);
  return answersOf(client)[before];
}

/** Waits for what must come about by itself. */
async function until(condition: () => boolean): Promise<void> {
  for (let looks = 0; !condition(); looks += 1) {
    if (looks > 4000) throw new Error('it did not come about');
    await Bun.sleep(5);
  }
}

const isCompleted = (answer: WireAnswer | undefined): boolean =>
  answer?.status === 200 && readStream(answer.body).end === 'completed';

async function isHealthy({ walk }: Pick<Door, 'walk'>): Promise<boolean> {
  const response = await walk.ask(BODY, CLIENT_HEADERS);
  return readStream(await response.text()).end === 'completed';
}

describe('one connection', () => {
  test('carries call after call, also after errors', async () => {
    const door = await open();
    const client = await connectTo(door);
    const refused = renderRequest('/v1/responses', CLIENT_HEADERS, '{"model":"unknown"}');
    const answers: (WireAnswer | undefined)[] = [];
    for (const text of [CALL, READY, CALL, refused, CALL, renderRequest('/nothing', CLIENT_HEADERS, BODY), CALL])
      answers.push(await ask(client, text));
    expect(answers.map((answer) => answer?.status)).toEqual([200, 200, 200, 404, 200, 404, 200]);
    expect([0, 2, 4, 6].every((index) => isCompleted(answers[index]))).toBe(true);
    const ids = [0, 2, 4, 6].map((index) => answers[index]?.headers.get('x-holdfast-request-id'));
    expect(new Set(ids).size).toBe(4);
    expect(door.upstream.requests).toHaveLength(4);
  });

  test.each([
    ['in mid-text', 'reset-after-event'],
    ['in mid-text, in order', 'eof-after-event'],
  ])('goes on after a provider that died %s', async (_name, fault) => {
    const dying = await startSimulator({
      scenario: scenarioNamed('text'),
      name: 'dying',
      faults: [createFault(fault, 'response.output_text.delta')],
    });
    const healthy = await startSimulator({ scenario: scenarioNamed('text'), name: 'healthy' });
    const walk = startWalk(routeOver([dying.url, healthy.url]));
    cleanUps.push(dying.stop, healthy.stop, walk.stop);
    const client = await connectTo({ walk });
    for (let round = 0; round < 3; round++) {
      const answer = await ask(client, CALL);
      expect(isCompleted(answer)).toBe(true);
    }
    expect(parseAnswers(client.receivedBytes(), true)).toMatchObject({ rest: '' });
  });

  test('goes on, or ends, after an answer that failed for good', async () => {
    const door = await open('', { faults: [createFault('reset-after-event', 'response.output_text.delta')] });
    const client = await connectTo(door);
    expect(isCompleted(await ask(client, CALL))).toBe(false);
    const next = await ask(client, READY);
    if (next !== undefined) expect([next.status, next.body]).toEqual([200, 'ready\n']);
    expect(door.walk.gateway.openExchanges()).toBe(0);
  });

  test('with requests sent ahead gets whole answers in order, or is closed', async () => {
    for (const texts of [
      [CALL, READY, CALL],
      [READY, READY, READY],
      [READY, CALL],
      [CALL, LAST_REQUEST],
    ]) {
      const door = await open();
      const client = await connectTo(door);
      client.write(texts.join(''));
      await client.waitUntil(
        () => answersOf(client).length === texts.length && answersOf(client).at(-1)?.isComplete === true,
      );
      const { answers, rest } = parseAnswers(client.receivedBytes(), false);
      expect(answers.every((answer) => answer.isComplete)).toBe(true);
      for (const [index, answer] of answers.entries()) {
        if (texts[index] === CALL) expect(readStream(answer.body).end).toBe('completed');
        else expect(['ready\n', 'ok\n']).toContain(answer.body);
      }
      expect(rest).toBe('');
      expect(door.upstream.requests.length).toBeLessThanOrEqual(texts.filter((text) => text === CALL).length);
      client.leave();
      await until(() => door.walk.gateway.openExchanges() === 0);
    }
  });

  test('with another request in the middle of an answer is closed, or both are answered', async () => {
    const door = await open('', { faults: [pauseAfter('response.created')] });
    const client = await connectTo(door);
    client.write(CALL);
    await client.waitFor('HTTP/1.1 200');
    client.write(READY);
    await client.waitUntil(() => answersOf(client)[1]?.isComplete === true);
    const [first, second] = answersOf(client);
    if (second !== undefined) {
      expect(second.body).toBe('ready\n');
      expect(isCompleted(first)).toBe(true);
    }
    client.leave();
    await until(() => door.walk.gateway.openExchanges() === 0);
  });
});

describe('an answer that ends with its connection', () => {
  test.each([
    ['Connection: close', CALL.replace('\r\n', '\r\nconnection: close\r\n')],
    ['HTTP/1.0', CALL.replace('HTTP/1.1', 'HTTP/1.0')],
  ])('%s: is whole, and the connection closed', async (_name, text) => {
    const client = await connectTo(await open());
    client.write(text);
    await client.closed;
    const { answers, rest } = parseAnswers(client.receivedBytes(), true);
    expect(answers).toHaveLength(1);
    expect(isCompleted(answers[0])).toBe(true);
    expect(rest).toBe('');
  });

  test('HTTP/1.0 gets no chunks, which it does not know', async () => {
    const client = await connectTo(await open());
    client.write(CALL.replace('HTTP/1.1', 'HTTP/1.0'));
    await client.closed;
    expect(parseAnswers(client.receivedBytes(), true).answers[0]?.headers.has('transfer-encoding')).toBe(false);
  });
});

describe('a client that takes its time', () => {
  test('and sends byte by byte is answered', async () => {
    const door = await open();
    const client = await connectTo(door);
    for (const byte of Buffer.from(CALL)) {
      client.write(Uint8Array.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await client.waitUntil(() => answersOf(client)[0]?.isComplete === true);
    expect(isCompleted(answersOf(client)[0])).toBe(true);
  });

  test('is not in the way of others, a thousand times', async () => {
    const door = await open();
    const clients = await Promise.all(Array.from({ length: 1000 }, () => connectTo(door)));
    // Some say nothing, some half a head, some half a body.
    for (const [index, client] of clients.entries()) {
      if (index % 3 === 1) client.write(CALL.slice(0, 100));
      if (index % 3 === 2) client.write(CALL.slice(0, -5));
    }
    await until(() => door.walk.gateway.openExchanges() === 333);
    expect(await isHealthy(door)).toBe(true);
    const last = clients.find((_client, index) => index % 3 === 2);
    last?.write(CALL.slice(-5));
    await last?.waitUntil(() => answersOf(last)[0]?.isComplete === true);
    expect(isCompleted(last && answersOf(last)[0])).toBe(true);
    for (const client of clients) client.leave();
    await until(() => door.walk.gateway.openExchanges() === 0);
    expect(await isHealthy(door)).toBe(true);
  });

  test('a hundred callers at once are all answered', async () => {
    const door = await open();
    expect(await Promise.all(Array.from({ length: 100 }, () => isHealthy(door)))).toEqual(Array(100).fill(true));
  });
});

describe('a client that says it will send no more', () => {
  test.each([
    ['behind its request', CALL, 1],
    ['in the middle of its body', CALL.slice(0, -5), 0],
    ['in the middle of its head', CALL.slice(0, 100), 0],
    ['before its request', '', 0],
  ])('%s is answered whole, or dropped; nothing stays open', async (_name, text, calls) => {
    const door = await open('body_timeout = "1s"');
    const client = await connectTo(door);
    client.write(text);
    client.finishWriting();
    await client.closed;
    const { answers } = parseAnswers(client.receivedBytes(), true);
    expect(answers.length).toBeLessThanOrEqual(1);
    for (const answer of answers) if (answer.status === 200) expect(isCompleted(answer)).toBe(true);
    await until(() => door.walk.gateway.openExchanges() === 0);
    expect(door.upstream.requests.length).toBeLessThanOrEqual(calls);
    expect(await isHealthy(door)).toBe(true);
  });

  test('in mid-stream takes the upstream call with it, or is answered to the end', async () => {
    const door = await open('', { faults: [pauseAfter('response.output_text.delta')] });
    const client = await connectTo(door);
    client.write(CALL);
    await client.waitFor('output_text.delta');
    client.finishWriting();
    await client.closed;
    await until(() => door.walk.exchanges.length === 1 && door.walk.gateway.openExchanges() === 0);
    const [answer] = parseAnswers(client.receivedBytes(), true).answers;
    const outcome = door.walk.exchanges[0]?.outcome;
    if (outcome === 'ok') expect(isCompleted(answer)).toBe(true);
    else expect(outcome).toBe('CLIENT_GONE');
  });
});

describe('a client that need not send', () => {
  const large = { ...CLIENT_HEADERS, 'content-length': '5000000' };
  test.each([
    ['a body beyond the limit', renderRequest('/v1/responses', large), [413]],
    [
      'a body beyond the limit, for which it asks first',
      renderRequest('/v1/responses', { ...large, expect: '100-continue' }),
      [413],
    ],
    ['a body without a key', renderRequest('/v1/responses', { ...large, authorization: 'Bearer x' }), [401]],
    ['a body to nowhere', renderRequest('/nothing', large), [404]],
  ])('%s is told so at once', async (_name, text, statuses) => {
    const door = await open('max_body_bytes = 100000\nbody_timeout = "20s"');
    const client = await connectTo(door);
    client.write(text);
    await client.waitUntil(() => answersOf(client).length > 0);
    expect(statuses).toContain(answersOf(client)[0]?.status ?? 0);
    expect(door.walk.gateway.openExchanges()).toBe(0);
    expect(door.upstream.requests).toHaveLength(0);
  });

  test('and goes on sending is not kept in memory', async () => {
    const door = await open('max_body_bytes = 100000');
    const client = await connectTo(door);
    client.write(renderRequest('/v1/responses', { ...CLIENT_HEADERS, 'content-length': '500000000' }));
    await client.waitUntil(() => answersOf(client).length > 0);
    expect(answersOf(client)[0]?.status).toBe(413);
    const piece = new Uint8Array(1_000_000);
    const before = process.memoryUsage().rss;
    for (let sent = 0; sent < 200 && !client.hasClosed(); sent++) {
      client.write(piece);
      await client.drained();
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
    expect(await isHealthy(door)).toBe(true);
  });
});

test('another protocol that is offered is not taken up', async () => {
  const client = await connectTo(await open());
  const offer = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABkAAQAAP__' };
  const answer = await ask(client, renderRequest('/v1/responses', { ...CLIENT_HEADERS, ...offer }, BODY));
  expect(isCompleted(answer)).toBe(true);
});

describe('a gateway that stops', () => {
  test('closes connections that carry nothing, and answers 503 on one that asks', async () => {
    const door = await open('', { faults: [stallInText] });
    const running = await connectTo(door);
    running.write(CALL);
    await running.waitFor('output_text.delta');
    const idle = await connectTo(door);
    expect((await ask(idle, READY))?.status).toBe(200);
    const stopped = door.walk.gateway.stop(1000);
    const refused = await ask(idle, CALL);
    if (refused !== undefined) {
      expect(refused.status).toBe(503);
      expect(refused.headers.get('retry-after')).toBe('1');
    }
    await stopped;
    await Promise.all([running.closed, idle.closed]);
    expect(door.walk.gateway.openExchanges()).toBe(0);
    expect(door.walk.exchanges).toHaveLength(1);
  });

  test('does not wait for a body that does not come longer than its grace', async () => {
    const door = await open('body_timeout = "50s"');
    const client = await connectTo(door);
    client.write(CALL.slice(0, -5));
    await until(() => door.walk.gateway.openExchanges() === 1);
    await door.walk.gateway.stop(200);
    await client.closed;
    await until(() => door.walk.gateway.openExchanges() === 0);
    expect(door.upstream.requests).toHaveLength(0);
  });

  test('may be told so twice', async () => {
    const door = await open();
    await Promise.all([door.walk.gateway.stop(100), door.walk.gateway.stop(100)]);
    await door.walk.gateway.stop(0);
  });
});

test('requests with bytes changed at random do no lasting harm', async () => {
  const door = await open('body_timeout = "1s"');
  let seed = 7;
  const next = (limit: number): number => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed % limit;
  };
  for (let round = 0; round < 300; round++) {
    const bytes = Buffer.from(CALL);
    for (let change = next(6); change >= 0; change--) bytes[next(round % 2 === 0 ? 400 : bytes.length)] = next(256);
    const client = await connectTo(door);
    client.write(bytes);
    // Some leave before they can be read, some while they are.
    for (let turn = round % 5; turn > 0; turn--) await new Promise((resolve) => setImmediate(resolve));
    client.leave();
  }
  await until(() => door.walk.gateway.openExchanges() === 0);
  expect(await isHealthy(door)).toBe(true);
});
