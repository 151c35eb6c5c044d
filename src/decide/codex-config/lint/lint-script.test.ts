import { describe, expect, test } from 'bun:test';
import { lintScript } from './lint-script.ts';

describe('in a script', () => {
  test.each<[line: string, rules: string[]]>([
    ['codex -q "fix it"', ['option-gone']],
    ['  run: npx codex exec --full-auto "fix it"', ['option-gone']],
    ['OUT=$(codex --quiet "x")', ['option-gone']],
    ['/usr/bin/codex --approval-mode full-auto', ['option-gone']],
    ['codex exec -a never x', ['option-gone']],
    ['codex -a never x', []],
    ['codex exec --model-provider=azure x', ['option-gone']],
    ['codex exec "hi" | grep -q hi', []],
    ['codex exec "hi" && wget -q x', []],
    ['codex exec "explain codex -q and --full-auto"', []],
    ['my-codex -q', []],
    ['# codex -q', []],
    ['export CODEX_PROFILE=fast # for codex', ['variable-ignored']],
    ['CODEX_PROFILE=fast codex -q x', ['option-gone', 'variable-ignored']],
    ['  OPENAI_BASE_URL: http://x # codex', ['variable-ignored']],
    ['export OPENAI_BASE_URL=http://x', []],
    ['codex exec --sandbox workspace-write "quiet"', []],
  ])('%s', (line, rules) => {
    expect(lintScript('f', line).map(({ rule }) => rule)).toEqual(rules);
  });

  test('the place is named', () => {
    expect(lintScript('f', 'set -e\n  codex -q x')[0]?.place).toEqual({ path: 'f', line: 2, column: 3 });
  });
});
