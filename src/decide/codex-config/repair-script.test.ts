import { describe, expect, test } from 'bun:test';
import { lintScript } from './lint/lint-script.ts';
import { repairScript } from './repair-script.ts';
import { undoSplices } from './splice.ts';

describe('in a script', () => {
  test.each<[before: string, after: string]>([
    ['codex -q "fix it"', 'codex exec "fix it"'],
    ['OUT=$(codex --quiet "x")', 'OUT=$(codex exec "x")'],
    ['codex exec --quiet "x"', 'codex exec "x"'],
    [
      'npx codex exec --full-auto "a -q b" && wget -q x',
      'npx codex exec --sandbox workspace-write "a -q b" && wget -q x',
    ],
    ['CODEX_PROFILE=fast codex -q x', 'codex --profile fast exec x'],
    ['  - run: CODEX_PROFILE=fast  npx codex exec x', '  - run: npx codex --profile fast exec x'],
    ['CODEX_PROFILE=fast codex -p slow x', 'CODEX_PROFILE=fast codex -p slow x'],
    ['export CODEX_PROFILE=fast', 'export CODEX_PROFILE=fast'],
    ['# codex -q', '# codex -q'],
    ['my-codex -q', 'my-codex -q'],
    ['codex -a never x', 'codex -a never x'],
  ])('%s', (before, after) => {
    const text = `#!/bin/sh\r\n${before}\r\ncodex -q y\n`;
    const repaired = repairScript(text);
    expect(repaired.text).toBe(`#!/bin/sh\r\n${after}\r\ncodex exec y\n`);
    expect(undoSplices(repaired.text ?? '', repaired.splices)).toBe(text);
    expect(repairScript(repaired.text).splices).toEqual([]);
    expect(lintScript('f', repaired.text ?? '').filter(({ rule }) => rule === 'option-gone')).toEqual([]);
  });
});
