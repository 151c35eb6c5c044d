import type { Provider } from '../../../core/target.ts';

/** Codex's own headers that OpenAI understands. Paths, commits and installation ids are in them: nobody else gets them. */
const FIRST_PARTY_ONLY = [
  'originator',
  'user-agent',
  'session-id',
  'thread-id',
  'x-client-request-id',
  'x-codex-beta-features',
  'x-codex-window-id',
  'x-codex-turn-metadata',
  'x-codex-turn-state',
  'x-codex-parent-thread-id',
  'x-openai-subagent',
  'x-openai-internal-codex-responses-lite',
  'openai-beta',
] as const;

const EVERYWHERE = ['traceparent', 'tracestate'] as const;

/** Response headers that Codex reads and that only OpenAI may set (codex-facts §3.2). */
const FIRST_PARTY_ANSWER = [
  'x-codex-turn-state',
  'x-codex-primary-used-percent',
  'x-codex-primary-window-minutes',
  'x-codex-primary-reset-at',
  'x-codex-secondary-used-percent',
  'x-codex-secondary-window-minutes',
  'x-codex-secondary-reset-at',
  'x-models-etag',
] as const;

type HeaderReader = (name: string) => string | null;

/** Headers that hold a list: what the configuration adds to them joins what a lane needs there. */
const LISTS = ['anthropic-beta'] as const;

/**
 * The request headers that travel to `provider`: a list of what is allowed, never of what is not. `laneHeaders` are the
 * wire's own; what the configuration says wins.
 */
export function requestHeadersFor(
  provider: Provider,
  header: HeaderReader,
  stream: boolean,
  laneHeaders: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: stream ? 'text/event-stream' : 'application/json',
  };
  copy(EVERYWHERE, header, headers);
  if (provider.firstParty) copy(FIRST_PARTY_ONLY, header, headers);
  else headers['user-agent'] = 'holdfast';
  Object.assign(headers, laneHeaders, provider.headers);
  for (const name of LISTS) {
    const parts = [laneHeaders[name], provider.headers[name]].filter((part) => part !== undefined && part !== '');
    if (parts.length === 2) headers[name] = parts.join(',');
  }
  return headers;
}

/**
 * The upstream's headers that travel back. `openai-model` is not among them: when it differs from the model asked for,
 * Codex accuses the user of cyber-risk (wire-facts §0 rule 9).
 */
export function answerHeadersFrom(provider: Provider, header: HeaderReader): Record<string, string> {
  const headers: Record<string, string> = {};
  copy(['x-request-id'], header, headers);
  if (provider.firstParty) copy(FIRST_PARTY_ANSWER, header, headers);
  return headers;
}

function copy(names: readonly string[], from: HeaderReader, to: Record<string, string>): void {
  for (const name of names) {
    const value = from(name);
    if (value !== null) to[name] = value;
  }
}
