import { beforeAll, describe, expect, test } from 'bun:test';
import { createFault, FAULTS } from '../../src/serve/simulator/faults/fault-table.ts';
import { TASK_RESULT } from '../../src/serve/simulator/scenarios/task.ts';
import { QUICK_REPEATS } from '../walk/fault-rows.ts';
import { describeTask, failureMessage, runTask } from './run-task.ts';

const MODEL = 'gpt-5.5';
const LIMIT_MS = 300_000;

/** It is the request that is wrong, so no other provider is asked, and Codex is told what the first one said. */
const REFUSALS = new Set(['bad-request-400', 'context-too-long-400', 'content-refused-400']);
/** Ugly, but a whole answer. Of what is out of order Codex complains in its own log. */
const HARMLESS = new Set([
  'split-anywhere',
  'split-everywhere',
  'merged-events',
  'duplicate-events',
  'out-of-order-events',
]);
/** Ended by our own patience. */
const WAITS = new Set([
  'silent-connection',
  'accepted-no-headers',
  'late-headers',
  'stall-in-headers',
  'slow-drip',
  'slow-first-event',
  'stall-at-byte',
  'stall-before-event',
  'stall-after-event',
]);

const patience = (table: string, time: string): string =>
  `[${table}]\nconnect = "${time}"\nheaders = "${time}"\nfirst_event = "${time}"\nidle = "${time}"\n`;
const IMPATIENT = patience('timeouts', '400ms');
/** A healthy provider is waited for, however busy the machine is. */
const WITH_A_HEALTHY_ONE = `${IMPATIENT}${patience('providers.p2.timeouts', '60s')}`;

/** All but those of other wires, and those that strike at a time, which may be after the end. */
const NAMES = Object.keys(FAULTS).filter(
  (name) => createFault(name).do.kind !== 'flaw' && !name.endsWith('-after-ms') && !REFUSALS.has(name),
);

const run = (names: readonly (readonly string[])[], config = '') =>
  runTask({
    faults: names.map((list) => list.map((name) => createFault(name))),
    model: MODEL,
    config: `${QUICK_REPEATS}${config}`,
  });

describe('the real Codex, when providers fail in every way the simulator knows', () => {
  let undisturbed: object;
  beforeAll(async () => {
    undisturbed = describeTask(await run([[], []]));
    expect(undisturbed).toMatchObject({ last: TASK_RESULT.finalMessage, notes: TASK_RESULT.patchedText });
  }, LIMIT_MS);

  test.each(NAMES)(
    '%s: one other is left, or none',
    async (name) => {
      const waits = WAITS.has(name);
      const [survived, ended] = await Promise.all([
        run([[name], []], waits ? WITH_A_HEALTHY_ONE : ''),
        run([[name], [name]], waits ? IMPATIENT : ''),
      ]);
      if (HARMLESS.has(name)) {
        for (const task of [survived, ended]) {
          expect(task.struck).toContain(name);
          expect<object>({ ...describeTask(task), complaints: [] }).toEqual(undisturbed);
        }
        return;
      }
      expect(survived.exchanges[0]?.attempts.map((one) => one.outcome === 'ok')).toEqual([false, true]);
      expect(describeTask(survived)).toEqual(undisturbed);
      const message = failureMessage(ended.run) ?? '';
      expect({ exitCode: ended.run.exitCode, exchanges: ended.exchanges.length }).toEqual({
        exitCode: 1,
        exchanges: 1,
      });
      for (const target of [`p1/${MODEL}: `, `p2/${MODEL}: `]) expect(message).toContain(target);
    },
    LIMIT_MS,
  );

  test.each([...REFUSALS])(
    '%s: nobody else is asked',
    async (name) => {
      const { run: codex, exchanges } = await run([[name], []]);
      expect(codex.exitCode).toBe(1);
      expect(failureMessage(codex)).toBeString();
      expect(exchanges.flatMap((exchange) => exchange.attempts)).toHaveLength(1);
    },
    LIMIT_MS,
  );
});
