const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** 53 bits of a text; stable across releases, since names and ids that a provider has cached depend on it. */
function hash53(text: string): number {
  let high = 0x9e3779b9;
  let low = 0x85ebca6b;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    high = Math.imul(high ^ unit, 0xc2b2ae35);
    low = Math.imul(low ^ unit, 0x27d4eb2f);
  }
  high = Math.imul(high ^ (high >>> 16), 0x7feb352d) ^ Math.imul(low ^ (low >>> 13), 0x846ca68b);
  low = Math.imul(low ^ (low >>> 16), 0x7feb352d) ^ Math.imul(high ^ (high >>> 13), 0x846ca68b);
  return (high >>> 11) * 4294967296 + (low >>> 0);
}

/** `length` (at most 9) characters of [0-9A-Za-z] that depend on nothing but the text. Not for secrets. */
export function hashBase62(text: string, length: number): string {
  let rest = hash53(text);
  let out = '';
  for (let at = 0; at < length; at += 1) {
    out += BASE62.charAt(rest % 62);
    rest = Math.floor(rest / 62);
  }
  return out;
}

/** A call's id for a provider that takes ids of so many letters: a longer one becomes another, always the same. */
export const shortCallId = (id: string, maxLength: number): string =>
  id.length <= maxLength ? id : `call_${hashBase62(id, 9)}`;
