import { isUtf8 } from 'node:buffer';
import type { ReplySplicer, SpliceStep } from '../decide/continuity/splice-reply.ts';
import { classifyFrame, createFrameView } from '../decide/wire/observe/classify-frame.ts';
import { readFrameData } from '../decide/wire/read-frame-data.ts';
import { EventEncoder } from '../decide/wire/responses/encode-events.ts';
import { isUpstreamFailure, type WireOut } from '../decide/wire/responses/events.ts';
import { stepOf } from './commit-results.ts';
import type { EncodedRequest } from './encode-for-lane.ts';

/** Takes an upstream's events one by one. */
export interface EventDecoder {
  readonly push: (bytes: Buffer, start: number, end: number, checkUtf8: boolean) => SpliceStep;
  readonly end: () => SpliceStep;
}

const MORE: SpliceStep = { kind: 'more' };

/** An upstream's own events, translated one by one into events for the splicer. */
export function createDecoder(codec: NonNullable<EncodedRequest['codec']>, splicer: ReplySplicer): EventDecoder {
  const decoder = codec.createStreamDecoder();
  const encoder = new EventEncoder();
  const view = createFrameView();
  const forward = (outs: readonly WireOut[]): SpliceStep => {
    for (const out of outs) {
      if (isUpstreamFailure(out)) return stepOf(out);
      encoder.write(out);
      const step = splicer.push(encoder.bytes, encoder.start, encoder.end, false);
      if (step.kind !== 'more') return step;
    }
    return MORE;
  };
  return {
    push: (bytes, start, end, checkUtf8) => {
      if (checkUtf8 && !isUtf8(bytes.subarray(start, end))) return { kind: 'failed', code: 'STREAM_CORRUPT' };
      if (decoder.passes !== undefined) {
        classifyFrame(bytes, start, end, view);
        if (decoder.passes(view.kind)) return splicer.push(bytes, start, end, false);
      }
      const data = readFrameData(bytes, start, end);
      return data === undefined ? MORE : forward(decoder.push(data));
    },
    end: () => forward(decoder.end()),
  };
}
