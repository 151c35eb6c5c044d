import { type Answer, bytesOfFrame, type HeaderLine, type StreamAnswer } from './answer.ts';
import { bytesOf, type Piece, recut } from './body-plan.ts';
import type { FaultedAnswer } from './faults/apply-faults.ts';
import type { Ending } from './faults/fault.ts';
import { type SendStep, sendText, type Transmission } from './http/transmission.ts';

/** How fast and in what pieces a stream is sent. */
export interface Pace {
  /** Pause before the first event. Default 0. */
  readonly firstEventDelayMs?: number;
  /** Pause before every further event. Default 0: everything is written at once. */
  readonly eventDelayMs?: number;
  /**
   * Where HTTP chunks end: `event` (default), `whole` (one chunk), or a number of bytes, which also cuts events apart and
   * pauses for `eventDelayMs` before each piece.
   */
  readonly chunking?: 'event' | 'whole' | number;
}

const STATUS_TEXTS: Readonly<Record<number, string>> = {
  200: 'OK',
  204: 'No Content',
  307: 'Temporary Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  422: 'Unprocessable Content',
  424: 'Failed Dependency',
  426: 'Upgrade Required',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

const STREAM_FRAMING: HeaderLine = ['transfer-encoding', 'chunked'];
const LAST_CHUNK = '0\r\n\r\n';
/** What a half chunk promises beyond what it brings. */
const PROMISED_BYTES = 100;

/** An answer that nothing goes wrong with: one write, if it is not slowed down. */
export function planTransmission(answer: Answer, pace: Pace): Transmission | undefined {
  if (answer.kind === 'body') return { steps: [{ kind: 'send', bytes: renderWholeBody(answer) }] };
  const isImmediate = (pace.eventDelayMs ?? 0) === 0 && (pace.firstEventDelayMs ?? 0) === 0;
  return isImmediate && typeof pace.chunking !== 'number' ? { steps: [renderWholeStream(answer, pace)] } : undefined;
}

function renderWholeBody(answer: Extract<Answer, { kind: 'body' }>): Uint8Array {
  const body = Buffer.from(answer.body);
  return Buffer.concat([Buffer.from(renderHead(answer)), body]);
}

function renderWholeStream(answer: StreamAnswer, pace: Pace): SendStep {
  if (answer.frames.some((frame) => frame.bytes !== undefined)) return renderBinaryStream(answer, pace);
  const texts = answer.frames.map((frame) => frame.text);
  const chunks = pace.chunking === 'whole' ? [texts.join('')] : texts;
  const body = chunks.map((text) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`).join('');
  return sendText(renderHead(answer) + body + LAST_CHUNK);
}

function renderBinaryStream(answer: StreamAnswer, pace: Pace): SendStep {
  const frames = answer.frames.map(bytesOfFrame);
  const chunks = pace.chunking === 'whole' ? [Buffer.concat(frames)] : frames;
  const body = chunks.map((bytes) =>
    Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]),
  );
  return { kind: 'send', bytes: Buffer.concat([Buffer.from(renderHead(answer)), ...body, Buffer.from(LAST_CHUNK)]) };
}

/** An answer in pieces: slowed down, or with something wrong. */
export function planFaultedTransmission(faulted: FaultedAnswer, pace: Pace): Transmission {
  const { answer, raw, delayMs, interrupt } = faulted;
  const isStream = answer.kind === 'stream';
  const steps: SendStep[] = delayMs > 0 ? [{ kind: 'wait', ms: delayMs }] : [];
  if (raw !== undefined) {
    if (raw.text !== '') steps.push({ kind: 'send', bytes: Buffer.from(raw.text, 'latin1') });
    steps.push(...planEnding(raw.afterwards, false));
  } else {
    const body =
      isStream && typeof pace.chunking === 'number'
        ? recut(faulted.body, () => Number(pace.chunking), pace.eventDelayMs)
        : faulted.body;
    steps.push(sendText(renderHead(answer, countBytes(body))));
    for (const [index, piece] of body.entries()) steps.push(...planPiece(piece, body[index + 1], isStream));
  }
  const merged = mergeSends(steps);
  if (interrupt === undefined) return { steps: merged };
  return { steps: merged, interrupt: { afterMs: interrupt.afterMs, steps: planEnding(interrupt.how, isStream) } };
}

/** What may not stand in a header: a client's own words may be repeated in one. */
const UNSENDABLE = /[^\t\x20-\x7e]/g;

/** A body that is cut short still announces its full length. */
function renderHead(answer: Answer, plannedBytes = 0): string {
  const status = answer.kind === 'stream' ? 200 : answer.status;
  let text = `HTTP/1.1 ${status} ${STATUS_TEXTS[status] ?? 'Unknown'}\r\n`;
  const framing: HeaderLine =
    answer.kind === 'stream'
      ? STREAM_FRAMING
      : ['content-length', String(Math.max(Buffer.byteLength(answer.body), plannedBytes))];
  for (const [name, value] of [...answer.headers, framing]) text += `${name}: ${value.replaceAll(UNSENDABLE, '?')}\r\n`;
  return `${text}\r\n`;
}

function countBytes(body: readonly Piece[]): number {
  let total = 0;
  for (const piece of body) {
    total += piece.kind === 'repeat' ? piece.bytes.length * piece.times : (bytesOf(piece)?.length ?? 0);
  }
  return total;
}

function planPiece(piece: Piece, next: Piece | undefined, isStream: boolean): readonly SendStep[] {
  if (piece.kind === 'wait') return [piece];
  if (piece.kind === 'ending') return planEnding(piece.how, isStream);
  if (piece.kind === 'repeat') {
    const bytes = isStream ? encodeChunk(piece.bytes) : piece.bytes;
    return [{ kind: 'send-repeatedly', bytes, times: piece.times }];
  }
  const bytes = bytesOf(piece) ?? new Uint8Array(0);
  if (bytes.length === 0) return []; // an empty chunk would be the last one
  if (!isStream) return [{ kind: 'send', bytes }];
  const isHalf = next?.kind === 'ending' && next.how === 'half-chunk';
  return [{ kind: 'send', bytes: isHalf ? encodeHalfChunk(bytes) : encodeChunk(bytes) }];
}

function planEnding(how: Ending, isStream: boolean): readonly SendStep[] {
  switch (how) {
    case 'end':
      return isStream ? [sendText(LAST_CHUNK)] : [];
    case 'half-chunk':
      return [{ kind: 'close' }];
    case 'close':
    case 'reset':
    case 'stall':
      return [{ kind: how }];
  }
}

function encodeChunk(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}

/** A chunk that announces more than it brings. */
function encodeHalfChunk(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${(bytes.length + PROMISED_BYTES).toString(16)}\r\n`), bytes]);
}

/** What follows without a pause goes out in one write. */
function mergeSends(steps: readonly SendStep[]): readonly SendStep[] {
  const merged: SendStep[] = [];
  let pending: Uint8Array[] = [];
  const flush = (): void => {
    if (pending.length > 0) merged.push({ kind: 'send', bytes: Buffer.concat(pending) });
    pending = [];
  };
  for (const step of steps) {
    if (step.kind === 'send') pending.push(step.bytes);
    else {
      flush();
      merged.push(step);
    }
  }
  flush();
  return merged;
}
