// npm test: the tests of one or all places, ended by the line `N passed, N failed`.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { findBun } from '../bin/find-bun.js';

const places = process.argv.slice(2);
const root = fileURLToPath(new URL('..', import.meta.url));
const child = spawn(
  findBun(),
  ['test', '--timeout', '120000', '--parallel=2', ...(places.length > 0 ? places : ['src', 'test'])],
  {
    cwd: root,
    stdio: ['inherit', 'inherit', 'pipe'],
  },
);

let tail = '';
child.stderr.on('data', (chunk) => {
  process.stderr.write(chunk);
  tail = (tail + chunk).slice(-4000);
});
child.on('error', (error) => {
  console.error(`Bun could not be started (${error.code ?? error.message}). Run "npm ci" again.`);
  process.exitCode = 1;
});
child.on('close', (code) => {
  const count = (word) => Number(new RegExp(`^\\s*(\\d+) ${word}$`, 'm').exec(tail)?.[1] ?? 0);
  const passed = count('pass');
  const failed = count('fail') + count('errors?');
  const skipped = count('skip');
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  process.exitCode = code === 0 && failed === 0 && passed > 0 ? 0 : 1;
});
