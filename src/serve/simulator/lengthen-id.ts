const LONG = 100;

/** Still another one for another call. */
export const lengthenId = (id: string): string => id.padEnd(LONG, 'x');
