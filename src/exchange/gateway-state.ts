import { type Failure, failureFacts } from '../core/failures.ts';
import type { Settings } from '../core/settings.ts';
import type { Target } from '../core/target.ts';
import { createProvenanceTable } from '../decide/continuity/provenance.ts';
import { affinityOf, avoidTarget, createAffinity, preferTarget } from '../decide/routing/affinity.ts';
import type { NextAttempt } from '../decide/routing/choose-next-attempt.ts';
import {
  createFailedRequests,
  fingerprintRequest,
  forgetFailedRequest,
  isClientRetry,
  noteFailedRequest,
} from '../decide/routing/client-retry.ts';
import { createHealthTable, type HealthTable, recordOutcome, startProbe } from '../decide/routing/health-table.ts';
import type { SessionAffinity } from '../decide/routing/plan-attempts.ts';
import {
  createRetryBudget,
  depositRequest,
  REPEAT_COST,
  type RetryBudget,
  withdrawAttempt,
} from '../decide/routing/retry-budget.ts';

/** Turns whose continuations are counted; the oldest are forgotten first (P11). */
const MAX_TURNS = 10_000;
/** A session does not go back this soon to a target that failed it. */
const AVOID_MS = 60_000;
/**
 * What a target cannot serve of a session today, it cannot in a minute: its tools and formats stay the same. Its health
 * is not touched, since it may well serve everybody else, and one client must not take it away from them.
 */
const AVOID_UNSUPPORTED_MS = 900_000;

/**
 * What the gateway remembers from one exchange to the next. The rules are pure functions of `decide/`; this holds their
 * state and nothing else.
 */
export class GatewayState {
  readonly health: HealthTable = createHealthTable();
  private tokens: RetryBudget;
  private readonly sessions = createAffinity();
  readonly provenance = createProvenanceTable();
  private readonly failedRequests = createFailedRequests();
  /** Continuations in a row, by turn id. */
  private readonly turns = new Map<string, number>();

  constructor(settings: Settings) {
    this.tokens = createRetryBudget(settings.retry);
  }

  get budget(): RetryBudget {
    return this.tokens;
  }

  /** Counts a request into the budget. Answers its fingerprint, by which a repeat of it is recognised. */
  noteRequest(sessionId: string | undefined, body: Uint8Array, settings: Settings): string | undefined {
    const fingerprint = fingerprintRequest(sessionId, body);
    const isRetry = isClientRetry(this.failedRequests, fingerprint);
    this.tokens = isRetry ? withdrawAttempt(this.tokens, REPEAT_COST) : depositRequest(this.tokens, settings.retry);
    return fingerprint;
  }

  affinityOf(sessionId: string | undefined, nowMs: number): SessionAffinity {
    return affinityOf(this.sessions, sessionId, nowMs);
  }

  beginAttempt(next: Extract<NextAttempt, { kind: 'attempt' }>, nowMs: number, settings: Settings): void {
    if (next.cost > 0) this.tokens = withdrawAttempt(this.tokens, next.cost);
    if (next.attempt.reason === 'probe') startProbe(this.health, next.attempt.target, nowMs, settings.health);
  }

  /** The target answered; `startedMs` and `nowMs` on the wall clock. */
  succeeded(target: Target, request: RequestMemory, startedMs: number, nowMs: number, settings: Settings): void {
    recordOutcome(this.health, target, { kind: 'success', startedMs }, nowMs, settings.health);
    preferTarget(this.sessions, request.sessionId, target.id);
    forgetFailedRequest(this.failedRequests, request.fingerprint);
    if (request.turnId !== undefined) this.turns.delete(request.turnId);
  }

  failed(
    target: Target,
    request: RequestMemory,
    failure: Failure,
    startedMs: number,
    nowMs: number,
    settings: Settings,
  ): void {
    recordOutcome(this.health, target, { kind: 'failure', failure, startedMs }, nowMs, settings.health);
    if (failureFacts(failure.code).blame === 'client') return;
    const avoidMs = failure.code === 'TARGET_UNSUPPORTED' ? AVOID_UNSUPPORTED_MS : AVOID_MS;
    avoidTarget(this.sessions, request.sessionId, target.id, nowMs, nowMs + avoidMs);
  }

  /** The client got an error. */
  gaveUp(request: RequestMemory): void {
    noteFailedRequest(this.failedRequests, request.fingerprint);
  }

  continuationsOf(turnId: string | undefined): number {
    return turnId === undefined ? 0 : (this.turns.get(turnId) ?? 0);
  }

  noteContinuation(turnId: string | undefined): void {
    if (turnId === undefined) return;
    const count = this.continuationsOf(turnId) + 1;
    this.turns.delete(turnId);
    if (this.turns.size >= MAX_TURNS) {
      const oldest = this.turns.keys().next();
      if (!oldest.done) this.turns.delete(oldest.value);
    }
    this.turns.set(turnId, count);
  }
}

/** By what a request is remembered. */
export interface RequestMemory {
  readonly sessionId: string | undefined;
  readonly turnId: string | undefined;
  readonly fingerprint: string | undefined;
}
