/**
 * Recognises that a client asks again what has just failed. Codex's own retries carry the same thread id and the same
 * bytes, and no idempotency key, so that is what tells them (P5: its retries count into the one budget).
 */
export interface FailedRequests {
  /** Fingerprints, oldest first. */
  readonly fingerprints: Set<string>;
  readonly capacity: number;
}

/** The newest input stands near the end of a body, and the whole would cost a pass over it. */
const TAIL_BYTES = 512;
const MAX_ID_LENGTH = 128;

/** `capacity` default: 1,000 failed requests. */
export const createFailedRequests = (capacity = 1000): FailedRequests => ({ fingerprints: new Set(), capacity });

/** Undefined without a thread id: then nothing is recognised. */
export function fingerprintRequest(threadId: string | undefined, body: Uint8Array): string | undefined {
  if (threadId === undefined || threadId.length > MAX_ID_LENGTH) return undefined;
  return `${threadId}:${body.length}:${hashTail(body)}`;
}

export function noteFailedRequest(failed: FailedRequests, fingerprint: string | undefined): void {
  if (fingerprint === undefined) return;
  failed.fingerprints.delete(fingerprint);
  if (failed.fingerprints.size >= failed.capacity) {
    const oldest = failed.fingerprints.values().next();
    if (!oldest.done) failed.fingerprints.delete(oldest.value);
  }
  failed.fingerprints.add(fingerprint);
}

/** It was answered after all. */
export function forgetFailedRequest(failed: FailedRequests, fingerprint: string | undefined): void {
  if (fingerprint !== undefined) failed.fingerprints.delete(fingerprint);
}

export const isClientRetry = (failed: FailedRequests, fingerprint: string | undefined): boolean =>
  fingerprint !== undefined && failed.fingerprints.has(fingerprint);

/** FNV-1a, 32 bit: it tells requests apart and protects nothing. */
function hashTail(body: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let index = Math.max(0, body.length - TAIL_BYTES); index < body.length; index += 1) {
    hash = Math.imul(hash ^ (body[index] ?? 0), 0x01000193);
  }
  return hash >>> 0;
}
