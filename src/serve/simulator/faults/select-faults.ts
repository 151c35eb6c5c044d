import type { Random } from '../../../core/ports.ts';
import type { Fault } from './fault.ts';

/** What is known of a request when its faults are chosen. */
interface FaultSubject {
  readonly step: number | undefined;
  readonly model: string | undefined;
}

/** The faults of one simulator, and how often each has struck. */
export interface FaultSchedule {
  readonly set: (faults: readonly Fault[]) => void;
  /** Counts a connection; the faults that strike it before it says anything. */
  readonly onConnect: () => readonly Fault[];
  /** Counts a model call; the faults whose conditions hold. */
  readonly onRequest: (subject: FaultSubject) => readonly Fault[];
  /** It had an effect: `times` counts that. */
  readonly struck: (fault: Fault) => void;
}

export function createFaultSchedule(initial: readonly Fault[], random: Random): FaultSchedule {
  let faults = initial;
  let connections = 0;
  let requests = 0;
  let strikes = new Map<Fault, number>();
  const holds = ({ when = {} }: Fault, subject: FaultSubject, count: number, strikesSoFar: number): boolean =>
    (when.step === undefined || when.step === subject.step) &&
    (when.model === undefined || when.model === subject.model) &&
    (when.nthRequest === undefined || when.nthRequest === count) &&
    (when.times === undefined || strikesSoFar < when.times) &&
    (when.probability === undefined || random() < when.probability);
  const choose = (isAtConnect: boolean, subject: FaultSubject, count: number): readonly Fault[] =>
    faults.filter(
      (fault) => (fault.at === 'connect') === isAtConnect && holds(fault, subject, count, strikes.get(fault) ?? 0),
    );
  return {
    set: (next) => {
      faults = next;
      connections = 0;
      requests = 0;
      strikes = new Map();
    },
    onConnect: () => {
      connections += 1;
      return choose(true, { step: undefined, model: undefined }, connections);
    },
    onRequest: (subject) => {
      requests += 1;
      return choose(false, subject, requests);
    },
    struck: (fault) => void strikes.set(fault, (strikes.get(fault) ?? 0) + 1),
  };
}
