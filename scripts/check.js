// npm run check: formatting, lint, types, and what types allow that must not be.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
for (const [name, script, args] of [
  ['biome', 'node_modules/@biomejs/biome/bin/biome', ['check', '--error-on-warnings', '.']],
  ['tsc', 'node_modules/typescript/bin/tsc', ['--noEmit']],
  ['check-coercions', 'scripts/check-coercions.js', []],
]) {
  const { status } = spawnSync(process.execPath, [`${root}${script}`, ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) {
    console.error(`${name} found problems`);
    process.exit(1);
  }
}
