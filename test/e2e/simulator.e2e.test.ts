import { afterEach, expect, test } from 'bun:test';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TASK, TASK_RESULT } from '../../src/serve/simulator/scenarios/task.ts';
import { type Simulator, startSimulator } from '../../src/serve/simulator/simulator.ts';
import { lastMessage, runCodex } from './run-codex.ts';

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

test.each(CLIENTS)(
  'Codex does the whole task with %s',
  async (_, model) => {
    const simulator = await started(startSimulator({ scenario: TASK }));
    const cwd = await temporaryFolder();
    const run = await runCodex({
      cwd,
      codexHome: await temporaryFolder(),
      baseUrl: simulator.url,
      prompt: 'Do the task.',
      ...(model === undefined ? {} : { model }),
    });
    expect({ exitCode: run.exitCode, stderr: run.exitCode === 0 ? '' : run.stderr }).toEqual({
      exitCode: 0,
      stderr: '',
    });
    expect(await readFile(join(cwd, TASK_RESULT.logFile), 'utf8')).toBe(TASK_RESULT.logText);
    expect(await readFile(join(cwd, TASK_RESULT.patchedFile), 'utf8')).toBe(TASK_RESULT.patchedText);
    expect(lastMessage(run)).toBe(TASK_RESULT.finalMessage);
    expect(run.stdout).not.toContain('Reconnecting');
    const calls = simulator.requests.filter((request) => request.method === 'POST');
    expect(calls.map((request) => request.step)).toEqual([1, 2, 3]);
  },
  60_000,
);
