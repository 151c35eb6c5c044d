import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { CodexCli, CodexRun, CodexRunOptions } from '../../core/codex-cli.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** More output than this is not kept. */
const MAX_OUTPUT = 4 * 1024 * 1024;

export function createCodexCli(env: Environment): CodexCli {
  const find = (): string | undefined => onPath(env.PATH ?? '') ?? besideUs();
  const run = (args: readonly string[], options: CodexRunOptions): Promise<CodexRun> =>
    runCodex(find(), args, options, env);
  return {
    find,
    run,
    runWithCatalogue: async (catalogue, args, options) => {
      const folder = mkdtempSync(join(tmpdir(), 'holdfast-catalogue-'));
      try {
        const file = join(folder, 'models.json');
        writeFileSync(file, catalogue);
        return await run([...args, '-c', `model_catalog_json=${JSON.stringify(file)}`], options);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    version: async () => {
      const result = await run(['--version'], { codexHome: tmpdir(), timeoutMs: 10_000 });
      if (result.kind !== 'ended' || result.exitCode !== 0) return undefined;
      return /\b(\d+\.\d+\.\d+(?:-[\w.]+)?)\b/.exec(result.stdout)?.[1];
    },
  };
}

function onPath(path: string): string | undefined {
  const names = process.platform === 'win32' ? ['codex.exe', 'codex.cmd'] : ['codex'];
  return path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((file) => existsSync(file));
}

/** The one that npm installed beside Holdfast. */
function besideUs(): string | undefined {
  try {
    const name = `@openai/codex-${process.platform}-${process.arch}/package.json`;
    const vendor = join(dirname(createRequire(import.meta.url).resolve(name)), 'vendor');
    const binary = process.platform === 'win32' ? 'codex.exe' : 'codex';
    return readdirSync(vendor)
      .map((triple) => join(vendor, triple, 'bin', binary))
      .find((file) => existsSync(file));
  } catch {
    return undefined;
  }
}

async function runCodex(
  file: string | undefined,
  args: readonly string[],
  options: CodexRunOptions,
  env: Environment,
): Promise<CodexRun> {
  if (file === undefined) return { kind: 'not-started', reason: 'codex is not on PATH' };
  const ownFolder = options.cwd === undefined ? mkdtempSync(join(tmpdir(), 'holdfast-codex-')) : undefined;
  try {
    const child = Bun.spawn([file, ...args], {
      cwd: options.cwd ?? ownFolder ?? tmpdir(),
      env: { ...env, CODEX_HOME: options.codexHome },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
      timeout: options.timeoutMs,
      killSignal: 'SIGKILL',
    });
    const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
    await child.exited;
    if (child.signalCode !== null) return { kind: 'timed-out' };
    const [out, err] = [stdout.slice(0, MAX_OUTPUT), stderr.slice(0, MAX_OUTPUT)];
    return { kind: 'ended', exitCode: child.exitCode ?? 1, stdout: out, stderr: err };
  } catch (error) {
    return { kind: 'not-started', reason: error instanceof Error ? error.message : 'it could not be started' };
  } finally {
    if (ownFolder !== undefined) rmSync(ownFolder, { recursive: true, force: true });
  }
}
