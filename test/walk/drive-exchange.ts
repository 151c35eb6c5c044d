import { createAiSdkUpstream } from '../../src/connect/ai-sdk/create-ai-sdk-upstream.ts';
import type { ExchangeRecord } from '../../src/core/exchange.ts';
import { GatewayError } from '../../src/core/failures.ts';
import type { Clock, Upstream, UpstreamResponse } from '../../src/core/ports.ts';
import type { Settings } from '../../src/core/settings.ts';
import { GatewayState } from '../../src/exchange/gateway-state.ts';
import { runExchange } from '../../src/exchange/run-exchange.ts';
import type { ExchangeDeps, Inbound, Reply } from '../../src/exchange/walk-types.ts';
import { Watch } from '../../src/exchange/watch.ts';
import type { Ask } from './codex-model.ts';

/** What an upstream answers: its chunks, and how they end. */
export interface DrivenAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly chunks: readonly Uint8Array[];
  readonly end: 'eof' | 'reset';
  /** Called before the end is told. */
  readonly beforeEnd?: () => void;
}

/** Answers for the provider with this id. */
export type Answerer = (providerId: string, body: Uint8Array) => Promise<DrivenAnswer>;

/**
 * The walk without a network: a client's `ask` on one side, arrays of chunks on the other. Time stands still, unless a
 * clock moves it.
 */
export interface DrivenWalk {
  readonly ask: Ask;
  /** Oldest first. */
  readonly exchanges: readonly ExchangeRecord[];
}

const CLOCK: Clock = { now: () => 1_800_000_000_000, monotonic: () => 0, after: () => () => {} };
/** A clock whose time passes when told to, with everything that comes due meanwhile. */
export function createMovableClock(): { readonly clock: Clock; readonly pass: (ms: number) => void } {
  const waiting = new Set<{ readonly atMs: number; readonly callback: () => void }>();
  let nowMs = 0;
  const clock: Clock = {
    now: () => CLOCK.now() + nowMs,
    monotonic: () => nowMs,
    after: (ms, callback) => {
      const timer = { atMs: nowMs + ms, callback };
      waiting.add(timer);
      return () => void waiting.delete(timer);
    },
  };
  const pass = (ms: number): void => {
    for (const endMs = nowMs + ms; nowMs < endMs; ) {
      nowMs += 1;
      for (const timer of [...waiting]) {
        if (timer.atMs > nowMs || !waiting.delete(timer)) continue;
        timer.callback();
      }
    }
  };
  return { clock, pass };
}

const NO_CREDENTIAL = { reveal: () => undefined };
const SILENT_LOG = { info: () => {}, warn: () => {} };

export function driveWalk(settings: Settings, answerer: Answerer, clock: Clock = CLOCK): DrivenWalk {
  const exchanges: ExchangeRecord[] = [];
  let id = 0;
  const deps: ExchangeDeps = {
    settings,
    clock,
    random: () => 0.5,
    upstream: createAiSdkUpstream(upstreamOf(answerer)),
    credentials: { obtain: async () => NO_CREDENTIAL, invalidate: () => false },
    ledger: {
      record: (exchange) => void exchanges.push(exchange),
      recent: async () => [],
      summary: () => ({ exchanges: exchanges.length, lost: 0 }),
      close: async () => {},
    },
    log: SILENT_LOG,
    state: new GatewayState(settings),
    watch: new Watch(clock),
    newId: () => `id${id++}`,
    pseudonym: (name) => `pseudonym-of-${name}`,
    onSettled: () => {},
  };
  return {
    exchanges,
    ask: async (body, headers) => {
      const reply = collectReply();
      await runExchange(inboundOf(body, headers), reply, deps);
      return { status: reply.status(), text: reply.text() };
    },
  };
}

function upstreamOf(answerer: Answerer): Upstream {
  return {
    send: async ({ target, body }) => openAnswer(await answerer(target.provider.id, Buffer.concat(body ?? []))),
  };
}

function openAnswer({ status, contentType, chunks, end, beforeEnd }: DrivenAnswer): UpstreamResponse {
  let next = 0;
  return {
    status,
    header: (name) => (name === 'content-type' ? contentType : null),
    read: async () => {
      const chunk = chunks[next++];
      if (chunk === undefined) beforeEnd?.();
      if (chunk === undefined && end === 'reset') throw new GatewayError({ code: 'CONNECTION_RESET' });
      return chunk;
    },
    close: () => {},
  };
}

function inboundOf(body: string, headers: Readonly<Record<string, string>>): Inbound {
  return {
    header: (name) => headers[name] ?? null,
    readBody: async () => Buffer.from(body),
    onGone: () => {},
  };
}

interface CollectedReply extends Reply {
  readonly status: () => number;
  readonly text: () => string;
}

function collectReply(): CollectedReply {
  const parts: Uint8Array[] = [];
  let status = 0;
  return {
    takenBytes: 0,
    get isStarted() {
      return status !== 0;
    },
    start: () => {
      status = 200;
    },
    write: (more) => {
      parts.push(...more);
      return undefined;
    },
    passer: undefined,
    end: () => {},
    drop: () => {},
    send: (code, _headers, body) => {
      status = code;
      parts.push(Buffer.from(body));
    },
    status: () => status,
    text: () => Buffer.concat(parts).toString(),
  };
}
