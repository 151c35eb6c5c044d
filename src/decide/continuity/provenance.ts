import { isPortable } from './envelope.ts';

/**
 * Who sealed which reasoning of a conversation. A target that gets a blob of another state domain refuses the whole
 * request (wire-facts §2.5), so what is foreign to it must be left out; while a conversation has met one domain only,
 * its requests stay untouched in the raw lane.
 */
export interface ProvenanceTable {
  /** Least recently used first. */
  readonly sessions: Map<string, SessionProvenance>;
  readonly capacity: number;
}

interface SessionProvenance {
  readonly domains: Set<string>;
  /** Blob key → state domain; oldest first. */
  readonly sealedBy: Map<string, string>;
}

/** Sealed by somebody, but nobody whom we saw doing it. */
const UNSEEN = '?';
/** Sealed by us, for every target: none can read it as it is. */
const OURS = '*';
const MAX_ID_LENGTH = 128;
const MAX_BLOBS = 2000;
const KEY_LENGTH = 40;

/** `capacity` default: 2,000 sessions. */
export const createProvenanceTable = (capacity = 2000): ProvenanceTable => ({ sessions: new Map(), capacity });

/** A target of `domain` sent a sealed item to the session. */
export function noteSealed(table: ProvenanceTable, sessionId: string | undefined, blob: string, domain: string): void {
  if (sessionId === undefined || sessionId.length > MAX_ID_LENGTH) return;
  const session = table.sessions.get(sessionId) ?? { domains: new Set(), sealedBy: new Map() };
  table.sessions.delete(sessionId);
  dropOldest(table.sessions, table.capacity);
  table.sessions.set(sessionId, session);
  const owner = isPortable(blob) ? OURS : domain;
  session.domains.add(owner);
  dropOldest(session.sealedBy, MAX_BLOBS);
  session.sealedBy.set(blobKey(blob), owner);
}

/** A target of `domain` could not read the session's state: what it did not seal itself is not its own. */
export function noteRefused(
  table: ProvenanceTable,
  sessionId: string | undefined,
  blobs: readonly string[],
  domain: string,
): void {
  for (const blob of blobs) {
    const owner = ownerOf(table, sessionId, blob);
    if (owner === undefined || owner === domain) noteSealed(table, sessionId, blob, UNSEEN);
  }
}

/** Whether a request of the session may hold state that `domain` cannot read. */
export function mayHoldForeignState(table: ProvenanceTable, sessionId: string | undefined, domain: string): boolean {
  const session = sessionId === undefined ? undefined : table.sessions.get(sessionId);
  if (session === undefined) return false;
  return session.domains.size > 1 || !session.domains.has(domain);
}

/** Whether the session's blob is known to be of another domain. What nobody saw counts as readable until it is refused. */
export function isForeignBlob(
  table: ProvenanceTable,
  sessionId: string | undefined,
  blob: string,
  domain: string,
): boolean {
  const owner = ownerOf(table, sessionId, blob);
  return owner !== undefined && owner !== domain;
}

function ownerOf(table: ProvenanceTable, sessionId: string | undefined, blob: string): string | undefined {
  return sessionId === undefined ? undefined : table.sessions.get(sessionId)?.sealedBy.get(blobKey(blob));
}

/** Blobs end in a checksum, so their end tells them apart without keeping them. */
const blobKey = (blob: string): string => `${blob.length}:${blob.slice(-KEY_LENGTH)}`;

function dropOldest<K>(map: Map<K, unknown>, capacity: number): void {
  if (map.size < capacity) return;
  const oldest = map.keys().next();
  if (!oldest.done) map.delete(oldest.value);
}
