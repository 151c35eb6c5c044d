import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the running gateway of this home listens: how `holdfast status` finds it, whatever its port. */
export interface RunningGateway {
  readonly url: string;
  readonly pid: number;
}

const fileIn = (home: string): string => join(home, 'gateway.json');

/** Never throws: without the file only `holdfast status` suffers. */
export function writeRunningGateway(home: string, running: RunningGateway): void {
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    const temporary = `${fileIn(home)}.${running.pid}`;
    writeFileSync(temporary, JSON.stringify(running), { mode: 0o600 });
    renameSync(temporary, fileIn(home));
  } catch {
    // a read-only home must not stop the gateway
  }
}

/** Removes the file if it is still ours. */
export function removeRunningGateway(home: string, pid: number): void {
  if (readRunningGateway(home)?.pid !== pid) return;
  try {
    rmSync(fileIn(home));
  } catch {
    // somebody else removed it
  }
}

/** `undefined` when none was written, or it cannot be read. */
export function readRunningGateway(home: string): RunningGateway | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(fileIn(home), 'utf8'));
    if (typeof value !== 'object' || value === null || !('url' in value) || !('pid' in value)) return undefined;
    const { url, pid } = value;
    return typeof url === 'string' && typeof pid === 'number' && /^http:\/\/[^/]+$/.test(url)
      ? { url, pid }
      : undefined;
  } catch {
    return undefined;
  }
}
