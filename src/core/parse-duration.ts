/** Durations in configuration always carry their unit, so that nobody has to guess between seconds and milliseconds. */
export const DURATION_PATTERN = /^(\d{1,9}(?:\.\d{1,6})?) ?(ms|s|m|h|d)$/;

const MS_PER_UNIT: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `"200ms"`, `"5s"`, `"1.5m"`, `"2h"`, `"30d"` → ms, rounded; `undefined` for anything else. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION_PATTERN.exec(text);
  const factor = MS_PER_UNIT[match?.[2] ?? ''];
  return factor === undefined ? undefined : Math.round(Number(match?.[1]) * factor);
}

/** The shortest exact way to write it: `90_000` → `"90s"`, `1_800_000` → `"30m"`. */
export function formatDuration(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const factor = MS_PER_UNIT[unit] ?? 1;
    // "90s" reads better than "1.5m", and "60s" is as good as "1m": a unit is used when it divides exactly.
    if (ms !== 0 && ms % factor === 0) return `${ms / factor}${unit}`;
  }
  return `${ms}ms`;
}
