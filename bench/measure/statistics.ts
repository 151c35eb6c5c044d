import type { Percentiles } from '../load/messages.ts';

/** Of the rounds of one measurement. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function percentilesOf(values: readonly number[]): Percentiles {
  const sorted = Float64Array.from(values).sort();
  return { p50: round(at(sorted, 0.5)), p99: round(at(sorted, 0.99)) };
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = Float64Array.from(values).sort();
  return { median: round(at(sorted, 0.5)), min: round(at(sorted, 0)), max: round(at(sorted, 1)) };
}

/** Distance of the quartiles as a share of the median: how far the rounds disagree. */
export function disagreementOf(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  return round((at(sorted, 0.75) - at(sorted, 0.25)) / at(sorted, 0.5));
}

/** Linear between the neighbours. */
function at(sorted: Float64Array, share: number): number {
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}

/** More digits than these say nothing. */
const round = (value: number): number => Number(value.toPrecision(3));
