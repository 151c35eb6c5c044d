import { afterEach, describe, expect, test } from 'bun:test';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseFault } from '../../src/serve/simulator/faults/parse-fault.ts';
import type { Action, Scenario } from '../../src/serve/simulator/scenario.ts';
import { SCENARIOS } from '../../src/serve/simulator/scenarios/scenario-table.ts';
import { TASK, TASK_RESULT } from '../../src/serve/simulator/scenarios/task.ts';
import { type Simulator, startSimulator } from '../../src/serve/simulator/simulator.ts';
import type { SimulatorOptions } from '../../src/serve/simulator/simulator-options.ts';
import { type CodexRun, lastMessage, type RunCodexOptions, runCodex } from './run-codex.ts';

const cleanUps: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-sim-'));
  cleanUps.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function started(simulator: Promise<Simulator>): Promise<Simulator> {
  const running = await simulator;
  cleanUps.push(() => running.stop());
  return running;
}

const CLIENTS = [
  ['its default model, which works in code mode', undefined],
  ['gpt-5.5, with classic tools', 'gpt-5.5'],
  ['a model it does not know', 'deepseek-v4'],
] as const;

interface Played {
  readonly run: CodexRun;
  readonly simulator: Simulator;
  readonly cwd: string;
}

async function play(options: Partial<SimulatorOptions>, codex: Partial<RunCodexOptions>): Promise<Played> {
  const simulator = await started(startSimulator({ scenario: TASK, ...options }));
  const cwd = await temporaryFolder();
  const codexHome = await temporaryFolder();
  const run = await runCodex({ cwd, codexHome, baseUrl: simulator.url, prompt: 'Do the task.', ...codex });
  return { run, simulator, cwd };
}

async function expectTaskDone({ run, cwd }: Played): Promise<void> {
  expect({ exitCode: run.exitCode, stderr: run.exitCode === 0 ? '' : run.stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(await readFile(join(cwd, TASK_RESULT.logFile), 'utf8')).toBe(TASK_RESULT.logText);
  expect(await readFile(join(cwd, TASK_RESULT.patchedFile), 'utf8')).toBe(TASK_RESULT.patchedText);
  expect(lastMessage(run)).toBe(TASK_RESULT.finalMessage);
}

const withModel = (model: string | undefined): Partial<RunCodexOptions> => (model === undefined ? {} : { model });

describe.each(CLIENTS)('Codex with %s', (_, model) => {
  test('does the whole task', async () => {
    const played = await play({}, withModel(model));
    await expectTaskDone(played);
    expect(played.run.stdout).not.toContain('Reconnecting');
    expect(played.simulator.requests.map((request) => request.step)).toEqual([1, 2, 3]);
  }, 180_000);

  test('runs two commands of one response, each once', async () => {
    const { run, cwd } = await play({ scenario: scenarioNamed('parallel-calls') }, withModel(model));
    expect(run.exitCode).toBe(0);
    const lines = (await readFile(join(cwd, 'parallel.txt'), 'utf8')).trim().split('\n');
    expect(lines.toSorted()).toEqual(['first', 'second']);
  }, 180_000);

  test('calls a tool of an MCP server', async () => {
    const call: Action = { kind: 'mcp', server: 'demo', tool: 'lookup', arguments: { query: 'x' } };
    const scenario: Scenario = { name: 'mcp', summary: '', turns: [[[call], [{ kind: 'say', text: 'looked up' }]]] };
    const server = [
      ['-c', `mcp_servers.demo.command=${JSON.stringify(process.execPath)}`],
      ['-c', `mcp_servers.demo.args=${JSON.stringify([join(import.meta.dir, 'mcp-server.ts')])}`],
    ].flat();
    const { run, simulator } = await play({ scenario }, { ...withModel(model), extraArgs: server });
    expect(lastMessage(run)).toBe('looked up');
    expect(JSON.stringify(simulator.requests.at(-1)?.body)).toContain('found {');
  }, 180_000);

  test.each(['Under test', 'azure'])(
    'goes on after compactions with a provider named %s',
    async (name) => {
      const extraArgs = [
        '-c',
        'model_auto_compact_token_limit=9800',
        '-c',
        `model_providers.under_test.name="${name}"`,
      ];
      const played = await play({}, { ...withModel(model), extraArgs });
      await expectTaskDone(played);
      const compactions = played.simulator.requests.filter((request) => request.step === undefined);
      expect(compactions.length).toBeGreaterThan(0);
    },
    180_000,
  );
});

describe('what Codex does about a fault when nothing stands in between', () => {
  test.each([
    ['model-withdrawn', 1, 'does not exist or you do not have access'],
    ['insufficient-quota', 1, 'Quota exceeded'],
    ['context-too-long-400', 1, "ran out of room in the model's context window"],
    ['rate-limited-float-wait', 1, 'exceeded retry limit, last status: 429'],
    ['rate-limited-integer-wait:1@times=1', 0, ''],
    ['server-error-500@times=2', 0, ''],
    ['eof-after-event:response.created@times=1', 0, 'Reconnecting... 1/5'],
    ['reset-at-byte:3000@step=2,times=1', 0, 'Reconnecting... 1/5'],
    ['half-chunk-after-event:response.output_item.done@times=1', 0, 'Reconnecting... 1/5'],
    ['html-200@times=1', 0, 'stream closed before response.completed'],
    ['failed-in-middle@times=1', 0, 'Reconnecting... 1/5'],
  ])(
    '%s',
    async (spec, exitCode, text) => {
      const parsed = parseFault(spec);
      if (parsed.kind === 'invalid') throw new Error(parsed.message);
      const played = await play({ faults: [parsed.fault] }, { model: 'gpt-5.5' });
      expect(played.run.exitCode).toBe(exitCode);
      expect(played.run.stdout).toContain(text);
      if (exitCode === 0) await expectTaskDone(played);
    },
    180_000,
  );
});

function scenarioNamed(name: string): Scenario {
  const scenario = SCENARIOS[name];
  if (scenario === undefined) throw new Error(`no scenario ${name}`);
  return scenario;
}
