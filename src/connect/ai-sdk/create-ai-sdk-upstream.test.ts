import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { GatewayError } from '../../core/failures.ts';
import type { Upstream, UpstreamRequest, UpstreamResponse } from '../../core/ports.ts';
import type { Target, Wire } from '../../core/target.ts';
import { createAiSdkUpstream } from './create-ai-sdk-upstream.ts';

const BASE_URL = 'https://provider.test/v9';
const SECRET_PROMPT = 'the secret prompt';

function targetOf(wire: Wire, model = 'gemini-3-pro'): Target {
  const timeouts = { connectMs: 1, headersMs: 1, firstEventMs: 1, idleMs: 1, totalMs: 1 };
  const provider = {
    id: 'p',
    wire,
    baseUrl: BASE_URL,
    key: { kind: 'none' },
    auth: 'bearer',
    headers: {},
    firstParty: false,
    stateDomain: 'p',
    timeouts,
  } as const;
  return { id: `p/${model}`, provider, model, isSubstitute: false, priority: 1, weight: 1, timeouts };
}

interface Answered {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly chunks?: readonly (string | Uint8Array)[];
  /** Comes after the chunks. Default: the end. */
  readonly error?: GatewayError;
}

/** An upstream of arrays, and what it was asked. */
function upstreamOf({ status = 200, headers = SSE, chunks = [], error }: Answered, refusal?: GatewayError) {
  const requests: UpstreamRequest[] = [];
  const state = { closed: 0, next: 0 };
  const upstream: Upstream = {
    send: async (request) => {
      requests.push(request);
      if (refusal !== undefined) throw refusal;
      return {
        status,
        header: (name) => headers[name] ?? null,
        read: async () => {
          const chunk = chunks[state.next++];
          if (chunk === undefined && error !== undefined) throw error;
          return chunk === undefined ? undefined : Buffer.from(chunk);
        },
        close: () => {
          state.closed += 1;
        },
      };
    },
  };
  return { upstream, requests, state };
}

const SSE = { 'content-type': 'text/event-stream' };
const EVENT_STREAM = { 'content-type': 'application/vnd.amazon.eventstream' };
const OPTIONS = { prompt: [{ role: 'user', content: [{ type: 'text', text: SECRET_PROMPT }] }] };

function send(upstream: Upstream, wire: Wire, more: Partial<UpstreamRequest> = {}): Promise<UpstreamResponse> {
  return createAiSdkUpstream(upstream).send({
    target: targetOf(wire),
    method: 'POST',
    path: '/stream',
    headers: { 'content-type': 'application/json', 'user-agent': 'holdfast', 'x-own': '1' },
    body: [Buffer.from(JSON.stringify(OPTIONS))],
    credential: { reveal: () => 'the key' },
    signal: new AbortController().signal,
    ...more,
  });
}

async function textOf(response: UpstreamResponse): Promise<string> {
  const parts: Uint8Array[] = [];
  for (let part = await response.read(); part !== undefined; part = await response.read()) parts.push(part);
  return Buffer.concat(parts).toString();
}

/** What went wrong, in full: an error must not hold what was asked. */
async function failureOf(failing: Promise<unknown>): Promise<unknown> {
  const error = await failing.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(GatewayError);
  expect(Bun.inspect(error, { depth: 9 })).not.toContain(SECRET_PROMPT);
  return error instanceof GatewayError ? error.failure : undefined;
}

const chunk = (parts: readonly object[], more: object = {}): string =>
  `data: ${JSON.stringify({ candidates: [{ content: { role: 'model', parts }, ...more }] })}\r\n\r\n`;
const HELLO = [chunk([{ text: 'Hel' }]), chunk([{ text: 'lo' }], { finishReason: 'STOP' })];

test('other wires are none of its business', async () => {
  const { upstream, requests } = upstreamOf({ chunks: ['x'] });
  const body = [Buffer.from('bytes')];
  expect(await textOf(await send(upstream, 'messages', { path: '/messages', body }))).toBe('x');
  expect(requests).toMatchObject([{ path: '/messages', body }]);
});

describe('what is sent', () => {
  test.each([
    ['gemini', 'gemini-3-pro', '/stream', '/models/gemini-3-pro:streamGenerateContent?alt=sse'],
    ['gemini', 'gemini-3-pro', '/generate', '/models/gemini-3-pro:generateContent'],
    ['vertex', 'gemini-3-pro', '/stream', '/models/gemini-3-pro:streamGenerateContent?alt=sse'],
    ['converse', 'eu.anthropic.claude-x:0', '/stream', '/model/eu.anthropic.claude-x%3A0/converse-stream'],
    ['converse', 'eu.anthropic.claude-x:0', '/generate', '/model/eu.anthropic.claude-x%3A0/converse'],
  ] as const)('%s %s %s goes to %s, once, with our headers and no others', async (wire, model, path, sentTo) => {
    const { upstream, requests } = upstreamOf({ status: 503, headers: {} });
    const target = targetOf(wire, model);
    expect((await send(upstream, wire, { target, path })).status).toBe(503);
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({ path: sentTo, method: 'POST' });
    expect(requests[0]?.headers).toEqual({
      'content-type': 'application/json',
      'user-agent': 'holdfast',
      'x-own': '1',
    });
    expect(requests[0]?.credential.reveal()).toBe('the key');
    expect(Buffer.concat(requests[0]?.body ?? []).toString()).toContain(SECRET_PROMPT);
  });

  test('a name of a model cannot lead to another address', async () => {
    const { upstream, requests } = upstreamOf({ status: 404, headers: {} });
    await send(upstream, 'converse', { target: targetOf('converse', '../../admin?x') });
    expect(requests[0]?.path).toBe('/model/..%2F..%2Fadmin%3Fx/converse-stream');
  });
});

describe('what comes back', () => {
  test('are the parts of the stream', async () => {
    const { upstream } = upstreamOf({ chunks: HELLO, headers: { ...SSE, 'x-request-id': 'r' } });
    const response = await send(upstream, 'gemini');
    expect([response.status, response.header('content-type'), response.header('x-request-id')]).toEqual([
      200,
      'text/event-stream',
      'r',
    ]);
    const parts = (await textOf(response)).split('\n\n').filter((line) => line !== '');
    expect(parts.map((part) => JSON.parse(part.replace(/^data: /, '')).type)).toEqual([
      'stream-start',
      'text-start',
      'text-delta',
      'text-delta',
      'text-end',
      'finish',
    ]);
  });

  test('is one object when nothing is streamed', async () => {
    const body = JSON.stringify({ candidates: [{ content: { parts: [{ text: 'Hi' }] }, finishReason: 'STOP' }] });
    const { upstream } = upstreamOf({ chunks: [body], headers: { 'content-type': 'application/json' } });
    const response = await send(upstream, 'gemini', { path: '/generate' });
    expect(response.header('content-type')).toBe('application/json');
    expect(JSON.parse(await textOf(response))).toMatchObject({
      content: [{ type: 'text', text: 'Hi' }],
      finishReason: { raw: 'STOP' },
    });
  });

  test.each([
    ['an error', { status: 429, headers: { 'retry-after': '3' }, chunks: ['{"error":', '{"code":429}}'] }],
    ['an error of Amazon', { status: 400, headers: { 'x-amzn-errortype': 'ValidationException' }, chunks: ['{}'] }],
    ['a page where a stream should be', { headers: { 'content-type': 'text/html' }, chunks: ['<html>'] }],
    ['a redirect', { status: 307, headers: { location: 'https://elsewhere.test' } }],
  ])('is %s as its provider gave it', async (_name, answered: Answered) => {
    const { upstream, state } = upstreamOf(answered);
    const response = await send(upstream, 'gemini');
    expect(response.status).toBe(answered.status ?? 200);
    for (const [name, value] of Object.entries(answered.headers ?? {})) expect(response.header(name)).toBe(value);
    expect(await textOf(response)).toBe((answered.chunks ?? []).join(''));
    response.close();
    expect(state.closed).toBe(1);
  });

  test('is an error inside the stream in its own words, and no warning or raw chunk', async () => {
    const error = { code: 503, message: 'Later.', status: 'UNAVAILABLE' };
    const { upstream } = upstreamOf({ chunks: [...HELLO.slice(0, 1), `data: ${JSON.stringify({ error })}\n\n`] });
    const text = await textOf(await send(upstream, 'gemini'));
    expect(text).toContain(`{"type":"error","code":"UNAVAILABLE","body":{"error":${JSON.stringify(error)}}}`);
    expect(text).not.toContain('warnings');
  });

  test('says nothing of what the SDK could not read', async () => {
    const { upstream } = upstreamOf({ chunks: [`data: {"candidates":"${SECRET_PROMPT}"}\n\n`, 'data: {"a\n\n'] });
    const text = await textOf(await send(upstream, 'gemini'));
    expect(text).toContain('data: {"type":"error"}\n\n');
    expect(text).not.toContain(SECRET_PROMPT);
  });
});

describe('what fails', () => {
  test('before headers is told as it is', async () => {
    const refusal = new GatewayError({ code: 'CONNECTION_REFUSED' });
    expect(await failureOf(send(upstreamOf({}, refusal).upstream, 'gemini'))).toEqual({ code: 'CONNECTION_REFUSED' });
    expect(await failureOf(send(upstreamOf({}, refusal).upstream, 'converse'))).toEqual({ code: 'CONNECTION_REFUSED' });
  });

  test('in the middle as well', async () => {
    const error = new GatewayError({ code: 'CONNECTION_RESET' });
    const { upstream } = upstreamOf({ chunks: HELLO.slice(0, 1), error });
    const response = await send(upstream, 'gemini');
    expect(await failureOf(textOf(response))).toEqual({ code: 'CONNECTION_RESET' });
  });

  test.each([
    ['half a frame', Buffer.from('0000005c', 'hex')],
    ['a frame whose checksum is wrong', Buffer.from('000000100000000005c248eb7d98c8fe', 'hex')],
    ['text', Buffer.from('data: {"type":"message_start"}\n\n')],
  ])('is %s in an event stream', async (_name, bytes) => {
    const { upstream } = upstreamOf({ headers: EVENT_STREAM, chunks: [bytes] });
    const response = await send(upstream, 'converse');
    expect(await failureOf(textOf(response))).toEqual({ code: 'STREAM_CORRUPT' });
  });

  test('is a body that is no answer', async () => {
    const { upstream, state } = upstreamOf({ chunks: ['oops'], headers: { 'content-type': 'application/json' } });
    expect(await failureOf(send(upstream, 'gemini', { path: '/generate' }))).toEqual({ code: 'STREAM_CORRUPT' });
    expect(state.closed).toBeGreaterThan(0);
  });

  test('is a request that the SDK cannot put into words', async () => {
    const prompt = [
      { role: 'user', content: [] },
      { role: 'system', content: SECRET_PROMPT },
    ];
    const { upstream, requests } = upstreamOf({});
    const body = [Buffer.from(JSON.stringify({ prompt }))];
    expect(await failureOf(send(upstream, 'gemini', { body }))).toEqual({
      code: 'TARGET_UNSUPPORTED',
      upstreamCode: 'ai_sdk',
    });
    expect(requests).toEqual([]);
  });

  test.each([
    ['a model that the SDK does not serve so', { target: targetOf('vertex', 'endpoints/123') }],
    ['a body that is none', { body: [Buffer.from(SECRET_PROMPT)] }],
  ])('is %s', async (_name, more) => {
    const { upstream, requests } = upstreamOf({});
    expect(await failureOf(send(upstream, 'vertex', more))).toMatchObject({ code: 'TARGET_UNSUPPORTED' });
    expect(requests).toEqual([]);
  });
});

test('closing closes the connection, however often', async () => {
  const { upstream, state } = upstreamOf({ chunks: HELLO });
  const response = await send(upstream, 'gemini');
  await response.read();
  response.close();
  response.close();
  expect(state.closed).toBeGreaterThan(0);
});

describe('the packages', () => {
  const SCRIPT = `
    const loaded = () => Object.keys(require.cache).filter((file) => file.includes('@ai-sdk')).length;
    await import('${join(import.meta.dir, '../../wiring.ts')}');
    await import('${join(import.meta.dir, '../../serve/gateway/assemble-gateway.ts')}');
    const { createAiSdkUpstream } = await import('${join(import.meta.dir, 'create-ai-sdk-upstream.ts')}');
    const upstream = createAiSdkUpstream({ send: async () => { throw new Error('none'); } });
    const target = (wire) => ({ provider: { wire, baseUrl: 'http://x' }, model: 'm' });
    const ask = (wire) => upstream.send({ target: target(wire), path: '/stream', body: [Buffer.from('{"prompt":[]}')] }).catch(() => {});
    for (const wire of ['responses', 'chat', 'messages']) await ask(wire);
    const before = loaded();
    await ask('gemini');
    console.log(JSON.stringify([before, loaded() > 0]));
  `;

  test('are loaded by the first request to such a target, and by nothing else', async () => {
    const child = Bun.spawn([process.execPath, '-e', SCRIPT], { stdout: 'pipe', stderr: 'inherit' });
    expect(JSON.parse(await new Response(child.stdout).text())).toEqual([0, true]);
  });
});
