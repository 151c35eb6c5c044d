import { expect } from 'bun:test';
import fc from 'fast-check';
import type { WireOut } from '../responses/events.ts';
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
    }
    return [...outs, ...decoder.end()];
  };
  fc.assert(
    fc.property(fc.constantFrom(...streams), fc.array(fc.nat(4000), { maxLength: 20 }), ({ setup, bytes }, cuts) => {
      const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
      const pieces = at.slice(1).map((end, index) => Buffer.from(bytes.subarray(at[index], end)));
      expect(decodeBytes(setup, pieces)).toEqual(decodeBytes(setup, [bytes]));
    }),
  );
}
