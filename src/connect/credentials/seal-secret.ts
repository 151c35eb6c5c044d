import type { Credential } from '../../core/ports.ts';

const PLACEHOLDER = '[secret]';
/** `inspect.custom` of `node:util`, which takes 5 ms to load. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/**
 * Wraps a key so that no log, error or JSON can show it: the value lives in a closure, and everything that turns an
 * object into text answers `[secret]`.
 */
export function sealSecret(value: string | undefined): Credential {
  const hide = (): string => PLACEHOLDER;
  const sealed = { reveal: () => value, toJSON: hide, toString: hide };
  for (const symbol of [Symbol.toPrimitive, INSPECT]) Object.defineProperty(sealed, symbol, { value: hide });
  return Object.freeze(sealed);
}
