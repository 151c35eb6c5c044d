import { leadingDuration, parseWaitMs } from './parse-wait.ts';
import { type ErrorDetails, readErrorBody } from './read-error-details.ts';

export type HeaderReader = (name: string) => string | null;

/** "try again in 1m2s", "retry after 1.5 s", "available again in 800ms". */
const WAIT_IN_TEXT = /\b(?:try|retry|retrying|available|wait|resets?)(?: again)?(?: in| after| for)?\s+(?=\d)/gi;

/** The `-remaining` and `-reset` headers of each limit that a provider counts. */
const LIMITS: readonly (readonly [remaining: string, reset: string])[] = [
  ['x-ratelimit-remaining-requests', 'x-ratelimit-reset-requests'],
  ['x-ratelimit-remaining-tokens', 'x-ratelimit-reset-tokens'],
  ['x-ratelimit-remaining-requests-day', 'x-ratelimit-reset-requests-day'],
  ['x-ratelimit-remaining-tokens-minute', 'x-ratelimit-reset-tokens-minute'],
  ['anthropic-ratelimit-requests-remaining', 'anthropic-ratelimit-requests-reset'],
  ['anthropic-ratelimit-tokens-remaining', 'anthropic-ratelimit-tokens-reset'],
  ['anthropic-ratelimit-input-tokens-remaining', 'anthropic-ratelimit-input-tokens-reset'],
  ['anthropic-ratelimit-output-tokens-remaining', 'anthropic-ratelimit-output-tokens-reset'],
  ['x-ratelimit-remaining', 'x-ratelimit-reset'],
  ['ratelimit-remaining', 'ratelimit-reset'],
  ['ratelimitbysize-remaining', 'ratelimitbysize-reset'],
];

/**
 * How long a provider asks to wait, in ms within [0, `capMs`]: what it says outright (headers, then body), else when
 * its limits reset. Undefined when it says nothing, or nothing that makes sense.
 */
export function parseRetryAfterMs(input: {
  readonly header: HeaderReader;
  /** At most 64 kB. */
  readonly bodyText?: string;
  readonly nowMs: number;
  readonly capMs: number;
}): number | undefined {
  const details = input.bodyText === undefined ? undefined : readErrorBody(input.bodyText);
  const { header, nowMs, capMs } = input;
  return statedWaitMs({ header, details, nowMs, capMs }) ?? limitResetMs({ header, nowMs, capMs });
}

/** What the provider says outright: `retry-after-ms`, `retry-after`, a field of the body, a sentence in its message. */
export function statedWaitMs(input: {
  readonly header: HeaderReader;
  readonly details: ErrorDetails | undefined;
  readonly nowMs: number;
  readonly capMs: number;
}): number | undefined {
  const { header, details, nowMs, capMs } = input;
  const inMs = header('retry-after-ms');
  const wait =
    (inMs === null ? undefined : parseWaitMs(inMs, nowMs, 1)) ??
    readHeader(header, 'retry-after', nowMs) ??
    waitInDetails(details, nowMs);
  return clamp(wait, capMs);
}

/**
 * When the exhausted limits reset. With none at zero, the request was larger than what was left of one of them: the
 * nearest reset is then the hint, not the day's.
 */
export function limitResetMs(input: {
  readonly header: HeaderReader;
  readonly nowMs: number;
  readonly capMs: number;
}): number | undefined {
  let exhausted: number | undefined;
  let nearest: number | undefined;
  const consider = (remaining: string | null, reset: number | undefined): void => {
    if (reset === undefined) return;
    if (remaining !== null && Number(remaining) <= 0) exhausted = Math.max(exhausted ?? 0, reset);
    nearest = Math.min(nearest ?? reset, reset);
  };
  for (const [remaining, reset] of LIMITS) {
    consider(input.header(remaining), readHeader(input.header, reset, input.nowMs));
  }
  // Cloudflare's form: Ratelimit: "default";r=50;t=30
  const combined = input.header('ratelimit')?.slice(0, 200);
  const seconds = combined === undefined ? undefined : /;\s*t=(\d{1,9})/.exec(combined)?.[1];
  if (combined !== undefined && seconds !== undefined) {
    consider(/;\s*r=(\d{1,12})/.exec(combined)?.[1] ?? null, parseWaitMs(seconds, input.nowMs));
  }
  return clamp(exhausted ?? nearest, input.capMs);
}

function waitInDetails(details: ErrorDetails | undefined, nowMs: number): number | undefined {
  if (details === undefined) return undefined;
  for (const { value, unitMs } of details.waits) {
    const wait = parseWaitMs(value, nowMs, unitMs);
    if (wait !== undefined) return wait;
  }
  const text = details.message.toLowerCase();
  for (const match of text.matchAll(WAIT_IN_TEXT)) {
    const duration = leadingDuration(text.slice(match.index + match[0].length));
    if (duration !== undefined) return duration.ms;
  }
  return undefined;
}

function readHeader(header: HeaderReader, name: string, nowMs: number): number | undefined {
  const value = header(name);
  return value === null ? undefined : parseWaitMs(value, nowMs);
}

const clamp = (ms: number | undefined, capMs: number): number | undefined =>
  ms === undefined ? undefined : Math.min(Math.ceil(ms), capMs);
