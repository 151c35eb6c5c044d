import { describe, expect, test } from 'bun:test';
import type { Fault } from '../../src/serve/simulator/faults/fault.ts';
import { createFault } from '../../src/serve/simulator/faults/fault-table.ts';
import type { RecordedRequest } from '../../src/serve/simulator/recorded-request.ts';
import { type Simulator, startSimulator } from '../../src/serve/simulator/simulator.ts';
import type { SimulatorOptions } from '../../src/serve/simulator/simulator-options.ts';
import { startWalk, type WalkGateway } from '../walk/start-walk.ts';
import { expectFullTaskDone, FULL_TASK, foreignStateAt, playFullTask, refusedBy } from './play-task.ts';

const CLIENTS = [
  ['its default model, in code mode', undefined],
  ['gpt-5.5, with classic tools', 'gpt-5.5'],
  ['a model that it does not know', 'some-new-model'],
] as const;

interface Ring {
  readonly responses: Simulator;
  readonly messages: Simulator;
  readonly chat: Simulator;
  readonly gemini: Simulator;
  readonly all: readonly Simulator[];
  readonly walk: WalkGateway;
  readonly stop: () => Promise<void>;
}

/** A target has answered, or died on the way. */
type Played = (simulator: Simulator | undefined, index: number, request: RecordedRequest) => void;

/** Four targets of four wires, asked in this order. Each has an account of its own. */
async function startRing(faultsOf: readonly (readonly Fault[])[], onPlayed?: Played): Promise<Ring> {
  const start = (index: number, options: Partial<SimulatorOptions>): Promise<Simulator> =>
    startSimulator({
      scenario: FULL_TASK,
      faults: faultsOf[index] ?? [],
      onFinished: (request) => onPlayed?.(ring.all[index], index, request),
      ...options,
    });
  // By another name than OpenAI's own, so that nothing of Codex's may reach it that is meant for OpenAI.
  const responses = await start(0, { wire: 'responses', name: 'first-account' });
  const messages = await start(1, { wire: 'messages', name: 'second-account' });
  const chat = await start(2, { wire: 'chat', dialect: 'deepseek', name: 'third-account' });
  const gemini = await start(3, { wire: 'gemini', name: 'fourth-account' });
  const all = [responses, messages, chat, gemini];
  const walk = startWalk(ringOf(responses, messages, chat, gemini));
  const stop = async (): Promise<void> => {
    await walk.stop();
    for (const simulator of all) await simulator.stop();
  };
  const ring: Ring = { responses, messages, chat, gemini, all, walk, stop };
  return ring;
}

/** Nobody is ever ejected: at every step all are asked in order. */
const ringOf = (responses: Simulator, messages: Simulator, chat: Simulator, gemini: Simulator): string => `
[server]
listen = "127.0.0.1:0"

[health]
consecutive_failures = 1000

[retry]
budget_burst = 1000

[providers.first]
wire = "responses"
base_url = "${responses.url}"
key = "none"

[providers.second]
wire = "messages"
dialect = "anthropic"
base_url = "${messages.url}"
key = "none"

[providers.third]
wire = "chat"
dialect = "deepseek"
base_url = "${chat.url}"
key = "none"

[providers.fourth]
wire = "gemini"
base_url = "${gemini.url}"
key = "none"

[[routes]]
id = "ring"
models = ["*"]
  [[routes.targets]]
  provider = "first"
  priority = 1
  [[routes.targets]]
  provider = "second"
  model = "claude-opus-5"
  priority = 2
  [[routes.targets]]
  provider = "third"
  model = "deepseek-v4"
  priority = 3
  [[routes.targets]]
  provider = "fourth"
  model = "gemini-3-pro"
  priority = 4
`;

const refuses = (step: number): Fault => createFault('server-error-500', undefined, { step });

/** The steps that a target has played to the end, in order, each once. */
function playedBy(simulator: Simulator): readonly (number | undefined)[] {
  const steps = simulator.requests.filter((request) => request.faults.length === 0).map((request) => request.step);
  return steps.filter((step, at) => step !== steps[at - 1]);
}

/** Which thoughts can be read in the last request that a target got. */
function thoughtsAt(simulator: Simulator): readonly string[] {
  const text = Buffer.from(simulator.requests.at(-1)?.bytes ?? []).toString();
  return ['one', 'two', 'three', 'four', 'five'].filter((word) => text.includes(`Thought ${word}:`));
}

function expectCleanHistory({ all }: Ring): void {
  for (const simulator of all) {
    expect([simulator.name, refusedBy(simulator)]).toEqual([simulator.name, []]);
    expect([simulator.name, foreignStateAt(simulator)]).toEqual([simulator.name, []]);
  }
}

describe.concurrent('a thread that hops to another wire at every step', () => {
  test.each(CLIENTS)(
    'goes on as if nothing had happened: %s',
    async (_, model) => {
      const ring = await startRing([
        [2, 3, 4].map(refuses),
        [1, 3, 4].map(refuses),
        [1, 2, 4].map(refuses),
        [1, 2, 3].map(refuses),
      ]);
      try {
        const played = await playFullTask(ring.walk, model);
        expectCleanHistory(ring);
        expectFullTaskDone(played);
        expect(ring.all.map(playedBy)).toEqual([[1], [2], [3], [4]]);
        expect(thoughtsAt(ring.chat)).toEqual(['one', 'two', 'three']);
        expect(thoughtsAt(ring.gemini)).toEqual(['one', 'two', 'three', 'four']);
        expect(thoughtsAt(ring.messages)).toEqual(['one', 'two', 'three', 'four', 'five']);
        expect(thoughtsAt(ring.responses)).toEqual(['one', 'two', 'three', 'four', 'five']);
      } finally {
        await ring.stop();
      }
    },
    900_000,
  );
});

interface Death {
  readonly where: string;
  readonly at: Fault['at'];
  /** In Chat Completions and at Gemini nothing says that a thought is done, but that something else begins. */
  readonly atChat: Fault['at'];
  /** How often somebody dies at least; who has nothing more to say than one thing does not get that far. */
  readonly times: number;
}

const begins = (occurrence: number): Fault['at'] => ({ afterEvent: 'response.output_item.added', occurrence });
const isDone = (occurrence: number): Fault['at'] => ({ afterEvent: 'response.output_item.done', occurrence });

const DEATHS: readonly Death[] = [
  { where: 'in the middle of a thought', at: begins(1), atChat: begins(1), times: 4 },
  { where: 'after a thought', at: isDone(1), atChat: begins(2), times: 4 },
  { where: 'after a thought and what followed', at: isDone(2), atChat: begins(2), times: 2 },
];

/**
 * The steps at which each target dies, once; a second try is refused. A thread stays where it was answered last, so that
 * is who dies next.
 */
const DYING_AT: readonly (readonly number[])[] = [[1, 3], [1, 4], [1], [2]];

describe.concurrent('a thread whose targets die while they answer', () => {
  test.each(DEATHS.flatMap((death) => CLIENTS.map(([client, model]) => ({ ...death, client, model }))))(
    '$where: $client',
    async ({ at, atChat, times, model }) => {
      const dies = (index: number, step: number): Fault => ({
        name: 'dies',
        when: { step },
        at: index < 2 ? at : atChat,
        do: { kind: 'ending', how: 'reset' },
      });
      const hasDied = new Set<string>();
      const ring = await startRing(
        DYING_AT.map((steps, index) => steps.map((step) => dies(index, step))),
        (simulator, index, { step, faults }) => {
          if (!faults.includes('dies')) return;
          hasDied.add(`${index}/${step}`);
          const steps = DYING_AT[index] ?? [];
          simulator?.setFaults(steps.map((own) => (hasDied.has(`${index}/${own}`) ? refuses(own) : dies(index, own))));
        },
      );
      try {
        const played = await playFullTask(ring.walk, model);
        expectCleanHistory(ring);
        expectFullTaskDone(played);
        expect(hasDied.size).toBeGreaterThanOrEqual(times);
      } finally {
        await ring.stop();
      }
    },
    900_000,
  );
});
