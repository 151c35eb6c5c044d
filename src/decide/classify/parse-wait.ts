/** Readers for one written duration or moment. All answer ms from now, or undefined for what is not one. */

/** Longer values are not times. */
const MAX_LENGTH = 64;
const NUMBER = /^\d+(?:\.\d+)?$/;
const DURATION_PART = /(\d+(?:\.\d+)?)\s*([a-zµμ]+)[\s,]*/y;
/** The three date forms that HTTP allows, and RFC 3339. `Date.parse` alone would read a date into nearly anything. */
const HTTP_DATE =
  /^[A-Z][a-z]{2,8},? (?:\d{1,2}[ -][A-Z][a-z]{2}[ -]\d{2,4} [\d:]{8} GMT|[A-Z][a-z]{2} +\d{1,2} [\d:]{8} \d{4})$/;
const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:?\d{2})$/;
/** Below: seconds or ms to wait. Above: a moment, in seconds, and from `EPOCH_MS` on in ms. */
const EPOCH_SECONDS = 1e9;
const EPOCH_MS = 1e11;
/** Year 5138: what is later is not a moment. */
const EPOCH_END = 1e14;

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  millisecond: 1,
  milliseconds: 1,
  s: 1000,
  sec: 1000,
  secs: 1000,
  second: 1000,
  seconds: 1000,
  m: 60_000,
  min: 60_000,
  mins: 60_000,
  minute: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  hr: 3_600_000,
  hrs: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  days: 86_400_000,
};

/**
 * `30`, `7.66`, `12ms`, `6m0s`, `34.07s`, `1 minute 2 seconds`, an HTTP date, RFC 3339, epoch seconds or ms.
 * A plain number counts in `unitMs` (default 1,000: seconds) unless it is too large for a wait. A moment in the past
 * is undefined: it says nothing about how long to wait.
 */
export function parseWaitMs(value: string, nowMs: number, unitMs = 1000): number | undefined {
  if (value.length > MAX_LENGTH) return undefined;
  const text = value.trim();
  if (NUMBER.test(text)) return numberMs(Number(text), nowMs, unitMs);
  if (HTTP_DATE.test(text)) return momentMs(Date.parse(asUtc(text)), nowMs);
  if (RFC_3339.test(text)) return momentMs(Date.parse(text.replace(' ', 'T')), nowMs);
  const duration = leadingDuration(text.toLowerCase());
  return duration !== undefined && duration.length === text.length ? duration.ms : undefined;
}

/** A duration at the start of lower-case text, with the number of characters that it took. */
export function leadingDuration(text: string): { readonly ms: number; readonly length: number } | undefined {
  let total: number | undefined;
  let end = 0;
  while (end < text.length) {
    DURATION_PART.lastIndex = end;
    const part = DURATION_PART.exec(text);
    const unitMs = part?.[2] === undefined ? undefined : unitOf(part[2]);
    if (part === null || unitMs === undefined) break;
    total = (total ?? 0) + Number(part[1]) * unitMs;
    end = DURATION_PART.lastIndex;
  }
  return total === undefined ? undefined : { ms: total, length: end };
}

const unitOf = (name: string): number | undefined => (Object.hasOwn(UNIT_MS, name) ? UNIT_MS[name] : undefined);

function numberMs(value: number, nowMs: number, unitMs: number): number | undefined {
  if (value < EPOCH_SECONDS) return value * unitMs;
  if (value < EPOCH_MS) return momentMs(value * 1000, nowMs);
  return value < EPOCH_END ? momentMs(value, nowMs) : undefined;
}

const momentMs = (atMs: number, nowMs: number): number | undefined => (atMs > nowMs ? atMs - nowMs : undefined);

/** The asctime form names no zone, and means GMT. */
const asUtc = (text: string): string => (text.endsWith('GMT') ? text : `${text} GMT`);
