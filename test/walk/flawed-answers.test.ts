import { describe, expect, test } from 'bun:test';
import type { StreamFlaw } from '../../src/serve/simulator/faults/fault.ts';
import { createFault } from '../../src/serve/simulator/faults/fault-table.ts';
import type { Scenario } from '../../src/serve/simulator/scenario.ts';
import { startSimulator } from '../../src/serve/simulator/simulator.ts';
import { askOverHttp } from './ask-over-http.ts';
import { CODEX_NOW, inSession, runTurn, type TurnOutcome, withoutRepeatedReasoning } from './codex-model.ts';
import { startWalk } from './start-walk.ts';

const SCENARIO: Scenario = {
  name: 'two-rounds',
  summary: '',
  turns: [
    [
      [
        { kind: 'think', summary: 'Both at once.' },
        { kind: 'say', text: 'I run both.', phase: 'commentary' },
        { kind: 'shell', command: 'echo one' },
        { kind: 'shell', command: 'echo two' },
      ],
      [
        { kind: 'think', summary: 'One more.' },
        { kind: 'shell', command: 'echo three' },
      ],
      [{ kind: 'say', text: 'All three are run.', phase: 'final_answer' }],
    ],
  ],
};

const RAN = ['echo one', 'echo two', 'echo three'].map(
  (cmd) => `function_call: exec_command ${JSON.stringify({ cmd })}`,
);

interface Upstream {
  readonly wire: 'chat' | 'messages';
  readonly dialect: string;
  readonly model: string;
}

const UPSTREAMS: readonly Upstream[] = [
  { wire: 'chat', dialect: 'vllm', model: 'qwen3-coder' },
  { wire: 'chat', dialect: 'deepseek', model: 'deepseek-v4' },
  { wire: 'chat', dialect: 'openrouter', model: 'anthropic/claude-opus-5' },
  { wire: 'messages', dialect: 'anthropic', model: 'claude-opus-5' },
];

/** What goes wrong at the first target, at every request; a healthy one of the same kind stands behind it. */
async function play(upstream: Upstream, fault: string, isAlone: boolean): Promise<TurnOutcome> {
  const { wire, dialect } = upstream;
  const flawed = await startSimulator({
    wire,
    dialect,
    name: 'flawed',
    scenario: SCENARIO,
    faults: [createFault(fault)],
  });
  const healthy = await startSimulator({ wire, dialect, name: 'healthy', scenario: SCENARIO });
  const walk = startWalk(routeTo(upstream, isAlone ? [flawed.url] : [flawed.url, healthy.url]));
  try {
    return await runTurn(inSession(CODEX_NOW, `${dialect}-${fault}`), askOverHttp(walk));
  } finally {
    await walk.stop();
    await flawed.stop();
    await healthy.stop();
  }
}

function routeTo({ wire, dialect, model }: Upstream, urls: readonly string[]): string {
  const providers = urls.map(
    (url, at) => `[providers.p${at}]\nwire = "${wire}"\ndialect = "${dialect}"\nbase_url = "${url}"\nkey = "none"\n`,
  );
  const targets = urls.map(
    (_, at) => `[[routes.targets]]\nprovider = "p${at}"\nmodel = "${model}"\npriority = ${at + 1}\n`,
  );
  return `[server]\nlisten = "127.0.0.1:0"\n\n${providers.join('')}\n[[routes]]\nid = "test"\nmodels = ["*"]\n${targets.join('')}`;
}

const WITHOUT_HARM: readonly StreamFlaw[] = [
  'no-usage',
  'repeated-call-ids',
  'calls-without-id',
  'calls-without-index',
  'repeated-call-names',
  'interleaved-calls',
  'late-reasoning',
];

describe.each(UPSTREAMS)('$wire as $dialect speaks it', (upstream) => {
  test.each(WITHOUT_HARM)('%s: the answer is used all the same, whole and once', async (flaw) => {
    const outcome = await play(upstream, flaw, true);
    // Parallel calls are the one thing that may be told in turns (the model of the client is stricter than Codex).
    const objections = flaw === 'interleaved-calls' ? [] : outcome.objections;
    expect({ ...outcome, items: [], objections }).toEqual({
      items: [],
      ran: RAN,
      requests: 3,
      reconnects: 0,
      error: undefined,
      objections: [],
    });
    expect(outcome.items.at(-1)).toEndWith('All three are run.');
    expect(outcome.items).toContain('reasoning: Both at once.');
  });

  test('no-end-marker: the finish reason is enough in a chat, where some never send one', async () => {
    const { ran, reconnects, error, objections } = await play(upstream, 'no-end-marker', upstream.wire === 'chat');
    expect({ ran, reconnects, error, objections }).toEqual({
      ran: RAN,
      reconnects: 0,
      error: undefined,
      objections: [],
    });
  });

  // Calls are run when the upstream's own word says that they are whole, and nobody knows what an unknown word says.
  test.each([
    'no-finish',
    'end-without-finish',
    'unknown-finish-reason',
    'overloaded-in-stream',
    'error-inside-200',
    'invalid-utf8',
  ])('%s: another target goes on, and nothing is run twice', async (fault) => {
    const { ran, reconnects, error, objections, items } = await play(upstream, fault, false);
    expect({ ran, reconnects, error, objections }).toEqual({
      ran: RAN,
      reconnects: 0,
      error: undefined,
      objections: [],
    });
    expect(withoutRepeatedReasoning(items).at(-1)).toEndWith('All three are run.');
  });

  test('a status code in the middle of a stream is a failure as well', async () => {
    if (upstream.wire !== 'chat') return;
    const { ran, error } = await play(upstream, 'base-resp-in-stream', false);
    expect({ ran, error }).toEqual({ ran: RAN, error: undefined });
  });

  test('arguments that are no JSON reach the client as they are: it tells the model', async () => {
    const { ran, error, objections } = await play(upstream, 'arguments-no-json', true);
    expect({ ran, error, objections }).toEqual({
      ran: RAN.map((call) => call.slice(0, -2)),
      error: undefined,
      objections: [],
    });
  });
});
