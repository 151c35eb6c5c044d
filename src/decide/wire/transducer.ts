/**
 * A codec step knows nothing of streams: values go in, values come out. `end` is called once when the input is over,
 * for whatever reason; afterwards nothing is pushed any more.
 */
export interface Transducer<In, Out> {
  readonly push: (value: In) => readonly Out[];
  /**
   * Behind the last value of those that came together: what was held back to be told as one. Absent: nothing ever is.
   * `push` and `end` tell it first, too.
   */
  readonly flush?: () => readonly Out[];
  readonly end: () => readonly Out[];
}

export type Step<In, Out> = () => Transducer<In, Out>;

/** Everything that a fresh transducer makes of `values`, each of which came alone. */
export function runAll<In, Out>(step: Step<In, Out>, values: Iterable<In>): Out[] {
  const transducer = step();
  const out: Out[] = [];
  for (const value of values) out.push(...transducer.push(value), ...(transducer.flush?.() ?? []));
  out.push(...transducer.end());
  return out;
}
