import { createHash } from 'node:crypto';
import { openState, sealState } from './state-blob.ts';

/** What a thought was signed for. */
export interface Thought {
  /** Vendor and account. */
  readonly domain: string;
  /** As it was shown; '' if it was not. */
  readonly text: string;
  /** Hash of everything that stood before it. Absent: it may stand anywhere. */
  readonly prefix?: string;
}

export type ThoughtCheck = 'ok' | 'not-issued' | 'prefix-changed';

const SIGNATURE_BYTES = 200;

/** A short hash, for comparisons. */
export const shortHash = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 22);

/** A signature that only this account accepts, and only for this text. */
export function signThought({ text, ...rest }: Thought, nowSeconds: number): string {
  return sealState({ ...rest, itemId: shortHash(text) }, nowSeconds, SIGNATURE_BYTES);
}

export function checkThought({ domain, text, prefix }: Thought, signature: unknown): ThoughtCheck {
  const state = typeof signature === 'string' ? openState(signature) : undefined;
  if (state === undefined || state.domain !== domain || state.itemId !== shortHash(text)) return 'not-issued';
  return state.prefix === prefix ? 'ok' : 'prefix-changed';
}
