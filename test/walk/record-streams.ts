import type { Action, Scenario } from '../../src/serve/simulator/scenario.ts';
import { SCENARIOS } from '../../src/serve/simulator/scenarios/scenario-table.ts';
import { type Simulator, startSimulator } from '../../src/serve/simulator/simulator.ts';
import type { DrivenAnswer } from './drive-exchange.ts';

/** The forms that an answer of a model takes, each as a scenario of the simulator. */
export const SHAPES = [
  ['text', 'text'],
  ['reasoning and text', 'reasoning-text'],
  ['one call', 'one-call'],
  ['two parallel calls', 'parallel-calls'],
  ['a custom tool call', 'custom-call'],
  ['a message, then a call', 'message-then-call'],
] as const;

export function scenarioNamed(name: string): Scenario {
  const scenario = SCENARIOS[name];
  if (scenario === undefined) throw new Error(`there is no scenario "${name}"`);
  return scenario;
}

/** The same items with little in them, so that every byte can be tried. */
export function inBrief(scenario: Scenario): Scenario {
  return { ...scenario, turns: scenario.turns.map((turn) => turn.map((step) => step.map(briefAction))) };
}

function briefAction(action: Action): Action {
  switch (action.kind) {
    case 'think':
      return { kind: 'think', summary: action.summary.split('**')[1] ?? '', blobBytes: 8 };
    case 'say':
      return { ...action, text: action.text.split(' ').slice(0, 3).join(' ') };
    case 'shell':
      return { ...action, command: action.command.slice(0, 12) };
    default:
      return action;
  }
}

/** A provider whose answers are recorded: the same request gets the same bytes again, at once. */
export interface Recording {
  readonly answer: (body: Uint8Array) => Promise<DrivenAnswer>;
  readonly stop: () => Promise<void>;
}

/** Names tell providers apart: neither can read what the other one sealed. */
export async function startRecording(
  scenario: Scenario,
  name: string,
  edit: (text: string) => string = (text) => text,
): Promise<Recording> {
  const simulator: Simulator = await startSimulator({ scenario, name, extras: { echo: false } });
  const recorded = new Map<bigint | number, DrivenAnswer>();
  return {
    answer: async (body) => {
      const key = Bun.hash(body);
      const known = recorded.get(key);
      if (known !== undefined) return known;
      const answer = await fetchAnswer(simulator.url, body, edit);
      recorded.set(key, answer);
      return answer;
    },
    stop: simulator.stop,
  };
}

const PADDING = /,"obfuscation":"[A-Za-z0-9]*"/g;
const SETTINGS_ECHOED = /,"access_programs":.*?,"metadata":\{\}/g;
/** Those that the schema wants. */
const SETTINGS_NEEDED =
  ',"access_programs":null,"instructions":null,"metadata":{},"model":"m","parallel_tool_calls":true,"temperature":1,"tool_choice":"auto","tools":[],"top_p":1';
const OPTIONAL_EVENT =
  /^event: \S+?(?:\.delta|\.part\.(?:added|done)|_part\.(?:added|done)|_text\.done|\.in_progress)$/m;

/** The same events with less in them: without padding and most of the repeated request settings. */
export const withoutPadding = (text: string): string =>
  text.replaceAll(PADDING, '').replaceAll(SETTINGS_ECHOED, SETTINGS_NEEDED);

/** As a provider sends them that streams whole items only. */
export const wholeItemsOnly = (text: string): string =>
  withoutPadding(text)
    .split('\n\n')
    .filter((frame) => !OPTIONAL_EVENT.test(frame))
    .map((frame, index) => frame.replace(/"sequence_number":\d+/, `"sequence_number":${index}`))
    .join('\n\n');

async function fetchAnswer(url: string, body: Uint8Array, edit: (text: string) => string): Promise<DrivenAnswer> {
  const response = await fetch(`${url}/responses`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(body),
  });
  return {
    status: response.status,
    contentType: response.headers.get('content-type') ?? '',
    chunks: [Buffer.from(edit(await response.text()))],
    end: 'eof',
  };
}
