import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';

/** The user's own Codex CLI on PATH, else the one that npm installed beside Holdfast. `undefined` when there is none. */
export function findCodex(env: Readonly<Record<string, string | undefined>>): string | undefined {
  return onPath(env['PATH'] ?? '') ?? fromPackage();
}

function onPath(path: string): string | undefined {
  const name = process.platform === 'win32' ? 'codex.exe' : 'codex';
  return (
    path
      .split(delimiter)
      // npm puts our own dev dependency's launcher there when it runs scripts; that one needs Node, the binary does not.
      .filter((folder) => folder !== '' && !folder.includes(`node_modules`))
      .map((folder) => join(folder, name))
      .find((file) => existsSync(file))
  );
}

function fromPackage(): string | undefined {
  try {
    const packageFile = createRequire(import.meta.url).resolve(
      `@openai/codex-${process.platform}-${process.arch}/package.json`,
    );
    const vendor = join(dirname(packageFile), 'vendor');
    const name = process.platform === 'win32' ? 'codex.exe' : 'codex';
    return readdirSync(vendor)
      .map((triple) => join(vendor, triple, 'bin', name))
      .find((file) => existsSync(file));
  } catch {
    return undefined;
  }
}
