import { afterEach, describe, expect, test } from 'bun:test';
import { parseFault } from '../../src/serve/simulator/faults/parse-fault.ts';
import { TASK } from '../../src/serve/simulator/scenarios/task.ts';
import { type Simulator, startSimulator } from '../../src/serve/simulator/simulator.ts';
import type { SimulatorOptions } from '../../src/serve/simulator/simulator-options.ts';
import { CODEX_NOW, codexBody, eventsOf, PROMPT } from './codex-model.ts';
import { driveWalk } from './drive-exchange.ts';
import { startRecording } from './record-streams.ts';
import { GATEWAY_KEY, settingsOf, startWalk, type WalkGateway } from './start-walk.ts';

type Json = Readonly<Record<string, unknown>>;

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A provider: what it is configured as, and what stands behind it. */
interface Kind {
  readonly lines: readonly string[];
  readonly simulator: Partial<SimulatorOptions>;
}

const responses = (dialect: string): Kind => ({
  lines: ['wire = "responses"', `dialect = "${dialect}"`],
  simulator: { wire: 'responses', dialect },
});
const KINDS: Readonly<Record<string, Kind>> = {
  'OpenAI-compatible': { lines: ['wire = "responses"'], simulator: { wire: 'responses', name: 'plain' } },
  Azure: responses('azure'),
  Bedrock: responses('bedrock'),
  xAI: responses('xai'),
  Ollama: responses('ollama'),
  'DeepSeek over chat': {
    lines: ['wire = "chat"', 'dialect = "deepseek"'],
    simulator: { wire: 'chat', dialect: 'deepseek', name: 'deepseek-chat' },
  },
  Anthropic: { lines: ['wire = "messages"', 'dialect = "anthropic"'], simulator: { wire: 'messages' } },
};
const NAMES = Object.keys(KINDS);

async function start(names: readonly string[], options: Partial<SimulatorOptions> = {}) {
  const simulators: Simulator[] = [];
  const tables: string[] = [];
  for (const [index, name] of names.entries()) {
    const kind = KINDS[name];
    if (kind === undefined) throw new Error(`no provider called ${name}`);
    const simulator = await startSimulator({ scenario: TASK, ...kind.simulator, ...(index === 0 ? options : {}) });
    cleanUps.push(simulator.stop);
    simulators.push(simulator);
    const lines = [`[providers.p${index + 1}]`, ...kind.lines, `base_url = "${simulator.url}"`, 'key = "none"'];
    tables.push(lines.join('\n'));
  }
  const targets = names.map(
    (_n, index) => `  [[routes.targets]]\n  provider = "p${index + 1}"\n  priority = ${index + 1}\n`,
  );
  const walk = startWalk(
    `[server]\nlisten = "127.0.0.1:0"\n\n${tables.join('\n\n')}\n\n[[routes]]\nid = "test"\nmodels = ["*"]\n${targets.join('')}`,
  );
  cleanUps.push(walk.stop);
  return { walk, simulators };
}

const HISTORY: readonly Json[] = [
  { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'Base prompt.' }] },
  PROMPT,
  { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'exec_command', arguments: '{"cmd":"ls"}' },
  { type: 'function_call_output', call_id: 'call_1', output: 'a.txt' },
  { type: 'custom_tool_call', id: 'ctc_1', call_id: 'call_2', name: 'apply_patch', input: '*** Begin Patch' },
  { type: 'custom_tool_call_output', call_id: 'call_2', output: 'done' },
];
const THREAD = { 'thread-id': 'thread-1', 'x-codex-turn-metadata': '{"turn_id":"t","request_kind":"compaction"}' };

async function ask(walk: WalkGateway, input: readonly unknown[], more: Json = {}): Promise<readonly Json[]> {
  const response = await walk.ask(codexBody(input, more), THREAD);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.status}: ${text}`);
  return eventsOf(text);
}

const compact = (walk: WalkGateway): Promise<readonly Json[]> =>
  ask(walk, [...HISTORY, { type: 'compaction_trigger' }]);
const doneItems = (events: readonly Json[]): readonly Json[] =>
  events.filter((event) => event['type'] === 'response.output_item.done').map((event) => event['item'] as Json);
const lastBody = (simulator: Simulator | undefined): string => JSON.stringify(simulator?.requests.at(-1)?.body);
/** What the simulated models write into a summary. */
const SUMMARY = 'simulated progress: 2 calls';

describe('a trigger', () => {
  test.each(NAMES)('is answered by %s with exactly one item, in a stream like any other', async (name) => {
    // A second provider: what only the first could read would be lost with it.
    const { walk, simulators } = await start([name, 'xAI']);
    const events = await compact(walk);
    expect(doneItems(events).map((item) => item['type'])).toEqual(['compaction']);
    expect(events.at(-1)?.['type']).toBe('response.completed');
    expect(events.map((event) => event['sequence_number'])).toEqual(events.map((_, at) => at));
    expect(walk.exchanges[0]?.attempts.map((attempt) => attempt.outcome)).toEqual(['ok']);
    expect(walk.exchanges[0]?.usage?.inputTokens).toBeGreaterThan(0);
    expect(lastBody(simulators[0])).not.toMatch(/compaction_trigger|additional_tools/);
  });

  const pairs = NAMES.flatMap((from) => NAMES.map((to) => [from, to] as const));
  test.each(pairs)('what %s compacted can be told to %s', async (from, to) => {
    const made = await start([from, 'xAI']);
    const [item] = doneItems(await compact(made.walk));
    const { walk, simulators } = await start([to, 'xAI']);
    const events = await ask(walk, [PROMPT, item]);
    expect(doneItems(events).length).toBeGreaterThan(0);
    expect(walk.exchanges[0]?.attempts.map((attempt) => attempt.outcome)).toEqual(['ok']);
    expect(lastBody(simulators[0])).toContain(SUMMARY);
    expect(lastBody(simulators[0])).not.toContain('hf1_metadata');
  });

  test.each(['OpenAI-compatible', 'Azure', 'DeepSeek over chat'])(
    '%s that dies over its summary is replaced, and the client notices nothing',
    async (name) => {
      const fault = parseFault('reset-at-byte:900');
      if (fault.kind === 'invalid') throw new Error(fault.message);
      const { walk } = await start([name, 'xAI'], { faults: [fault.fault] });
      expect(doneItems(await compact(walk))).toHaveLength(1);
      expect(walk.exchanges[0]?.attempts.map((attempt) => attempt.providerId)).toEqual(['p1', 'p2']);
    },
  );

  test('the maker itself goes on with its own summary in the same thread: nothing is refused on the way', async () => {
    const { walk, simulators } = await start(['OpenAI-compatible', 'xAI']);
    const [item] = doneItems(await compact(walk));
    await ask(walk, [PROMPT, item]);
    expect(walk.exchanges[1]?.attempts.map((attempt) => [attempt.lane, attempt.outcome])).toEqual([
      ['sanitised', 'ok'],
    ]);
    expect(lastBody(simulators[0])).toContain(SUMMARY);
  });
});

describe("a route of one provider's alone", () => {
  test('Azure compacts by itself, and its item goes back to it raw', async () => {
    const { walk, simulators } = await start(['Azure']);
    const [item] = doneItems(await compact(walk));
    expect(lastBody(simulators[0])).toContain('compaction_trigger');
    expect(String(item?.['encrypted_content'])).not.toStartWith('hf1');
    await ask(walk, [PROMPT, item]);
    expect(walk.exchanges.map((exchange) => exchange.attempts[0]?.lane)).toEqual(['raw', 'raw']);
  });

  test('any other is asked for a summary all the same', async () => {
    const { walk, simulators } = await start(['OpenAI-compatible']);
    const [item] = doneItems(await compact(walk));
    expect(String(item?.['encrypted_content'])).toStartWith('hf1');
    expect(lastBody(simulators[0])).not.toContain('compaction_trigger');
  });
});

describe('OpenAI itself, whose requests nobody looks into', () => {
  const routeToBoth = settingsOf(
    '[server]\nlisten = "127.0.0.1:0"\n[providers.openai]\nwire = "responses"\nbase_url = "http://openai.test/v1"\nkey = "none"\n[providers.other]\nwire = "chat"\nbase_url = "http://other.test/v1"\nkey = "none"\n[[routes]]\nid = "test"\nmodels = ["*"]\n  [[routes.targets]]\n  provider = "openai"\n  priority = 1\n  [[routes.targets]]\n  provider = "other"\n  priority = 2\n',
  );
  const settings = {
    ...routeToBoth,
    routes: routeToBoth.routes.map((route) => ({
      ...route,
      targets: route.targets.map((target) => {
        const firstParty = target.provider.id === 'openai';
        return { ...target, provider: { ...target.provider, firstParty } };
      }),
    })),
  };

  test('is told the summary that it made, in the same thread and after a restart', async () => {
    const openai = await startRecording(TASK, 'openai');
    cleanUps.push(openai.stop);
    const bodies: string[] = [];
    const answer = (_id: string, body: Uint8Array) => {
      bodies.push(Buffer.from(body).toString());
      return openai.answer(body);
    };
    const running = driveWalk(settings, answer);
    const compacted = await running.ask(codexBody([...HISTORY, { type: 'compaction_trigger' }]), THREAD);
    const [item] = doneItems(eventsOf(compacted.text));
    const next = codexBody([PROMPT, item]);
    const restarted = driveWalk(settings, answer);
    for (const walk of [running, restarted]) {
      const went = await walk.ask(next, { ...CODEX_NOW.headers, ...THREAD });
      expect(doneItems(eventsOf(went.text)).length).toBeGreaterThan(0);
      expect(bodies.at(-1)).toContain(SUMMARY);
      expect(bodies.at(-1)).not.toContain('hf1_metadata');
    }
    // Who remembers that the thread was compacted need not be told by a refusal.
    const outcomes = [running, restarted].map((walk) => walk.exchanges.at(-1)?.attempts.map((one) => one.outcome));
    expect(outcomes).toEqual([['ok'], ['FOREIGN_STATE', 'ok']]);
  });
});

describe('compaction at its own address', () => {
  const post = (walk: WalkGateway, body: unknown): Promise<Response> =>
    fetch(`${walk.baseUrl}/responses/compact`, {
      method: 'POST',
      headers: { authorization: `Bearer ${GATEWAY_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  test.each(NAMES)('%s: what the user said, and one item', async (name) => {
    const { walk } = await start([name, 'xAI']);
    const response = await post(walk, { model: 'gpt-5.5', input: HISTORY });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      object: 'response.compaction',
      id: expect.any(String),
      created_at: expect.any(Number),
      output: [
        { type: 'message', role: 'user', id: 'msg_prompt', status: 'completed' },
        { type: 'compaction', id: expect.stringContaining('cmp_'), encrypted_content: expect.stringContaining('hf1') },
      ],
      usage: { total_tokens: expect.any(Number) },
    });
  });

  test('a model is needed', async () => {
    const { walk } = await start(['xAI']);
    const response = await post(walk, { input: 'hi' });
    expect(response.status).toBe(400);
  });

  test('the wish for a stream is not for this address', async () => {
    const { walk } = await start(['xAI']);
    const response = await post(walk, { model: 'gpt-5.5', input: 'hi', stream: true });
    expect(await response.json()).toMatchObject({ object: 'response.compaction' });
  });
});

describe("Codex's own compaction", () => {
  const WISH = {
    type: 'message',
    role: 'user',
    content: [
      { type: 'input_text', text: 'You are performing a CONTEXT CHECKPOINT COMPACTION. Create a handoff summary.' },
    ],
  };

  test.each(NAMES)('%s answers it, with tools in the history and none on offer', async (name) => {
    const { walk } = await start([name]);
    const events = await ask(walk, [...HISTORY, WISH], { tools: [] });
    const texts = JSON.stringify(doneItems(events).filter((item) => item['type'] === 'message'));
    expect(texts).toContain(SUMMARY);
  });
});

test("another provider's compaction is refused by name, not forgotten", async () => {
  const made = await start(['Azure']);
  const [item] = doneItems(await compact(made.walk));
  const { walk, simulators } = await start(['xAI', 'Ollama']);
  const response = await walk.ask(codexBody([PROMPT, item]), THREAD);
  expect(response.status).toBe(400);
  expect(await response.text()).toContain('p1/gpt-5.5: it cannot serve this kind of request');
  expect(simulators.map((simulator) => simulator.requests.length)).toEqual([0, 0]);
});
