import type { Random } from '../../core/ports.ts';

const HEX = '0123456789abcdef';
const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Equal seeds give equal numbers (mulberry32): a run of the simulator can be repeated exactly. */
export function createSeededRandom(seed: string): Random {
  let state = Number(Bun.hash.xxHash32(seed));
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export const randomHex = (random: Random, length: number): string => pick(random, HEX, length);

export const randomAlphanumeric = (random: Random, length: number): string => pick(random, ALPHANUMERIC, length);

function pick(random: Random, alphabet: string, length: number): string {
  let text = '';
  for (let index = 0; index < length; index += 1) text += alphabet[Math.floor(random() * alphabet.length)];
  return text;
}
