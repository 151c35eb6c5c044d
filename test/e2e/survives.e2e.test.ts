import { beforeAll, describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { failureFacts } from '../../src/core/failures.ts';
import type { Fault, FaultPoint } from '../../src/serve/simulator/faults/fault.ts';
import { createFault } from '../../src/serve/simulator/faults/fault-table.ts';
import { TASK_RESULT } from '../../src/serve/simulator/scenarios/task.ts';
import { lastMessage } from './run-codex.ts';
import { describeTask, failureMessage, runTask, type TaskOptions } from './run-task.ts';

const GPT = 'gpt-5.5';
const LAST_STEP = 3;
/** A run takes one or two seconds; a machine that is busy takes many times as long for up to twenty of them. */
const LIMIT_MS = 300_000;

const VERSIONS = ['0.134.0', '0.142.3', '0.161.0'] as const;
/** Takes `end_turn: false` for the end of the task, so the gateway cuts the stream, and Codex says that it repeats it. */
const OLD_VERSION = '0.125.0';

const isInstalled = (version: string): boolean =>
  existsSync(join(import.meta.dir, '..', '..', '.cache', 'codex', version, 'node_modules', '@openai', 'codex'));
const isRequired = (process.env['HOLDFAST_REQUIRE_EVERYTHING'] ?? '') !== '';
/** A version that is not there is skipped, unless everything is required. */
const testVersion = (version: string) => (isInstalled(version) || isRequired ? test : test.skip);

interface Kill {
  readonly name: string;
  readonly step: number;
  readonly at: FaultPoint;
}

const after = (event: string, occurrence = 1): FaultPoint => ({ afterEvent: event, occurrence });
const DONE = 'response.output_item.done';
const ARGUMENTS = 'response.function_call_arguments.delta';
const INPUT = 'response.custom_tool_call_input.delta';

const kill = (step: number, name: string, at: FaultPoint): Kill => ({ step, name, at });

/** The task's steps: reasoning, message, command · reasoning, patch · reasoning, answer. */
const KILLS: readonly Kill[] = [
  ...[1, 2, 3].flatMap((step) => [
    kill(step, 'before headers', 'headers'),
    kill(step, 'after response.created', after('response.created')),
    kill(step, 'in mid-reasoning', after('response.reasoning_summary_text.delta')),
    kill(step, 'after the reasoning is done', after(DONE)),
  ]),
  kill(1, 'in mid-text', after('response.output_text.delta', 4)),
  kill(3, 'in mid-text', after('response.output_text.delta', 4)),
  kill(1, 'in mid-arguments', after(ARGUMENTS, 2)),
  kill(2, 'in mid-arguments', after(INPUT, 2)),
  kill(1, 'after a message is done', after(DONE, 2)),
  kill(3, 'after a message is done', after(DONE, 2)),
  kill(1, 'after a call is done', after(DONE, 3)),
  kill(2, 'after a call is done', after(DONE, 2)),
];

/** In code mode every tool is a freeform `exec`. */
const CODE_MODE_KILLS: readonly Kill[] = [
  kill(1, 'in mid-text', after('response.output_text.delta', 4)),
  kill(1, 'in mid-arguments', after(INPUT, 2)),
  kill(1, 'after a message is done', after(DONE, 2)),
  kill(1, 'after a call is done', after(DONE, 3)),
  kill(2, 'in mid-arguments', after(INPUT, 2)),
  kill(3, 'after a message is done', after(DONE, 2)),
];

const VERSION_KILLS: readonly Kill[] = [
  kill(1, 'before headers', 'headers'),
  kill(1, 'in mid-text', after('response.output_text.delta', 4)),
  kill(1, 'in mid-arguments', after(ARGUMENTS, 2)),
  kill(1, 'after a message is done', after(DONE, 2)),
  kill(2, 'after a call is done', after(DONE, 2)),
  kill(3, 'in mid-reasoning', after('response.reasoning_summary_text.delta')),
];

/** The first provider dies at that point and answers nothing any more. */
function faultsOf({ name, step, at }: Kill, how: 'reset' | 'end'): readonly Fault[] {
  const faults: Fault[] = [
    { name, at, do: { kind: 'ending', how: at === 'headers' && how === 'end' ? 'close' : how }, when: { step } },
  ];
  for (let later = step + 1; later <= LAST_STEP; later++)
    faults.push(createFault('reset-before-headers', undefined, { step: later }));
  return faults;
}

/** What the user of an undisturbed run sees and finds, by version and model. */
async function undisturbed(options: Omit<TaskOptions, 'faults'>): Promise<object> {
  const task = await runTask({ faults: [[], []], ...options });
  expect(task.run.exitCode).toBe(0);
  return describeTask(task);
}

/** Both ways of dying, at once: never more than two Codex processes. */
async function survives(one: Kill, expected: object, options: Omit<TaskOptions, 'faults'>): Promise<void> {
  const tasks = await Promise.all(
    (['reset', 'end'] as const).map(async (how) => {
      const task = await runTask({ faults: [faultsOf(one, how), []], ...options });
      return { how, struck: task.struck.includes(one.name), ...describeTask(task) };
    }),
  );
  expect(tasks).toEqual(
    (['reset', 'end'] as const).map((how) => ({ how, struck: true, ...expected }) as (typeof tasks)[number]),
  );
}

describe('Codex 0.169.0 and gpt-5.5: the first provider is killed', () => {
  let expected: object;
  beforeAll(async () => {
    expected = await undisturbed({ model: GPT });
    expect(expected).toMatchObject({
      log: TASK_RESULT.logText,
      notes: TASK_RESULT.patchedText,
      last: TASK_RESULT.finalMessage,
      complaints: [],
    });
  }, LIMIT_MS);

  test.each(KILLS.map((one) => [one.step, one.name, one] as const))(
    'in step %d %s',
    (_step, _name, one) => survives(one, expected, { model: GPT }),
    LIMIT_MS,
  );

  test(
    'between two steps',
    async () => {
      const tasks = await Promise.all(
        [1, 2].map((stopAfterStep) => runTask({ faults: [[], []], model: GPT, stopAfterStep })),
      );
      for (const task of tasks) {
        expect(describeTask(task)).toEqual(expected);
        expect(
          task.exchanges.flatMap((exchange) => exchange.attempts).some((one) => one.outcome === 'CONNECTION_REFUSED'),
        ).toBe(true);
      }
    },
    LIMIT_MS,
  );
});

describe('Codex 0.169.0 and its default model: the first provider is killed', () => {
  let expected: object;
  beforeAll(async () => {
    expected = await undisturbed({});
  }, LIMIT_MS);

  test.each(CODE_MODE_KILLS.map((one) => [one.step, one.name, one] as const))(
    'in step %d %s',
    (_step, _name, one) => survives(one, expected, {}),
    LIMIT_MS,
  );
});

describe.each(VERSIONS)('Codex %s: the first provider is killed', (version) => {
  testVersion(version)(
    'at six points of the task, and nobody notices',
    async () => {
      const expected = await undisturbed({ model: GPT, version });
      expect(expected).toMatchObject({ log: TASK_RESULT.logText, notes: TASK_RESULT.patchedText, complaints: [] });
      for (const one of VERSION_KILLS) await survives(one, expected, { model: GPT, version });
    },
    LIMIT_MS,
  );
});

describe(`Codex ${OLD_VERSION}: the first provider is killed`, () => {
  testVersion(OLD_VERSION)(
    'at six points of the task, and no work is lost',
    async () => {
      for (const one of VERSION_KILLS) {
        const tasks = await Promise.all(
          (['reset', 'end'] as const).map((how) =>
            runTask({ faults: [faultsOf(one, how), []], model: GPT, version: OLD_VERSION }),
          ),
        );
        for (const task of tasks) {
          const { run, log, notes, struck } = task;
          expect({ kill: one.name, exitCode: run.exitCode, last: lastMessage(run), log, notes }).toEqual({
            kill: one.name,
            exitCode: 0,
            last: TASK_RESULT.finalMessage,
            log: TASK_RESULT.logText,
            notes: TASK_RESULT.patchedText,
          });
          expect(struck).toContain(one.name);
          expect(run.jsonEvents.some((event) => event.type === 'turn.failed')).toBe(false);
        }
      }
    },
    LIMIT_MS,
  );
});

const always = (at: FaultPoint, how: 'reset' | 'end' | 'stall'): readonly Fault[] => [
  { name: 'always', at, do: { kind: 'ending', how } },
];
const IMPATIENT = '[timeouts]\nheaders = "400ms"\nfirst_event = "400ms"\nidle = "400ms"\n';
const RESET = failureFacts('CONNECTION_RESET').text;
const CUT = failureFacts('STREAM_CUT').text;

/** Codex and the gateway need a second or two; the limits of a provider that is waited for are 60 s and more. */
const WAITED_IN_VAIN_MS = 30_000;

interface Outage {
  readonly name: string;
  readonly faults: readonly (readonly Fault[])[];
  /** Why each target failed. */
  readonly reasons: readonly string[];
  readonly config?: string;
}

const OUTAGES: readonly Outage[] = [
  {
    name: 'before the stream began',
    faults: [always('headers', 'reset'), [createFault('server-error-500')]],
    reasons: [RESET, 'server error (status 500, server_error)'],
  },
  {
    name: 'in mid-text',
    faults: [always(after('response.output_text.delta'), 'reset'), always(after('response.output_text.delta'), 'end')],
    reasons: [RESET, CUT],
  },
  {
    name: 'in mid-arguments of the patch, after the command has run',
    faults: [always(after(INPUT), 'end'), always(after(INPUT), 'reset')],
    reasons: [CUT, RESET],
  },
  {
    name: 'because the model is withdrawn everywhere',
    faults: [[createFault('model-withdrawn')], [createFault('model-withdrawn-html')]],
    reasons: [failureFacts('MODEL_NOT_FOUND').text, failureFacts('MODEL_NOT_FOUND').text],
  },
  {
    name: 'because nobody answers in time',
    faults: [[createFault('accepted-no-headers')], [createFault('accepted-no-headers')]],
    reasons: [failureFacts('HEADERS_TIMEOUT').text, failureFacts('HEADERS_TIMEOUT').text],
    config: IMPATIENT,
  },
];

async function failsOnce(outage: Outage, version?: string): Promise<void> {
  const { faults, reasons, config } = outage;
  const task = await runTask({
    faults,
    model: GPT,
    ...(config === undefined ? {} : { config }),
    ...(version === undefined ? {} : { version }),
  });
  const { run, exchanges } = task;
  const message = failureMessage(run) ?? '';
  expect({ outage: outage.name, exitCode: run.exitCode }).toEqual({ outage: outage.name, exitCode: 1 });
  for (const [index, reason] of reasons.entries()) expect(message).toContain(`p${index + 1}/${GPT}: ${reason}`);
  // Said once: what is final is not asked for again.
  expect(`${run.stdout}${run.stderr}`).not.toContain('Reconnecting');
  const failed = exchanges.filter((exchange) => exchange.outcome !== 'ok' && exchange.outcome !== 'continued');
  expect(failed).toHaveLength(1);
  expect(failed[0]?.durationMs).toBeLessThan(WAITED_IN_VAIN_MS);
}

describe('when no provider is left, Codex ends with one message', () => {
  test.each(OUTAGES.map((outage) => [outage.name, outage] as const))(
    '%s',
    (_name, outage) => failsOnce(outage),
    LIMIT_MS,
  );

  test(
    'without waiting for anything, its own start included',
    async () => {
      const { run } = await runTask({ faults: [always('headers', 'reset'), always('headers', 'reset')], model: GPT });
      expect(run.exitCode).toBe(1);
      expect(run.durationMs).toBeLessThan(WAITED_IN_VAIN_MS);
    },
    LIMIT_MS,
  );

  describe.each([...VERSIONS, OLD_VERSION])('in Codex %s as well', (version) => {
    testVersion(version)(
      'before and after the stream began',
      async () => {
        for (const outage of OUTAGES.slice(0, 4)) await failsOnce(outage, version);
      },
      LIMIT_MS,
    );
  });
});
