import { inspect } from 'node:util';
import type { Credential } from '../../core/ports.ts';

const PLACEHOLDER = '[secret]';

/**
 * Wraps a key so that no log, error or JSON can show it: the value lives in a closure, and everything that turns an
 * object into text answers `[secret]`.
 */
export function sealSecret(value: string | undefined): Credential {
  const hide = (): string => PLACEHOLDER;
  const sealed = { reveal: () => value, toJSON: hide, toString: hide };
  for (const symbol of [Symbol.toPrimitive, inspect.custom]) Object.defineProperty(sealed, symbol, { value: hide });
  return Object.freeze(sealed);
}
