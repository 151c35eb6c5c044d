import type { Clock } from '../../core/ports.ts';
import { type Answer, jsonAnswer } from './answer.ts';
import { answerControl, type Controlled, isControlCall } from './control.ts';
import { applyFaults } from './faults/apply-faults.ts';
import type { Fault } from './faults/fault.ts';
import type { FaultSchedule } from './faults/select-faults.ts';
import type { HttpRequest } from './http/read-request.ts';
import type { Exchange, TransmissionLog } from './http/serve-connections.ts';
import type { Transmission } from './http/transmission.ts';
import { type Pace, planFaultedTransmission, planTransmission } from './plan-transmission.ts';
import { createSeededRandom } from './random.ts';
import type { RecordedRequest } from './recorded-request.ts';
import type { Scenario } from './scenario.ts';
import type { SimulatorOptions } from './simulator-options.ts';
import type { ReplyOptions, Wire, WireContext, WireReply, WireRequest } from './wire.ts';

/** A running simulator's state. */
export interface Machine extends Controlled {
  readonly options: SimulatorOptions;
  readonly name: string;
  readonly seed: string;
  readonly wire: Wire;
  readonly clock: Clock;
  readonly schedule: FaultSchedule;
  readonly requests: RecordedRequest[];
  scenario: Scenario;
  requestCount: number;
  keptBytes: number;
  repeated: Transmission | undefined;
}

interface Answered {
  readonly transmission: Transmission;
  readonly reply: WireReply;
  readonly struck: readonly Fault[];
  readonly status: number | undefined;
}

const DEFAULT_KEPT = 1000;
const MOST_KEPT_BYTES = 256 * 1024 * 1024;
const REFUSED_UPGRADE = jsonAnswer(426, {
  error: { message: 'WebSocket connections are not accepted here.', type: 'invalid_request_error' },
});

/** Decides what is sent for a request: control call, wire, faults. */
export function answerRequest(request: HttpRequest, remoteAddress: string, machine: Machine): Exchange {
  const [path = '', query = ''] = splitTarget(request.target);
  const log: TransmissionLog = { bytesSent: 0, abortedByClient: false, isFinished: false };
  if (isControlCall(path)) return { transmission: plan(answerControl(request, path, remoteAddress, machine), {}), log };
  const isModelCall = machine.wire.isModelCall(request.method, path);
  if (isModelCall && machine.repeated !== undefined) return { transmission: machine.repeated, log };
  machine.requestCount += 1;
  const answered =
    request.headers['upgrade'] === undefined
      ? answerOverWire(request, path, query, isModelCall, machine)
      : { transmission: plan(REFUSED_UPGRADE, {}), reply: { answer: REFUSED_UPGRADE }, struck: [], status: 426 };
  const recorded = createRecord(request, path, answered, log, machine);
  keepRequest(recorded, machine);
  return { transmission: answered.transmission, log, onFinished: () => machine.options.onFinished?.(recorded) };
}

function splitTarget(target: string): readonly [path: string, query: string] {
  const at = target.indexOf('?');
  return at < 0 ? [target, ''] : [target.slice(0, at), target.slice(at + 1)];
}

function answerOverWire(
  request: HttpRequest,
  path: string,
  query: string,
  isModelCall: boolean,
  machine: Machine,
): Answered {
  const { wire, schedule, clock, options } = machine;
  const pace = options.pace ?? {};
  const json = parseBody(request);
  const wireRequest: WireRequest = { ...request, path, query, json, bodyBytes: request.body.length };
  const context = createContext(request, machine);
  let reply = wire.reply(wireRequest, context, AS_USUAL);
  const faults = isModelCall ? schedule.onRequest({ step: reply.step, model: reply.model }) : [];
  if (faults.length === 0) {
    const transmission = plan(reply.answer, pace);
    if (options.repeatFirstAnswer === true && statusOf(reply.answer) === 200) machine.repeated = transmission;
    return { transmission, reply, struck: [], status: statusOf(reply.answer) };
  }
  const replyOptions = replyOptionsOf(faults);
  let effective = faults;
  if (replyOptions !== AS_USUAL) {
    const usual = reply.answer;
    reply = wire.reply(wireRequest, createContext(request, machine), replyOptions);
    // Not every answer can have every flaw.
    if (hasEqualBody(usual, reply.answer)) effective = faults.filter((fault) => fault.do.kind !== 'flaw');
  }
  const faulted = applyFaults(reply.answer, effective, pace, { random: context.random, clock });
  for (const fault of faulted.struck) schedule.struck(fault);
  const status = faulted.raw === undefined ? statusOf(faulted.answer) : undefined;
  return { transmission: planFaultedTransmission(faulted, pace), reply, struck: faulted.struck, status };
}

function keepRequest(recorded: RecordedRequest, machine: Machine): void {
  const { requests, options } = machine;
  requests.push(recorded);
  machine.keptBytes += recorded.bytes.length;
  while (requests.length > (options.keepRequests ?? DEFAULT_KEPT) || machine.keptBytes > MOST_KEPT_BYTES) {
    machine.keptBytes -= requests.shift()?.bytes.length ?? 0;
  }
}

/** Without faults: the quick way if the pace allows it. */
function plan(answer: Answer, pace: Pace): Transmission {
  const noFaults = { random: () => 0, clock: { now: () => 0 } };
  return planTransmission(answer, pace) ?? planFaultedTransmission(applyFaults(answer, [], pace, noFaults), pace);
}

const AS_USUAL: ReplyOptions = { withoutOutput: false, flaws: new Set() };

/** What faults change while an answer is made. */
function replyOptionsOf(faults: readonly Fault[]): ReplyOptions {
  const flaws = faults.flatMap(({ do: effect }) => (effect.kind === 'flaw' ? [effect.flaw] : []));
  const withoutOutput = faults.some((fault) => fault.do.kind === 'without-output');
  return flaws.length === 0 && !withoutOutput ? AS_USUAL : { withoutOutput, flaws: new Set(flaws) };
}

function hasEqualBody(left: Answer, right: Answer): boolean {
  const bodyOf = (answer: Answer): string =>
    answer.kind === 'body' ? String(answer.body) : answer.frames.map((frame) => frame.text).join('');
  return bodyOf(left) === bodyOf(right);
}

const statusOf = (answer: Answer): number => (answer.kind === 'stream' ? 200 : answer.status);

function createContext(
  request: HttpRequest,
  { options, name, seed, scenario, requestCount, clock }: Machine,
): WireContext {
  const { strict = {}, extras = {}, key } = options;
  return {
    scenario,
    name,
    key,
    strictness: { ...strict, firstParty: strict.firstParty ?? name === 'openai' },
    // The body is part of it, so that a simulator that was started anew does not issue the same ids a second time.
    random: createSeededRandom(`${seed}/${name}/${requestCount}/${Bun.hash.xxHash32(request.body)}`),
    clock,
    extras,
  };
}

function parseBody(request: HttpRequest): unknown {
  if (request.body.length === 0) return undefined;
  try {
    const isZstd = request.headers['content-encoding'] === 'zstd';
    const bytes = isZstd ? Bun.zstdDecompressSync(request.body) : request.body;
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return undefined;
  }
}

function createRecord(
  request: HttpRequest,
  path: string,
  { reply, struck, status }: Answered,
  log: TransmissionLog,
  machine: Machine,
): RecordedRequest {
  return {
    method: request.method,
    path,
    headers: request.headers,
    // Only the bytes are kept: a parsed body takes several times as much memory.
    get body() {
      return parseBody(request);
    },
    bytes: request.body,
    atMs: machine.clock.now(),
    model: reply.model,
    step: reply.step,
    status,
    faults: struck.map((fault) => fault.name),
    get abortedByClient() {
      return log.abortedByClient;
    },
    get isFinished() {
      return log.isFinished;
    },
    get bytesSent() {
      return log.bytesSent;
    },
  };
}
