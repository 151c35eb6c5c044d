import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuthCommandRequest, AuthCommandResult, CodexInspector } from '../../core/codex-cli.ts';
import type { Credential } from '../../core/ports.ts';

/** How many of the newest sessions are looked at. */
const MAX_SESSIONS = 50;
/** A session's first line names its provider before the long texts begin. */
const HEAD_BYTES = 4096;

interface Deps {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Monotonic, ms. */
  readonly monotonic: () => number;
}

export function createCodexInspector(deps: Deps): CodexInspector {
  return {
    runAuthCommand: (request) => runAuthCommand(request, deps),
    recentSessions,
    fileExists: (path) =>
      stat(path).then(
        () => true,
        () => false,
      ),
  };
}

async function runAuthCommand(request: AuthCommandRequest, { env, monotonic }: Deps): Promise<AuthCommandResult> {
  const startedMs = monotonic();
  try {
    const child = Bun.spawn([request.command, ...request.args], {
      cwd: request.cwd,
      env: { ...env },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'ignore',
      timeout: request.timeoutMs,
      killSignal: 'SIGKILL',
    });
    const [text] = await Promise.all([child.stdout.text(), child.exited]);
    if (child.signalCode !== null) return { kind: 'timed-out' };
    if (child.exitCode !== 0) return { kind: 'failed', exitCode: child.exitCode ?? 1 };
    const key = text.trim();
    const lines = key === '' ? 0 : key.split(/\r?\n/).length;
    return { kind: 'printed', lines, durationMs: Math.round(monotonic() - startedMs), key: seal(key) };
  } catch {
    return { kind: 'not-started' };
  }
}

/** Nothing that prints or serialises it shows the key. */
function seal(key: string): Credential {
  const placeholder = (): string => '[secret]';
  return Object.assign(Object.create(null), { reveal: () => key, toString: placeholder, toJSON: placeholder });
}

/** Reads `sessions/YYYY/MM/DD/rollout-….jsonl`, the newest first. Never rejects. */
async function recentSessions(codexHome: string): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  let seen = 0;
  for await (const file of newestFiles(join(codexHome, 'sessions'), 3)) {
    if (seen >= MAX_SESSIONS) break;
    seen += 1;
    const provider = /"model_provider":"([^"\\]{1,64})"/.exec(await readHead(file))?.[1];
    if (provider !== undefined) counts.set(provider, (counts.get(provider) ?? 0) + 1);
  }
  return counts;
}

async function* newestFiles(folder: string, depth: number): AsyncGenerator<string> {
  const names = await readdir(folder).catch((): string[] => []);
  for (const name of names.toSorted().toReversed()) {
    if (depth > 0) yield* newestFiles(join(folder, name), depth - 1);
    else if (name.endsWith('.jsonl')) yield join(folder, name);
  }
}

async function readHead(file: string): Promise<string> {
  try {
    const handle = await open(file, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
      return buffer.subarray(0, bytesRead).toString('utf8');
    } finally {
      await handle.close();
    }
  } catch {
    return '';
  }
}
