import { stat } from 'node:fs/promises';
import type { Clock } from '../../core/ports.ts';
import { textOfJson } from '../../core/text-of-json.ts';

export interface WatchDeps {
  readonly clock: Pick<Clock, 'after'>;
  /** Changes whenever the file may have changed; never rejects. */
  readonly fingerprint: (file: string) => Promise<string>;
  /** Between two looks, ms. Default 1,000. */
  readonly intervalMs?: number;
  /** A change is reported when the file has been left alone for this long, ms. Default 200. */
  readonly settleMs?: number;
}

/**
 * Calls `onChange` once after the start and then after every change of the file, one call at a time; the result stops
 * it. It polls, because what `fs.watch` sees ends with the file it was opened on: editors replace the file by a rename,
 * Kubernetes swaps a symbolic link two folders up, and network file systems send no events at all. One `stat` a second
 * costs nothing and misses none of these. The first call covers a change between loading and watching.
 */
export function watchConfig(file: string, onChange: () => Promise<void>, deps: WatchDeps): () => void {
  const intervalMs = deps.intervalMs ?? 1_000;
  const settleMs = deps.settleMs ?? 200;
  let reported: string | undefined;
  let seen: string | undefined;
  let isStopped = false;
  let cancel = (): void => {};

  const look = async (): Promise<void> => {
    const found = await deps.fingerprint(file);
    if (isStopped) return;
    const hasSettled = found === seen;
    seen = found;
    if (found !== reported && hasSettled) {
      reported = found;
      try {
        await onChange();
      } catch {} // the callback reports its own failures; watching goes on
    }
    if (!isStopped) schedule(found === reported ? intervalMs : settleMs);
  };
  const schedule = (ms: number): void => {
    cancel = deps.clock.after(ms, () => void look());
  };
  schedule(settleMs);
  return () => {
    isStopped = true;
    cancel();
  };
}

/** Follows symbolic links: a swapped link shows as another file. Unreadable and missing files have fingerprints too. */
export async function fingerprintFile(file: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;
  } catch (error) {
    return error instanceof Error && 'code' in error ? textOfJson(error.code) : 'unknown';
  }
}
