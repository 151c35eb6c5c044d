// npm run check: formatting, lint and types.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
for (const [name, script, args] of [
  ['biome', '@biomejs/biome/bin/biome', ['check', '--error-on-warnings', '.']],
  ['tsc', 'typescript/bin/tsc', ['--noEmit']],
]) {
  const { status } = spawnSync(process.execPath, [`${root}node_modules/${script}`, ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) {
    console.error(`${name} found problems`);
    process.exit(1);
  }
}
