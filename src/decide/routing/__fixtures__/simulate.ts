/** Hours of traffic in virtual time: requests arrive, targets fail by a schedule, and routing decides as it does live. */
import type { Failure } from '../../../core/failures.ts';
import type { HealthSettings, RetrySettings } from '../../../core/settings.ts';
import type { Route, Target } from '../../../core/target.ts';
import { affinityOf, avoidTarget, createAffinity, preferTarget } from '../affinity.ts';
import { chooseNextAttempt, type Tried } from '../choose-next-attempt.ts';
import { type Availability, availability, createHealthTable, recordOutcome, startProbe } from '../health-table.ts';
import { planAttempts } from '../plan-attempts.ts';
import { resolveTarget } from '../resolve-target.ts';
import { createRetryBudget, depositRequest, withdrawAttempt } from '../retry-budget.ts';

export const MODEL = 'gpt-5.5';

export interface Fault {
  /** Provider id of the target that it hits. */
  readonly provider: string;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly failure: Failure;
  /** Share of its attempts that fail. */
  readonly share: number;
  /** Until the failure is known. */
  readonly latencyMs: number;
}

export interface Scenario {
  readonly route: Route;
  readonly faults: readonly Fault[];
  /** Mean time between two requests. */
  readonly gapMs: number;
  readonly durationMs: number;
  readonly answerMs: number;
  /** Requests belong to this many sessions; 0 is none. */
  readonly sessions: number;
  /** Share of the attempts of which nothing is heard any more: the client went away. */
  readonly lostShare: number;
  readonly seed: number;
  readonly rules: HealthSettings;
  readonly retry: RetrySettings;
}

export interface SimulatedRequest {
  readonly startedMs: number;
  endedMs: number;
  outcome: 'running' | 'answered' | 'failed' | 'lost';
  readonly attempts: { readonly provider: string; readonly atMs: number }[];
}

export interface Simulation {
  readonly requests: readonly SimulatedRequest[];
  readonly attempts: number;
  readonly attemptsOf: ReadonlyMap<string, readonly number[]>;
  /** What each fault's target was at the moment when the fault ended. */
  readonly afterFaults: readonly { readonly fault: Fault; readonly availability: Availability }[];
}

export const isFaulty = (fault: Fault, provider: string, fromMs: number, untilMs = fromMs): boolean =>
  fault.provider === provider && fault.fromMs <= untilMs && fault.untilMs > fromMs;

export function simulate(scenario: Scenario): Simulation {
  const { route, faults, rules, retry } = scenario;
  const random = seededRandom(scenario.seed);
  const events = new EventQueue();
  const health = createHealthTable();
  const affinity = createAffinity();
  let budget = createRetryBudget(retry);
  const requests: SimulatedRequest[] = [];
  const attemptsOf = new Map<string, number[]>();
  const afterFaults: { fault: Fault; availability: Availability }[] = [];
  let attempts = 0;

  const arrive = (nowMs: number): void => {
    const nextMs = nowMs - Math.log(1 - random()) * scenario.gapMs;
    if (nextMs < scenario.durationMs) events.add(nextMs, arrive);
    const sessionId = scenario.sessions === 0 ? undefined : `s${Math.floor(random() * scenario.sessions)}`;
    budget = depositRequest(budget, retry);
    const plan = planAttempts({
      routes: [route],
      model: MODEL,
      nowMs,
      health,
      affinity: affinityOf(affinity, sessionId, nowMs),
      pick: random(),
    });
    if (plan.kind === 'denied') throw new Error(`denied: ${plan.failure.code}`);
    const request: SimulatedRequest = { startedMs: nowMs, endedMs: nowMs, outcome: 'running', attempts: [] };
    requests.push(request);
    const tried: Tried[] = [];
    const proceed = (atMs: number): void => {
      const next = chooseNextAttempt({ plan, tried, health, budget, nowMs: atMs, retry, pick: random() });
      if (next.kind === 'give-up') {
        request.outcome = 'failed';
        request.endedMs = atMs;
        return;
      }
      budget = withdrawAttempt(budget, next.cost);
      events.add(atMs + next.backoffMs, (startedMs) => begin(next.attempt.target, startedMs));
    };
    const begin = (target: Target, startedMs: number): void => {
      startProbe(health, target, startedMs, rules);
      attempts += 1;
      const provider = target.provider.id;
      request.attempts.push({ provider, atMs: startedMs });
      const times = attemptsOf.get(provider);
      if (times === undefined) attemptsOf.set(provider, [startedMs]);
      else times.push(startedMs);
      if (random() < scenario.lostShare) {
        request.outcome = 'lost';
        return;
      }
      const fault = faults.find((one) => isFaulty(one, provider, startedMs) && random() < one.share);
      const endMs = startedMs + (fault?.latencyMs ?? scenario.answerMs);
      events.add(endMs, (atMs) => end(target, fault?.failure, startedMs, atMs));
    };
    const end = (target: Target, failure: Failure | undefined, startedMs: number, atMs: number): void => {
      if (failure === undefined) {
        recordOutcome(health, target, { kind: 'success', startedMs }, atMs, rules);
        preferTarget(affinity, sessionId, target.id);
        request.outcome = 'answered';
        request.endedMs = atMs;
        return;
      }
      recordOutcome(health, target, { kind: 'failure', failure, startedMs }, atMs, rules);
      avoidTarget(affinity, sessionId, target.id, atMs, atMs + 30_000);
      const index = tried.findIndex((one) => one.targetId === target.id);
      const [before] = index === -1 ? [] : tried.splice(index, 1);
      tried.push({ targetId: target.id, failure, repeats: before === undefined ? 0 : before.repeats + 1 });
      proceed(atMs);
    };
    proceed(nowMs);
  };

  for (const fault of faults) {
    const routeTarget = route.targets.find(({ provider }) => provider.id === fault.provider);
    if (routeTarget === undefined) throw new Error(`no target ${fault.provider}`);
    const target = resolveTarget(routeTarget, MODEL);
    events.add(fault.untilMs, (nowMs) => afterFaults.push({ fault, availability: availability(health, target, nowMs) }));
  }
  events.add(0, arrive);
  events.run();
  return { requests, attempts, attemptsOf, afterFaults };
}

/** mulberry32. */
function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface TimedEvent {
  readonly atMs: number;
  readonly run: (atMs: number) => void;
}

/** A binary heap by time. */
class EventQueue {
  readonly #heap: TimedEvent[] = [];

  add(atMs: number, run: (atMs: number) => void): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push({ atMs, run });
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if ((heap[parent]?.atMs ?? 0) <= atMs) break;
      this.#swap(index, parent);
      index = parent;
    }
  }

  run(): void {
    for (let event = this.#take(); event !== undefined; event = this.#take()) event.run(event.atMs);
  }

  #take(): TimedEvent | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let index = 0; ; ) {
      const left = 2 * index + 1;
      const right = left + 1;
      let smallest = index;
      if (this.#at(left) < this.#at(smallest)) smallest = left;
      if (this.#at(right) < this.#at(smallest)) smallest = right;
      if (smallest === index) return first;
      this.#swap(index, smallest);
      index = smallest;
    }
  }

  #at(index: number): number {
    return this.#heap[index]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  #swap(one: number, other: number): void {
    const held = this.#heap[one];
    const moved = this.#heap[other];
    if (held === undefined || moved === undefined) return;
    this.#heap[one] = moved;
    this.#heap[other] = held;
  }
}
