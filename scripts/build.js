// npm run build: dist/, the bundle that the published package runs. A checkout gets one by `npm ci`, and does without
// where that fails.
import { spawnSync } from 'node:child_process';
import { renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findBun } from '../bin/find-bun.js';
import { STAMP_FILE, stampSources } from '../bin/find-entry.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = `${root}dist.${process.pid}`;
// Before the build: what changes meanwhile makes the bundle stale, not wrong.
const startedSeconds = Date.now() / 1000;
const stamp = stampSources();
const { status, stdout, stderr } = spawnSync(
  findBun(),
  [
    'build',
    'src/main.ts',
    'src/connect/ledger/ledger-worker.ts',
    '--root=src',
    '--target=bun',
    '--format=cjs',
    '--bytecode',
    '--minify-syntax',
    '--minify-whitespace',
    '--entry-naming=[name].js',
    // The place of the bundle, wherever it is installed, and not of the sources on the machine that built it.
    '--banner=var bundleFolder = __dirname, bundleUrl = require("node:url").pathToFileURL(__filename).href;',
    '--define=import.meta.url=bundleUrl',
    '--define=import.meta.dir=bundleFolder',
    // Large, and seldom needed: loaded from node_modules when a provider asks for one.
    '--external=@ai-sdk/*',
    `--outdir=${folder}`,
  ],
  { cwd: root, encoding: 'utf8' },
);
if (status === 0) {
  const file = `${folder}/${STAMP_FILE}`;
  writeFileSync(file, stamp);
  // bin/holdfast trusts the bundle while nothing is newer than its stamp. Some file systems count in steps of 2 s.
  utimesSync(file, startedSeconds - 2, startedSeconds - 2);
  rmSync(`${root}dist`, { recursive: true, force: true });
  renameSync(folder, `${root}dist`);
} else {
  rmSync(folder, { recursive: true, force: true });
  console.error(
    `holdfast: no bundle was made; the sources run as they are, only slower.\n${stdout ?? ''}${stderr ?? ''}`,
  );
  if (!process.argv.includes('--optional')) process.exitCode = 1;
}
