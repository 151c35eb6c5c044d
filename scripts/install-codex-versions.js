// Installs further versions of the real Codex CLI side by side under .cache/codex, for the end-to-end tests.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const VERSIONS = ['0.125.0', '0.134.0', '0.142.3', '0.161.0'];

for (const version of VERSIONS) {
  const folder = fileURLToPath(new URL(`../.cache/codex/${version}/`, import.meta.url));
  if (existsSync(`${folder}node_modules/@openai/codex/package.json`)) continue;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}package.json`, JSON.stringify({ private: true }));
  const { status } = spawnSync(
    'npm',
    [
      'install',
      '--no-fund',
      '--no-audit',
      '--no-save',
      '--ignore-scripts',
      '--prefix',
      folder,
      `@openai/codex@${version}`,
    ],
    { stdio: 'inherit' },
  );
  if (status !== 0) {
    console.error(`Codex ${version} could not be installed`);
    process.exit(1);
  }
}
