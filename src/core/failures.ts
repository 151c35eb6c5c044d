/**
 * The one table of everything that can go wrong (design §7). A failure travels as its code; these facts decide what
 * happens next. `docs/failures.md` lists the same codes; a test keeps the two equal.
 */

/** Whose doing it was. `network` is local-origin (Envoy's word): DNS, refused, our own timeout; counted apart. */
export type Blame = 'client' | 'upstream' | 'network' | 'gateway' | 'policy';

/** What the failure says something about: every target that shares it is affected. */
export type Scope = 'request' | 'credential' | 'target' | 'model' | 'provider';

/**
 * What may be tried after it: `same` (the same target again after a backoff, if no other is ready), `next` (another
 * target, at once), `never` (the answer goes to the client as it is).
 */
export type RetryRule = 'same' | 'next' | 'never';

/**
 * How long the scope rests: `none`, `count` (ejected after several), `hint` (for as long as the provider says, capped;
 * an ejection at once if it does not say), `eject` (at once), `withdrawn` (at once and long: a human or a law acted).
 */
export type CooldownRule = 'none' | 'count' | 'hint' | 'eject' | 'withdrawn';

export interface FailureFacts {
  /** HTTP status a client gets when this is the final answer. Codex treats 400 as final (wire-facts §5.4). */
  readonly status: number;
  readonly blame: Blame;
  readonly scope: Scope;
  readonly retry: RetryRule;
  readonly cooldown: CooldownRule;
  /** A few words for people, used in messages as "<target>: <text>". */
  readonly text: string;
}

const client = (status: number, text: string): FailureFacts => ({
  status,
  blame: 'client',
  scope: 'request',
  retry: 'never',
  cooldown: 'none',
  text,
});
const gateway = (status: number, text: string): FailureFacts => ({
  status,
  blame: 'gateway',
  scope: 'request',
  retry: 'never',
  cooldown: 'none',
  text,
});
const upstream = (scope: Scope, retry: RetryRule, cooldown: CooldownRule, text: string): FailureFacts => ({
  status: 400,
  blame: 'upstream',
  scope,
  retry,
  cooldown,
  text,
});
const network = (retry: RetryRule, cooldown: CooldownRule, text: string): FailureFacts => ({
  status: 400,
  blame: 'network',
  scope: 'target',
  retry,
  cooldown,
  text,
});

export const FAILURES = {
  // The client's own: the same everywhere, so never failed over and never held against a target.
  CLIENT_GONE: client(499, 'the client went away'),
  CLIENT_STALLED: client(499, 'the client stopped reading'),
  BAD_REQUEST: client(400, 'the request is not valid'),
  CONTEXT_TOO_LONG: client(400, 'the conversation does not fit the context window'),
  CONTENT_REFUSED: client(400, 'refused by a content policy'),
  BODY_TOO_LARGE: client(413, 'the request body is larger than server.max_body_bytes'),
  BODY_TIMEOUT: client(408, 'the request body did not arrive in time'),
  UNSUPPORTED_PARAMETER: client(400, 'a request field that the gateway cannot serve'),
  INCOMPLETE_AS_ASKED: client(400, 'the answer reached the limit that the request itself set'),

  // Credentials.
  UNAUTHORIZED: upstream('credential', 'next', 'withdrawn', 'the provider rejected the key'),
  FORBIDDEN: upstream('credential', 'next', 'eject', 'the provider denied access'),
  BILLING: upstream('credential', 'next', 'withdrawn', 'out of credit or quota'),
  ACCOUNT_SUSPENDED: upstream('credential', 'next', 'withdrawn', 'the provider suspended the account'),
  CREDENTIAL_UNAVAILABLE: {
    ...upstream('credential', 'next', 'eject', 'its key could not be obtained'),
    blame: 'network',
  },

  // A law or a lab acted.
  REGION_BLOCKED: upstream('provider', 'next', 'withdrawn', 'the provider refuses this country or region'),
  MODEL_NOT_FOUND: upstream('model', 'next', 'withdrawn', 'the model is withdrawn or unknown there'),

  // The target is unwell.
  RATE_LIMITED: upstream('target', 'same', 'hint', 'rate limited'),
  OVERLOADED: upstream('target', 'same', 'hint', 'overloaded'),
  SERVER_ERROR: upstream('target', 'same', 'count', 'server error'),
  UPSTREAM_TIMEOUT: upstream('target', 'same', 'count', 'the provider timed out'),
  CONFLICT: upstream('target', 'same', 'count', 'conflict'),
  NOT_FOUND: upstream('target', 'next', 'eject', 'nothing answers at this address'),
  TARGET_UNSUPPORTED: upstream('target', 'next', 'none', 'it cannot serve this kind of request'),
  FOREIGN_STATE: upstream('target', 'same', 'none', "it cannot read another provider's reasoning state"),
  REDIRECTED: upstream('target', 'next', 'eject', 'it answered with a redirect, which is not followed'),
  UNEXPECTED_STATUS: upstream('target', 'next', 'count', 'unexpected status'),

  // HTTP 200, and yet no answer.
  NOT_A_STREAM: upstream('target', 'same', 'count', 'answered 200 with something else than an event stream'),
  ERROR_IN_STREAM: upstream('target', 'same', 'count', 'reported an error inside the stream'),
  STREAM_CUT: upstream('target', 'same', 'count', 'the stream ended before the answer was complete'),
  STREAM_CORRUPT: upstream('target', 'same', 'count', 'the stream was not valid'),
  EVENT_TOO_LARGE: upstream('target', 'next', 'count', 'an event was larger than the limit'),
  EMPTY_ANSWER: upstream('target', 'same', 'count', 'completed without any output'),
  INCOMPLETE_ANSWER: upstream('target', 'next', 'none', 'the answer was cut off by an output limit'),
  BODY_NOT_JSON: upstream('target', 'same', 'count', 'the answer was not JSON'),

  // Between us and the target: local-origin. Who was given all the time that the configuration grants, and said nothing,
  // is not waited for twice; one that stalled was at work.
  DNS_FAILED: network('same', 'eject', 'its name does not resolve'),
  CONNECTION_REFUSED: network('same', 'eject', 'connection refused'),
  CONNECT_TIMEOUT: network('next', 'eject', 'no connection within the connect timeout'),
  TLS_FAILED: network('next', 'eject', 'TLS failed'),
  CONNECTION_RESET: network('same', 'count', 'the connection was reset'),
  HEADERS_TIMEOUT: network('next', 'count', 'no response headers in time'),
  FIRST_EVENT_TIMEOUT: network('next', 'count', 'no useful event in time'),
  IDLE_TIMEOUT: network('same', 'count', 'the stream stalled'),
  TOTAL_TIMEOUT: network('next', 'count', 'the answer took longer than the total timeout'),

  // A rule of the configuration.
  SUBSTITUTION_DENIED: {
    ...client(400, 'every target would answer with another model, which the route does not allow'),
    blame: 'policy',
  },

  // The gateway's own.
  BAD_GATEWAY_KEY: gateway(401, 'the gateway key is missing or wrong'),
  HOST_DENIED: gateway(403, 'the Host or Origin header is not allowed'),
  NOT_FOUND_HERE: gateway(404, 'no such address on this gateway'),
  METHOD_NOT_ALLOWED: gateway(405, 'method not allowed'),
  UPGRADE_REFUSED: gateway(426, 'WebSocket is not offered: use HTTP'),
  NO_ROUTE: gateway(404, 'no route serves this model'),
  ALL_TARGETS_FAILED: gateway(400, 'no target could answer'),
  TURN_CAP: gateway(400, 'this turn was continued too often'),
  HEDGE_LOST: gateway(400, 'another target answered sooner'),
  SHUTTING_DOWN: gateway(503, 'the gateway is restarting'),
  TOO_BUSY: gateway(503, 'the gateway has reached its limit of open exchanges'),
  INTERNAL: gateway(500, 'internal error of the gateway'),
  CONFIG_INVALID: gateway(500, 'the configuration is not valid'),
} as const satisfies Record<string, FailureFacts>;

export type FailureCode = keyof typeof FAILURES;

export const failureFacts = (code: FailureCode): FailureFacts => FAILURES[code];

/**
 * A failed attempt, as data. Never holds a body, a header or a key: `detail` is built by us, or is a provider's short
 * error code or message after `safeText`.
 */
export interface Failure {
  readonly code: FailureCode;
  /** The upstream's HTTP status, when there was one. */
  readonly status?: number;
  /**
   * The upstream's own error code or type, at most 64 characters of [A-Za-z0-9_.:-]. Where there was no answer: what the
   * network or the key's source said, e.g. `CERT_HAS_EXPIRED`, `command_timeout`; where nothing was sent, which field of
   * the request the target could not serve, e.g. `tools.3`.
   */
  readonly upstreamCode?: string;
  /** How long the provider asks to wait, in ms, already capped. */
  readonly retryAfterMs?: number;
}

/** `<text> (status 429, rate_limit_exceeded, retry in 12 s)`: the one way a failure is put into words. */
export function describeFailure(failure: Failure): string {
  const notes: string[] = [];
  if (failure.status !== undefined && failure.status !== 200) notes.push(`status ${failure.status}`);
  if (failure.upstreamCode !== undefined) notes.push(failure.upstreamCode);
  if (failure.retryAfterMs !== undefined) notes.push(`retry in ${Math.ceil(failure.retryAfterMs / 1000)} s`);
  const text = failureFacts(failure.code).text;
  return notes.length === 0 ? text : `${text} (${notes.join(', ')})`;
}

/** Thrown by adapters and turned into HTTP by `serve/` only. Carries a failure, never content. */
export class GatewayError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, options?: { readonly cause?: unknown; readonly message?: string }) {
    super(
      options?.message ?? describeFailure(failure),
      options?.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = 'GatewayError';
    this.failure = failure;
  }
}
