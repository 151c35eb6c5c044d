/** Who is asking, as far as it changes what an interrupted answer may look like. */
export interface ClientKind {
  readonly kind: 'codex' | 'other';
  /** `major.minor.patch` of Codex, when its user agent says so. */
  readonly version?: string;
  /** `end_turn: false` makes this client ask again (Codex from 0.128; older ones silently end the task, codex-facts §13). */
  readonly honoursEndTurn: boolean;
}

const CODEX_AGENT = /^(codex[a-z_-]*|Codex [A-Za-z ]+)\/(\d+)\.(\d+)\.(\d+)/;

/** Reads `user-agent` and `originator`, e.g. `codex_exec/0.169.0 (Debian 12; x86_64) …`. */
export function readClientKind(userAgent: string | null, originator: string | null): ClientKind {
  const match = CODEX_AGENT.exec(userAgent ?? '');
  if (match === null) {
    const isCodex = originator?.startsWith('codex') ?? false;
    return { kind: isCodex ? 'codex' : 'other', honoursEndTurn: false };
  }
  const [major, minor, patch] = [Number(match[2]), Number(match[3]), Number(match[4])];
  return { kind: 'codex', version: `${major}.${minor}.${patch}`, honoursEndTurn: major > 0 || minor >= 128 };
}
