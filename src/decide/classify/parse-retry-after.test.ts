import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { parseRetryAfterMs } from './parse-retry-after.ts';
import { parseWaitMs } from './parse-wait.ts';

const nowMs = Date.UTC(2026, 10, 22, 12, 0, 0);
const capMs = 600_000;

function read(headers: Record<string, string>, bodyText?: string, cap = capMs): number | undefined {
  return parseRetryAfterMs({
    header: (name) => headers[name] ?? null,
    ...(bodyText === undefined ? {} : { bodyText }),
    nowMs,
    capMs: cap,
  });
}

describe('one written wait', () => {
  const rows: readonly [string, number | undefined][] = [
    ['30', 30_000],
    [' 30 ', 30_000],
    ['0', 0],
    ['7.66', 7660],
    ['12ms', 12],
    ['1.2s', 1200],
    ['6m0s', 360_000],
    ['1h2m3s', 3_723_000],
    ['2m59.56s', 179_560],
    ['34.07s', 34_070],
    ['500us', 0.5],
    ['1 minute 2 seconds', 62_000],
    ['1d', 86_400_000],
    ['Sun, 22 Nov 2026 12:01:00 GMT', 60_000],
    ['Sunday, 22-Nov-26 12:01:00 GMT', 60_000],
    ['Sun Nov 22 12:01:00 2026', 60_000],
    ['2026-11-22T12:00:05Z', 5000],
    ['2026-11-22T13:00:05.500+01:00', 5500],
    [String(nowMs / 1000 + 9), 9000],
    [String(nowMs + 1234), 1234],
    // The past says nothing.
    ['Sun, 22 Nov 2026 11:59:00 GMT', undefined],
    ['2020-01-01T00:00:00Z', undefined],
    [String(nowMs / 1000 - 9), undefined],
    [String(nowMs - 1), undefined],
    ['-5', undefined],
    // Garbage.
    ['', undefined],
    ['soon', undefined],
    ['30 parrots', undefined],
    ['NaN', undefined],
    ['Infinity', undefined],
    ['1e9', undefined],
    ['5 toString', undefined],
    ['Sun, 99 Foo 2026 99:99:99 GMT', undefined],
    ['2026-99-99T99:99:99Z', undefined],
    ['9'.repeat(40), undefined],
    ['1s'.repeat(100), undefined],
  ];
  test.each(rows)('%p', (value, expected) => {
    const ms = parseWaitMs(value, nowMs);
    if (expected === undefined) expect(ms).toBeUndefined();
    else expect(ms).toBeCloseTo(expected, 3);
  });
});

describe('where a provider writes it', () => {
  const rows: readonly [string, Record<string, string>, string | undefined, number | undefined][] = [
    ['retry-after as an integer', { 'retry-after': '20' }, undefined, 20_000],
    ['retry-after as a float', { 'retry-after': '1.5' }, undefined, 1500],
    ['retry-after as a date', { 'retry-after': 'Sun, 22 Nov 2026 12:00:30 GMT' }, undefined, 30_000],
    ['retry-after-ms before retry-after', { 'retry-after': '2', 'retry-after-ms': '1500' }, undefined, 1500],
    ['a broken header falls through to the next', { 'retry-after': '2', 'retry-after-ms': 'x' }, undefined, 2000],
    ['an hour is capped', { 'retry-after': '3600' }, undefined, capMs],
    [
      'the exhausted limit of two',
      {
        'x-ratelimit-remaining-requests': '99',
        'x-ratelimit-reset-requests': '12ms',
        'x-ratelimit-remaining-tokens': '0',
        'x-ratelimit-reset-tokens': '6m0s',
      },
      undefined,
      360_000,
    ],
    [
      'the nearest reset when none is at zero',
      {
        'x-ratelimit-remaining-requests': '14000',
        'x-ratelimit-reset-requests': '2m59.56s',
        'x-ratelimit-remaining-tokens': '300',
        'x-ratelimit-reset-tokens': '7.66s',
      },
      undefined,
      7660,
    ],
    [
      "Anthropic's RFC 3339",
      {
        'anthropic-ratelimit-input-tokens-remaining': '0',
        'anthropic-ratelimit-input-tokens-reset': '2026-11-22T12:00:40Z',
      },
      undefined,
      40_000,
    ],
    ["OpenRouter's epoch ms", { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(nowMs + 3000) }, '', 3000],
    ["Cerebras' float seconds", { 'x-ratelimit-reset-tokens-minute': '33.011382' }, undefined, 33_012],
    ["Cloudflare's combined header", { ratelimit: '"default";r=0;t=30' }, undefined, 30_000],
    [
      "Gemini's RetryInfo",
      {},
      JSON.stringify({
        error: {
          code: 429,
          status: 'RESOURCE_EXHAUSTED',
          details: [
            { '@type': 'type.googleapis.com/google.rpc.QuotaFailure' },
            { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.07s' },
          ],
        },
      }),
      34_070,
    ],
    [
      "OpenRouter's availability",
      {},
      '{"error":{"code":503,"availability":{"code":"capacity_exhausted","retry_after":12}}}',
      12_000,
    ],
    [
      "ChatGPT's resets_at",
      {},
      JSON.stringify({ error: { type: 'usage_limit_reached', resets_at: nowMs / 1000 + 77 } }),
      77_000,
    ],
    ['text in minutes and seconds', {}, '{"error":{"message":"Please try again in 1m2s. Visit"}}', 62_000],
    ['text in seconds with a fraction', {}, '{"error":{"message":"Limit 3. Please try again in 1.5s."}}', 1500],
    ['text in ms', {}, 'Rate limit reached. Please try again in 800ms.', 800],
    ['text in words', {}, 'please try again after 1 seconds', 1000],
    ['text with "retry"', {}, '{"error":{"message":"Please retry in 34.074824224s."}}', 34_075],
    ['nothing at all', {}, '{"error":{"message":"no"}}', undefined],
    ['text without a number', {}, 'try again in a moment', undefined],
    ['body that is cut off', {}, '{"error":{"message":"Please try again in 3s', 3000],
  ];
  test.each(rows)('%s', (_name, headers, body, expected) => {
    expect(read(headers, body)).toBe(expected);
  });
});

test('whatever stands in headers and body, the answer is undefined or within [0, cap]', () => {
  const number = fc.oneof(fc.nat(), fc.double(), fc.bigInt());
  const written = fc.oneof(
    fc.string(),
    number.map(String),
    fc.tuple(number, fc.constantFrom('s', 'ms', 'm', 'h', 'd', 'toString')).map(([n, unit]) => `${n}${unit}`),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
  );
  const body = fc.oneof(
    fc.string(),
    fc.json(),
    written.map((text) => `try again in ${text}`),
    fc
      .record({
        error: fc.record({ message: written, retry_after: fc.oneof(written, number), details: fc.jsonValue() }),
      })
      .map((value) => JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? String(item) : item))),
  );
  fc.assert(
    fc.property(written, written, written, body, fc.nat(), (after, afterMs, reset, bodyText, cap) => {
      const headers = { 'retry-after': after, 'retry-after-ms': afterMs, 'x-ratelimit-reset': reset, ratelimit: reset };
      const ms = read(headers, bodyText, cap);
      if (ms === undefined) return;
      expect(ms).toBeGreaterThanOrEqual(0);
      expect(ms).toBeLessThanOrEqual(cap);
    }),
  );
});
