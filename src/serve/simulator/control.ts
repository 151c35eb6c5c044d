import { textOfJson } from '../../core/text-of-json.ts';
import { type Answer, jsonAnswer } from './answer.ts';
import type { Fault } from './faults/fault.ts';
import { parseFault } from './faults/parse-fault.ts';
import type { HttpRequest } from './http/read-request.ts';
import type { RecordedRequest } from './recorded-request.ts';
import type { Scenario } from './scenario.ts';
import { SCENARIOS } from './scenarios/scenario-table.ts';

/** What another process may do with a running simulator. */
export interface Controlled {
  readonly requests: readonly RecordedRequest[];
  readonly setFaults: (faults: readonly Fault[]) => void;
  readonly setScenario: (scenario: Scenario) => void;
}

const PREFIX = '/__sim/';
const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;
const LOOPBACK_HOST = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?$/i;

export const isControlCall = (path: string): boolean => path.startsWith(PREFIX);

/**
 * The control endpoint: `POST /__sim/faults` with `{"faults":["reset-at-byte:1200"]}`, `POST /__sim/scenario` with
 * `{"scenario":"task"}`, `GET /__sim/requests` (without their content). Only for programs on the same machine: a page in
 * a browser is refused by its Origin, a rebound name by its Host.
 */
export function answerControl(request: HttpRequest, path: string, remoteAddress: string, sim: Controlled): Answer {
  const isLocal = LOOPBACK.test(remoteAddress) && LOOPBACK_HOST.test(request.headers['host'] ?? '');
  if (!isLocal || request.headers['origin'] !== undefined) return refuse(403, 'only for programs on this machine');
  switch (`${request.method} ${path.slice(PREFIX.length)}`) {
    case 'GET requests':
      return jsonAnswer(200, { requests: sim.requests.map(describeRequest) });
    case 'POST faults':
      return changeFaults(readJson(request), sim);
    case 'POST scenario':
      return changeScenario(readJson(request), sim);
    default:
      return refuse(404, 'known are: POST faults, POST scenario, GET requests');
  }
}

function changeFaults(body: Record<string, unknown> | undefined, sim: Controlled): Answer {
  const specs = body?.['faults'];
  if (!Array.isArray(specs)) return refuse(400, 'expected {"faults": ["NAME[:ARGUMENT][@CONDITION]", …]}');
  const faults: Fault[] = [];
  for (const spec of specs) {
    const parsed = parseFault(textOfJson(spec));
    if (parsed.kind === 'invalid') return refuse(400, parsed.message);
    faults.push(parsed.fault);
  }
  sim.setFaults(faults);
  return jsonAnswer(200, { faults: faults.map((fault) => fault.name) });
}

function changeScenario(body: Record<string, unknown> | undefined, sim: Controlled): Answer {
  const name = textOfJson(body?.['scenario']);
  const scenario = Object.hasOwn(SCENARIOS, name) ? SCENARIOS[name] : undefined;
  if (scenario === undefined) return refuse(400, `known scenarios: ${Object.keys(SCENARIOS).join(', ')}`);
  sim.setScenario(scenario);
  return jsonAnswer(200, { scenario: name });
}

/** What may be shown of a request: nothing that a user or a client wrote. */
export function describeRequest(request: RecordedRequest): object {
  const { method, path, atMs, model, step, status, faults, isFinished, abortedByClient, bytesSent, bytes } = request;
  const receivedBytes = bytes.length;
  return { method, path, atMs, model, step, status, faults, isFinished, abortedByClient, bytesSent, receivedBytes };
}

const refuse = (status: number, message: string): Answer => jsonAnswer(status, { error: { message } });

function readJson(request: HttpRequest): Record<string, unknown> | undefined {
  try {
    const json: unknown = JSON.parse(Buffer.from(request.body).toString());
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
