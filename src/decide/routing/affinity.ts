import type { SessionAffinity } from './plan-attempts.ts';

/**
 * What sessions have learned: which target answered last, and which ones failed a moment ago. A preference, never a
 * bond: the target is left as soon as it fails the session, and planning ignores it while it rests.
 */
export interface Affinity {
  /** Least recently used first. */
  readonly sessions: Map<string, SessionMemory>;
  readonly capacity: number;
}

interface SessionMemory {
  readonly preferred: string | undefined;
  /** Target id → until when. */
  readonly avoidUntilMs: ReadonlyMap<string, number>;
}

/** Longer ids are nobody's session. */
const MAX_ID_LENGTH = 128;
const MAX_AVOIDED = 16;
const NOBODY: ReadonlySet<string> = new Set();
const NEVER: ReadonlyMap<string, number> = new Map();
const NOTHING: SessionAffinity = { avoid: NOBODY };

/** `capacity` default: 10,000 sessions, about 5 MB. */
export const createAffinity = (capacity = 10_000): Affinity => ({ sessions: new Map(), capacity });

/** The target has answered the session. */
export function preferTarget(affinity: Affinity, sessionId: string | undefined, targetId: string): void {
  const memory = read(affinity, sessionId);
  if (memory?.preferred === targetId && !memory.avoidUntilMs.has(targetId)) {
    write(affinity, sessionId, memory);
    return;
  }
  let avoidUntilMs = memory?.avoidUntilMs ?? NEVER;
  if (avoidUntilMs.has(targetId)) avoidUntilMs = new Map([...avoidUntilMs].filter(([id]) => id !== targetId));
  write(affinity, sessionId, { preferred: targetId, avoidUntilMs });
}

/** The target has failed the session: until `untilMs` it comes last for it, and it is not its own any more. */
export function avoidTarget(
  affinity: Affinity,
  sessionId: string | undefined,
  targetId: string,
  nowMs: number,
  untilMs: number,
): void {
  const memory = read(affinity, sessionId);
  const kept = [...(memory?.avoidUntilMs ?? NEVER)].filter(([id, until]) => id !== targetId && until > nowMs);
  const preferred = memory?.preferred === targetId ? undefined : memory?.preferred;
  const avoidUntilMs = new Map([...kept.slice(1 - MAX_AVOIDED), [targetId, untilMs] as const]);
  write(affinity, sessionId, { preferred, avoidUntilMs });
}

/** For planning. */
export function affinityOf(affinity: Affinity, sessionId: string | undefined, nowMs: number): SessionAffinity {
  const memory = read(affinity, sessionId);
  if (memory === undefined) return NOTHING;
  if (memory.avoidUntilMs.size === 0) return { preferred: memory.preferred, avoid: NOBODY };
  const avoid = new Set<string>();
  for (const [id, untilMs] of memory.avoidUntilMs) if (untilMs > nowMs) avoid.add(id);
  return { preferred: memory.preferred, avoid };
}

const read = (affinity: Affinity, sessionId: string | undefined): SessionMemory | undefined =>
  sessionId === undefined ? undefined : affinity.sessions.get(sessionId);

function write(affinity: Affinity, sessionId: string | undefined, memory: SessionMemory): void {
  if (sessionId === undefined || sessionId.length > MAX_ID_LENGTH) return;
  affinity.sessions.delete(sessionId);
  if (affinity.sessions.size >= affinity.capacity) {
    const oldest = affinity.sessions.keys().next();
    if (!oldest.done) affinity.sessions.delete(oldest.value);
  }
  affinity.sessions.set(sessionId, memory);
}
