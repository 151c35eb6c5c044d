import { type FailureCode, failureFacts, GatewayError } from '../../core/failures.ts';
import type { Logger } from '../../core/ports.ts';
import type { Settings } from '../../core/settings.ts';
import { encodeError } from '../../exchange/final-failure.ts';
import { runExchange } from '../../exchange/run-exchange.ts';
import type { ExchangeDeps, Inbound } from '../../exchange/walk-types.ts';
import { createInbound } from './create-inbound.ts';
import { createReply } from './create-reply.ts';
import type { Guard } from './guard.ts';

export interface GatewayDeps extends Omit<ExchangeDeps, 'settings'> {
  /** The running generation; asked once per request. */
  readonly currentSettings: () => Settings;
  readonly guard: Guard;
  readonly log: Logger;
  /** Prometheus text. */
  readonly renderMetrics: () => Promise<string>;
  /** `GET /v1/models`: OpenAI's list, or Codex's catalogue when `clientVersion` is given. */
  readonly renderModels: (settings: Settings, clientVersion: string | null) => Promise<string> | string;
  /** `GET /holdfast/…`: JSON for the command line, or `undefined` when there is no such address. */
  readonly renderAdmin: (
    settings: Settings,
    path: string,
    query: URLSearchParams,
  ) => Promise<string | undefined> | string | undefined;
  /** `PUT` and `DELETE /holdfast/…`; `undefined` when nothing can be changed there. */
  readonly changeAdmin?: (
    method: 'PUT' | 'DELETE',
    path: string,
    body: string,
  ) => Promise<{ readonly status: number; readonly body: object } | undefined>;
}

export interface Gateway {
  readonly url: string;
  readonly port: number;
  readonly openExchanges: () => number;
  /** Refuses new requests, lets running streams finish for `graceMs`, then closes what is left. */
  readonly stop: (graceMs: number) => Promise<void>;
}

/** Clients that send nothing for this long are dropped before their request is complete. */
const HEAD_TIMEOUT_S = 30;

/** Starts listening. Throws when the address is taken. */
export function createGateway(
  listen: { readonly hostname: string; readonly port: number },
  deps: GatewayDeps,
): Gateway {
  const state = { open: 0, isStopping: false };
  const server = Bun.serve({
    hostname: listen.hostname,
    port: listen.port,
    idleTimeout: HEAD_TIMEOUT_S,
    // The walk has its own limit. Bun's would answer 413 without a word, which Codex repeats for seven seconds.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    development: false,
    // Bun 1.4.5 shares the port with another process as soon as `development` is off, unless told not to.
    reusePort: false,
    fetch: (request, bun) => route(request, state, () => bun.timeout(request, 0), deps),
    error: () => errorResponse('INTERNAL', 'The gateway failed.'),
  });
  return {
    url: server.url.origin,
    port: server.port ?? listen.port,
    openExchanges: () => state.open,
    stop: async (graceMs) => {
      state.isStopping = true;
      const until = deps.clock.monotonic() + graceMs;
      while (state.open > 0 && deps.clock.monotonic() < until)
        await new Promise<void>((resolve) => void deps.clock.after(20, resolve));
      await server.stop(true);
    },
  };
}

interface GatewayState {
  open: number;
  isStopping: boolean;
}

/** An address, and what it asks of the caller. */
function route(
  request: Request,
  state: GatewayState,
  disableTimeout: () => void,
  deps: GatewayDeps,
): Response | Promise<Response> {
  const path = pathOf(request.url);
  switch (path) {
    case '/v1/responses':
      return responses(request, undefined, state, disableTimeout, deps);
    case '/v1/responses/compact':
      return responses(request, 'compact', state, disableTimeout, deps);
    case '/v1/models':
      return guarded(request, 'gateway-key', ['GET', 'HEAD'], deps, () => models(request, deps));
    case '/healthz':
      return guarded(request, 'nothing', ['GET', 'HEAD'], deps, () => new Response('ok\n'));
    case '/readyz':
      return guarded(request, 'nothing', ['GET', 'HEAD'], deps, () =>
        state.isStopping ? new Response('stopping\n', { status: 503 }) : new Response('ready\n'),
      );
    case '/metrics':
      return guarded(
        request,
        'nothing',
        ['GET'],
        deps,
        async () =>
          new Response(await deps.renderMetrics(), { headers: { 'content-type': 'text/plain; version=0.0.4' } }),
      );
    default:
      if (path.startsWith('/holdfast/'))
        return guarded(request, 'admin-key', ['GET', 'PUT', 'DELETE'], deps, () => {
          if (request.method === 'GET') return admin(request, path, deps);
          disableTimeout();
          return change(request, path, deps);
        });
      return errorResponse(
        'NOT_FOUND_HERE',
        `Nothing answers at ${path.slice(0, 200)}. Codex's base_url should end in /v1.`,
      );
  }
}

function pathOf(url: string): string {
  const start = url.indexOf('/', 8);
  const query = url.indexOf('?', start);
  return query === -1 ? url.slice(start) : url.slice(start, query);
}

async function guarded(
  request: Request,
  needs: 'nothing' | 'gateway-key' | 'admin-key',
  methods: readonly string[],
  deps: GatewayDeps,
  answer: () => Response | Promise<Response>,
): Promise<Response> {
  const denied = deps.guard.check(request, needs);
  if (denied !== undefined) return refusal(denied, request);
  if (!methods.includes(request.method))
    return errorResponse('METHOD_NOT_ALLOWED', `${request.method} is not served here, only ${methods.join(' and ')}.`);
  return await answer();
}

function responses(
  request: Request,
  operation: Inbound['operation'],
  state: GatewayState,
  disableTimeout: () => void,
  deps: GatewayDeps,
): Response | Promise<Response> {
  const denied = deps.guard.check(request, 'gateway-key');
  if (denied !== undefined) return refusal(denied, request);
  // Codex goes over to HTTP at once when the upgrade is answered so (wire-facts §1.9).
  if (request.headers.get('upgrade')?.toLowerCase() === 'websocket')
    return errorResponse('UPGRADE_REFUSED', 'WebSocket is not offered here: use HTTP.');
  if (request.method === 'HEAD') return new Response(null, { status: 405, headers: { allow: 'POST' } });
  if (request.method !== 'POST')
    return errorResponse('METHOD_NOT_ALLOWED', `${request.method} is not served here, only POST.`);
  // Codex repeats a 503 with a wait, so a restart costs it nothing.
  if (state.isStopping)
    return errorResponse('SHUTTING_DOWN', 'The gateway is restarting. Try again in a second.', { 'retry-after': '1' });
  const settings = deps.currentSettings();
  if (state.open >= settings.server.maxExchanges)
    return errorResponse('TOO_BUSY', 'The gateway has reached server.max_exchanges.', { 'retry-after': '1' });
  state.open++;
  disableTimeout();
  const reply = createReply();
  void runExchange(createInbound(request, deps.clock, operation), reply, { ...deps, settings }).finally(
    () => state.open--,
  );
  return reply.response;
}

/** Codex ends at once on a 400 and shows its text; a 401 would cost it seven seconds of repeats (wire-facts §5.4). */
function refusal(code: FailureCode, request: Request): Response {
  const isCodex = /^codex/i.test(request.headers.get('user-agent') ?? '');
  const message =
    code === 'BAD_GATEWAY_KEY'
      ? 'The gateway key is missing or wrong. "holdfast token" prints the right one; "holdfast codex connect" sets Codex up with it.'
      : 'This Host or Origin is not allowed. Add it to server.allowed_hosts if it is yours.';
  if (!isCodex) return errorResponse(code, message);
  return errorResponse(code, message, {}, 400, true);
}

function errorResponse(
  code: FailureCode,
  message: string,
  headers: Readonly<Record<string, string>> = {},
  status: number = failureFacts(code).status,
  isFinalForCodex = false,
): Response {
  return new Response(encodeError(code, message, isFinalForCodex), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  });
}

async function models(request: Request, deps: GatewayDeps): Promise<Response> {
  const clientVersion = new URL(request.url).searchParams.get('client_version');
  const body = await deps.renderModels(deps.currentSettings(), clientVersion);
  return new Response(body, { headers: { 'content-type': 'application/json' } });
}

async function admin(request: Request, path: string, deps: GatewayDeps): Promise<Response> {
  const body = await deps.renderAdmin(
    deps.currentSettings(),
    path.slice('/holdfast'.length),
    new URL(request.url).searchParams,
  );
  if (body === undefined) return errorResponse('NOT_FOUND_HERE', `Nothing answers at ${path.slice(0, 200)}.`);
  return new Response(body, { headers: { 'content-type': 'application/json', 'cache-control': 'no-store' } });
}

/** More than any such request needs. */
const MAX_CHANGE_BYTES = 16_384;
const CHANGE_TIMEOUT_MS = 10_000;

async function change(request: Request, path: string, deps: GatewayDeps): Promise<Response> {
  const method = request.method === 'PUT' ? 'PUT' : 'DELETE';
  let body: Uint8Array;
  try {
    body = await createInbound(request, deps.clock).readBody(MAX_CHANGE_BYTES, CHANGE_TIMEOUT_MS);
  } catch (error) {
    const code = error instanceof GatewayError ? error.failure.code : 'BAD_REQUEST';
    return errorResponse(code, 'The body of this request cannot be taken.');
  }
  const answer = await deps.changeAdmin?.(method, path.slice('/holdfast'.length), new TextDecoder().decode(body));
  if (answer === undefined) return errorResponse('NOT_FOUND_HERE', `Nothing can be changed at ${path.slice(0, 200)}.`);
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  return new Response(JSON.stringify(answer.body), { status: answer.status, headers });
}
