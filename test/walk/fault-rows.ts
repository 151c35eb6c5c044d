/** What can go wrong at a provider, and how the gateway is to record it. */
import type { FailureCode } from '../../src/core/failures.ts';
import { createFault } from '../../src/serve/simulator/faults/fault-table.ts';
import {
  brokenTls,
  refused,
  type StartProvider,
  silentTls,
  unresolvable,
  untrusted,
  withFaults,
} from './faulty-providers.ts';
import { scenarioNamed } from './record-streams.ts';

export interface FaultRow {
  /** What goes wrong. */
  readonly name: string;
  readonly start: StartProvider;
  /** How the attempt is recorded; `ok` when the gateway makes an answer out of it all the same. */
  readonly outcome: FailureCode | 'ok';
  /** How the last attempt is recorded when every target does so. Default: as `outcome`. */
  readonly lastOutcome?: FailureCode;
}

/** Long enough for no fault to depend on how busy this machine is, but for the one that is waited out. */
export const PATIENT = { connect: '10s', headers: '10s', first_event: '10s', idle: '10s', total: '60s' };
export const WAIT_MS = 300;
export const WAITS: Partial<Record<FailureCode | 'ok', typeof PATIENT>> = {
  CONNECT_TIMEOUT: { ...PATIENT, connect: `${WAIT_MS}ms` },
  HEADERS_TIMEOUT: { ...PATIENT, headers: `${WAIT_MS}ms` },
  FIRST_EVENT_TIMEOUT: { ...PATIENT, first_event: `${WAIT_MS}ms` },
  IDLE_TIMEOUT: { ...PATIENT, idle: `${WAIT_MS}ms` },
  TOTAL_TIMEOUT: { ...PATIENT, total: `${WAIT_MS}ms` },
};
export const SCENARIO = scenarioNamed('message-then-call');
export const MAX_EVENT_BYTES = 1_000_000;
export const QUICK_REPEATS = '[retry]\nbackoff = "20ms"\n';

/** `NAME[:ARGUMENT]` of the simulator's fault table. */
const fault = (outcome: FaultRow['outcome'], spec: string): FaultRow => ({
  name: spec,
  start: withFaults([faultOf(spec)]),
  outcome,
});

export function faultOf(spec: string): ReturnType<typeof createFault> {
  const [name = '', ...argument] = spec.split(':');
  return createFault(name, argument.length === 0 ? undefined : argument.join(':'));
}

/** What comes slowly enough to be broken off at a time. */
const slowly = (outcome: FaultRow['outcome'], spec: string): FaultRow => ({
  name: spec,
  start: withFaults([faultOf(spec)], { eventDelayMs: 20 }),
  outcome,
});

export const ROWS: readonly FaultRow[] = [
  // The connection.
  { name: 'connection refused', start: refused, outcome: 'CONNECTION_REFUSED' },
  { name: 'a TLS handshake that never ends', start: silentTls, outcome: 'CONNECT_TIMEOUT' },
  { name: 'a name that does not resolve', start: unresolvable, outcome: 'DNS_FAILED' },
  { name: 'a TLS handshake that fails', start: brokenTls, outcome: 'TLS_FAILED' },
  { name: 'a certificate that nobody signed', start: untrusted, outcome: 'TLS_FAILED' },
  fault('CONNECTION_RESET', 'reset-on-connect'),
  fault('CONNECTION_RESET', 'close-on-connect'),
  fault('HEADERS_TIMEOUT', 'silent-connection'),
  fault('HEADERS_TIMEOUT', 'accepted-no-headers'),
  fault('CONNECTION_RESET', 'close-before-headers'),
  fault('CONNECTION_RESET', 'reset-before-headers'),
  fault('HEADERS_TIMEOUT', 'late-headers'),
  fault('CONNECTION_RESET', 'half-headers'),
  fault('HEADERS_TIMEOUT', 'stall-in-headers'),
  fault('STREAM_CORRUPT', 'garbage-headers'),
  // A 400 that is the provider's own.
  fault('BILLING', 'hidden-billing-400'),
  fault('BILLING', 'hidden-spend-limit-400'),
  fault('REGION_BLOCKED', 'hidden-region-400'),
  fault('UNAUTHORIZED', 'hidden-wrong-key-400'),
  fault('SERVER_ERROR', 'hidden-tool-failure-400'),
  fault('BILLING', 'hidden-arrearage-400'),
  fault('FOREIGN_STATE', 'foreign-state-400'),
  // Keys, money, law.
  fault('UNAUTHORIZED', 'unauthorized-401'),
  fault('BILLING', 'payment-required-402'),
  fault('REGION_BLOCKED', 'region-blocked-403'),
  fault('FORBIDDEN', 'forbidden-html-403'),
  fault('ACCOUNT_SUSPENDED', 'account-suspended-412'),
  // A model that is gone.
  fault('MODEL_NOT_FOUND', 'model-withdrawn'),
  fault('MODEL_NOT_FOUND', 'model-withdrawn-not-found-error'),
  fault('MODEL_NOT_FOUND', 'model-withdrawn-html'),
  fault('MODEL_NOT_FOUND', 'deployment-not-found'),
  fault('MODEL_NOT_FOUND', 'model-retired-bedrock'),
  // Short-lived.
  fault('UPSTREAM_TIMEOUT', 'request-timeout-408'),
  fault('CONFLICT', 'conflict-409'),
  fault('RATE_LIMITED', 'rate-limited-integer-wait'),
  fault('RATE_LIMITED', 'rate-limited-float-wait'),
  fault('RATE_LIMITED', 'rate-limited-date-wait'),
  fault('RATE_LIMITED', 'rate-limited-ms-wait'),
  fault('RATE_LIMITED', 'rate-limited-text-wait'),
  fault('RATE_LIMITED', 'rate-limited-reset-header'),
  fault('RATE_LIMITED', 'rate-limited-protobuf-wait'),
  fault('RATE_LIMITED', 'rate-limited-epoch-wait'),
  fault('RATE_LIMITED', 'rate-limited-no-wait'),
  fault('BILLING', 'insufficient-quota'),
  fault('BILLING', 'quota-exceeded-kimi'),
  fault('BILLING', 'balance-exhausted-zai'),
  fault('OVERLOADED', 'capacity-498'),
  // Broken.
  fault('SERVER_ERROR', 'server-error-500'),
  fault('SERVER_ERROR', 'bad-gateway-502'),
  fault('SERVER_ERROR', 'unavailable-503'),
  fault('OVERLOADED', 'server-overloaded-503'),
  fault('OVERLOADED', 'slow-down-503'),
  fault('OVERLOADED', 'long-wait-503'),
  fault('UPSTREAM_TIMEOUT', 'gateway-timeout-504'),
  fault('OVERLOADED', 'overloaded-529'),
  // 200, and yet no answer.
  fault('NOT_A_STREAM', 'html-200'),
  fault('SERVER_ERROR', 'json-error-200'),
  fault('RATE_LIMITED', 'base-resp-200'),
  fault('STREAM_CUT', 'empty-200'),
  fault('UNEXPECTED_STATUS', 'no-content-204'),
  fault('REDIRECTED', 'redirect-307'),
  // Inside the stream.
  fault('SERVER_ERROR', 'error-event-first'),
  fault('SERVER_ERROR', 'error-inside-200'),
  fault('SERVER_ERROR', 'error-inside-200:response.output_text.delta'),
  fault('SERVER_ERROR', 'failed-first'),
  fault('OVERLOADED', 'failed-first:server_is_overloaded'),
  fault('SERVER_ERROR', 'failed-in-middle'),
  fault('RATE_LIMITED', 'failed-in-middle:rate_limit_exceeded'),
  fault('RATE_LIMITED', 'rate-limited-in-stream'),
  fault('OVERLOADED', 'overloaded-in-stream'),
  fault('RATE_LIMITED', 'base-resp-in-stream'),
  fault('INCOMPLETE_ANSWER', 'incomplete-in-middle'),
  fault('EMPTY_ANSWER', 'completed-without-output'),
  fault('IDLE_TIMEOUT', 'slow-drip:1'),
  fault('FIRST_EVENT_TIMEOUT', 'slow-first-event'),
  { name: 'an answer that takes too long', start: withFaults([], { eventDelayMs: 60 }), outcome: 'TOTAL_TIMEOUT' },
  fault('ok', 'split-anywhere'),
  fault('ok', 'split-everywhere'),
  fault('ok', 'merged-events'),
  fault('STREAM_CORRUPT', 'invalid-utf8'),
  fault('STREAM_CORRUPT', 'invalid-json'),
  fault('STREAM_CUT', 'garbage-then-eof'),
  fault('EVENT_TOO_LARGE', 'huge-event:50000000'),
  fault('STREAM_CUT', 'comments-only'),
  fault('ok', 'duplicate-events'),
  fault('EMPTY_ANSWER', 'missing-events:response.output_item.done'),
  fault('ok', 'missing-events:response.output_item.added'),
  fault('STREAM_CUT', 'missing-events:response.completed'),
  fault('ok', 'missing-events:response.created'),
  fault('ok', 'out-of-order-events'),
  fault('ok', 'out-of-order-events:response.output_item.added'),
  // The call that the client asks for next comes behind its `completed`: nothing is done then.
  { ...fault('STREAM_CORRUPT', 'out-of-order-events:response.completed'), lastOutcome: 'EMPTY_ANSWER' },
  // Cut off.
  ...['at-byte:1000', 'at-byte:3500', 'before-event', 'after-event', 'after-event:response.output_text.delta'].flatMap(
    (where) => [
      fault('STREAM_CUT', `eof-${where}`),
      fault('CONNECTION_RESET', `close-${where}`),
      fault('CONNECTION_RESET', `half-chunk-${where}`),
      fault('CONNECTION_RESET', `reset-${where}`),
      fault('IDLE_TIMEOUT', `stall-${where}`),
    ],
  ),
  slowly('STREAM_CUT', 'eof-after-ms:70'),
  slowly('CONNECTION_RESET', 'close-after-ms:70'),
  slowly('CONNECTION_RESET', 'half-chunk-after-ms:70'),
  slowly('CONNECTION_RESET', 'reset-after-ms:70'),
  slowly('IDLE_TIMEOUT', 'stall-after-ms:70'),
];

/** The client's own mistakes: the same everywhere, so no other target is asked. */
export const CLIENT_ROWS = [
  ['bad-request-400', 'BAD_REQUEST', "Invalid value: 'banana'."],
  ['context-too-long-400', 'CONTEXT_TOO_LONG', 'context_length_exceeded'],
  ['content-refused-400', 'CONTENT_REFUSED', 'content_filter'],
] as const;
