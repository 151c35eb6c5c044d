import type { Clock } from '../../core/ports.ts';
import { jsonAnswer } from './answer.ts';
import type { HttpRequest } from './http/read-request.ts';
import { type Exchange, serveConnections, type TransmissionLog } from './http/serve-connections.ts';
import type { Transmission } from './http/transmission.ts';
import { type Pace, planTransmission } from './plan-transmission.ts';
import { createSeededRandom } from './random.ts';
import { RESPONSES_WIRE } from './responses/answer-responses.ts';
import type { Scenario } from './scenario.ts';
import { SYSTEM_CLOCK } from './system-clock.ts';
import type { Strictness, Wire, WireContext, WireExtras, WireRequest } from './wire.ts';

export interface SimulatorOptions {
  /** Default `127.0.0.1`. */
  readonly hostname?: string;
  /** Default 0: the system chooses. */
  readonly port?: number;
  /** Vendor and account: names the state domain, and is part of every id. Default `openai`. */
  readonly name?: string;
  readonly scenario: Scenario;
  /** The expected bearer token. Default: any, or none. */
  readonly key?: string;
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly strictness?: Strictness;
  readonly pace?: Pace;
  readonly extras?: WireExtras;
  /** Equal seeds and requests give equal answers. Default `holdfast`. */
  readonly seed?: string;
  /**
   * Send the first successful answer again to every later model call, unread: for measurements, where the simulator must
   * cost little. Default false.
   */
  readonly repeatFirstAnswer?: boolean;
  /** How many requests are kept, with their bodies; older ones are dropped. Default 1,000; 0 keeps none. */
  readonly keepRequests?: number;
}

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed JSON body, or `undefined`. */
  readonly body: unknown;
  /** The body as it was sent. */
  readonly bytes: Uint8Array;
  /** ms since 1970. */
  readonly atMs: number;
  readonly model: string | undefined;
  /** The scenario's step that was played, from 1. */
  readonly step: number | undefined;
  /** The client left before the whole answer was sent. */
  readonly abortedByClient: boolean;
  /** True once the answer, or what the faults left of it, is sent. */
  readonly isFinished: boolean;
  /** Head and framing included; grows while the answer is sent. */
  readonly bytesSent: number;
}

export interface Simulator {
  readonly name: string;
  /** What Codex or a gateway takes as base URL, e.g. `http://127.0.0.1:4242/v1`. */
  readonly url: string;
  readonly port: number;
  /** Oldest first. */
  readonly requests: readonly RecordedRequest[];
  readonly setScenario: (scenario: Scenario) => void;
  /** Closes every connection. */
  readonly stop: () => Promise<void>;
}

interface State {
  scenario: Scenario;
  requestCount: number;
  repeated: Transmission | undefined;
  readonly requests: RecordedRequest[];
}

/** Starts a simulated provider: a model's API on a local port that plays a scenario. */
export async function startSimulator(
  options: SimulatorOptions,
  deps: { readonly clock: Clock } = { clock: SYSTEM_CLOCK },
): Promise<Simulator> {
  const { hostname = '127.0.0.1', name = 'openai', tls } = options;
  const state: State = { scenario: options.scenario, requestCount: 0, repeated: undefined, requests: [] };
  const listener = serveConnections(
    { hostname, port: options.port ?? 0, ...(tls === undefined ? {} : { tls }) },
    {
      onConnect: () => [],
      onRequest: (request) => answerRequest(request, RESPONSES_WIRE, state, options, deps.clock),
    },
    deps.clock,
  );
  const host = hostname.includes(':') ? `[${hostname}]` : hostname;
  return {
    name,
    url: `${tls === undefined ? 'http' : 'https'}://${host}:${listener.port}/v1`,
    port: listener.port,
    requests: state.requests,
    setScenario: (scenario) => {
      state.scenario = scenario;
    },
    stop: async () => listener.stop(),
  };
}

function answerRequest(
  request: HttpRequest,
  wire: Wire,
  state: State,
  options: SimulatorOptions,
  clock: Clock,
): Exchange {
  const log = { bytesSent: 0, abortedByClient: false, isFinished: false };
  const path = request.target.split('?', 1)[0] ?? '';
  const isModelCall = wire.isModelCall(request.method, path);
  if (isModelCall && state.repeated !== undefined) return { transmission: state.repeated, log };
  state.requestCount += 1;
  if (request.headers['upgrade'] !== undefined) {
    record(request, path, undefined, {}, log, state, options, clock);
    const error = { message: 'WebSocket connections are not accepted here.', type: 'invalid_request_error' };
    return { transmission: planTransmission(jsonAnswer(426, { error }), {}), log };
  }
  const json = parseBody(request);
  const wireRequest: WireRequest = { ...request, path, json, bodyBytes: request.body.length };
  const reply = wire.reply(wireRequest, createContext(request, state, options, clock), { withoutOutput: false });
  record(request, path, json, reply, log, state, options, clock);
  const transmission = planTransmission(reply.answer, options.pace ?? {});
  const isGood = reply.answer.kind === 'stream' || reply.answer.status === 200;
  if (options.repeatFirstAnswer === true && isModelCall && isGood) state.repeated = transmission;
  return { transmission, log };
}

function createContext(request: HttpRequest, state: State, options: SimulatorOptions, clock: Clock): WireContext {
  const { name = 'openai', seed = 'holdfast', strictness = {}, extras = {} } = options;
  return {
    scenario: state.scenario,
    name,
    key: options.key,
    strictness: { ...strictness, firstParty: strictness.firstParty ?? name === 'openai' },
    // The body is part of it, so that a simulator that was started anew does not issue the same ids a second time.
    random: createSeededRandom(`${seed}/${name}/${state.requestCount}/${Bun.hash.xxHash32(request.body)}`),
    clock,
    extras,
  };
}

function parseBody(request: HttpRequest): unknown {
  if (request.body.length === 0) return undefined;
  try {
    const encoding = request.headers['content-encoding'];
    const bytes = encoding === 'zstd' ? Bun.zstdDecompressSync(request.body) : request.body;
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return undefined;
  }
}

function record(
  request: HttpRequest,
  path: string,
  body: unknown,
  reply: { readonly step?: number; readonly model?: string },
  log: TransmissionLog,
  state: State,
  options: SimulatorOptions,
  clock: Clock,
): void {
  const limit = options.keepRequests ?? 1000;
  if (limit === 0) return;
  if (state.requests.length >= limit) state.requests.shift();
  state.requests.push({
    method: request.method,
    path,
    headers: request.headers,
    body,
    bytes: request.body,
    atMs: clock.now(),
    model: reply.model,
    step: reply.step,
    get abortedByClient() {
      return log.abortedByClient;
    },
    get isFinished() {
      return log.isFinished;
    },
    get bytesSent() {
      return log.bytesSent;
    },
  });
}
