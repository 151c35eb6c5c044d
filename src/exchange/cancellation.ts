import type { CancelSignal } from '../core/ports.ts';

/** An off switch, and the signal by which others hear of it. */
export class Cancellation implements CancelSignal {
  aborted = false;

  private listeners: (() => void)[] = [];

  /** Listeners are called once, in order. */
  abort(): void {
    if (this.aborted) return;
    this.aborted = true;
    const { listeners } = this;
    this.listeners = [];
    for (const listener of listeners) listener();
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    if (!this.aborted) this.listeners.push(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    const index = this.listeners.indexOf(listener);
    if (index !== -1) this.listeners.splice(index, 1);
  }
}
