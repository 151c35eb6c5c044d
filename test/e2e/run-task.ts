import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExchangeRecord } from '../../src/core/exchange.ts';
import type { Fault } from '../../src/serve/simulator/faults/fault.ts';
import { TASK, TASK_RESULT } from '../../src/serve/simulator/scenarios/task.ts';
import { startSimulator } from '../../src/serve/simulator/simulator.ts';
import { GATEWAY_KEY, routeOver, startWalk } from '../walk/start-walk.ts';
import { type CodexRun, lastMessage, runCodex } from './run-codex.ts';

export interface TaskOptions {
  /** Faults of each provider, in order of priority. */
  readonly faults: readonly (readonly Fault[])[];
  /** Default: the one that Codex takes by itself. */
  readonly model?: string;
  /** Default: the dev dependency's. */
  readonly version?: string;
  /** Lines of configuration before the routes. */
  readonly config?: string;
  /** Step after which the first provider is switched off, its connections closed. */
  readonly stopAfterStep?: number;
}

/** What the real Codex did with the `task` scenario behind a gateway. */
export interface TaskRun {
  readonly run: CodexRun;
  /** Undefined: it was not written. */
  readonly log: string | undefined;
  readonly notes: string | undefined;
  readonly exchanges: readonly ExchangeRecord[];
  /** Names of the faults that struck. */
  readonly struck: readonly string[];
}

/** Runs the real Codex CLI once on the task, over a real gateway and simulated providers. */
export async function runTask(options: TaskOptions): Promise<TaskRun> {
  const { faults, model, version, config = '', stopAfterStep } = options;
  const cwd = await mkdtemp(join(tmpdir(), 'holdfast-task-'));
  const codexHome = await mkdtemp(join(tmpdir(), 'holdfast-home-'));
  const simulators = await Promise.all(
    faults.map((list, index) =>
      startSimulator({
        scenario: TASK,
        name: `vendor-${index + 1}`,
        faults: list,
        onFinished: (request) => {
          if (index === 0 && stopAfterStep !== undefined && request.step === stopAfterStep) void simulators[0]?.stop();
        },
      }),
    ),
  );
  const walk = startWalk(
    `${config}\n${routeOver(simulators.map((simulator) => simulator.url))}`.replace('"gpt-*"', '"*"'),
  );
  try {
    const run = await runCodex({
      cwd,
      codexHome,
      baseUrl: walk.baseUrl,
      key: GATEWAY_KEY,
      prompt: 'Do the task.',
      ...(model === undefined ? {} : { model }),
      ...(version === undefined ? {} : { version }),
    });
    return {
      run,
      log: await readIfThere(join(cwd, TASK_RESULT.logFile)),
      notes: await readIfThere(join(cwd, TASK_RESULT.patchedFile)),
      exchanges: [...walk.exchanges],
      struck: simulators.flatMap((simulator) => simulator.requests.flatMap((request) => request.faults)),
    };
  } finally {
    await walk.stop();
    for (const simulator of simulators) await simulator.stop();
    for (const folder of [cwd, codexHome]) await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  return await readFile(file, 'utf8').catch(() => undefined);
}

/** Everything of a run that a user could see or would find afterwards. Reasoning may be thought twice. */
export function describeTask({ run, log, notes }: TaskRun): object {
  const shown = run.jsonEvents
    .filter((event) => event.type === 'item.completed')
    .map((event) => event['item'] as { type: string; text?: string; command?: string; status?: string })
    .filter((item) => item.type !== 'reasoning')
    .map((item) => `${item.type}: ${item.text ?? item.status ?? ''}`);
  const complaints = [...run.stderr.split('\n'), ...run.stdout.split('\n')].filter((line) =>
    /reconnecting|error/i.test(line),
  );
  return { exitCode: run.exitCode, shown, last: lastMessage(run), complaints, log, notes };
}

/** The message with which a turn ended in failure. */
export function failureMessage(run: CodexRun): string | undefined {
  const failed = run.jsonEvents.find((event) => event.type === 'turn.failed');
  return (failed?.['error'] as { message?: string } | undefined)?.message;
}
