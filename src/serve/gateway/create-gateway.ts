import { type FailureCode, failureFacts, GatewayError } from '../../core/failures.ts';
import type { Logger } from '../../core/ports.ts';
import type { Settings } from '../../core/settings.ts';
import { encodeError } from '../../exchange/final-failure.ts';
import { runExchange } from '../../exchange/run-exchange.ts';
import type { ExchangeDeps, Inbound, Reply } from '../../exchange/walk-types.ts';
import { createHttpServer } from '../http-server/create-http-server.ts';
import type { HttpRequest } from '../http-server/server-connection.ts';
import { IdleCollector } from './collect-when-idle.ts';
import { createInbound } from './create-inbound.ts';
import type { Guard } from './guard.ts';

export interface GatewayDeps extends Omit<ExchangeDeps, 'settings'> {
  /** The running generation; asked once per request. */
  readonly currentSettings: () => Settings;
  readonly guard: Guard;
  readonly log: Logger;
  /** Frees memory that nobody uses, in tens of milliseconds; called when nobody is served. Default: it is left to itself. */
  readonly collectGarbage?: () => void;
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

/** Starts listening. Throws when the address is taken. */
export function createGateway(
  listen: { readonly hostname: string; readonly port: number },
  deps: GatewayDeps,
): Gateway {
  const { clock, collectGarbage = () => {} } = deps;
  const idle = new IdleCollector(clock, collectGarbage);
  const state: Doorkeeping = { open: 0, isStopping: false, idle, exchangeDeps: createExchangeDeps(deps) };
  const server = createHttpServer(listen, deps.clock, (request, reply) => route(request, reply, state, deps));
  const host = listen.hostname.includes(':') ? `[${listen.hostname}]` : listen.hostname;
  return {
    url: `http://${host}:${server.port}`,
    port: server.port,
    openExchanges: () => state.open,
    stop: async (graceMs) => {
      state.isStopping = true;
      server.refuse();
      const until = deps.clock.monotonic() + graceMs;
      while ((state.open > 0 || server.isSending()) && deps.clock.monotonic() < until)
        await new Promise<void>((resolve) => void deps.clock.after(20, resolve));
      server.stop();
      idle.wake();
    },
  };
}

interface Doorkeeping {
  open: number;
  isStopping: boolean;
  readonly idle: IdleCollector;
  /** What the exchanges of a generation share. */
  readonly exchangeDeps: (settings: Settings) => ExchangeDeps;
}

function createExchangeDeps(deps: GatewayDeps): Doorkeeping['exchangeDeps'] {
  let last: ExchangeDeps | undefined;
  return (settings) => {
    if (last?.settings !== settings) last = { ...deps, settings };
    return last;
  };
}

/** A whole answer. */
interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const TEXT_TYPE = { 'content-type': 'text/plain; charset=utf-8' };
const PRIVATE_JSON = { ...JSON_TYPE, 'cache-control': 'no-store' };
const PREFIX = '/holdfast';

/** An address, and what it asks of the caller. */
function route(request: HttpRequest, reply: Reply, state: Doorkeeping, deps: GatewayDeps): undefined {
  const { path } = request;
  switch (path) {
    case '/v1/responses':
      return responses(request, undefined, reply, state, deps);
    case '/v1/responses/compact':
      return responses(request, 'compact', reply, state, deps);
    case '/v1/models':
      return guarded(request, 'gateway-key', ['GET', 'HEAD'], reply, deps, () => models(request, deps));
    case '/healthz':
      return guarded(request, 'nothing', ['GET', 'HEAD'], reply, deps, () => text(200, 'ok\n'));
    case '/readyz':
      return guarded(request, 'nothing', ['GET', 'HEAD'], reply, deps, () =>
        state.isStopping ? text(503, 'stopping\n') : text(200, 'ready\n'),
      );
    case '/metrics':
      return guarded(request, 'nothing', ['GET'], reply, deps, async () => ({
        status: 200,
        headers: { 'content-type': 'text/plain; version=0.0.4' },
        body: await deps.renderMetrics(),
      }));
    default:
      if (path.startsWith(`${PREFIX}/`))
        return guarded(request, 'admin-key', ['GET', 'PUT', 'DELETE'], reply, deps, () =>
          request.method === 'GET' ? admin(request, deps) : change(request, deps),
        );
      return send(reply, notFound(`Nothing answers at ${path.slice(0, 200)}. Codex's base_url should end in /v1.`));
  }
}

function guarded(
  request: HttpRequest,
  needs: 'nothing' | 'gateway-key' | 'admin-key',
  methods: readonly string[],
  reply: Reply,
  deps: GatewayDeps,
  answer: () => Answer | Promise<Answer>,
): undefined {
  const denied = deps.guard.check(request.header, needs);
  if (denied !== undefined) return send(reply, refusal(denied, request));
  if (!methods.includes(request.method)) return send(reply, wrongMethod(request, methods));
  void answerWith(reply, answer, deps);
}

async function answerWith(reply: Reply, answer: () => Answer | Promise<Answer>, deps: GatewayDeps): Promise<void> {
  try {
    send(reply, await answer());
  } catch (error) {
    deps.log.warn('internal-error', { where: error instanceof Error ? error.name : 'unknown' });
    send(reply, errorAnswer('INTERNAL', 'The gateway failed.'));
  }
}

/** Answers nothing, so that a refusal is one statement. */
function send(reply: Reply, { status, headers, body }: Answer): undefined {
  reply.send(status, headers, body);
}

function responses(
  request: HttpRequest,
  operation: Inbound['operation'],
  reply: Reply,
  state: Doorkeeping,
  deps: GatewayDeps,
): undefined {
  const denied = deps.guard.check(request.header, 'gateway-key');
  if (denied !== undefined) return send(reply, refusal(denied, request));
  // Codex goes over to HTTP at once when the upgrade is answered so (wire-facts §1.9).
  if (request.header('upgrade')?.toLowerCase() === 'websocket')
    return send(reply, errorAnswer('UPGRADE_REFUSED', 'WebSocket is not offered here: use HTTP.'));
  if (request.method !== 'POST') return send(reply, wrongMethod(request, ['POST']));
  // Codex repeats a 503 with a wait, so a restart costs it nothing.
  if (state.isStopping)
    return send(reply, tryAgain('SHUTTING_DOWN', 'The gateway is restarting. Try again in a second.'));
  const settings = deps.currentSettings();
  if (state.open >= settings.server.maxExchanges)
    return send(reply, tryAgain('TOO_BUSY', 'The gateway has reached server.max_exchanges.'));
  state.open++;
  state.idle.wake();
  void runExchange(createInbound(request, operation), reply, state.exchangeDeps(settings)).finally(() => {
    state.open--;
    if (state.open === 0 && !state.isStopping) state.idle.rest();
  });
}

/** Codex ends at once on a 400 and shows its text; a 401 would cost it seven seconds of repeats (wire-facts §5.4). */
function refusal(code: FailureCode, request: HttpRequest): Answer {
  const isCodex = /^codex/i.test(request.header('user-agent') ?? '');
  const message =
    code === 'BAD_GATEWAY_KEY'
      ? 'The gateway key is missing or wrong. "holdfast token" prints the right one; "holdfast codex connect" sets Codex up with it.'
      : 'This Host or Origin is not allowed. Add it to server.allowed_hosts if it is yours.';
  if (!isCodex) return errorAnswer(code, message);
  return { ...errorAnswer(code, message, true), status: 400 };
}

function errorAnswer(code: FailureCode, message: string, isFinalForCodex = false): Answer {
  return { status: failureFacts(code).status, headers: JSON_TYPE, body: encodeError(code, message, isFinalForCodex) };
}

const notFound = (message: string): Answer => errorAnswer('NOT_FOUND_HERE', message);

function tryAgain(code: FailureCode, message: string): Answer {
  return { ...errorAnswer(code, message), headers: { ...JSON_TYPE, 'retry-after': '1' } };
}

function wrongMethod({ method }: HttpRequest, methods: readonly string[]): Answer {
  const answer = errorAnswer('METHOD_NOT_ALLOWED', `${method} is not served here, only ${methods.join(' and ')}.`);
  return { ...answer, headers: { ...JSON_TYPE, allow: methods.join(', ') } };
}

const text = (status: number, body: string): Answer => ({ status, headers: TEXT_TYPE, body });

async function models({ query }: HttpRequest, deps: GatewayDeps): Promise<Answer> {
  const clientVersion = new URLSearchParams(query).get('client_version');
  return { status: 200, headers: JSON_TYPE, body: await deps.renderModels(deps.currentSettings(), clientVersion) };
}

async function admin({ path, query }: HttpRequest, deps: GatewayDeps): Promise<Answer> {
  const asked = path.slice(PREFIX.length);
  const body = await deps.renderAdmin(deps.currentSettings(), asked, new URLSearchParams(query));
  if (body === undefined) return notFound(`Nothing answers at ${path.slice(0, 200)}.`);
  return { status: 200, headers: PRIVATE_JSON, body };
}

/** More than any such request needs. */
const MAX_CHANGE_BYTES = 16_384;
const CHANGE_TIMEOUT_MS = 10_000;

async function change(request: HttpRequest, deps: GatewayDeps): Promise<Answer> {
  const { path } = request;
  let body: Uint8Array;
  try {
    body = await createInbound(request).readBody(MAX_CHANGE_BYTES, CHANGE_TIMEOUT_MS);
  } catch (error) {
    const code = error instanceof GatewayError ? error.failure.code : 'BAD_REQUEST';
    return errorAnswer(code, 'The body of this request cannot be taken.');
  }
  const method = request.method === 'PUT' ? 'PUT' : 'DELETE';
  const answer = await deps.changeAdmin?.(method, path.slice(PREFIX.length), new TextDecoder().decode(body));
  if (answer === undefined) return notFound(`Nothing can be changed at ${path.slice(0, 200)}.`);
  return { status: answer.status, headers: PRIVATE_JSON, body: JSON.stringify(answer.body) };
}
