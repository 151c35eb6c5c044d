/** The calls take turns, after everything else. `perBlock`: the events of each block of an answer. */
export function interleaveCalls<Event>(
  perBlock: readonly (readonly Event[])[],
  isCall: (block: number) => boolean,
): readonly Event[] {
  const calls = perBlock.filter((_, block) => isCall(block));
  const longest = Math.max(0, ...calls.map((events) => events.length));
  return [
    ...perBlock.filter((_, block) => !isCall(block)).flat(),
    ...Array.from({ length: longest }, (_, at) => calls.flatMap((events) => events.slice(at, at + 1))).flat(),
  ];
}
