import type { FramePrefix } from '../wire/observe/frame-prefix.ts';

/**
 * The deltas of one answer that go to the client as they come, and the last event that did. What a delta that comes alone
 * needs is in here and in nothing else: of what lies further apart a stream's turn finds little in the processor's cache.
 */
export class PassingDeltas {
  /** How the next one must begin; `undefined`: none may pass alone now. */
  prefix: FramePrefix | undefined;
  /** The last event that passed unchanged: `lastBytes[lastStart, lastEnd)`. */
  lastBytes: Buffer | undefined;
  lastStart = 0;
  lastEnd = 0;
  private hasNews = false;

  /**
   * `bytes[start, end)`, with nothing but ASCII around it in `bytes`, is one more delta and may pass. Answers false, and has
   * done nothing, for anything else. Only between events.
   */
  take(bytes: Buffer, start: number, end: number): boolean {
    if (this.prefix?.isWholeFrame(bytes, start, end) !== true) return false;
    this.hasNews = true;
    this.note(bytes, start, end);
    return true;
  }

  /** An event passed unchanged. */
  note(bytes: Buffer, start: number, end: number): void {
    this.lastBytes = bytes;
    this.lastStart = start;
    this.lastEnd = end;
  }

  /** Whether any was taken since this was asked last. */
  takeNews(): boolean {
    const { hasNews } = this;
    this.hasNews = false;
    return hasNews;
  }
}
