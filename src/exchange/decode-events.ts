import { isUtf8 } from 'node:buffer';
import type { ReplySplicer, SpliceStep } from '../decide/continuity/splice-reply.ts';
import { classifyFrame, createFrameView } from '../decide/wire/observe/classify-frame.ts';
import { FrameDataReader } from '../decide/wire/read-frame-data.ts';
import { isUpstreamFailure, type WireOut } from '../decide/wire/responses/events.ts';
import { EventRenderer } from '../decide/wire/responses/render-events.ts';
import { stepOf } from './commit-results.ts';
import type { EncodedRequest } from './encode-for-lane.ts';

/** Takes an upstream's events one by one. */
export interface EventDecoder {
  readonly push: (bytes: Buffer, start: number, end: number, checkUtf8: boolean) => SpliceStep;
  /** Behind the last event of a chunk: only then does the splicer get what they were translated to. */
  readonly flush: () => SpliceStep;
  readonly end: () => SpliceStep;
}

const MORE: SpliceStep = { kind: 'more' };
const EMPTY_LINE = Buffer.from('\n\n');

/**
 * An upstream's own events, translated into events for the splicer. Those of one chunk are made into bytes at once, and
 * reach the client in one piece.
 */
export function createDecoder(codec: NonNullable<EncodedRequest['codec']>, splicer: ReplySplicer): EventDecoder {
  const decoder = codec.createStreamDecoder();
  const renderer = new EventRenderer();
  const reader = new FrameDataReader();
  const view = createFrameView();
  let text = '';
  const handOver = (): SpliceStep => {
    if (text === '') return MORE;
    const bytes = Buffer.from(text, 'utf8');
    text = '';
    return pushAll(bytes, splicer);
  };
  /** What came before the failure counts. */
  const fail = (failure: SpliceStep): SpliceStep => {
    const step = handOver();
    return step.kind === 'more' ? failure : step;
  };
  const forward = (outs: readonly WireOut[]): SpliceStep => {
    for (const out of outs) {
      if (isUpstreamFailure(out)) return fail(stepOf(out));
      text += renderer.render(out);
    }
    return MORE;
  };
  return {
    push: (bytes, start, end, checkUtf8) => {
      if (checkUtf8 && !isUtf8(bytes.subarray(start, end))) return fail({ kind: 'failed', code: 'STREAM_CORRUPT' });
      if (decoder.passes !== undefined) {
        classifyFrame(bytes, start, end, view);
        if (decoder.passes(view.kind)) {
          const step = handOver();
          return step.kind === 'more' ? splicer.push(bytes, start, end, false) : step;
        }
      }
      const data = reader.read(bytes, start, end);
      return data === undefined ? MORE : forward(decoder.push(data));
    },
    flush: () => {
      reader.forget();
      const step = decoder.flush === undefined ? MORE : forward(decoder.flush());
      return step.kind === 'more' ? handOver() : step;
    },
    end: () => {
      const step = forward(decoder.end());
      return step.kind === 'more' ? handOver() : step;
    },
  };
}

/** `bytes`: whole events as we write them. */
function pushAll(bytes: Buffer, splicer: ReplySplicer): SpliceStep {
  for (let at = splicer.passRun(bytes, 0); at < bytes.length; at = splicer.passRun(bytes, at)) {
    const end = bytes.indexOf(EMPTY_LINE, at) + EMPTY_LINE.length;
    const step = splicer.push(bytes, at, end, false);
    if (step.kind !== 'more') return step;
    at = end;
  }
  return MORE;
}
