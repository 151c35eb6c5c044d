import { afterEach, expect, test } from 'bun:test';
import type { ExchangeRecord } from '../../core/exchange.ts';
import type { Ledger } from '../../core/ports.ts';

/** An exchange with every field set, two attempts and a skipped target. */
export function fullExchange(id: string, changes: Partial<ExchangeRecord> = {}): ExchangeRecord {
  const usage = { inputTokens: 1200, cachedInputTokens: 1000, outputTokens: 80, reasoningTokens: 0 };
  return {
    id,
    atMs: 1_790_000_000_000,
    routeId: 'codex-primary',
    model: 'gpt-5.5',
    targetId: 'azure-eu/gpt-5.5-eu',
    outcome: 'continued',
    status: 200,
    stream: true,
    clientKind: 'codex',
    clientVersion: '0.169.0',
    sessionId: 'session-1',
    turnId: 'turn-1',
    durationMs: 1234.5,
    firstByteMs: 12.25,
    requestBytes: 38_000,
    responseBytes: 41_000,
    usage,
    attempts: [
      {
        targetId: 'openai/gpt-5.5',
        providerId: 'openai',
        model: 'gpt-5.5',
        lane: 'raw',
        startedMs: 0.5,
        headersMs: 10,
        firstEventMs: 12,
        endedMs: 500,
        outcome: 'RATE_LIMITED',
        status: 429,
        upstreamCode: 'rate_limit_exceeded',
        upstreamRequestId: 'req_1',
        bytesIn: 0,
        bytesOut: 38_000,
        reason: 'first',
      },
      {
        targetId: 'azure-eu/gpt-5.5-eu',
        providerId: 'azure-eu',
        model: 'gpt-5.5-eu',
        lane: 'sanitised',
        startedMs: 501,
        endedMs: 1234,
        outcome: 'ok',
        bytesIn: 41_000,
        bytesOut: 38_000,
        usage,
        reason: 'failover',
      },
    ],
    skipped: [{ targetId: 'openrouter/openai/gpt-5.5', reason: "resting after 'rate limited' for another 12 s" }],
    ...changes,
  };
}

/** An exchange with nothing that may be left out. */
export function bareExchange(id: string, atMs = 1_790_000_000_000): ExchangeRecord {
  return {
    id,
    atMs,
    outcome: 'CLIENT_GONE',
    status: 499,
    stream: false,
    clientKind: 'other',
    durationMs: 0,
    requestBytes: 0,
    responseBytes: 0,
    attempts: [],
    skipped: [],
  };
}

/** What every ledger does. `open` makes a new, empty one. */
export function ledgerContract(name: string, open: () => Ledger): void {
  const opened: Ledger[] = [];
  const openOne = (): Ledger => {
    const ledger = open();
    opened.push(ledger);
    return ledger;
  };
  afterEach(async () => {
    for (const ledger of opened.splice(0)) await ledger.close();
  });

  test(`${name}: begins empty`, async () => {
    const ledger = openOne();
    expect(await ledger.recent(10)).toEqual([]);
    expect(ledger.summary()).toEqual({ exchanges: 0, lost: 0 });
  });

  test(`${name}: gives back what was recorded, field by field`, async () => {
    const ledger = openOne();
    const exchanges = [fullExchange('full'), bareExchange('bare', 1_789_000_000_000)];
    for (const exchange of exchanges) ledger.record(exchange);
    expect(await ledger.recent(10)).toEqual(exchanges);
  });

  test(`${name}: the same exchange recorded twice counts once`, async () => {
    const ledger = openOne();
    ledger.record(fullExchange('same'));
    ledger.record(fullExchange('same'));
    expect(await ledger.recent(10)).toEqual([fullExchange('same')]);
    ledger.record(fullExchange('same'));
    await ledger.recent(10);
    expect(ledger.summary()).toEqual({ exchanges: 1, lost: 0 });
  });

  test(`${name}: recent answers the newest first, as many as asked for`, async () => {
    const ledger = openOne();
    for (const second of [3, 1, 5, 2, 4]) ledger.record(bareExchange(`at ${second}`, second * 1000));
    const ids = async (limit: number) => (await ledger.recent(limit)).map(({ id }) => id);
    expect(await ids(3)).toEqual(['at 5', 'at 4', 'at 3']);
    ledger.record(bareExchange('at 6', 6000));
    expect(await ids(100)).toEqual(['at 6', 'at 5', 'at 4', 'at 3', 'at 2', 'at 1']);
    expect([await ids(0), await ids(-1)]).toEqual([[], []]);
  });

  test(`${name}: text that looks like SQL is text`, async () => {
    const ledger = openOne();
    const exchange = fullExchange(`'); DROP TABLE exchanges; --`, { model: `"x'\u0000y`, sessionId: 'ÄÖ🦊' });
    ledger.record(exchange);
    expect(await ledger.recent(10)).toEqual([exchange]);
  });

  test(`${name}: after close nothing is recorded, and nothing throws`, async () => {
    const ledger = openOne();
    ledger.record(bareExchange('before'));
    await ledger.close();
    await ledger.close();
    ledger.record(bareExchange('after'));
    expect(ledger.summary()).toEqual({ exchanges: 1, lost: 1 });
    await ledger.recent(10);
  });
}
