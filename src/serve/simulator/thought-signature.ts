import { createHash } from 'node:crypto';
import { openState, sealState } from './state-blob.ts';

const SIGNATURE_BYTES = 160;

const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 22);

/** A signature that only this account accepts, and only for this text. */
export const signThought = (text: string, domain: string, nowSeconds: number): string =>
  sealState({ domain, itemId: hashOf(text) }, nowSeconds, SIGNATURE_BYTES);

export function isOwnThought(text: string, signature: unknown, domain: string): boolean {
  const state = typeof signature === 'string' ? openState(signature) : undefined;
  return state !== undefined && state.domain === domain && state.itemId === hashOf(text);
}
