import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { Clock } from '../../src/core/ports.ts';
import type { Fault } from '../../src/serve/simulator/faults/fault.ts';
import { createFault } from '../../src/serve/simulator/faults/fault-table.ts';
import type { Scenario } from '../../src/serve/simulator/scenario.ts';
import type { Simulator } from '../../src/serve/simulator/simulator.ts';
import { startSimulator } from '../../src/serve/simulator/simulator.ts';
import type { SimulatorOptions } from '../../src/serve/simulator/simulator-options.ts';
import { SYSTEM_CLOCK } from '../../src/serve/simulator/system-clock.ts';
import { CODEX_NOW, codexBody, PROMPT, readStream } from './codex-model.ts';
import { createHeldClock } from './held-clock.ts';
import { connectRaw, type RawClient, renderRequest } from './raw-client.ts';
import { scenarioNamed } from './record-streams.ts';
import {
  ADMIN_KEY,
  CODEX_HEADERS,
  GATEWAY_KEY,
  routeOver,
  startWalk,
  type WalkGateway,
  type WalkOptions,
} from './start-walk.ts';

setDefaultTimeout(120_000);

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const SDK_HEADERS = { 'user-agent': 'OpenAI/JS 7.57.0' } as const;
const AUTHORISED = { authorization: `Bearer ${GATEWAY_KEY}`, 'content-type': 'application/json' } as const;
const BODY = codexBody([PROMPT]);

async function provider(options: Partial<SimulatorOptions> = {}, clock: Clock = SYSTEM_CLOCK): Promise<Simulator> {
  const simulator = await startSimulator({ scenario: scenarioNamed('text'), name: 'vendor', ...options }, { clock });
  cleanUps.push(simulator.stop);
  return simulator;
}

/** A gateway before these providers; `server` are further lines of `[server]`. */
function gatewayBefore(
  providers: readonly Simulator[],
  server = '',
  options: WalkOptions = {},
  more = '',
): WalkGateway {
  const toml = routeOver(providers.map((one) => one.url)).replace('[server]', `[server]\n${server}`);
  const walk = startWalk(`${more}\n${toml}`, options);
  cleanUps.push(walk.stop);
  return walk;
}

async function rawClient(walk: WalkGateway): Promise<RawClient> {
  const client = await connectRaw(walk.gateway.port);
  cleanUps.push(client.leave);
  return client;
}

/** Waits for what must come about by itself. */
async function until(condition: () => boolean): Promise<void> {
  for (let waitedMs = 0; !condition(); waitedMs += 5) {
    if (waitedMs > 50_000) throw new Error('it did not come about');
    await Bun.sleep(5);
  }
}

const pauseAfter = (event: string, ms: number): Fault => ({
  name: 'pause',
  at: { afterEvent: event },
  do: { kind: 'wait', ms },
});
const stallInText = createFault('stall-after-event', 'response.output_text.delta');
const errorOf = (text: string): { message: string; code: string; type: string } => JSON.parse(text).error;

describe('the door', () => {
  test.each([
    ['a wrong key from Codex', { ...CODEX_HEADERS, authorization: 'Bearer wrong' }, 400],
    ['no key from Codex', CODEX_HEADERS, 400],
    ['a wrong key', { ...SDK_HEADERS, authorization: 'Bearer wrong' }, 401],
    ['a key of the right length', { ...SDK_HEADERS, authorization: `Bearer ${'x'.repeat(GATEWAY_KEY.length)}` }, 401],
    ['the key without Bearer', { ...SDK_HEADERS, authorization: GATEWAY_KEY }, 401],
    ['the key of the admin', { ...SDK_HEADERS, authorization: `Bearer ${ADMIN_KEY}` }, 401],
    ['another host', { ...SDK_HEADERS, ...AUTHORISED, host: 'rebound.example' }, 403],
    ['another host that begins like ours', { ...SDK_HEADERS, ...AUTHORISED, host: 'localhost.example' }, 403],
    ['another origin', { ...SDK_HEADERS, ...AUTHORISED, origin: 'https://page.example' }, 403],
    ['an origin that is hidden', { ...SDK_HEADERS, ...AUTHORISED, origin: 'null' }, 403],
    ['another origin from Codex', { ...CODEX_HEADERS, ...AUTHORISED, origin: 'https://page.example' }, 400],
  ] as const)('%s is refused', async (_name, headers, status) => {
    const upstream = await provider();
    const walk = gatewayBefore([upstream]);
    const client = await rawClient(walk);
    client.write(renderRequest('/v1/responses', { host: '127.0.0.1', ...headers }, BODY));
    await client.waitFor('}}');
    expect(client.received()).toStartWith(`HTTP/1.1 ${status} `);
    expect(client.received()).toMatch(status === 403 || 'origin' in headers ? /allowed_hosts/ : /holdfast token/);
    expect(client.received()).not.toContain(GATEWAY_KEY);
    expect(upstream.requests).toHaveLength(0);
  });

  test.each([
    ['its own address', {}],
    ['localhost', { host: 'localhost:4141' }],
    ['a page on this machine', { origin: 'http://localhost:3000' }],
    ['a host that was configured', { host: 'gateway.internal:80' }],
  ])('%s is let in', async (_name, headers) => {
    const walk = gatewayBefore([await provider()], 'allowed_hosts = ["gateway.internal"]');
    const response = await walk.ask(BODY, headers);
    expect(response.status).toBe(200);
    await response.text();
  });

  test.each([
    ['GET', '/v1/responses', 405, 'only POST'],
    ['PUT', '/v1/responses', 405, 'only POST'],
    ['POST', '/responses', 404, 'base_url should end in /v1'],
    ['GET', '/v1/responses/resp_1', 404, 'base_url'],
    ['POST', '/v1/models', 405, 'only GET'],
    ['GET', '/holdfast/nothing', 401, 'key'],
    ['POST', '/healthz', 405, 'only GET'],
  ])('%s %s is answered with %d', async (method, path, status, words) => {
    const walk = gatewayBefore([await provider()]);
    const response = await fetch(`${walk.gateway.url}${path}`, { method, headers: { ...SDK_HEADERS, ...AUTHORISED } });
    expect(response.status).toBe(status);
    expect(errorOf(await response.text()).message).toContain(words);
  });

  test('HEAD is answered without a body', async () => {
    const walk = gatewayBefore([await provider()]);
    const headers = { ...CODEX_HEADERS, ...AUTHORISED };
    const response = await fetch(`${walk.baseUrl}/responses`, { method: 'HEAD', headers });
    expect([response.status, response.headers.get('allow'), await response.text()]).toEqual([405, 'POST', '']);
    expect((await fetch(`${walk.baseUrl}/models`, { method: 'HEAD', headers })).status).toBe(200);
  });

  test('a WebSocket is answered with 426, so that Codex goes over to HTTP', async () => {
    const walk = gatewayBefore([await provider()]);
    const client = await rawClient(walk);
    const upgrade = { ...CODEX_HEADERS, ...AUTHORISED, connection: 'Upgrade', upgrade: 'websocket' };
    client.write(
      renderRequest(
        '/v1/responses',
        { ...upgrade, 'sec-websocket-key': 'x', 'sec-websocket-version': '13' },
        '',
        'GET',
      ),
    );
    await client.waitFor('}}');
    expect(client.received()).toStartWith('HTTP/1.1 426 ');
  });

  test.each(['/healthz', '/readyz', '/metrics'])('%s needs no key, but the right host', async (path) => {
    const walk = gatewayBefore([await provider()]);
    expect((await fetch(`${walk.gateway.url}${path}`)).status).toBe(200);
    expect((await fetch(`${walk.gateway.url}${path}`, { headers: { host: 'rebound.example' } })).status).toBe(403);
  });

  test('what a client may ask for has a limit of open exchanges', async () => {
    const walk = gatewayBefore([await provider({ faults: [stallInText] })], 'max_exchanges = 1');
    const running = await walk.ask(BODY);
    const refused = await walk.ask(BODY);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    await running.body?.cancel();
    await until(() => walk.gateway.openExchanges() === 0);
  });
});

describe('the body of a request', () => {
  const limitsFor = (words: string): string =>
    `max_body_bytes = 20000\nbody_timeout = "${words === 'in time' ? '200ms' : '20s'}"`;
  const large = codexBody([{ ...PROMPT, content: 'x'.repeat(30_000) }]);
  const chunked = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n0\r\n\r\n`;

  test.each([
    ['a declared length above the limit, from Codex', CODEX_HEADERS, {}, large, 400, 'max_body_bytes'],
    ['a declared length above the limit', SDK_HEADERS, {}, large, 413, 'max_body_bytes'],
    ['chunks above the limit', SDK_HEADERS, { 'transfer-encoding': 'chunked' }, chunked(large), 413, 'max_body_bytes'],
    ['a body that does not come, from Codex', CODEX_HEADERS, { 'content-length': '500' }, '{"model"', 400, 'in time'],
    ['a body that does not come', SDK_HEADERS, { 'content-length': '500' }, '{"model"', 408, 'in time'],
    ['chunks that do not end', SDK_HEADERS, { 'transfer-encoding': 'chunked' }, '5\r\n{"mod\r\n', 408, 'in time'],
    ['no JSON', SDK_HEADERS, {}, 'hello', 400, 'JSON'],
    ['no model', SDK_HEADERS, {}, '{"input":"x"}', 400, 'model'],
    ['a model that no route serves', SDK_HEADERS, {}, '{"model":"other","input":"x"}', 404, 'gpt-*'],
    [
      'state at one provider',
      SDK_HEADERS,
      {},
      '{"model":"gpt-5.5","previous_response_id":"resp_1"}',
      400,
      'previous_response_id',
    ],
    ['an unknown encoding', SDK_HEADERS, { 'content-encoding': 'compress' }, '{}', 400, 'compress'],
    ['a broken encoding', SDK_HEADERS, { 'content-encoding': 'gzip' }, '{}', 400, 'gzip'],
  ])('%s is refused', async (_name, agent, headers, body, status, words) => {
    const upstream = await provider();
    const walk = gatewayBefore([upstream], limitsFor(words));
    const client = await rawClient(walk);
    client.write(renderRequest('/v1/responses', { ...agent, ...AUTHORISED, ...headers }, body));
    await client.waitFor('}}');
    expect(client.received()).toStartWith(`HTTP/1.1 ${status} `);
    expect(client.received()).toContain(words);
    expect(upstream.requests).toHaveLength(0);
    expect(walk.gateway.openExchanges()).toBe(0);
  });

  test.each([
    ['zstd', zstdCompressSync],
    ['gzip', gzipSync],
  ] as const)('%s is undone', async (encoding, compress) => {
    const upstream = await provider();
    const walk = gatewayBefore([upstream]);
    const response = await fetch(`${walk.baseUrl}/responses`, {
      method: 'POST',
      headers: { ...CODEX_HEADERS, ...AUTHORISED, 'content-encoding': encoding },
      body: compress(BODY),
    });
    expect(readStream(await response.text()).end).toBe('completed');
    expect(upstream.requests[0]?.headers['content-encoding']).toBeUndefined();
    expect(upstream.requests[0]?.body).toMatchObject({ model: 'gpt-5.5' });
  });

  test.each([
    ['zstd', zstdCompressSync],
    ['gzip', gzipSync],
  ] as const)('a bomb in %s goes off at the limit', async (encoding, compress) => {
    const upstream = await provider();
    const walk = gatewayBefore([upstream], 'max_body_bytes = 100000');
    const before = process.memoryUsage().rss;
    const response = await fetch(`${walk.baseUrl}/responses`, {
      method: 'POST',
      headers: { ...SDK_HEADERS, ...AUTHORISED, 'content-encoding': encoding },
      body: compress(Buffer.alloc(50_000_000, ' ')),
    });
    expect([response.status, walk.exchanges[0]?.outcome]).toEqual([413, 'BODY_TOO_LARGE']);
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
    expect(upstream.requests).toHaveLength(0);
  });

  test('who waits for permission to send gets it', async () => {
    const walk = gatewayBefore([await provider()]);
    const client = await rawClient(walk);
    const [head = ''] = renderRequest(
      '/v1/responses',
      { ...CODEX_HEADERS, ...AUTHORISED, expect: '100-continue' },
      BODY,
    ).split('\r\n\r\n');
    client.write(`${head}\r\n\r\n`);
    await client.waitFor('100 Continue');
    client.write(BODY);
    await client.waitFor('response.completed');
    expect(client.received()).toContain('HTTP/1.1 200 OK');
  });
});

describe('a client that goes', () => {
  test.each([
    ['in mid-stream', stallInText, 200],
    ['before anything useful came', createFault('stall-after-event', 'response.created'), 499],
    ['before the upstream answered', createFault('accepted-no-headers'), 499],
  ])('%s takes the upstream call with it', async (_name, fault, status) => {
    const upstream = await provider({ faults: [fault] });
    const walk = gatewayBefore([upstream, await provider()]);
    const client = await rawClient(walk);
    client.write(renderRequest('/v1/responses', { ...CODEX_HEADERS, ...AUTHORISED }, BODY));
    if (status === 200) await client.waitFor('output_text.delta');
    else await until(() => upstream.requests.length === 1);
    client.leave();
    await until(() => upstream.requests[0]?.abortedByClient === true && walk.exchanges.length === 1);
    expect(walk.exchanges[0]).toMatchObject({ outcome: 'CLIENT_GONE', status, attempts: [{ outcome: 'CLIENT_GONE' }] });
    expect(walk.gateway.openExchanges()).toBe(0);
  });

  test('in the middle of its own body is forgotten', async () => {
    const upstream = await provider();
    const walk = gatewayBefore([upstream]);
    const client = await rawClient(walk);
    client.write(
      renderRequest('/v1/responses', { ...CODEX_HEADERS, ...AUTHORISED, 'content-length': '5000' }, '{"model"'),
    );
    await until(() => walk.gateway.openExchanges() === 1);
    client.leave();
    await until(() => walk.gateway.openExchanges() === 0);
    expect(walk.exchanges[0]?.outcome).toBe('CLIENT_GONE');
    expect(upstream.requests).toHaveLength(0);
  });

  test('stops reading is dropped after client_stall, and its upstream with it', async () => {
    const upstream = await provider({ scenario: longAnswer(40_000_000) });
    const walk = gatewayBefore([upstream], 'client_stall = "300ms"');
    const client = await rawClient(walk);
    client.write(renderRequest('/v1/responses', { ...CODEX_HEADERS, ...AUTHORISED }, BODY));
    await client.waitFor('response.created');
    client.stopReading();
    await until(() => walk.exchanges.length === 1);
    expect(walk.exchanges[0]).toMatchObject({ outcome: 'CLIENT_STALLED', attempts: [{ outcome: 'CLIENT_STALLED' }] });
    expect(walk.gateway.openExchanges()).toBe(0);
    await until(() => upstream.requests[0]?.abortedByClient === true);
    // The provider is not held to blame.
    const next = await fetch(`${walk.gateway.url}/holdfast/status`, {
      headers: { authorization: `Bearer ${ADMIN_KEY}` },
    });
    expect(await next.text()).toContain('"state":"ready"');
  });

  test('reads slowly gets everything, and the upstream waits for it', async () => {
    const upstream = await provider({ scenario: longAnswer(3_000_000) });
    const walk = gatewayBefore([upstream], 'client_stall = "20s"', {}, '[timeouts]\nidle = "3s"');
    const response = await walk.ask(BODY);
    let text = '';
    let isSlow = true;
    for await (const chunk of response.body ?? []) {
      if (isSlow) await Bun.sleep(5000); // longer than the upstream may be silent
      isSlow = false;
      text += Buffer.from(chunk).toString();
    }
    expect(readStream(text)).toMatchObject({ end: 'completed', objections: [] });
    expect(walk.exchanges[0]?.outcome).toBe('ok');
  });

  test('200 times in mid-stream leaves nothing open', async () => {
    const upstream = await provider({ faults: [stallInText], keepRequests: 300 });
    const walk = gatewayBefore([upstream]);
    for (let round = 0; round < 10; round++) {
      await Promise.all(
        Array.from({ length: 20 }, async () => {
          const abort = new AbortController();
          const response = await fetch(`${walk.baseUrl}/responses`, {
            method: 'POST',
            headers: { ...CODEX_HEADERS, ...AUTHORISED },
            body: BODY,
            signal: abort.signal,
          });
          const reader = response.body?.getReader();
          await reader?.read();
          abort.abort();
        }),
      );
    }
    await until(() => walk.exchanges.length === 200 && walk.gateway.openExchanges() === 0);
    await until(() => upstream.requests.every((request) => request.abortedByClient));
    expect(new Set(walk.exchanges.map((exchange) => exchange.outcome))).toEqual(new Set(['CLIENT_GONE']));
  });
});

/** One message of so many characters, in 20 events. */
function longAnswer(characters: number): Scenario {
  const word = `${'x'.repeat(characters / 20 - 1)} `;
  return {
    name: 'long',
    summary: 'long',
    turns: [[[{ kind: 'say', text: word.repeat(20), phase: 'final_answer', deltas: 20 }]]],
  };
}

describe('while the upstream is silent', () => {
  const KEEP_ALIVE = 'keep_alive = "100ms"';
  test.each([
    ['before its headers', createFault('late-headers', 900)],
    ['before its first event', createFault('slow-first-event', 900)],
    ['after response.created', pauseAfter('response.created', 900)],
    ['in mid-text', pauseAfter('response.output_text.delta', 900)],
  ])('%s the client gets signs of life, and one consistent stream', async (_name, fault) => {
    const walk = gatewayBefore([await provider({ faults: [fault] })]);
    // `routeOver` sets five seconds.
    const held = createHeldClock();
    const silent = await provider({ faults: [fault] }, held.clock);
    const quick = startWalk(routeOver([silent.url]).replace('keep_alive = "5s"', KEEP_ALIVE));
    cleanUps.push(quick.stop);
    let text = '';
    for await (const chunk of (await quick.ask(BODY)).body ?? []) {
      text += Buffer.from(chunk).toString();
      if (text.split('event: keepalive').length > 4) held.release();
    }
    expect(readStream(text)).toMatchObject({ end: 'completed', objections: [] });
    expect(readStream(text).done).toHaveLength(1);
    // A client that is not kept waiting gets none.
    expect(await (await walk.ask(BODY)).text()).not.toContain('keepalive');
  });

  test('a whole answer is waited for without a word', async () => {
    const upstream = await provider({ faults: [createFault('late-headers', 500)] });
    const walk = startWalk(routeOver([upstream.url]).replace('keep_alive = "5s"', KEEP_ALIVE));
    cleanUps.push(walk.stop);
    const response = await walk.ask({ model: 'gpt-5.5', input: 'x' }, SDK_HEADERS);
    expect(await response.json()).toMatchObject({ object: 'response', status: 'completed' });
  });
});

describe('a gateway that stops', () => {
  test('lets running streams finish and refuses new ones in a way that Codex repeats', async () => {
    const held = createHeldClock();
    const upstream = await provider({ faults: [pauseAfter('response.output_text.delta', 1)] }, held.clock);
    const walk = gatewayBefore([upstream]);
    const running = await walk.ask(BODY);
    const stopped = walk.gateway.stop(20_000);
    const refused = await walk.ask(BODY);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect((await fetch(`${walk.gateway.url}/readyz`)).status).toBe(503);
    held.release();
    expect(readStream(await running.text())).toMatchObject({ end: 'completed', objections: [] });
    await stopped;
    expect(walk.exchanges.map((exchange) => exchange.outcome)).toEqual(['ok']);
    await expect(fetch(`${walk.gateway.url}/healthz`)).rejects.toThrow();
  });

  test('waits no longer than its grace', async () => {
    const upstream = await provider({ faults: [stallInText] });
    const walk = gatewayBefore([upstream]);
    const running = await walk.ask(BODY);
    const startedMs = performance.now();
    await walk.gateway.stop(200);
    // Far from the 20 s that it has by default.
    expect(performance.now() - startedMs).toBeLessThan(15_000);
    await expect(running.text()).rejects.toThrow();
    await until(() => upstream.requests[0]?.abortedByClient === true);
  });
});

describe('what travels', () => {
  const PRIVATE = ['0199a1b2', 'installation-of-someone', 'secret-project', 'codex_exec'];

  test('a third party gets nothing of who the user is', async () => {
    const upstream = await provider();
    const walk = gatewayBefore([upstream]);
    const body = codexBody([PROMPT], { prompt_cache_key: 'cache' });
    await (
      await walk.ask(body, {
        ...CODEX_NOW.headers,
        'x-codex-window-id': '0199a1b2',
        'x-codex-installation': '0199a1b2',
      })
    ).text();
    const [request] = upstream.requests;
    const sent = `${JSON.stringify(request?.headers)}${Buffer.from(request?.bytes ?? []).toString()}`;
    for (const word of PRIVATE) expect(sent).not.toContain(word);
    expect(request?.body).not.toHaveProperty('client_metadata');
    expect(
      Object.keys(request?.headers ?? {}).filter((name) => name.startsWith('x-codex') || name.includes('session')),
    ).toEqual([]);
    expect(sent).not.toContain(GATEWAY_KEY);
  });

  test('OpenAI itself gets the bytes that Codex sent', async () => {
    const upstream = await provider({ name: 'openai' });
    const adjust: NonNullable<WalkOptions['adjust']> = (settings) => ({
      ...settings,
      routes: settings.routes.map((route) => ({
        ...route,
        targets: route.targets.map((target) => ({ ...target, provider: { ...target.provider, firstParty: true } })),
      })),
    });
    const walk = gatewayBefore([upstream], '', { adjust });
    await (await walk.ask(BODY, CODEX_NOW.headers)).text();
    const [request] = upstream.requests;
    expect(Buffer.from(request?.bytes ?? []).toString()).toBe(BODY);
    expect(request?.headers).toMatchObject({
      'user-agent': CODEX_NOW.headers['user-agent'] ?? '',
      'x-codex-turn-metadata': CODEX_NOW.headers['x-codex-turn-metadata'] ?? '',
      'thread-id': CODEX_NOW.headers['thread-id'] ?? '',
    });
  });

  test('the client learns who answered, and nothing that only OpenAI may say', async () => {
    const dead = await provider({ faults: [createFault('server-error-500')] });
    const upstream = await provider({ extras: { servedModel: 'gpt-other', turnState: true } });
    const walk = gatewayBefore([dead, upstream]);
    const response = await walk.ask(BODY);
    await response.text();
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-holdfast-target': 'p2/gpt-5.5',
      'x-holdfast-attempts': '2',
      'x-holdfast-request-id': walk.exchanges[0]?.id ?? 'none',
    });
    for (const name of ['openai-model', 'x-codex-turn-state', 'openai-organization', 'set-cookie', 'server'])
      expect(response.headers.get(name)).toBeNull();
  });

  test('hop-by-hop headers end at the gateway', async () => {
    const upstream = await provider();
    const walk = gatewayBefore([upstream]);
    const client = await rawClient(walk);
    const hops = {
      te: 'trailers',
      'proxy-authorization': 'Basic c2VjcmV0',
      'keep-alive': 'timeout=5',
      cookie: 'a=b',
      trailer: 'x',
    };
    client.write(
      renderRequest(
        '/v1/responses',
        { ...CODEX_HEADERS, ...AUTHORISED, ...hops, connection: 'keep-alive, x-hop', 'x-hop': '1' },
        BODY,
      ),
    );
    await client.waitFor('response.completed');
    for (const name of [...Object.keys(hops), 'x-hop']) expect(upstream.requests[0]?.headers[name]).toBeUndefined();
  });

  test('another model than the one asked for is announced', async () => {
    const upstream = await provider();
    const toml = routeOver([upstream.url]).replace('provider = "p1"', 'provider = "p1"\n  model = "other-model"');
    const walk = startWalk(toml);
    cleanUps.push(walk.stop);
    const response = await walk.ask(BODY);
    await response.text();
    expect(response.headers.get('x-holdfast-substituted')).toBe('other-model');
    expect(upstream.requests[0]?.model).toBe('other-model');
  });

  test('reasoning that the target cannot read is left out, once it said so', async () => {
    const upstream = await provider({ scenario: scenarioNamed('reasoning-text') });
    const other = await provider({ scenario: scenarioNamed('reasoning-text'), name: 'other-vendor' });
    const elsewhere = await (await gatewayBefore([other]).ask(BODY, { 'thread-id': 'elsewhere' })).text();
    const walk = gatewayBefore([upstream]);
    const history = [PROMPT, ...readStream(elsewhere).done, { ...PROMPT, id: 'msg_second' }];
    const response = await walk.ask(codexBody(history), { 'thread-id': 'here' });
    expect(readStream(await response.text()).end).toBe('completed');
    expect(walk.exchanges[0]?.attempts.map((attempt) => attempt.outcome)).toEqual(['FOREIGN_STATE', 'ok']);
    expect(upstream.requests.map((request) => request.status)).toEqual([400, 200]);
    expect(Buffer.from(upstream.requests[1]?.bytes ?? []).toString()).not.toContain('"encrypted_content":"');
  });
});

describe('a whole answer', () => {
  const WHOLE = { model: 'gpt-5.5', input: [PROMPT] };
  const whole = (walk: WalkGateway): Promise<Response> => walk.ask(WHOLE, { ...SDK_HEADERS, originator: '' });

  test.each([
    ['a healthy provider', [], 'ok'],
    ['a server error', [createFault('server-error-500')], 'SERVER_ERROR'],
    ['an error inside 200', [createFault('json-error-200')], 'SERVER_ERROR'],
    ['a page instead of an answer', [createFault('html-200')], 'BODY_NOT_JSON'],
    ['an answer without output', [createFault('completed-without-output')], 'EMPTY_ANSWER'],
    ['a connection that closes in the middle', [createFault('close-at-byte', 200)], 'CONNECTION_RESET'],
    ['a connection that is reset in the middle', [createFault('reset-at-byte', 200)], 'CONNECTION_RESET'],
  ])('%s costs the client nothing', async (_name, faults, outcome) => {
    const walk = gatewayBefore([await provider({ faults }), await provider()]);
    const response = await whole(walk);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toMatchObject({
      object: 'response',
      status: 'completed',
      output: [{ type: 'message' }],
    });
    expect(walk.exchanges[0]?.attempts[0]?.outcome).toBe(outcome as never);
    expect(walk.exchanges[0]?.usage?.outputTokens).toBeGreaterThan(0);
  });

  test('that never ends is given up, and the next provider asked', async () => {
    const walk = gatewayBefore(
      [await provider({ faults: [createFault('stall-at-byte', 200)] }), await provider()],
      '',
      {},
      '[providers.p1.timeouts]\nfirst_event = "300ms"',
    );
    expect(await (await whole(walk)).json()).toMatchObject({ status: 'completed' });
    expect(walk.exchanges[0]?.attempts[0]?.outcome).toBe('FIRST_EVENT_TIMEOUT');
  });

  test('that nobody can give is one error', async () => {
    const down = [createFault('insufficient-quota')];
    const walk = gatewayBefore([await provider({ faults: down }), await provider({ faults: down })]);
    const response = await whole(walk);
    expect(response.status).toBe(400);
    const error = errorOf(await response.text());
    expect(error).toMatchObject({ type: 'gateway_exhausted', code: 'all_targets_failed' });
    expect(error.message).toMatch(/p1\/gpt-5\.5: out of credit.*p2\/gpt-5\.5: out of credit/);
  });
});

describe('secrets', () => {
  const PROVIDER_KEY = 'sk-key-of-the-provider-0123456789';
  const PROMPT_TEXT = 'a prompt that nobody else may read';

  test.each([
    ['401', 401],
    ['500', 500],
    ['200 with an error', 200],
  ])('a provider that repeats key and prompt in its %s error tells nobody', async (_name, status) => {
    const echo = Bun.serve({
      port: 0,
      fetch: async (request) =>
        Response.json(
          {
            error: {
              message: `Incorrect API key provided: ${request.headers.get('authorization')} for ${await request.text()}`,
              type: 'server_error',
              code: `bad key ${PROVIDER_KEY}`,
            },
          },
          { status },
        ),
    });
    cleanUps.push(() => echo.stop(true));
    const credentials: NonNullable<WalkOptions['credentials']> = {
      obtain: async () => ({ reveal: () => PROVIDER_KEY }),
      invalidate: () => false,
    };
    const walk = startWalk(routeOver([`${echo.url.origin}/v1`]), { credentials });
    cleanUps.push(walk.stop);
    const response = await walk.ask(codexBody([{ ...PROMPT, content: PROMPT_TEXT }]));
    expect(response.status).toBe(400);
    const headers = { authorization: `Bearer ${ADMIN_KEY}` };
    const places = {
      answer: `${await response.text()}${JSON.stringify([...response.headers])}`,
      ledger: JSON.stringify(walk.exchanges),
      log: walk.logLines.join('\n'),
      status: await (await fetch(`${walk.gateway.url}/holdfast/status`, { headers })).text(),
      metrics: await (await fetch(`${walk.gateway.url}/metrics`)).text(),
    };
    expect(walk.exchanges).toHaveLength(1);
    expect(walk.logLines.length).toBeGreaterThan(0);
    for (const [place, text] of Object.entries(places)) {
      for (const secret of [PROVIDER_KEY, GATEWAY_KEY, ADMIN_KEY, PROMPT_TEXT])
        expect({ place, leaks: text.includes(secret) }).toEqual({ place, leaks: false });
    }
  });
});
