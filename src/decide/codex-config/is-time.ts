/** The furthest that a `Date` reaches, to both sides of 1970. */
const MAX_TIME_MS = 8_640_000_000_000_000;

/** A wall clock's time, ms since 1970, that can also be written as a date. */
export const isTime = (value: unknown): value is number => typeof value === 'number' && Math.abs(value) <= MAX_TIME_MS;
