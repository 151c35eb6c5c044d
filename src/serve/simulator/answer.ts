/** What a wire wants sent, before pace and faults. */
export type Answer = StreamAnswer | BodyAnswer;

export type HeaderLine = readonly [name: string, value: string];

/** One event as it goes onto the wire: a server-sent one, blank line included, where there are no `bytes`. */
export interface Frame {
  readonly type: string;
  /** The Responses events that say the same: a fault that names one strikes on every wire. */
  readonly like?: readonly string[];
  readonly text: string;
  /** What is sent where events are not text. `text` is then for reading only. */
  readonly bytes?: Uint8Array;
}

export const bytesOfFrame = ({ text, bytes }: Frame): Uint8Array => bytes ?? Buffer.from(text);

export const isOfType = (frame: Frame, type: string): boolean =>
  frame.type === type || frame.like?.includes(type) === true;

export interface StreamAnswer {
  readonly kind: 'stream';
  readonly headers: readonly HeaderLine[];
  readonly frames: readonly Frame[];
  /** The wire's own way to report a failure once `framesSent` frames have gone out. */
  readonly fail: (failure: StreamFailure, framesSent: number) => Frame;
}

export interface StreamFailure {
  /** `failed` and `incomplete` end the response, `error` is the wire's bare error event. */
  readonly how: 'failed' | 'incomplete' | 'error';
  /** The vendor's error code; for `incomplete` the reason. */
  readonly code: string | null;
  readonly message: string;
}

export interface BodyAnswer {
  readonly kind: 'body';
  readonly status: number;
  readonly headers: readonly HeaderLine[];
  readonly body: string | Uint8Array;
}

export function jsonAnswer(status: number, body: object, headers: readonly HeaderLine[] = []): BodyAnswer {
  return {
    kind: 'body',
    status,
    headers: [['content-type', 'application/json'], ...headers],
    body: JSON.stringify(body),
  };
}
