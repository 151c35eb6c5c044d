/** Byte ranges in order. Ranges that lie side by side in one buffer are kept as one: a write per network chunk, not per event. */
export class OutputQueue {
  private parts: Buffer[] = [];
  private bytes: Buffer | undefined;
  private start = 0;
  private end = 0;

  add(bytes: Buffer, start: number, end: number): void {
    if (this.bytes === bytes && this.end === start) {
      this.end = end;
      return;
    }
    this.closeRange();
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }

  /** Everything so far. Empties the queue. */
  take(): readonly Buffer[] {
    this.closeRange();
    const parts = this.parts;
    if (parts.length > 0) this.parts = [];
    return parts;
  }

  private closeRange(): void {
    if (this.bytes === undefined) return;
    const isWhole = this.start === 0 && this.end === this.bytes.length;
    this.parts.push(isWhole ? this.bytes : this.bytes.subarray(this.start, this.end));
    this.bytes = undefined;
  }
}
