import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { createFault } from '../../src/serve/simulator/faults/fault-table.ts';
import { askOverHttp } from './ask-over-http.ts';
import { CODEX_NOW, codexBody, PROMPT, runTurn } from './codex-model.ts';
import { PATIENT, ROWS, WAITS } from './fault-rows.ts';
import { withFaults } from './faulty-providers.ts';
import { connectRaw, renderRequest } from './raw-client.ts';
import { type Place, startPlace } from './start-place.ts';
import { type ForwardProxy, startProxy } from './start-proxy.ts';
import { CODEX_HEADERS, GATEWAY_KEY } from './start-walk.ts';

setDefaultTimeout(120_000);

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const healthy = withFaults([]);
const through = (proxy: string): Record<string, string> => ({ HTTP_PROXY: proxy, HTTPS_PROXY: proxy });

async function proxied(
  starts: Parameters<typeof startPlace>[0],
  limits = PATIENT,
): Promise<Place & { proxy: ForwardProxy }> {
  const proxy = await startProxy();
  cleanUps.push(proxy.stop);
  const timeouts = starts.map((_start, index) => (index === 0 ? limits : PATIENT));
  const place = await startPlace(starts, timeouts, undefined, { env: through(proxy.url) });
  cleanUps.push(place.stop);
  return { ...place, proxy };
}

describe.each(ROWS.map((row) => [row.name, row] as const))('behind a proxy, %s', (_name, row) => {
  test('costs a client nothing while another target is healthy', async () => {
    // Behind a proxy, fetch does not tell connecting from waiting for headers.
    const waits = WAITS[row.outcome === 'CONNECT_TIMEOUT' ? 'HEADERS_TIMEOUT' : row.outcome];
    const { walk, proxy } = await proxied([row.start, healthy], waits ?? PATIENT);
    const { error, reconnects, ran, items } = await runTurn(CODEX_NOW, askOverHttp(walk));
    expect({ error, reconnects, ran: ran.length }).toEqual({ error: undefined, reconnects: 0, ran: 1 });
    expect(items.length).toBeGreaterThan(1);
    const first = walk.exchanges[0]?.attempts[0]?.outcome;
    expect(first === 'ok').toBe(row.outcome === 'ok');
    // A client's fault is never held against a client.
    expect(['CLIENT_GONE', 'INTERNAL', 'BAD_REQUEST']).not.toContain(first);
    expect(proxy.asked.length).toBeGreaterThan(0);
    expect(walk.gateway.openExchanges()).toBe(0);
  });
});

test('a healthy provider is asked through it, and a long answer comes whole', async () => {
  const { walk, proxy, providers } = await proxied([healthy]);
  const { error, ran } = await runTurn(CODEX_NOW, askOverHttp(walk));
  expect([error, ran.length]).toEqual([undefined, 1]);
  expect(proxy.asked[0]).toBe(`POST ${providers[0]?.url}/responses`);
  expect(proxy.asked).toHaveLength(providers[0]?.requestCount() ?? 0);
});

test('a client that goes takes the call behind the proxy with it', async () => {
  const stall = withFaults([createFault('stall-after-event', 'response.output_text.delta')]);
  const { walk } = await proxied([stall]);
  const client = await connectRaw(walk.gateway.port);
  const headers = { ...CODEX_HEADERS, authorization: `Bearer ${GATEWAY_KEY}`, 'content-type': 'application/json' };
  client.write(renderRequest('/v1/responses', headers, codexBody([PROMPT])));
  await client.waitFor('output_text.delta');
  client.leave();
  for (let looks = 0; walk.exchanges.length === 0 && looks < 2000; looks += 1) await Bun.sleep(5);
  expect(walk.exchanges[0]?.outcome).toBe('CLIENT_GONE');
  expect(walk.gateway.openExchanges()).toBe(0);
});

/** A proxy that answers so, or not at all. */
async function brokenProxy(answer: string | undefined): Promise<string> {
  const server = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      data: (socket) => {
        if (answer === undefined) return;
        socket.write(answer);
        socket.end();
      },
    },
  });
  cleanUps.push(() => server.stop(true));
  return `http://127.0.0.1:${server.port}`;
}

test.each([
  ['wants a password', 'HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n'],
  ['does not reach the provider', 'HTTP/1.1 502 Bad Gateway\r\ncontent-length: 9\r\n\r\n<b>no</b>'],
  ['refuses it', 'HTTP/1.1 403 Forbidden\r\ncontent-type: text/html\r\ncontent-length: 9\r\n\r\n<b>no</b>'],
  ['speaks no HTTP', 'hello\r\n\r\n'],
  ['closes', ''],
  ['says nothing', undefined],
])('a proxy that %s is survived by a provider that needs none', async (_name, answer) => {
  const proxy = await brokenProxy(answer);
  const limits = { ...PATIENT, headers: '300ms' };
  const other = await startPlace([healthy], [PATIENT]);
  cleanUps.push(other.stop);
  const direct = new URL(other.providers[0]?.url ?? '').host;
  const reuse = async () => ({ url: `http://${direct}/v1`, requestCount: () => 0, stop: async () => {} });
  const env = { ...through(proxy), NO_PROXY: direct };
  const place = await startPlace([healthy, reuse], [limits, PATIENT], undefined, { env });
  cleanUps.push(place.stop);
  const { error, reconnects, ran } = await runTurn(CODEX_NOW, askOverHttp(place.walk));
  expect({ error, reconnects, ran: ran.length }).toEqual({ error: undefined, reconnects: 0, ran: 1 });
  expect(place.providers[0]?.requestCount()).toBe(0);
  expect(place.walk.exchanges[0]?.attempts.map((attempt) => attempt.targetId)).toEqual(['p1/gpt-5.5', 'p2/gpt-5.5']);
});
