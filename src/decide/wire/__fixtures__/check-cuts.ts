import { expect } from 'bun:test';
import fc from 'fast-check';
import { isUpstreamFailure, type WireOut } from '../responses/events.ts';
import { FrameScanner } from '../sse/frame-scanner.ts';
import type { Transducer } from '../transducer.ts';

/** Where the network cuts the bytes of any of these streams changes nothing of what is made of it. */
export function checkCuts<Setup>(
  streams: readonly { readonly setup: Setup; readonly bytes: Buffer }[],
  createDecoder: (setup: Setup) => Transducer<string, WireOut>,
): void {
  const decodeBytes = (setup: Setup, pieces: readonly Buffer[]): WireOut[] => {
    const decoder = createDecoder(setup);
    const scanner = new FrameScanner(1 << 20);
    const outs: WireOut[] = [];
    for (const piece of pieces) {
      scanner.push(piece, (bytes, start, end) => {
        const data = /^data: (.*)$/m.exec(bytes.toString('utf8', start, end))?.[1];
        if (data !== undefined) outs.push(...decoder.push(data));
      });
      outs.push(...(decoder.flush?.() ?? []));
    }
    return withoutGrouping([...outs, ...decoder.end()]);
  };
  fc.assert(
    fc.property(fc.constantFrom(...streams), fc.array(fc.nat(4000), { maxLength: 20 }), ({ setup, bytes }, cuts) => {
      const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
      const pieces = at.slice(1).map((end, index) => Buffer.from(bytes.subarray(at[index], end)));
      expect(decodeBytes(setup, pieces)).toEqual(decodeBytes(setup, [bytes]));
    }),
  );
}

/** Words that came together are told as one event: which ones did is the only thing that may differ. */
export function withoutGrouping(outs: readonly WireOut[]): WireOut[] {
  const grouped: WireOut[] = [];
  for (const out of outs) {
    if (isUpstreamFailure(out)) {
      grouped.push(out);
      continue;
    }
    const { sequence_number: _number, delta, ...rest } = out;
    const last = grouped.at(-1);
    if (typeof delta === 'string' && last !== undefined && !isUpstreamFailure(last) && typeof last['delta'] === 'string') {
      const { sequence_number: _same, delta: before, ...other } = last;
      if (Bun.deepEquals(other, rest)) {
        grouped[grouped.length - 1] = { ...last, delta: before + delta };
        continue;
      }
    }
    grouped.push({ ...out, sequence_number: 0 });
  }
  return grouped;
}
