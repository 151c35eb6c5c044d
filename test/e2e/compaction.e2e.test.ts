import { afterEach, expect, test } from 'bun:test';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TASK, TASK_RESULT } from '../../src/serve/simulator/scenarios/task.ts';
import { type Simulator, startSimulator } from '../../src/serve/simulator/simulator.ts';
import type { SimulatorOptions } from '../../src/serve/simulator/simulator-options.ts';
import { startWalk } from '../walk/start-walk.ts';
import { lastMessage, runCodex } from './run-codex.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const LIKE_XAI = {
  firstParty: false,
  toolTypes: ['function', 'web_search'],
  itemTypes: ['message', 'reasoning', 'function_call', 'function_call_output'],
};

/** Two providers that cannot read each other's state, in the order of priority. */
const ROUTES: Readonly<Record<string, readonly [readonly string[], Partial<SimulatorOptions>][]>> = {
  'a vendor with quirks': [
    [['wire = "responses"', 'dialect = "xai"'], { name: 'xai', strict: LIKE_XAI }],
    [['wire = "chat"'], { wire: 'chat', name: 'spare' }],
  ],
  'a chat vendor': [
    [['wire = "chat"', 'dialect = "deepseek"'], { wire: 'chat', dialect: 'deepseek', name: 'deepseek' }],
    [['wire = "responses"', 'dialect = "xai"'], { name: 'xai', strict: LIKE_XAI }],
  ],
  'an OpenAI-compatible one': [
    [['wire = "responses"'], { name: 'plain', strict: { firstParty: false } }],
    [['wire = "chat"'], { wire: 'chat', name: 'spare' }],
  ],
  Gemini: [
    [['wire = "gemini"'], { wire: 'gemini', name: 'google' }],
    [['wire = "converse"'], { wire: 'converse', name: 'bedrock' }],
  ],
  Converse: [
    [['wire = "converse"'], { wire: 'converse', name: 'bedrock' }],
    [['wire = "gemini"'], { wire: 'gemini', name: 'google' }],
  ],
};

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-compaction-'));
  cleanUps.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** How Codex asks depends on the provider's name; any other name makes it ask in its own words. */
const ROWS = Object.keys(ROUTES).flatMap((route) => [
  [route, 'azure', 'gpt-5.5', 'gpt-5.5'] as const,
  [route, 'OpenAI', 'gpt-5.5', 'gpt-5.5'] as const,
  [route, 'OpenAI', 'its default model', undefined] as const,
  [route, 'Under test', 'its default model', undefined] as const,
]);

test.each(ROWS)(
  '%s: Codex with a provider named %s and %s goes on after each compaction',
  async (routeName, providerName, _modelName, model) => {
    const simulators: Simulator[] = [];
    const tables: string[] = [];
    for (const [index, [lines, options]] of (ROUTES[routeName] ?? []).entries()) {
      const simulator = await startSimulator({ scenario: TASK, ...options });
      cleanUps.push(simulator.stop);
      simulators.push(simulator);
      tables.push([`[providers.p${index + 1}]`, ...lines, `base_url = "${simulator.url}"`, 'key = "none"'].join('\n'));
    }
    const targets = tables.map((_t, at) => `  [[routes.targets]]\n  provider = "p${at + 1}"\n  priority = ${at + 1}\n`);
    const walk = startWalk(
      `[server]\nlisten = "127.0.0.1:0"\n${tables.join('\n')}\n[[routes]]\nid = "test"\nmodels = ["*"]\n${targets.join('')}`,
    );
    cleanUps.push(walk.stop);
    const cwd = await temporaryFolder();
    const run = await runCodex({
      cwd,
      codexHome: await temporaryFolder(),
      baseUrl: walk.baseUrl,
      key: walk.key,
      prompt: 'Do the task.',
      ...(model === undefined ? {} : { model }),
      extraArgs: [
        ['-c', 'model_auto_compact_token_limit=9000'],
        ['-c', `model_providers.under_test.name=${JSON.stringify(providerName)}`],
      ].flat(),
    });
    expect({ exitCode: run.exitCode, stderr: run.exitCode === 0 ? '' : run.stderr }).toEqual({
      exitCode: 0,
      stderr: '',
    });
    expect(await readFile(join(cwd, TASK_RESULT.logFile), 'utf8')).toBe(TASK_RESULT.logText);
    expect(await readFile(join(cwd, TASK_RESULT.patchedFile), 'utf8')).toBe(TASK_RESULT.patchedText);
    expect(lastMessage(run)).toBe(TASK_RESULT.finalMessage);
    const bodies = simulators.flatMap(({ requests }) => requests.map((request) => JSON.stringify(request.body)));
    expect(bodies.filter((body) => body.includes('CONTEXT CHECKPOINT COMPACTION')).length).toBeGreaterThan(0);
    expect(bodies.filter((body) => /hf1_metadata|internal_chat_message_metadata|client_metadata/.test(body))).toEqual(
      [],
    );
    expect(walk.exchanges.map((exchange) => exchange.outcome)).toEqual(walk.exchanges.map(() => 'ok'));
  },
  300_000,
);
