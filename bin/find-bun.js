// Finds the Bun binary that npm installed, whether or not its postinstall script ran (npm 12 does not run it).
import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const ARCHITECTURES = { x64: ['x64', 'x64-baseline'], arm64: ['aarch64'] };
/** Without its postinstall, `bun/bin/bun.exe` is a text stub; the real one has tens of megabytes. */
const SMALLEST_REAL_BINARY_BYTES = 1_000_000;

/** Absolute path of Bun's executable; falls back to `bun` on PATH. */
export function findBun() {
  const require = createRequire(import.meta.url);
  const windows = process.platform === 'win32';
  const candidates = [['bun', 'bun.exe']];
  for (const architecture of ARCHITECTURES[process.arch] ?? []) {
    for (const libc of process.platform === 'linux' ? ['', '-musl'] : ['']) {
      const [cpu, baseline] = architecture.split('-');
      const system = windows ? 'windows' : process.platform;
      const name = `@oven/bun-${system}-${cpu}${libc}${baseline ? `-${baseline}` : ''}`;
      candidates.push([name, windows ? 'bun.exe' : 'bun']);
    }
  }
  for (const [name, executable] of candidates) {
    try {
      const file = join(dirname(require.resolve(`${name}/package.json`)), 'bin', executable);
      if (statSync(file).size >= SMALLEST_REAL_BINARY_BYTES) return file;
    } catch {} // not the package for this machine, or its binary was moved by the postinstall
  }
  return 'bun';
}
