import type { Clock } from '../../core/ports.ts';
import { answerRequest, type Machine } from './answer-request.ts';
import { createWire, defaultName } from './create-wire.ts';
import type { Fault } from './faults/fault.ts';
import { createFaultSchedule, type FaultSchedule } from './faults/select-faults.ts';
import { serveConnections } from './http/serve-connections.ts';
import type { SendStep } from './http/transmission.ts';
import { createSeededRandom } from './random.ts';
import type { RecordedRequest } from './recorded-request.ts';
import type { Scenario } from './scenario.ts';
import type { SimulatorOptions } from './simulator-options.ts';
import { SYSTEM_CLOCK } from './system-clock.ts';

export interface Simulator {
  readonly name: string;
  /** What a client or a gateway takes as base URL: what stands before `/responses` or `/chat/completions`. */
  readonly url: string;
  readonly port: number;
  /** Oldest first. */
  readonly requests: readonly RecordedRequest[];
  /** From now on these, with all counts at zero. */
  readonly setFaults: (faults: readonly Fault[]) => void;
  readonly setScenario: (scenario: Scenario) => void;
  /** Closes every connection. */
  readonly stop: () => Promise<void>;
}

const DEFAULT_SEED = 'holdfast';

/** Starts a simulated provider: a model's API on a local port that plays a scenario. */
export async function startSimulator(
  options: SimulatorOptions,
  deps: { readonly clock: Clock } = { clock: SYSTEM_CLOCK },
): Promise<Simulator> {
  const { hostname = '127.0.0.1', wire: wireName = 'responses', dialect, seed = DEFAULT_SEED, tls } = options;
  const { name = defaultName(wireName, dialect) } = options;
  const wire = createWire(wireName, dialect);
  const schedule = createFaultSchedule(options.faults ?? [], createSeededRandom(`${seed}/${name}/faults`));
  const machine: Machine = {
    options,
    name,
    seed,
    wire,
    clock: deps.clock,
    schedule,
    requests: [],
    setFaults: schedule.set,
    setScenario: (scenario) => {
      machine.scenario = scenario;
    },
    scenario: options.scenario,
    requestCount: 0,
    keptBytes: 0,
    repeated: undefined,
  };
  const listener = serveConnections(
    { hostname, port: options.port ?? 0, ...(tls === undefined ? {} : { tls }) },
    {
      onConnect: () => planConnectFaults(schedule),
      onRequest: (request, remoteAddress) => answerRequest(request, remoteAddress, machine),
    },
    deps.clock,
  );
  const host = hostname.includes(':') ? `[${hostname}]` : hostname;
  return {
    name,
    url: `${tls === undefined ? 'http' : 'https'}://${host}:${listener.port}${wire.basePath}`,
    port: listener.port,
    requests: machine.requests,
    setFaults: machine.setFaults,
    setScenario: machine.setScenario,
    stop: async () => listener.stop(),
  };
}

function planConnectFaults(schedule: FaultSchedule): readonly SendStep[] {
  const steps: SendStep[] = [];
  for (const fault of schedule.onConnect()) {
    const effect = fault.do;
    if (effect.kind === 'ending') {
      steps.push({ kind: effect.how === 'reset' || effect.how === 'stall' ? effect.how : 'close' });
    } else if (effect.kind === 'wait') steps.push(effect);
    else if (effect.kind === 'raw') {
      steps.push({ kind: 'send', bytes: Buffer.from(effect.text, 'latin1') }, { kind: effect.afterwards });
    } else continue;
    schedule.struck(fault);
  }
  return steps;
}
