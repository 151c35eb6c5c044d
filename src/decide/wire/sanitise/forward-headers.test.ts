import { expect, test } from 'bun:test';
import type { Provider } from '../../../core/target.ts';
import { requestHeadersFor } from './forward-headers.ts';

const provider = (headers: Provider['headers'], firstParty = false): Provider => ({
  id: 'p',
  wire: 'messages',
  baseUrl: 'https://p.example',
  key: { kind: 'none' },
  auth: 'x-api-key',
  headers,
  firstParty,
  stateDomain: 'p',
  timeouts: { connectMs: 1, headersMs: 1, firstEventMs: 1, idleMs: 1, totalMs: 1 },
});
const none = (): string | null => null;

test("a lane's own headers travel", () => {
  const headers = requestHeadersFor(provider({}), none, true, { 'anthropic-version': '2023-06-01' });
  expect(headers).toMatchObject({ accept: 'text/event-stream', 'anthropic-version': '2023-06-01' });
});

test('what the configuration says wins, and lists are joined', () => {
  const configured = { 'anthropic-version': '2026-10-21', 'anthropic-beta': 'context-1m-2025-08-07' };
  const lane = { 'anthropic-version': '2023-06-01', 'anthropic-beta': 'interleaved-thinking-2025-05-14' };
  expect(requestHeadersFor(provider(configured), none, true, lane)).toMatchObject({
    'anthropic-version': '2026-10-21',
    'anthropic-beta': 'interleaved-thinking-2025-05-14,context-1m-2025-08-07',
  });
});

test("Codex's own headers go to OpenAI only", () => {
  const header = (name: string): string | null => (name === 'session-id' ? 's' : null);
  expect(requestHeadersFor(provider({}), header, true)['session-id']).toBeUndefined();
  expect(requestHeadersFor(provider({}, true), header, true)['session-id']).toBe('s');
});
