import { afterEach, expect, test } from 'bun:test';
import { answerControl } from './control.ts';
import type { HttpRequest } from './http/read-request.ts';
import { TASK } from './scenarios/task.ts';
import { type Simulator, startSimulator } from './simulator.ts';

const running: Simulator[] = [];

afterEach(async () => {
  for (const simulator of running.splice(0)) await simulator.stop();
});

async function start(): Promise<{ readonly simulator: Simulator; readonly control: string }> {
  const simulator = await startSimulator({ scenario: TASK });
  running.push(simulator);
  return { simulator, control: simulator.url.replace('/v1', '/__sim') };
}

const post = (url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, { method: 'POST', body: JSON.stringify(body), headers });

test('faults and scenario are changed while it runs', async () => {
  const { simulator, control } = await start();
  expect(await (await post(`${control}/faults`, { faults: ['overloaded-529@times=1'] })).json()).toEqual({
    faults: ['overloaded-529'],
  });
  expect((await post(`${simulator.url}/responses`, { model: 'm', input: 'x' })).status).toBe(529);
  expect((await post(`${control}/scenario`, { scenario: 'text' })).status).toBe(200);
  const answer = await post(`${simulator.url}/responses`, { model: 'm', input: 'x' });
  expect(await answer.text()).toContain('The build is green');
});

test('the list of requests shows what happened, and nothing that a client wrote', async () => {
  const { simulator, control } = await start();
  const body = { model: 'm', input: 'my secret prompt' };
  await post(`${simulator.url}/responses`, body, { authorization: 'Bearer sk-secret' });
  const text = await (await fetch(`${control}/requests`)).text();
  expect(text).not.toContain('secret');
  expect(JSON.parse(text).requests[0]).toMatchObject({ path: '/v1/responses', model: 'm', step: 1, status: 200 });
});

test.each([
  ['an unknown fault', 'faults', { faults: ['overloded-529'] }, 'did you mean "overloaded-529"'],
  ['a wrong argument', 'faults', { faults: ['reset-at-byte:many'] }, 'takes bytes, not "many"'],
  ['an argument too many', 'faults', { faults: ['overloaded-529:3'] }, 'takes no argument'],
  ['a wrong condition', 'faults', { faults: ['overloaded-529@when=now'] }, 'is not one of step=N'],
  ['two conditions parts', 'faults', { faults: ['overloaded-529@step=1@step=2'] }, 'more than one @'],
  ['no list', 'faults', {}, 'expected {'],
  ['an unknown scenario', 'scenario', { scenario: 'constructor' }, 'known scenarios: task'],
])('%s is refused with a reason, and nothing changes', async (_, path, body, reason) => {
  const { simulator, control } = await start();
  const response = await post(`${control}/${path}`, body);
  expect(response.status).toBe(400);
  expect(((await response.json()) as { error: { message: string } }).error.message).toContain(reason);
  expect((await post(`${simulator.url}/responses`, { model: 'm', input: 'x' })).status).toBe(200);
});

test('only programs on the same machine are let in', () => {
  const request = (headers: Record<string, string>): HttpRequest => ({
    method: 'GET',
    target: '/__sim/requests',
    headers: { host: '127.0.0.1:80', ...headers },
    body: new Uint8Array(0),
    keepAlive: true,
  });
  const controlled = { requests: [], setFaults: () => {}, setScenario: () => {} };
  const status = (headers: Record<string, string>, address = '127.0.0.1') => {
    const answer = answerControl(request(headers), '/__sim/requests', address, controlled);
    return answer.kind === 'body' ? answer.status : undefined;
  };
  expect(status({})).toBe(200);
  expect(status({}, '::ffff:127.0.0.1')).toBe(200);
  expect(status({}, '10.0.0.7')).toBe(403);
  expect(status({ host: 'rebound.example' })).toBe(403);
  expect(status({ origin: 'http://127.0.0.1' })).toBe(403);
});
