/**
 * A codec step knows nothing of streams: values go in, values come out. `end` is called once when the input is over,
 * for whatever reason; afterwards nothing is pushed any more.
 */
export interface Transducer<In, Out> {
  readonly push: (value: In) => readonly Out[];
  readonly end: () => readonly Out[];
}

export type Step<In, Out> = () => Transducer<In, Out>;

/** Everything that a fresh transducer makes of `values`. */
export function runAll<In, Out>(step: Step<In, Out>, values: Iterable<In>): Out[] {
  const transducer = step();
  const out: Out[] = [];
  for (const value of values) out.push(...transducer.push(value));
  out.push(...transducer.end());
  return out;
}
