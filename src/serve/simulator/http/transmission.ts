/** What goes out on a connection, step by step. Every byte of it is planned, so that it may be cut anywhere. */
export type SendStep =
  /** Bytes exactly as they go onto the wire. */
  | { readonly kind: 'send'; readonly bytes: Uint8Array }
  /** The same bytes many times over, without holding them all in memory. */
  | { readonly kind: 'send-repeatedly'; readonly bytes: Uint8Array; readonly times: number }
  | { readonly kind: 'wait'; readonly ms: number }
  /** Nothing more is sent, and the connection stays open until the client leaves or the simulator stops. */
  | { readonly kind: 'stall' }
  /** The connection ends in order (FIN), whatever was promised before. */
  | { readonly kind: 'close' }
  /** The connection ends with a reset (RST). */
  | { readonly kind: 'reset' };

export interface Transmission {
  readonly steps: readonly SendStep[];
  /** After `afterMs` whatever goes on is broken off and `steps` are sent instead. */
  readonly interrupt?: { readonly afterMs: number; readonly steps: readonly SendStep[] };
}

const encoder = new TextEncoder();

export const sendText = (text: string): SendStep => ({ kind: 'send', bytes: encoder.encode(text) });
