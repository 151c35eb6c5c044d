/**
 * Read by `bun test` before every file (bunfig.toml): property tests try the same values in every run, so that no run
 * fails by luck. `HOLDFAST_TEST_SEED=<number>` makes them try others, `random` others each time.
 */
import fc from 'fast-check';

const SEED = 20_261_123;

const asked = process.env['HOLDFAST_TEST_SEED'] ?? String(SEED);
if (asked !== 'random') {
  const seed = Number(asked);
  if (!Number.isInteger(seed)) throw new Error('HOLDFAST_TEST_SEED is a whole number, or "random"');
  fc.configureGlobal({ seed });
}
