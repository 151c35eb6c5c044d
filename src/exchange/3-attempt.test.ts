import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../core/failures.ts';
import { lengthOf } from '../core/length-of.ts';
import type { UpstreamRequest, UpstreamResponse } from '../core/ports.ts';
import type { Target } from '../core/target.ts';
import { attempt } from './3-attempt.ts';
import type { AttemptWatch } from './attempt-watch.ts';
import { KeptBody } from './kept-body.ts';
import type { ExchangeDeps, Planned } from './walk-types.ts';
import { Watch } from './watch.ts';

const TIMEOUTS = { connectMs: 1000, headersMs: 1000, firstEventMs: 1000, idleMs: 1000, totalMs: 1000 };
const TARGET: Target = {
  id: 'p/m',
  provider: {
    id: 'p',
    wire: 'responses',
    baseUrl: 'https://api.example.com/v1',
    key: { kind: 'none' },
    auth: 'bearer',
    headers: {},
    firstParty: false,
    stateDomain: 'p',
    timeouts: TIMEOUTS,
  },
  model: 'm',
  isSubstitute: false,
  priority: 1,
  weight: 1,
  timeouts: TIMEOUTS,
};

const WATCH = new Watch({ now: () => 0, monotonic: () => 0, after: () => () => {} });

const answer = (status: number, text = ''): UpstreamResponse => {
  const chunks = text === '' ? [] : [Buffer.from(text)];
  return { status, header: () => null, read: async () => chunks.shift(), close: () => {} };
};

async function attemptWith(
  send: (request: UpstreamRequest) => Promise<UpstreamResponse>,
  isAdmitted: boolean,
): Promise<{ readonly outcome: string; readonly lengthAtSend: number; readonly body: Buffer }> {
  const body = Buffer.allocUnsafeSlow(40_000);
  const kept = new KeptBody(isAdmitted ? body : Buffer.alloc(0), WATCH);
  const admitted = { body: kept, request: { stream: true }, header: () => null };
  let lengthAtSend = 0;
  const deps = {
    clock: { now: () => 0 },
    settings: { health: { maxHintMs: 1000 } },
    credentials: { obtain: async () => ({ reveal: () => undefined }) },
    upstream: {
      send: (request: UpstreamRequest) => {
        lengthAtSend = lengthOf(request.body ?? []);
        return send(request);
      },
    },
  };
  const result = await attempt(
    { admitted } as unknown as Planned,
    TARGET,
    { kind: 'encoded', lane: 'raw', path: '/responses', headers: {}, body: [body] },
    { signal: new AbortController().signal, expired: undefined, opened: () => {} } as unknown as AttemptWatch,
    deps as unknown as ExchangeDeps,
  );
  return { outcome: result.kind === 'failed' ? result.failure.code : 'opened', lengthAtSend, body };
}

describe('the memory of a body that was made for one target', () => {
  test.each([
    ['an answer begins', 'opened', async () => answer(200)],
    ['the target refuses', 'SERVER_ERROR', async () => answer(500, '{"error":{}}')],
    ['nobody answers', 'CONNECTION_REFUSED', () => Promise.reject(new GatewayError({ code: 'CONNECTION_REFUSED' }))],
  ])('is given back as soon as %s', async (_when, outcome, send) => {
    const seen = await attemptWith(send, false);
    expect([seen.outcome, seen.lengthAtSend, seen.body.length]).toEqual([outcome, 40_000, 0]);
  });

  test("the client's own is kept for the next target", async () => {
    const seen = await attemptWith(async () => answer(200), true);
    expect([seen.outcome, seen.lengthAtSend, seen.body.length]).toEqual(['opened', 40_000, 40_000]);
  });
});
