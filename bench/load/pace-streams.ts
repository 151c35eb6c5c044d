/** Writes the next event of a stream. Answers false when that was its last one. */
export type Feed = () => boolean;

export interface Pacer {
  readonly add: (feed: Feed) => void;
  /** From now on every stream is fed `eventsPerSecond` times per second. Forgets the streams so far. */
  readonly start: (eventsPerSecond: number) => void;
  /** Forgets all streams. */
  readonly stop: () => void;
  readonly sentEvents: () => number;
}

const TICK_MS = 1;

/** Feeds many streams at the same rate, spread evenly over time so that no burst of writes hides a slow reader. */
export function createPacer(): Pacer {
  let groups: Feed[][] = [];
  let [added, sent, group, startedMs] = [0, 0, 0, 0];
  let timer: ReturnType<typeof setInterval> | undefined;
  const feedGroup = (index: number): void => {
    const feeds = groups[index] ?? [];
    sent += feeds.length;
    const remaining = feeds.filter((feed) => feed());
    if (remaining.length < feeds.length) groups[index] = remaining;
  };
  const tick = (periodMs: number): void => {
    // Where we should be by now: a late tick is made up for.
    const due = Math.floor(((performance.now() - startedMs) / periodMs) * groups.length);
    for (; group < due; group++) feedGroup(group % groups.length);
  };
  const stop = (): void => {
    clearInterval(timer);
    groups = [];
  };
  return {
    add: (feed) => groups[added++ % groups.length]?.push(feed),
    start: (eventsPerSecond) => {
      stop();
      const periodMs = 1000 / eventsPerSecond;
      groups = Array.from({ length: Math.max(1, Math.floor(periodMs / TICK_MS)) }, () => []);
      [sent, group, startedMs] = [0, 0, performance.now()];
      timer = setInterval(() => tick(periodMs), TICK_MS);
    },
    stop,
    sentEvents: () => sent,
  };
}
