import { afterEach, describe, expect, test } from 'bun:test';
import { connect, type Socket } from 'node:net';
import { createFault } from './faults/fault-table.ts';
import type { Scenario } from './scenario.ts';
import { createLongStream } from './scenarios/long-stream.ts';
import { SELF_SIGNED_CERTIFICATE } from './self-signed-certificate.ts';
import { type Simulator, startSimulator } from './simulator.ts';
import type { SimulatorOptions } from './simulator-options.ts';
import { refusedUrl, startBrokenTls, unresolvableUrl } from './unreachable.ts';

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

const TEXT: Scenario = { name: 'text', summary: '', turns: [[[{ kind: 'say', text: 'hello there' }]]] };
const BODY = JSON.stringify({ model: 'gpt-5.5', input: 'go', stream: true });
const request = (body = BODY): string =>
  `POST /v1/responses HTTP/1.1\r\nhost: x\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

async function start(options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  const simulator = await startSimulator({ scenario: TEXT, ...options });
  cleanUps.push(simulator.stop);
  return simulator;
}

function open(simulator: Simulator): { readonly socket: Socket; readonly received: () => string } {
  const socket = connect(simulator.port, '127.0.0.1');
  cleanUps.push(() => socket.destroy());
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString();
  });
  socket.on('error', () => {});
  return { socket, received: () => text };
}

async function until(isTrue: () => boolean): Promise<void> {
  const deadline = performance.now() + 50_000;
  while (!isTrue()) {
    if (performance.now() > deadline) throw new Error('it never happened');
    await Bun.sleep(2);
  }
}

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return 'no error';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
};

describe('connections', () => {
  test('one connection carries several requests, also sent ahead of the answers', async () => {
    const simulator = await start();
    const { socket, received } = open(simulator);
    socket.write(request() + request());
    await until(() => simulator.requests.length === 2);
    socket.write(request());
    await until(() => received().split('event: response.completed').length === 4);
    expect(simulator.requests.map((recorded) => recorded.isFinished)).toEqual([true, true, true]);
  });

  test('a client that asks for it gets the connection closed', async () => {
    const { socket, received } = open(await start());
    socket.write(request().replace('host: x', 'connection: close'));
    await new Promise((resolve) => socket.on('close', resolve));
    expect(received()).toEndWith('0\r\n\r\n');
  });

  test('bytes that are not HTTP are answered 400 and the connection is closed', async () => {
    const { socket, received } = open(await start());
    socket.write('nonsense\r\n\r\n');
    await new Promise((resolve) => socket.on('close', resolve));
    expect(received()).toStartWith('HTTP/1.1 400 ');
  });

  test('a client that leaves in mid-stream is noticed, with what it got', async () => {
    const finished: boolean[] = [];
    const simulator = await start({
      pace: { eventDelayMs: 10 },
      onFinished: (recorded) => finished.push(recorded.abortedByClient),
    });
    const { socket, received } = open(simulator);
    socket.write(request());
    await until(() => received().includes('response.in_progress'));
    socket.destroy();
    await until(() => finished.length === 1);
    const [recorded] = simulator.requests;
    expect(finished).toEqual([true]);
    expect(recorded?.abortedByClient).toBe(true);
    expect(recorded?.isFinished).toBe(false);
    expect(recorded?.bytesSent).toBeGreaterThan(500);
  });

  test('a client that does not read holds nobody else up, and then gets everything', async () => {
    const simulator = await start({ faults: [createFault('huge-event', 20_000_000, { nthRequest: 1 })] });
    const { socket, received } = open(simulator);
    socket.pause();
    socket.write(request());
    await until(() => simulator.requests.length === 1);
    expect((await fetch(`${simulator.url}/responses`, { method: 'POST', body: BODY })).status).toBe(200);
    expect(simulator.requests[0]?.isFinished).toBe(false);
    socket.resume();
    await until(() => simulator.requests[0]?.isFinished === true);
    await until(() => received().endsWith('0\r\n\r\n'));
  });

  test('stopping closes every connection', async () => {
    const simulator = await start({ faults: [createFault('accepted-no-headers')] });
    const { socket } = open(simulator);
    socket.write(request());
    await until(() => simulator.requests.length === 1);
    const closed = new Promise((resolve) => socket.on('close', resolve));
    await simulator.stop();
    await closed;
  });
});

test('a name with anything in it ends no header', async () => {
  const simulator = await start({});
  for (const model of ['\u0000', 'a\r\nx-made-up: y', 'ü\ud800']) {
    const body = JSON.stringify({ model, input: 'hi', stream: true });
    const response = await fetch(`${simulator.url}/responses`, { method: 'POST', body });
    expect([response.status, response.headers.get('x-made-up')]).toEqual([200, null]);
    expect(await response.text()).toContain('response.completed');
  }
});

describe('pace', () => {
  test.each([['event'], ['whole'], [7]] as const)('chunks of %s hold the same body', async (chunking) => {
    const simulator = await start({ pace: { chunking } });
    const text = await (await fetch(`${simulator.url}/responses`, { method: 'POST', body: BODY })).text();
    expect(text).toContain('"text":"hello there"');
    expect(text).toEndWith('\n\n');
  });

  test('the first event and the others can be slowed down', async () => {
    const simulator = await start({ pace: { firstEventDelayMs: 60, eventDelayMs: 5 } });
    const startedAt = performance.now();
    await (await fetch(`${simulator.url}/responses`, { method: 'POST', body: BODY })).text();
    // A timer may be a millisecond early.
    expect(performance.now() - startedAt).toBeGreaterThan(59 + 4 * 8);
  });
});

describe('what is remembered', () => {
  test('the request as it was sent, and no more requests than asked for', async () => {
    const simulator = await start({ keepRequests: 2 });
    for (const input of ['a', 'b', 'c']) {
      const body = JSON.stringify({ model: 'gpt-5.5', input });
      await fetch(`${simulator.url}/responses?x=1`, { method: 'POST', body, headers: { 'X-Test': input } });
    }
    expect(simulator.requests.map((recorded) => recorded.headers['x-test'])).toEqual(['b', 'c']);
    expect(simulator.requests[1]).toMatchObject({
      method: 'POST',
      path: '/v1/responses',
      body: { model: 'gpt-5.5', input: 'c' },
      model: 'gpt-5.5',
      step: 1,
      status: 200,
      faults: [],
    });
  });

  test('repeating the first answer reads and remembers nothing more', async () => {
    const simulator = await start({ scenario: createLongStream(50), repeatFirstAnswer: true });
    const texts: string[] = [];
    for (const body of [BODY, BODY, 'not even JSON']) {
      texts.push(await (await fetch(`${simulator.url}/responses`, { method: 'POST', body })).text());
    }
    expect(new Set(texts).size).toBe(1);
    expect(simulator.requests.length).toBe(1);
  });
});

describe('addresses that fail before a provider could answer', () => {
  test('refused, unresolvable, not TLS', async () => {
    expect(await codeOf(fetch(refusedUrl()))).toBe('ECONNREFUSED');
    expect(new URL(unresolvableUrl()).hostname).toEndWith('.invalid');
    const broken = await startBrokenTls();
    cleanUps.push(broken.stop);
    expect(await codeOf(fetch(broken.url))).not.toBe('no error');
  });

  test('a self-signed certificate is refused unless it is trusted', async () => {
    const simulator = await start({ tls: SELF_SIGNED_CERTIFICATE });
    const call = (tls: object) => fetch(`${simulator.url}/responses`, { method: 'POST', body: BODY, tls });
    expect(simulator.url).toStartWith('https://');
    expect(await codeOf(call({}))).toContain('SELF_SIGNED');
    expect((await call({ ca: SELF_SIGNED_CERTIFICATE.cert })).status).toBe(200);
  });
});
