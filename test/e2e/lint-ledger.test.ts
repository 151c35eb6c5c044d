/** A rule without a proof is a claim. */
import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LINT_RULES } from '../../src/decide/codex-config/lint/run-lint.ts';
import { LINT_PROOFS } from './lint-ledger.ts';

/** Found outside of the configuration: in scripts, and by Codex itself. */
const OTHERS = ['option-gone', 'codex-itself'];

describe('every rule of lint', () => {
  test('is in the list of proofs, and nothing else is', () => {
    expect(LINT_RULES.length).toBeGreaterThan(55);
    expect(Object.keys(LINT_PROOFS).toSorted()).toEqual([...LINT_RULES.map(({ id }) => id), ...OTHERS].toSorted());
  });

  test.each(Object.entries(LINT_PROOFS))('%s is found in a test that runs Codex on it', (rule, proof) => {
    const text = readFileSync(join(import.meta.dir, `${proof.in}.e2e.test.ts`), 'utf8');
    const finds = new RegExp(`(rule: |expectFound\\(\\s*|expectFindings\\(\\s*)'${rule}'`);
    expect(finds.test(text)).toBe(true);
  });
});
