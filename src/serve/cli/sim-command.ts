import { Command, InvalidArgumentError, Option } from 'commander';
import { textOfJson } from '../../core/text-of-json.ts';
import { describeRequest } from '../simulator/control.ts';
import { DIALECTS, isDialect, WIRE_NAMES } from '../simulator/create-wire.ts';
import type { Fault } from '../simulator/faults/fault.ts';
import { FAULTS } from '../simulator/faults/fault-table.ts';
import { parseFault } from '../simulator/faults/parse-fault.ts';
import type { RecordedRequest } from '../simulator/recorded-request.ts';
import type { Scenario } from '../simulator/scenario.ts';
import { createLongStream } from '../simulator/scenarios/long-stream.ts';
import { SCENARIOS } from '../simulator/scenarios/scenario-table.ts';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import type { SimulatorOptions } from '../simulator/simulator-options.ts';
import type { WireName } from '../simulator/wire.ts';
import { type CliDeps, CliError } from './cli-deps.ts';

interface SimFlags {
  readonly wire: WireName;
  readonly dialect?: string;
  readonly scenario: string;
  readonly events?: number;
  readonly port: number;
  readonly name?: string;
  readonly fault: readonly Fault[];
  readonly keyEnv?: string;
  readonly model?: readonly string[];
  readonly delay: number;
  readonly list?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  holdfast sim                                       the "task" scenario on a free port
  holdfast sim --list                                every scenario and fault
  holdfast sim --wire chat --dialect deepseek        DeepSeek's Chat Completions, as strict as they are
  holdfast sim --wire messages                       Anthropic
  holdfast sim --port 9001 --fault server-error-500@times=3
  holdfast sim --delay 20 --fault reset-after-event:response.output_item.done@step=2

A fault is NAME[:ARGUMENT][@CONDITION[,CONDITION]] with the conditions step=N, nthRequest=N, times=N,
probability=0.5 and model=NAME. While it runs, faults can be changed from the same machine:
  curl http://127.0.0.1:PORT/__sim/faults -d '{"faults":["overloaded-529"]}'
  curl http://127.0.0.1:PORT/__sim/scenario -d '{"scenario":"text"}'
  curl http://127.0.0.1:PORT/__sim/requests`;

/** `holdfast sim`: a provider to rehearse with. */
export function createCommand(deps: CliDeps): Command {
  const command = new Command('sim')
    .description('A simulated provider that plays a scenario, with the faults you choose')
    .addOption(new Option('--wire <wire>', 'the API it speaks').choices(WIRE_NAMES).default('responses'))
    .option('--dialect <name>', "whose quirks: a vendor's name, see --list; default: the wire's own vendor")
    .option('--scenario <name>', 'what it says and does', 'task')
    .option('--events <n>', 'length of the long-stream scenario, in events', wholeNumber(9, 1_000_000))
    .option('--port <n>', 'port on 127.0.0.1; 0 takes a free one', wholeNumber(0, 65_535), 0)
    .option('--name <name>', 'vendor and account it stands for; "openai" accepts what only OpenAI does')
    .option('--fault <spec>', 'something that goes wrong; may be given more than once', addFault, [])
    .option('--key-env <variable>', 'environment variable that holds the key it expects; default: any key, or none')
    .option('--model <name>', 'a model it has; may be given more than once; default: any', addText)
    .option('--delay <ms>', 'pause between events', wholeNumber(0, 3_600_000), 0)
    .option('--list', 'show every scenario and fault, and stop')
    .option('--json', 'one JSON object per line')
    .addHelpText('after', EXAMPLES);
  return command.action(async (flags: SimFlags) => {
    if (flags.list === true) {
      list(flags, deps);
      return;
    }
    const simulator = await start(flags, deps);
    announce(simulator, flags, deps);
    await deps.stopRequested;
    await simulator.stop();
  });
}

async function start(flags: SimFlags, deps: CliDeps): Promise<Simulator> {
  const key = flags.keyEnv === undefined ? undefined : deps.env[flags.keyEnv];
  if (flags.keyEnv !== undefined && (key === undefined || key === '')) {
    throw new CliError(`the environment variable ${flags.keyEnv} is not set`, 2);
  }
  const dialects = DIALECTS[flags.wire];
  if (flags.dialect !== undefined && !isDialect(flags.wire, flags.dialect)) {
    const known = dialects.length === 0 ? 'it has none' : `known are ${dialects.join(', ')}`;
    throw new CliError(`the wire "${flags.wire}" has no dialect "${flags.dialect}"; ${known}`, 2);
  }
  const options: SimulatorOptions = {
    wire: flags.wire,
    ...(flags.dialect === undefined ? {} : { dialect: flags.dialect }),
    scenario: chooseScenario(flags),
    port: flags.port,
    ...(flags.name === undefined ? {} : { name: flags.name }),
    faults: flags.fault,
    pace: { eventDelayMs: flags.delay },
    strict: flags.model === undefined ? {} : { models: flags.model },
    ...(key === undefined ? {} : { key }),
    onFinished: (request) => deps.out(flags.json === true ? renderJson(request) : renderLine(request)),
  };
  try {
    return await startSimulator(options);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? ` (${textOfJson(error.code)})` : '';
    throw new CliError(`cannot listen on 127.0.0.1:${flags.port}${reason}`);
  }
}

function chooseScenario({ scenario, events }: SimFlags): Scenario {
  const known = Object.hasOwn(SCENARIOS, scenario) ? SCENARIOS[scenario] : undefined;
  if (known === undefined) {
    throw new CliError(`there is no scenario "${scenario}"; known are ${Object.keys(SCENARIOS).join(', ')}`, 2);
  }
  return scenario === 'long-stream' && events !== undefined ? createLongStream(events) : known;
}

function announce(simulator: Simulator, flags: SimFlags, { out }: CliDeps): void {
  const faults = flags.fault.map((fault) => fault.name);
  if (flags.json === true) {
    const { name, url, port } = simulator;
    const { wire, scenario } = flags;
    out(JSON.stringify({ event: 'listening', name, wire, url, port, scenario, faults }));
    return;
  }
  out(`"${simulator.name}" plays "${flags.scenario}" at ${simulator.url}`);
  out(`faults: ${faults.length === 0 ? 'none' : faults.join(', ')}`);
  out('Stop it with Ctrl-C.');
}

const renderJson = (request: RecordedRequest): string =>
  JSON.stringify({ event: 'request', ...describeRequest(request) });

function renderLine(request: RecordedRequest): string {
  const { method, path, model, step, status, faults, abortedByClient, bytesSent } = request;
  const parts = [new Date(request.atMs).toISOString().slice(11, 23), method, path];
  if (model !== undefined) parts.push(model);
  if (step !== undefined) parts.push(`step ${step}`);
  parts.push(status === undefined ? 'no answer' : String(status), `${(bytesSent / 1000).toFixed(1)} kB`);
  if (faults.length > 0) parts.push(`fault: ${faults.join(', ')}`);
  if (abortedByClient) parts.push('the client left');
  return parts.join('  ');
}

function list(flags: SimFlags, { out }: CliDeps): void {
  const scenarios = Object.values(SCENARIOS).map(({ name, summary }) => ({ name, summary }));
  const faults = Object.entries(FAULTS).map(([name, { summary, argument }]) => ({ name, summary, argument }));
  if (flags.json === true) {
    out(JSON.stringify({ wires: WIRE_NAMES, dialects: DIALECTS, scenarios, faults }));
    return;
  }
  out('Scenarios');
  for (const { name, summary } of scenarios) out(`  ${name.padEnd(34)}${summary}`);
  out('\nDialects');
  for (const wire of WIRE_NAMES) if (DIALECTS[wire].length > 0) out(`  ${wire.padEnd(34)}${DIALECTS[wire].join(', ')}`);
  out('\nFaults (an argument and its default in brackets)');
  for (const { name, summary, argument } of faults) {
    const bracket = argument === undefined ? '' : ` [${argument.meaning}: ${argument.default}]`;
    out(`  ${name.padEnd(34)}${summary}${bracket}`);
  }
}

function addFault(spec: string, faults: readonly Fault[]): readonly Fault[] {
  const parsed = parseFault(spec);
  if (parsed.kind === 'invalid') throw new InvalidArgumentError(parsed.message);
  return [...faults, parsed.fault];
}

const addText = (text: string, texts: readonly string[] = []): readonly string[] => [...texts, text];

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`A whole number from ${least} to ${most} is expected.`);
  };
}
